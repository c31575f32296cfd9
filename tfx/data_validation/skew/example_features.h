// One serialized tf.Example as names and undecoded features, and features in a form that compares by bytes. Used by
// feature_skew.cc.
//
// The views point into the record. Thread-compatible.
#ifndef TFX_DATA_VALIDATION_SKEW_EXAMPLE_FEATURES_H_
#define TFX_DATA_VALIDATION_SKEW_EXAMPLE_FEATURES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/dataset/feature_column.h"

namespace tfx::tfdv {

struct NamedFeature {
  std::string_view name;
  dataset::FeatureValue value;
};

// Sorted by name; of a name that comes twice the last one. DATA_LOSS: not an Example, or a name that is not UTF-8.
// INVALID_ARGUMENT: a SequenceExample with feature lists, which would not be compared.
absl::StatusOr<std::vector<NamedFeature>> ParseFeatures(std::string_view example);

// Null: no such feature.
const dataset::FeatureValue* FindFeature(const std::vector<NamedFeature>& features, std::string_view name);

// Whether a feature is absent (null), has no kind or no values. DATA_LOSS: malformed values.
absl::StatusOr<bool> HasNoValues(const dataset::FeatureValue* feature);

// Kind and values as the deterministic bytes of the message Feature, floats rounded to decimal digits first when
// `float_round_ndigits` is set. DATA_LOSS: malformed values.
absl::StatusOr<std::string> CanonicalFeature(const dataset::FeatureValue& feature,
                                             std::optional<int> float_round_ndigits);

// Whether both have the same kind and values. DATA_LOSS: malformed values.
absl::StatusOr<bool> SameValues(const dataset::FeatureValue& a, const dataset::FeatureValue& b,
                                std::optional<int> float_round_ndigits);

// Python's round(value, ndigits): the double nearest to the decimal that is nearest to `value`, ties to the even digit.
// Infinities and NaN stay.
double RoundToDecimalDigits(double value, int ndigits);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_EXAMPLE_FEATURES_H_
