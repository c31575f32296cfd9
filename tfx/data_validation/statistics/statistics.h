// Descriptive statistics of a data set: TFDV's GenerateStatistics, with equal numbers.
//
//   ASSIGN_OR_RETURN(auto files, dataset::SplitFiles(uri, "train"));
//   ASSIGN_OR_RETURN(auto stats, GenerateStatistics(dataset::ReadRecords(files), StatsOptions{}, engine));
//
// One pass; features in parallel shards; the result depends on the data alone, never on threads. Memory per feature:
// two quantile sketches (three with weights; see sketches/quantiles_sketch.h) and the exact counts of distinct strings
// up to StatsOptions.max_exact_counts_bytes. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_STATISTICS_H_
#define TFX_DATA_VALIDATION_STATISTICS_STATISTICS_H_

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/dataset/examples.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;

// `examples`: shards of serialized tf.Examples. The result holds one dataset with an empty name; features sorted by
// name, nested ones after their parent. No examples: one dataset with num_examples 0 and no features.
//   INVALID_ARGUMENT  option out of range; a feature of two kinds (names feature and both kinds); weight feature
//   absent,
//                     not a number or not exactly one per example (names the feature)
//   DATA_LOSS         a record that is not an Example
absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<io::Records>& examples,
                                                                const StatsOptions& options, const Engine& engine,
                                                                const dataset::DecodeOptions& decode = {});

// `batches`: columns list<int/float/binary/string...>, any number of nested lists, structs, or null; other types are
// INVALID_ARGUMENT naming the column.
absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                                const StatsOptions& options, const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATISTICS_H_
