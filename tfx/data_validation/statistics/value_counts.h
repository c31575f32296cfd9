// How often each value of a categorical feature occurs: top values, rank histogram and distinct count.
//
// Exact while the distinct values take at most StatsOptions.max_exact_counts_bytes, as estimated from their number and
// texts alone, so that it does not depend on how the data were cut: a text and 64 bytes each, and with weights 176 more
// (enough for fractions; sums of weights that lie 2^200 and more apart take up to 1 KB). Beyond, or when sketches are
// asked for, two Misra-Gries sketches (counts; weights) and one K-minimum-values sketch of fixed size take over, with
// their error bounds. State: the distinct values with count and weight, or the sketches. Exact counts and weights do
// not depend on the order of values. Batch: FeatureColumn.
#ifndef TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_
#define TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/statistics/text_counts.h"
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
  // The same for values that are counted (CountTexts); which have weights when the feature has.
  void AddCounted(CountedTexts texts, bool has_weights);
  absl::Status Merge(const ValueCountsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Fills unique, top_values, rank_histogram and their weighted forms. Nothing for a feature without values.
  void Write(FeatureKind kind, bool has_weights, const StatsOptions& options,
             ::tensorflow::metadata::v0::StringStatistics* proto) const;

  // How much too high a reported count may be; unset while counts are exact or sketches were asked for.
  std::optional<double> fallback_error() const;

 private:
  struct Sketches {
    explicit Sketches(int64_t num_buckets) : counts(num_buckets), weights(num_buckets) {}
    sketches::MisraGriesSketch counts;
    sketches::MisraGriesSketch weights;
    sketches::KmvSketch distinct;
  };

  std::string_view SketchKey(std::string_view value) const;
  void MergeCounted(const CountedTexts& texts, bool has_weights);
  void SetHasWeights(bool has_weights);
  void AddToSketches(const CountedTexts& exact);
  void FallBackIfTooLarge();
  void TurnIntoSketches();
  int64_t ExactBytes() const;

  ValueCountsOptions options_;
  bool has_weights_ = false;
  CountedTexts exact_;
  std::optional<Sketches> sketches_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_VALUE_COUNTS_H_
