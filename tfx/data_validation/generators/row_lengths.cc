#include "tfx/data_validation/generators/row_lengths.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tfx::tfdv {

absl::StatusOr<std::vector<std::vector<int64_t>>> RowLengths(const StatsBatch& batch,
                                                             const std::vector<FeaturePath>& paths) {
  std::vector<const std::vector<int64_t>*> found(paths.size());
  size_t num_rows = 0;
  const FeaturePath* first = nullptr;
  for (size_t i = 0; i < paths.size(); ++i) {
    const auto it = std::find_if(batch.features.begin(), batch.features.end(),
                                 [&](const FeatureColumn& column) { return column.path == paths[i]; });
    if (it == batch.features.end()) continue;
    found[i] = &it->levels[0].lengths;
    if (first != nullptr && found[i]->size() != num_rows) {
      return absl::InvalidArgumentError(absl::StrCat("features ", SerializePath(*first), " and ",
                                                     SerializePath(paths[i]), " must be of the same struct"));
    }
    first = &paths[i];
    num_rows = found[i]->size();
  }
  std::vector<std::vector<int64_t>> lengths(paths.size());
  for (size_t row = 0; row < num_rows; ++row) {
    auto length = [&](size_t i) { return found[i] == nullptr ? -1 : (*found[i])[row]; };
    bool any = false;
    for (size_t i = 0; i < paths.size(); ++i) any = any || length(i) >= 0;
    if (!any) continue;
    for (size_t i = 0; i < paths.size(); ++i) lengths[i].push_back(length(i));
  }
  return lengths;
}

void LengthDifference::Add(int64_t length, int64_t other_length) {
  if (length < 0) ++num_missing;
  const int64_t difference = std::max<int64_t>(length, 0) - std::max<int64_t>(other_length, 0);
  min = std::min(min, difference);
  max = std::max(max, difference);
}

void LengthDifference::Merge(const LengthDifference& more) {
  num_missing += more.num_missing;
  min = std::min(min, more.min);
  max = std::max(max, more.max);
}

void LengthDifference::Write(sketches::StateWriter* out) const {
  for (const int64_t value : {num_missing, min, max}) out->Integer(static_cast<uint64_t>(value));
}

void LengthDifference::Read(sketches::StateReader* in) {
  for (int64_t* value : {&num_missing, &min, &max}) *value = static_cast<int64_t>(in->Integer());
}

}  // namespace tfx::tfdv
