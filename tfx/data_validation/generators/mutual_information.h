// How much each feature tells about the label, in bits: TFDV's MutualInformation, for partitioned_stats.h.
//
//   adjusted_mutual_information(feature) = max(0, MI(feature, label) - MI(feature, label with its rows shuffled))
//
// Numbers and categories are handled as mutual_information_estimate.h says (3 nearest neighbours). Top-level features
// only; structs are left out. Univalent features are taken as they are, null and NaN being a value of their own;
// multivalent ones become vectors: categories a bag of words over the max_encoding_length - 1 most frequent ones (the
// rest together in the last place), numbers a histogram of max_encoding_length - 1 equal bins between least and
// greatest. A feature that is always null, always empty, or categorical with a different value in each row has 0. Where
// the label itself is categorical with a different value in each row, all have 0. A feature with infinite values, and
// every feature where the rows are fewer than 4, cannot be judged and is absent.
//
// The result depends on the rows, their order and the seed alone.
#ifndef TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_H_
#define TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/data_validation/generators/partitioned_stats.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct MutualInformationOptions {
  FeaturePath label_feature;
  // Says which features are multivalent and categorical where the two sets below are unset.
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;
  int max_encoding_length = 512;  // at least 2
  uint64_t seed = 12345;
  std::optional<std::set<FeaturePath>> multivalent_features;
  std::optional<std::set<FeaturePath>> categorical_features;
  std::set<FeaturePath> features_to_ignore;
  bool normalize_by_max = false;          // divide by the label's value with itself
  bool allow_invalid_partitions = false;  // parts with fewer than 4 rows give nothing instead of INVALID_ARGUMENT
  std::string custom_stats_key = "adjusted_mutual_information";
};

// INVALID_ARGUMENT: no label, a label that the schema lacks or of more than one step, neither schema nor sets, a length
// out of range.
absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>> MakeMutualInformation(
    const MutualInformationOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_H_
