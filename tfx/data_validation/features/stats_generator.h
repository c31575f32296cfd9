// One family of statistics beyond the default ones, or one that a user adds: TFDV's CombinerStatsGenerator.
//
// A generator is an accumulator (engine/accumulator.h) with a virtual face, so that a list of them runs in the same
// pass as the default statistics: each shard gets clones of the empty generators, sees the shard's batches, and the
// clones merge in shard order. It obeys the accumulator contract: Merge is associative, splitting rows elsewhere
// changes nothing beyond the documented error bound, ParseFrom(Serialize()) restores. One thread at a time per object.
#ifndef TFX_DATA_VALIDATION_FEATURES_STATS_GENERATOR_H_
#define TFX_DATA_VALIDATION_FEATURES_STATS_GENERATOR_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "arrow/record_batch.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"

namespace tfx::tfdv {

// The same rows twice: as columns, and taken apart feature by feature (VisitFeatures, with the options' allowlist).
struct StatsBatch {
  const arrow::RecordBatch& rows;
  absl::Span<const FeatureColumn> features;  // structs before their children, in the order of the columns
  // The place of each row in the input, for samples that do not depend on batches (row_sampling.h). Empty: the batch is
  // the beginning of the input.
  absl::Span<const int64_t> row_numbers = {};
  int64_t row_number(int64_t row) const { return row_numbers.empty() ? row : row_numbers[row]; }
};

class StatsGenerator {
 public:
  virtual ~StatsGenerator() = default;

  // Shown in errors: TFDV's name of the generator, "LiftStatsGenerator".
  virtual std::string_view name() const = 0;
  // A copy with its state.
  virtual std::unique_ptr<StatsGenerator> Clone() const = 0;

  virtual absl::Status Add(const StatsBatch& batch) = 0;
  // `other` is a clone of the same empty generator.
  virtual absl::Status Merge(const StatsGenerator& other) = 0;
  virtual std::string Serialize() const = 0;
  // DATA_LOSS when the bytes are not such a state.
  virtual absl::Status ParseFrom(std::string_view bytes) = 0;

  // Adds what was found to the finished default statistics of the same rows. New features are appended; features are
  // sorted by path afterwards.
  virtual absl::Status Write(::tensorflow::metadata::v0::DatasetFeatureStatistics* dataset) const = 0;
};

using StatsGenerators = std::vector<std::unique_ptr<StatsGenerator>>;

// The feature of this path, or null.
::tensorflow::metadata::v0::FeatureNameStatistics* FindFeature(
    const FeaturePath& path, ::tensorflow::metadata::v0::DatasetFeatureStatistics* dataset);
// The feature of this path, appended where it is not there yet: with its path and nothing else.
::tensorflow::metadata::v0::FeatureNameStatistics* FindOrAddFeature(
    const FeaturePath& path, ::tensorflow::metadata::v0::DatasetFeatureStatistics* dataset);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_STATS_GENERATOR_H_
