// A feature of a set of rows as what estimates of mutual information take: one category a row, or numbers.
#ifndef TFX_DATA_VALIDATION_GENERATORS_ENCODED_FEATURE_H_
#define TFX_DATA_VALIDATION_GENERATORS_ENCODED_FEATURE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/data_validation/generators/mutual_information_estimate.h"

namespace tfx::tfdv {

// What distinguishes categories: strings by their bytes, numbers by their value (as text). "" and missing differ.
struct Categories {
  // Numbers from 0 in the order of first appearance; rows without a value have a category of their own.
  std::vector<int> of_row;
  int num_categories = 0;
  bool always_missing = false;  // no row has a value
};

// The last value of each row that is not null.
absl::StatusOr<Categories> EncodeCategories(const StatsBatch& batch, const FeatureColumn& column);

// The last value of each row that is not null; NaN where there is none. Strings: INVALID_ARGUMENT.
absl::StatusOr<Points> EncodeNumbers(const StatsBatch& batch, const FeatureColumn& column);

// Bags of words: how often each of the max_length - 1 most frequent categories occurs in the row and, in the last place
// when there are more, how often others do. Of equally frequent ones the lesser text comes first. Rows without values
// are NaN throughout.
absl::StatusOr<Points> EncodeBags(const StatsBatch& batch, const FeatureColumn& column, int max_length);

// Histograms of each row's numbers in max_length - 1 equal bins from the least number to the greatest, which has a
// place of its own; NaN numbers are left out. Rows without values are NaN throughout. Strings, infinities:
// INVALID_ARGUMENT.
absl::StatusOr<Points> EncodeHistograms(const StatsBatch& batch, const FeatureColumn& column, int max_length);

bool HasInfinity(const Points& points);
bool IsAlwaysMissing(const Points& points);  // NaN everywhere

// Columns scaled to variance 1 (constant ones to 0), NaN replaced by a number beyond the others, and noise of 1e-10 of
// the mean size (at least 1) added, so that no two points are equally far: TFDV's preparation.
Points PrepareNumbers(Points points, SeededRandom* random);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_ENCODED_FEATURE_H_
