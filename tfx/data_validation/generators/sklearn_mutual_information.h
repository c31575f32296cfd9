// How much each univalent feature tells about the label, with scikit-learn's estimators: TFDV's
// SkLearnMutualInformation, for partitioned_stats.h.
//
//   sklearn_mutual_information                       MI(feature, label), nats, at least 0
//   sklearn_adjusted_mutual_information              MI - MI with the labels shuffled
//   sklearn_normalized_adjusted_mutual_information   that / (max(H(feature), H(label)) - shuffled MI), within [0, 1]
//
// Estimators (sklearn.feature_selection.mutual_info_classif and _regression with 3 neighbours): two categorical
// features by their contingency table, a number and a category after Ross (PLoS ONE 9(2): e87357), two numbers after
// Kraskov, Stoegbauer & Grassberger (PRE 69, 066138, first estimator). H(x) is MI(x, x). Numbers are divided by their
// standard deviation and get noise of 1e-10 from the seed. A missing category is a category of its own; a missing
// number or NaN becomes ten times the greatest (as in TFDV).
//
// Top-level features of the schema that are univalent there; others are left out, and so is a category with a different
// value in each row beside a numeric label. A number with infinite values is left out. Numeric labels need 4 rows.
#ifndef TFX_DATA_VALIDATION_GENERATORS_SKLEARN_MUTUAL_INFORMATION_H_
#define TFX_DATA_VALIDATION_GENERATORS_SKLEARN_MUTUAL_INFORMATION_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tfx/data_validation/generators/partitioned_stats.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct SkLearnMutualInformationOptions {
  FeaturePath label_feature;
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;
  uint64_t seed = 0;
};

// INVALID_ARGUMENT: no schema, a label that it lacks, is multivalent there, or has more than one step.
absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>> MakeSkLearnMutualInformation(
    const SkLearnMutualInformationOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_SKLEARN_MUTUAL_INFORMATION_H_
