// Runs the analyzers of a traced preprocessing_fn over data, phase by phase, on TensorFlow's kernels and the engine.
//
// Used by AnalyzeDataset. Thread-compatible; the passes themselves use the engine's threads.
#ifndef TFX_TRANSFORM_ANALYSIS_RUNNER_H_
#define TFX_TRANSFORM_ANALYSIS_RUNNER_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/session.h"
#include "tfx/transform/analyze.h"
#include "tfx/transform/graph_slice.h"
#include "tfx/transform/trace.h"

namespace tft {

// What analyzers came to.
struct AnalyzerValues {
  std::map<std::string, tf::Tensor> tensors;        // placeholder "node:0" -> value; vocabularies' paths left out
  std::map<std::string, std::string> vocabularies;  // file name -> contents
  std::map<std::string, std::pair<int64_t, int64_t>> domains;  // output feature -> least and largest value
};

class AnalysisRunner {
 public:
  AnalysisRunner(const TracedTransform& traced, const AnalyzeOptions& options, AnalyzeReport& report);
  ~AnalysisRunner();  // removes the temporary vocabulary files

  absl::StatusOr<AnalyzerValues> Run(const std::vector<AnalyzedDataset>& datasets);

 private:
  // Analyzers in the order in which they can be computed: their indices by phase. Cycles cannot occur.
  std::vector<std::vector<size_t>> Phases() const;
  // Text that is equal for equal computations, whatever the nodes are called; hashed into the cache key.
  std::string CacheKey(size_t analyzer) const;
  std::string PathHash(const std::string& tensor, std::map<std::string, std::string>& memo) const;

  absl::Status BuildGraph();
  absl::Status RunPhase(const std::vector<size_t>& analyzers, bool cacheable,
                        const std::vector<AnalyzedDataset>& datasets);
  absl::StatusOr<std::vector<std::unique_ptr<AnalyzerState>>> Pass(const std::vector<size_t>& analyzers,
                                                                   const AnalyzedDataset& dataset);
  const std::string* FindInCache(const std::string& dataset, const std::string& key) const;
  // A tensor of the traced graph in ours.
  absl::StatusOr<tf::Output> InputOf(const std::string& tensor);
  absl::Status Bind(size_t analyzer, const AnalyzerState& state);
  absl::Status InitializeTables();
  absl::Status ComputeDomains();

  const TracedTransform& traced_;
  const AnalyzeOptions& options_;
  AnalyzeReport& report_;
  const GraphSlicer slicer_;

  tf::Graph graph_;
  std::unique_ptr<tf::Session> session_;
  tf::Output serialized_;
  bool parses_ = false;                         // some analyzer needs raw features
  std::map<std::string, tf::Output> replaced_;  // raw features' placeholders -> parsed tensors
  std::vector<tf::Feed> bound_;                 // results of analyzers so far
  std::set<std::string> bound_nodes_;           // their placeholders
  std::set<std::string> initialized_;           // table initialisers that have run
  std::string temporary_directory_;
  AnalyzerValues values_;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYSIS_RUNNER_H_
