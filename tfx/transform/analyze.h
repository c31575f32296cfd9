// Runs a preprocessing_fn's analyzers over data and makes the transform graph.
//
//   ASSIGN_OR_RETURN(TransformGraph transform,
//                    AnalyzeDataset({{.key = DatasetKey(pattern), .open = [&] { return ReadRecords(files); }}},
//                                   schema, PreprocessingFn));
//   RETURN_IF_ERROR(WriteTransformGraph(transform, uri));
//
// Each phase of analyzers is one pass over the data through the engine; 1, 2 or N threads give the same bytes. Without
// analyzers no data is read. Errors name the feature or analyzer:
//   INVALID_ARGUMENT  what the preprocessing_fn did wrong: unknown feature, wrong type, nothing returned, an output
//   that
//                     is not string, int64 or float32, a dense output of unknown shape, two vocabularies of one file
//                     name
//   INVALID_ARGUMENT  data that does not fit the schema, with the feature
//   and the errors of the source.
#ifndef TFX_TRANSFORM_ANALYZE_H_
#define TFX_TRANSFORM_ANALYZE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"
#include "tfx/transform/analyzer_cache.h"
#include "tfx/transform/preprocessing.h"
#include "tfx/transform/transform_graph.h"

namespace tft {

// Serialized tf.Examples that are cached together: one span, or one split of one.
struct AnalyzedDataset {
  std::string key;                                               // of the analyzer cache; empty: never cached
  std::function<::tfx::ShardSource<::tfx::io::Records>()> open;  // starts a pass; called once per phase
};

struct AnalyzeOptions {
  ::tfx::Engine engine{::tfx::EngineOptions{}};
  const AnalyzerCache* input_cache = nullptr;  // not owned
  AnalyzerCache* output_cache = nullptr;       // not owned; gets the states of all data sets that have a key
};

// What a run did, for logs and tests.
struct AnalyzeReport {
  int phases = 0;  // with at least one analyzer
  int num_analyzers = 0;
  int64_t records_read = 0;  // over all passes
  int64_t cache_hits = 0;    // (data set, analyzer) pairs taken from the cache
};

absl::StatusOr<TransformGraph> AnalyzeDataset(const std::vector<AnalyzedDataset>& datasets,
                                              const ::tensorflow::metadata::v0::Schema& schema,
                                              const PreprocessingFn& preprocessing_fn,
                                              const AnalyzeOptions& options = {}, AnalyzeReport* report = nullptr);

// One source that is read once per phase: `open` as above.
absl::StatusOr<TransformGraph> AnalyzeDataset(std::function<::tfx::ShardSource<::tfx::io::Records>()> open,
                                              const ::tensorflow::metadata::v0::Schema& schema,
                                              const PreprocessingFn& preprocessing_fn,
                                              const AnalyzeOptions& options = {});

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYZE_H_
