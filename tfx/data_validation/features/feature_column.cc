#include "tfx/data_validation/features/feature_column.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "arrow/type.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/numeric_values.h"

namespace tfx::tfdv {
namespace {

// Weights of the current rows, by weight column.
using WeightColumns = std::map<std::string, std::vector<double>>;

absl::Status FromArrow(const arrow::Status& status, const FeaturePath& path) {
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(path), ": ", status.ToString()));
}

FeatureKind KindOf(const arrow::DataType& type, bool* known) {
  *known = true;
  if (arrow::is_integer(type.id())) return FeatureKind::kInt;
  if (type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE) return FeatureKind::kFloat;
  if (arrow::is_base_binary_like(type.id())) return FeatureKind::kString;
  if (type.id() == arrow::Type::STRUCT) return FeatureKind::kStruct;
  *known = type.id() == arrow::Type::NA;
  return FeatureKind::kUnknown;
}

// The lengths of lists from their offsets; their sum.
template <class ListType>
int64_t ListLengths(const ListType& list, std::vector<int64_t>* lengths) {
  const auto* const offsets = list.raw_value_offsets();
  const int64_t size = list.length();
  int64_t total = 0;
  if (list.null_count() == 0) {
    for (int64_t i = 0; i < size; ++i) (*lengths)[i] = offsets[i + 1] - offsets[i];
    return size == 0 ? 0 : offsets[size] - offsets[0];
  }
  const uint8_t* const valid = list.null_bitmap_data();
  for (int64_t i = 0; i < size; ++i) {
    const int64_t bit = i + list.offset();
    const bool is_valid = (valid[bit / 8] >> (bit % 8) & 1) != 0;
    const int64_t length = offsets[i + 1] - offsets[i];
    (*lengths)[i] = is_valid ? length : -1;
    total += is_valid ? length : 0;
  }
  return total;
}

int64_t ListLengths(const arrow::FixedSizeListArray& list, std::vector<int64_t>* lengths) {
  int64_t total = 0;
  for (int64_t i = 0; i < list.length(); ++i) {
    const int64_t length = list.IsNull(i) ? -1 : list.value_length(i);
    (*lengths)[i] = length;
    total += std::max<int64_t>(length, 0);
  }
  return total;
}

template <class ListType>
absl::Status OpenList(const FeaturePath& path, std::shared_ptr<arrow::Array>* array, ListLevel* level) {
  const auto& list = static_cast<const ListType&>(**array);
  level->lengths.resize(list.length());
  const int64_t total = ListLengths(list, &level->lengths);
  // Null lists hide no values, as a rule; then nothing has to be copied.
  const int64_t begin = list.length() == 0 ? 0 : list.value_offset(0);
  const int64_t end =
      list.length() == 0 ? 0 : list.value_offset(list.length() - 1) + list.value_length(list.length() - 1);
  if (end - begin == total) {
    *array = list.values()->Slice(begin, total);
    return absl::OkStatus();
  }
  auto flat = list.Flatten();
  RETURN_IF_ERROR(FromArrow(flat.status(), path));
  *array = *std::move(flat);
  return absl::OkStatus();
}

// Takes one list level off `array`. False when it is not a list.
absl::StatusOr<bool> TakeLevel(const FeaturePath& path, std::shared_ptr<arrow::Array>* array, ListLevel* level) {
  switch ((*array)->type_id()) {
    case arrow::Type::LIST:
      RETURN_IF_ERROR(OpenList<arrow::ListArray>(path, array, level));
      return true;
    case arrow::Type::LARGE_LIST:
      RETURN_IF_ERROR(OpenList<arrow::LargeListArray>(path, array, level));
      return true;
    case arrow::Type::FIXED_SIZE_LIST:
      RETURN_IF_ERROR(OpenList<arrow::FixedSizeListArray>(path, array, level));
      return true;
    default:
      return false;
  }
}

// Repeats each weight for the values of its entry.
std::vector<double> SpreadWeights(const std::vector<double>& weights, const std::vector<int64_t>& lengths) {
  std::vector<double> spread;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] > 0) spread.insert(spread.end(), lengths[i], weights[i]);
  }
  return spread;
}

class Visitor {
 public:
  Visitor(const StatsOptions& options, const std::function<absl::Status(const FeatureColumn&)>& visit)
      : options_(options), visit_(visit) {}

  absl::Status Visit(const FeaturePath& path, std::shared_ptr<arrow::Array> array, const WeightColumns& weights) {
    FeatureColumn column;
    column.path = path;
    const int64_t num_rows = array->length();
    WeightColumns spread = weights;
    const std::string weight_column = WeightColumnOf(path);
    column.has_weights = !weight_column.empty();
    while (true) {
      ListLevel level;
      ASSIGN_OR_RETURN(const bool is_list, TakeLevel(path, &array, &level));
      if (!is_list) break;
      if (column.has_weights) level.weights = spread.at(weight_column);
      for (auto& [name, values] : spread) values = SpreadWeights(values, level.lengths);
      column.levels.push_back(std::move(level));
    }
    bool known = false;
    column.kind = KindOf(*array->type(), &known);
    if (!known ||
        (column.levels.empty() && column.kind != FeatureKind::kStruct && column.kind != FeatureKind::kUnknown)) {
      return absl::InvalidArgumentError(
          absl::StrCat("feature ", SerializePath(path), " has the column type ", array->type()->ToString(),
                       "; needed are lists of integers, floats, strings or structs, or null"));
    }
    // A null array is a list<unknown> of missing values; a bare struct is a list of one struct per row.
    const bool bare = column.levels.empty() || column.kind == FeatureKind::kUnknown;
    if (bare) {
      ListLevel level;
      level.lengths.assign(column.levels.empty() ? num_rows : array->length(), -1);
      if (column.kind == FeatureKind::kStruct) {
        for (int64_t i = 0; i < num_rows; ++i) level.lengths[i] = array->IsNull(i) ? -1 : 1;
      }
      if (column.has_weights) level.weights = spread.at(weight_column);
      column.levels.push_back(std::move(level));
    }
    column.values = array;
    if (column.has_weights) column.value_weights = spread.at(weight_column);
    RETURN_IF_ERROR(visit_(column));
    if (column.kind != FeatureKind::kStruct) return absl::OkStatus();

    const auto& structs = static_cast<const arrow::StructArray&>(*array);
    for (int i = 0; i < structs.num_fields(); ++i) {
      auto child = structs.GetFlattenedField(i);
      RETURN_IF_ERROR(FromArrow(child.status(), path));
      RETURN_IF_ERROR(Visit(ChildPath(path, structs.struct_type()->field(i)->name()), *std::move(child), spread));
    }
    return absl::OkStatus();
  }

 private:
  std::string WeightColumnOf(const FeaturePath& path) const {
    auto it = options_.per_feature_weight_override.find(SerializePath(path));
    return it != options_.per_feature_weight_override.end() ? it->second : options_.weight_feature;
  }

  const StatsOptions& options_;
  const std::function<absl::Status(const FeatureColumn&)>& visit_;
};

}  // namespace

const char* FeatureKindName(FeatureKind kind) {
  switch (kind) {
    case FeatureKind::kInt:
      return "INT";
    case FeatureKind::kFloat:
      return "FLOAT";
    case FeatureKind::kString:
      return "STRING";
    case FeatureKind::kStruct:
      return "STRUCT";
    case FeatureKind::kUnknown:
      break;
  }
  return "unknown";
}

absl::StatusOr<std::vector<double>> ReadWeights(const arrow::RecordBatch& batch, const std::string& column,
                                                absl::Span<const int64_t> row_numbers) {
  const std::string place = absl::StrCat("weight feature \"", column, "\"");
  std::shared_ptr<arrow::Array> array = batch.GetColumnByName(column);
  if (array == nullptr) return absl::InvalidArgumentError(absl::StrCat(place, " is not in the data"));
  ListLevel level;
  ASSIGN_OR_RETURN(const bool is_list, TakeLevel({column}, &array, &level));
  bool known = false;
  const FeatureKind kind = KindOf(*array->type(), &known);
  const bool one_each = std::all_of(level.lengths.begin(), level.lengths.end(), [](int64_t n) { return n == 1; });
  if (!is_list || !one_each) {
    return absl::InvalidArgumentError(absl::StrCat(place, " must have exactly one value in each example"));
  }
  if (kind != FeatureKind::kInt && kind != FeatureKind::kFloat) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, " must be numeric, but its values are ", array->type()->ToString()));
  }
  std::vector<double> weights = ToDoubles(*array);
  // One that is not finite would take the weights of all its value's other rows with it.
  const auto bad = std::find_if(weights.begin(), weights.end(), [](double weight) { return !std::isfinite(weight); });
  if (bad == weights.end()) return weights;
  const int64_t row = bad - weights.begin();
  return absl::InvalidArgumentError(
      absl::StrCat(place, " is ", array->IsNull(row) ? "null" : absl::StrCat(*bad), " in row ",
                   row_numbers.empty() ? row : row_numbers[row],
                   " (the first is row 0); a weight must be a finite number, so mend the row or leave it out"));
}

absl::Status VisitFeatures(const arrow::RecordBatch& batch, const StatsOptions& options,
                           const std::function<absl::Status(const FeatureColumn&)>& visit,
                           absl::Span<const int64_t> row_numbers) {
  std::set<std::string> weight_columns;
  if (!options.weight_feature.empty()) weight_columns.insert(options.weight_feature);
  for (const auto& [path, column] : options.per_feature_weight_override) {
    if (!column.empty()) weight_columns.insert(column);
  }
  WeightColumns weights;
  for (const std::string& column : weight_columns) {
    ASSIGN_OR_RETURN(weights[column], ReadWeights(batch, column, row_numbers));
  }
  Visitor visitor(options, visit);
  for (int i = 0; i < batch.num_columns(); ++i) {
    const std::string& name = batch.column_name(i);
    if (options.feature_allowlist.has_value() &&
        std::find(options.feature_allowlist->begin(), options.feature_allowlist->end(), name) ==
            options.feature_allowlist->end()) {
      continue;
    }
    RETURN_IF_ERROR(visitor.Visit({name}, batch.column(i), weights));
  }
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
