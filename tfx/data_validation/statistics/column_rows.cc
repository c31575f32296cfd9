#include "tfx/data_validation/statistics/column_rows.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfdv {
namespace {

absl::Status FromArrow(const arrow::Status& status, const FeaturePath& path) {
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(path), ": ", status.ToString()));
}

// Replaces lists by their values. False when `column` holds no lists.
template <class ListType>
absl::Status OpenLists(const FeaturePath& path, ColumnRows* column) {
  const auto& lists = static_cast<const ListType&>(*column->values);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < lists.length(); ++i) {
    if (lists.IsValid(i)) rows.insert(rows.end(), lists.value_length(i), column->rows[i]);
  }
  auto flat = lists.Flatten();
  RETURN_IF_ERROR(FromArrow(flat.status(), path));
  *column = {*std::move(flat), std::move(rows)};
  return absl::OkStatus();
}

absl::StatusOr<bool> OpenListsOfAnyType(const FeaturePath& path, ColumnRows* column) {
  switch (column->values->type_id()) {
    case arrow::Type::LIST:
      RETURN_IF_ERROR(OpenLists<arrow::ListArray>(path, column));
      return true;
    case arrow::Type::LARGE_LIST:
      RETURN_IF_ERROR(OpenLists<arrow::LargeListArray>(path, column));
      return true;
    case arrow::Type::FIXED_SIZE_LIST:
      RETURN_IF_ERROR(OpenLists<arrow::FixedSizeListArray>(path, column));
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<ColumnRows> ValuesByRow(const arrow::RecordBatch& batch, const FeaturePath& path) {
  const ColumnRows nothing{std::make_shared<arrow::NullArray>(0), {}};
  ColumnRows column{path.empty() ? nullptr : batch.GetColumnByName(path[0]), {}};
  if (column.values == nullptr) return nothing;
  column.rows.resize(column.values->length());
  std::iota(column.rows.begin(), column.rows.end(), 0);
  for (size_t step = 1;; ++step) {
    for (bool opened = true; opened;) {
      ASSIGN_OR_RETURN(opened, OpenListsOfAnyType(path, &column));
    }
    if (column.values->type_id() == arrow::Type::NA) return nothing;
    const bool is_struct = column.values->type_id() == arrow::Type::STRUCT;
    if (is_struct != (step < path.size())) {
      return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(path),
                                                     is_struct ? " is a struct, not values" : " is not in a struct"));
    }
    if (!is_struct) return column;
    const auto& structs = static_cast<const arrow::StructArray&>(*column.values);
    const int field = structs.struct_type()->GetFieldIndex(path[step]);
    if (field < 0) return nothing;
    auto child = structs.GetFlattenedField(field);
    RETURN_IF_ERROR(FromArrow(child.status(), path));
    column.values = *std::move(child);
  }
}

}  // namespace tfx::tfdv
