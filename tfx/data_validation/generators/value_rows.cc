#include "tfx/data_validation/generators/value_rows.h"

#include <numeric>

#include "absl/strings/str_cat.h"

namespace tfx::tfdv {

const FeatureColumn* FindColumn(const StatsBatch& batch, const FeaturePath& path) {
  for (const FeatureColumn& column : batch.features) {
    if (column.path == path) return &column;
  }
  return nullptr;
}

absl::StatusOr<std::vector<int64_t>> RowsOfValues(const StatsBatch& batch, const FeatureColumn& column) {
  std::vector<int64_t> rows(batch.rows.num_rows());
  std::iota(rows.begin(), rows.end(), 0);
  for (size_t depth = 1; depth <= column.path.size(); ++depth) {
    const FeaturePath path(column.path.begin(), column.path.begin() + depth);
    const FeatureColumn* part = depth == column.path.size() ? &column : FindColumn(batch, path);
    if (part == nullptr) {
      return absl::InternalError(
          absl::StrCat("feature ", SerializePath(column.path), ": ", SerializePath(path), " is not in the batch"));
    }
    for (size_t i = 0; i < part->levels.size(); ++i) {
      const std::vector<int64_t>& lengths = part->levels[i].lengths;
      std::vector<int64_t> inner;
      for (size_t entry = 0; entry < lengths.size() && entry < rows.size(); ++entry) {
        if (lengths[entry] > 0) inner.insert(inner.end(), lengths[entry], rows[entry]);
      }
      // A struct outside of a list is one level of itself whose values are its entries, nulls included.
      const bool is_bare = i + 1 == part->levels.size() && static_cast<int64_t>(inner.size()) != part->values->length();
      if (!is_bare) rows = std::move(inner);
    }
  }
  return rows;
}

}  // namespace tfx::tfdv
