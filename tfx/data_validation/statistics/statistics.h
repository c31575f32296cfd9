// Descriptive statistics of a data set: TFDV's GenerateStatistics, with equal numbers.
//
//   ASSIGN_OR_RETURN(auto files, dataset::SplitFiles(uri, "train"));
//   ASSIGN_OR_RETURN(auto stats, GenerateStatistics(dataset::ReadRecords(files), StatsOptions{}, engine));
//
// One pass over the data for default statistics, generators and slices together; shards in parallel; the result depends
// on the data alone, never on threads. Memory per feature and slice: two quantile sketches (three with weights; see
// sketches/quantiles_sketch.h), the exact counts of distinct values up to StatsOptions.max_exact_counts_bytes, and
// what the generators state in their headers. Stateless; thread-safe.
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

// `examples`: shards of serialized tf.Examples. The result holds one dataset with an empty name or, with slices, "All
// Examples" and one per slice (slicing.h); features sorted by path, so nested ones follow their parent. No examples: a
// dataset with num_examples 0 and no features. A feature that is of different kinds in different examples is no error
// but has the custom statistic kMixedTypes (features/custom_statistics.h), which validation reports.
//   INVALID_ARGUMENT  option out of range; weight feature absent or not exactly one finite number per example (names
//                     the feature, and the row of what is not finite); a name that is not UTF-8; errors of slicing and
//                     of generators
//   DATA_LOSS         a record that is not an Example
// Where options name the features of interest (feature_allowlist, experimental_filter_read_paths), others are not
// decoded, unless `decode` says which.
absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<io::Records>& examples,
                                                                const StatsOptions& options, const Engine& engine,
                                                                const dataset::DecodeOptions& decode = {});

// `batches`: columns list<int/float/binary/string...>, any number of nested lists, structs, or null; other types are
// INVALID_ARGUMENT naming the column, as are two columns of one name.
absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                                const StatsOptions& options, const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATISTICS_H_
