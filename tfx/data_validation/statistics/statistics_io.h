// Statistics in files, as TFDV and TFX write and read them, and looking things up in them.
//
//   FeatureStats.pb                         binary DatasetFeatureStatisticsList (TFX's StatisticsGen)
//   *.pbtxt                                 its text form (write_stats_text)
//   data_stats.tfrecord                     TFRecord with one such message (generate_statistics_from_*)
//   FeatureStats.tfrecords-00000-of-00004   shards of features (experimental_result_partitions): each holds lists with
//                                           some of the features of some datasets
// Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_STATISTICS_IO_H_
#define TFX_DATA_VALIDATION_STATISTICS_STATISTICS_IO_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

enum class StatisticsFormat { kBinary, kText, kTFRecord };

// By name: .pb is binary, .pbtxt and .txt are text, everything else is TFRecord.
StatisticsFormat StatisticsFormatOf(std::string_view path);

// Whole or not at all; errors of io::WriteFile.
absl::Status WriteStatistics(const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
                             std::string_view path, StatisticsFormat format);

// `path`-00000-of-0000N, `num_shards` files (at least 1, else INVALID_ARGUMENT). Which shard a feature goes to follows
// from the names of dataset and feature alone, as in TFDV. A dataset without features goes to the first.
absl::Status WriteShardedStatistics(const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
                                    std::string_view path, int num_shards);

// Any of the files above: .pb is binary; otherwise a TFRecord with one message, or the text form. Where there is no
// such file but shards of it, the shards. NOT_FOUND; DATA_LOSS or INVALID_ARGUMENT naming the file (and for text line
// and column): damaged, or no statistics; more or less than one record.
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> LoadStatistics(std::string_view path);

// All records of the files, merged and in the order of GenerateStatistics (merge_statistics.h). INVALID_ARGUMENT: no
// files, or shards that contradict each other.
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> LoadShardedStatistics(
    const std::vector<std::string>& files);

// Within `dataset`, by path or, where features have names, by a path of one step. NOT_FOUND names the nearest path.
absl::StatusOr<const ::tensorflow::metadata::v0::FeatureNameStatistics*> GetFeatureStats(
    const ::tensorflow::metadata::v0::DatasetFeatureStatistics& dataset, const FeaturePath& path);

// The dataset of this slice. NOT_FOUND says which there are.
absl::StatusOr<const ::tensorflow::metadata::v0::DatasetFeatureStatistics*> GetSliceStats(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics, std::string_view slice);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATISTICS_IO_H_
