#include "tfx/data_validation/statistics/slicing.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "arrow/array.h"
#include "arrow/array/util.h"
#include "arrow/record_batch.h"
#include "arrow/scalar.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/data_validation/statistics/column_rows.h"
#include "tfx/data_validation/statistics/text_stats.h"

namespace tfx::tfdv {
namespace {

// One feature of a cross: its values of a row as they stand in the slice's name, sorted and once each.
using Names = std::set<std::string>;

// More than any use of slices, less than what fills the memory.
constexpr size_t kMaxSlicesOfRow = 100000;

bool IsFloating(const arrow::Array& array) {
  return array.type_id() == arrow::Type::FLOAT || array.type_id() == arrow::Type::DOUBLE;
}

// The values asked for in the form of ForEachText.
absl::StatusOr<std::set<std::string>> WantedNames(const std::vector<std::string>& wanted, const arrow::Array& values) {
  std::set<std::string> names(wanted.begin(), wanted.end());
  if (arrow::is_integer(values.type_id())) {
    names.clear();
    for (const std::string& text : wanted) {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) {
        return absl::InvalidArgumentError(
            absl::StrCat("has integer values, but the value to slice by, \"", text, "\", is not an integer"));
      }
      names.insert(absl::StrCat(number));
    }
  } else if (IsFloating(values)) {
    for (const std::string& text : wanted) {
      double number = 0;
      if (!absl::SimpleAtod(text, &number)) continue;
      if (values.type_id() == arrow::Type::FLOAT) number = static_cast<float>(number);
      auto one = arrow::MakeArrayFromScalar(arrow::DoubleScalar(number), 1);
      if (!one.ok()) continue;
      ForEachText(**one, [&](int64_t, std::string_view name) { names.insert(std::string(name)); });
    }
  }
  return names;
}

absl::StatusOr<std::map<int64_t, Names>> NamesByRow(const arrow::RecordBatch& batch, const std::string& feature,
                                                    const std::optional<std::vector<std::string>>& wanted) {
  ASSIGN_OR_RETURN(const ColumnRows column, ValuesByRow(batch, {feature}));
  std::optional<std::set<std::string>> kept;
  if (wanted.has_value()) {
    ASSIGN_OR_RETURN(kept, WantedNames(*wanted, *column.values));
  }
  std::map<int64_t, Names> names;
  bool valid = true;
  ForEachText(*column.values, [&](int64_t i, std::string_view text) {
    if (kept.has_value() && !kept->contains(std::string(text))) return;
    valid = valid && IsValidUtf8(text);
    names[column.rows[i]].insert(std::string(text));
  });
  if (!valid) return absl::InvalidArgumentError("has values that are not UTF-8; they cannot name a slice");
  return names;
}

absl::StatusOr<std::vector<SliceRows>> SliceByFeatures(const arrow::RecordBatch& batch, const FeatureValues& features) {
  std::map<int64_t, Names> keys;  // by row
  bool first = true;
  for (const auto& [feature, wanted] : features) {
    auto names = NamesByRow(batch, feature, wanted);
    if (!names.ok()) return Annotate(names.status(), absl::StrCat("feature ", SerializePath({feature})));
    std::map<int64_t, Names> crossed;
    for (const auto& [row, values] : *names) {
      Names& crossed_keys = crossed[row];
      for (const std::string& value : values) {
        if (first) crossed_keys.insert(absl::StrCat(feature, "_", value));
        for (const std::string& key : keys[row]) crossed_keys.insert(absl::StrCat(key, "_", feature, "_", value));
        if (crossed_keys.size() > kMaxSlicesOfRow) {
          return absl::InvalidArgumentError(absl::StrCat("slicing by ", feature, " puts one row into more than ",
                                                         kMaxSlicesOfRow,
                                                         " slices; slice by fewer features or values"));
        }
      }
    }
    keys = std::move(crossed);
    first = false;
  }
  std::map<std::string, std::vector<int64_t>> rows_by_key;
  for (const auto& [row, row_keys] : keys) {
    for (const std::string& key : row_keys) rows_by_key[key].push_back(row);
  }
  std::vector<SliceRows> slices;
  for (auto& [key, rows] : rows_by_key) slices.push_back({key, std::move(rows)});
  return slices;
}

bool IsText(const arrow::RecordBatch& batch, const std::string& feature) {
  const auto column = ValuesByRow(batch, {feature});
  return column.ok() && arrow::is_base_binary_like(column->values->type_id());
}

// The cross of a spec's feature_values with strings never matches in TFDV, which compares text with bytes.
SliceFunction LikeTfdv(SliceFunction slicer, const FeatureValues& features) {
  return [slicer, features](const arrow::RecordBatch& batch) -> absl::StatusOr<std::vector<SliceRows>> {
    for (const auto& [feature, wanted] : features) {
      if (wanted.has_value() && IsText(batch, feature)) return std::vector<SliceRows>();
    }
    return slicer(batch);
  };
}

}  // namespace

SliceFunction FeatureValueSlicer(const FeatureValues& features) {
  return [features](const arrow::RecordBatch& batch) { return SliceByFeatures(batch, features); };
}

absl::StatusOr<std::vector<SliceFunction>> SliceFunctionsOf(const StatsOptions& options) {
  std::vector<SliceFunction> functions = options.experimental_slice_functions;
  if (!options.slicing_config.has_value()) return functions;
  for (size_t i = 0; i < options.slicing_config->slicing_specs.size(); ++i) {
    const SlicingSpec& spec = options.slicing_config->slicing_specs[i];
    FeatureValues features;
    for (const std::string& key : spec.feature_keys) features[key];
    for (const auto& [key, value] : spec.feature_values) features[key] = {value};
    if (!features.empty()) {
      SliceFunction slicer = FeatureValueSlicer(features);
      functions.push_back(options.tfdv_compat ? LikeTfdv(slicer, features) : slicer);
    }
    if (!spec.slice_keys_sql.empty()) {
      auto slicer = SqlSlicer(spec.slice_keys_sql);
      if (!slicer.ok()) {
        return Annotate(slicer.status(), absl::StrCat("slicing_config: slicing_specs[", i, "].slice_keys_sql"));
      }
      functions.push_back(*std::move(slicer));
    }
  }
  return functions;
}

}  // namespace tfx::tfdv
