// How often each value of a categorical feature occurs: top values, rank histogram and distinct count.
//
// Exact while the distinct texts take at most StatsOptions.max_exact_counts_bytes; beyond, or when sketches are asked
// for, two Misra-Gries sketches (counts; weights) and one K-minimum-values sketch of fixed size take over, with their
// error bounds. State: the distinct values with count and weight, or the sketches. Batch: FeatureColumn.
#ifndef TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_
#define TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/sketches/kmv_sketch.h"
#include "tfx/sketches/misra_gries_sketch.h"

namespace tfx::tfdv {

struct ValueCountsOptions {
  bool sketches_only = false;
  bool keep_large_values = false;  // in sketches, count values over 1,024 bytes one by one
  int64_t max_exact_bytes = int64_t{128} << 20;
  int64_t num_buckets = 1024;  // of the Misra-Gries sketches
};

class ValueCountsAccumulator {
 public:
  explicit ValueCountsAccumulator(const ValueCountsOptions& options);

  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const ValueCountsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Fills unique, top_values, rank_histogram and their weighted forms. Nothing for a feature without values.
  void Write(FeatureKind kind, bool has_weights, const StatsOptions& options,
             ::tensorflow::metadata::v0::StringStatistics* proto) const;

  // How much too high a reported count may be; unset while counts are exact or sketches were asked for.
  std::optional<double> fallback_error() const;

 private:
  struct Count {
    int64_t count = 0;
    double weight = 0;
  };
  struct Sketches {
    explicit Sketches(int64_t num_buckets) : counts(num_buckets), weights(num_buckets) {}
    sketches::MisraGriesSketch counts;
    sketches::MisraGriesSketch weights;
    sketches::KmvSketch distinct;
  };

  std::string_view SketchKey(std::string_view value) const;
  using ExactCounts = absl::flat_hash_map<std::string, Count>;
  void AddToSketches(std::string_view value, int64_t count, double weight);
  void AddToSketches(const ExactCounts& exact);
  void FallBackIfTooLarge();
  void TurnIntoSketches();

  ValueCountsOptions options_;
  bool has_weights_ = false;
  int64_t exact_bytes_ = 0;
  ExactCounts exact_;
  std::optional<Sketches> sketches_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_
