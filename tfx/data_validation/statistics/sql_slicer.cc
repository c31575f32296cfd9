// Slices by query: the features of FROM, crossed, are variables of the expressions.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "arrow/array.h"
#include "arrow/record_batch.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/statistics/column_rows.h"
#include "tfx/data_validation/statistics/slicing.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/expressions/expression.h"
#include "tfx/expressions/parse.h"

namespace tfx::tfdv {
namespace {

using expressions::Expression;
using expressions::SliceQuery;
using expressions::Type;
using expressions::Value;

// Crossing longer lists than this would make one row millions of keys.
constexpr size_t kMaxCombinations = 100000;

Type TypeOf(const arrow::Array& values) {
  if (arrow::is_base_binary_like(values.type_id())) return Type::String();
  if (arrow::is_integer(values.type_id())) return Type::Int64();
  if (values.type_id() == arrow::Type::FLOAT || values.type_id() == arrow::Type::DOUBLE) return Type::Double();
  return Type::Null();
}

// One value per entry of the column, by row.
std::map<int64_t, std::vector<Value>> ValuesOfRows(const ColumnRows& column) {
  std::map<int64_t, std::vector<Value>> values;
  const bool is_number = WithNumericArray(*column.values, [&](const auto& typed) {
    using Number = std::decay_t<decltype(typed.Value(0))>;
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (!typed.IsValid(i)) continue;
      if constexpr (std::is_floating_point_v<Number>) {
        values[column.rows[i]].push_back(Value::Double(static_cast<double>(typed.Value(i))));
      } else {
        values[column.rows[i]].push_back(Value::Int64(static_cast<int64_t>(typed.Value(i))));
      }
    }
  });
  if (!is_number) {
    ForEachText(*column.values, [&](int64_t i, std::string_view text) {
      values[column.rows[i]].push_back(Value::String(std::string(text)));
    });
  }
  return values;
}

// How SQL casts the value to a string; unset for NULL and for what cannot name a slice.
std::optional<std::string> NameOf(const Value& value) {
  if (value.holds_string()) {
    return IsValidUtf8(value.string_value()) ? std::optional(value.string_value()) : std::nullopt;
  }
  if (value.holds_bool() || value.holds_int64() || value.holds_double()) return value.ToString();
  return std::nullopt;
}

class Query {
 public:
  static absl::StatusOr<std::shared_ptr<const Query>> Make(const std::string& text) {
    ASSIGN_OR_RETURN(SliceQuery query, expressions::ParseSliceQuery(text));
    auto made = std::make_shared<const Query>(std::move(query));
    // With values of every type allowed, what is wrong now is wrong with any data: an unknown name, say.
    RETURN_IF_ERROR(made->Bind(std::vector<Type>(made->query_.sources.size(), Type::Null())).status());
    return made;
  }

  explicit Query(SliceQuery query) : query_(std::move(query)) {}

  absl::StatusOr<std::vector<SliceRows>> Slice(const arrow::RecordBatch& batch) const {
    std::vector<std::map<int64_t, std::vector<Value>>> sources;
    std::vector<Type> types;
    for (const SliceQuery::Source& source : query_.sources) {
      auto column = ValuesByRow(batch, source.feature);
      if (!column.ok()) return AllInvalid(batch);
      types.push_back(TypeOf(*column->values));
      sources.push_back(ValuesOfRows(*column));
    }
    const auto bound = Bind(types);
    if (!bound.ok()) return AllInvalid(batch);

    std::map<std::string, std::vector<int64_t>> rows_by_key;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      for (const std::string& key : KeysOf(row, sources, *bound)) rows_by_key[key].push_back(row);
    }
    std::vector<SliceRows> slices;
    for (auto& [key, rows] : rows_by_key) slices.push_back({key, std::move(rows)});
    return slices;
  }

 private:
  struct Bound {
    std::vector<Expression> items;
    std::optional<Expression> where;
  };

  absl::StatusOr<Bound> Bind(const std::vector<Type>& types) const {
    std::vector<expressions::Variable> variables;
    for (size_t i = 0; i < types.size(); ++i) variables.push_back({query_.sources[i].variable, types[i]});
    Bound bound;
    for (const SliceQuery::Item& item : query_.items) {
      ASSIGN_OR_RETURN(Expression expression, Expression::Bind(item.value, variables));
      bound.items.push_back(std::move(expression));
    }
    if (query_.where != nullptr) {
      ASSIGN_OR_RETURN(Expression expression, Expression::BindCondition(query_.where, variables));
      bound.where = std::move(expression);
    }
    return bound;
  }

  static std::vector<SliceRows> AllInvalid(const arrow::RecordBatch& batch) {
    SliceRows all{kInvalidSlice, {}};
    for (int64_t row = 0; row < batch.num_rows(); ++row) all.rows.push_back(row);
    return {std::move(all)};
  }

  std::set<std::string> KeysOf(int64_t row, const std::vector<std::map<int64_t, std::vector<Value>>>& sources,
                               const Bound& bound) const {
    std::vector<const std::vector<Value>*> lists;
    size_t combinations = 1;
    for (const auto& source : sources) {
      const auto it = source.find(row);
      if (it == source.end()) return {};
      lists.push_back(&it->second);
      combinations *= it->second.size();
      if (combinations > kMaxCombinations) return {kInvalidSlice};
    }
    std::set<std::string> keys;
    std::vector<Value> values(lists.size());
    for (size_t combination = 0; combination < combinations; ++combination) {
      size_t rest = combination;
      for (size_t i = lists.size(); i-- > 0;) {
        values[i] = (*lists[i])[rest % lists[i]->size()];
        rest /= lists[i]->size();
      }
      const absl::StatusOr<std::optional<std::string>> key = KeyOf(values, bound);
      if (!key.ok()) return {kInvalidSlice};
      if (key->has_value()) keys.insert(**key);
    }
    return keys;
  }

  // Unset where the condition is not true. An error where a value cannot be computed or cannot be named.
  absl::StatusOr<std::optional<std::string>> KeyOf(absl::Span<const Value> values, const Bound& bound) const {
    if (bound.where.has_value()) {
      ASSIGN_OR_RETURN(const std::optional<bool> holds, bound.where->EvaluateCondition(values));
      if (!holds.value_or(false)) return std::nullopt;
    }
    std::vector<std::string> parts;
    for (size_t i = 0; i < bound.items.size(); ++i) {
      ASSIGN_OR_RETURN(const Value value, bound.items[i].Evaluate(values));
      const std::optional<std::string> name = NameOf(value);
      if (!name.has_value()) return absl::InvalidArgumentError("not a value that can name a slice");
      parts.push_back(absl::StrCat(query_.items[i].name, "_", *name));
    }
    std::string key;
    for (const std::string& part : parts) absl::StrAppend(&key, key.empty() ? "" : "_", part);
    return key.empty() ? std::optional<std::string>(kDefaultSlice) : std::optional(key);
  }

  SliceQuery query_;
};

}  // namespace

absl::StatusOr<SliceFunction> SqlSlicer(const std::string& text) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Query> query, Query::Make(text));
  return SliceFunction([query](const arrow::RecordBatch& batch) { return query->Slice(batch); });
}

}  // namespace tfx::tfdv
