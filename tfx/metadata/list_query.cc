#include "tfx/metadata/list_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

using OrderByField = ml_metadata::ListOperationOptions::OrderByField;

OrderByField ToProto(const ListOptions& options) {
  OrderByField order;
  switch (options.order_by) {
    case ListOptions::OrderBy::kId:
      order.set_field(OrderByField::ID);
      break;
    case ListOptions::OrderBy::kCreateTime:
      order.set_field(OrderByField::CREATE_TIME);
      break;
    case ListOptions::OrderBy::kLastUpdateTime:
      order.set_field(OrderByField::LAST_UPDATE_TIME);
      break;
  }
  order.set_is_asc(options.direction == ListOptions::Direction::kAscending);
  return order;
}

// "JOIN ... WHERE ..." -> what stands before WHERE, and behind.
std::pair<std::string_view, std::string_view> SplitAtWhere(std::string_view tail) {
  constexpr std::string_view kWhere = "WHERE ";
  const size_t at = tail.find(kWhere);
  if (at == std::string_view::npos) return {tail, {}};
  return {tail.substr(0, at), tail.substr(at + kWhere.size())};
}

}  // namespace

std::string_view TableOf(FilterBase base) {
  switch (base) {
    case FilterBase::kArtifact:
      return "Artifact";
    case FilterBase::kExecution:
      return "Execution";
    case FilterBase::kContext:
      return "Context";
  }
  return "";
}

void AppendValues(const std::vector<FilterValue>& from, std::vector<SqlValue>* to) {
  for (const FilterValue& value : from) {
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
            to->emplace_back(std::string_view(v));
          } else {
            to->emplace_back(v);
          }
        },
        value);
  }
}

absl::StatusOr<ListQuery> ListQuery::FromOptions(const ListOptions& options, FilterBase base) {
  if (options.limit.has_value() && *options.limit <= 0) {
    return absl::InvalidArgumentError(
        Concat("limit (max_result_size) must be greater than 0, given is ", *options.limit));
  }
  ListQuery query;
  query.base_ = base;
  query.options_ = options;
  if (!options.filter_query.empty()) {
    ASSIGN_OR_RETURN(query.filter_, CompileFilter(options.filter_query, base));
  }
  if (options.page_token.empty()) return query;
  std::string bytes;
  ml_metadata::ListOperationNextPageToken token;
  if (!absl::WebSafeBase64Unescape(options.page_token, &bytes) || !token.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("page_token (next_page_token) is not one that a list call returned");
  }
  const OrderByField order = ToProto(options);
  const OrderByField& made_for = token.set_options().order_by_field();
  if (made_for.field() != order.field() || made_for.is_asc() != order.is_asc()) {
    return absl::InvalidArgumentError(
        "page_token (next_page_token) was made for another order; keep the order between pages");
  }
  query.token_ = token;
  return query;
}

std::string_view ListQuery::OrderColumn() const {
  switch (options_.order_by) {
    case ListOptions::OrderBy::kCreateTime:
      return "create_time_since_epoch";
    case ListOptions::OrderBy::kLastUpdateTime:
      return "last_update_time_since_epoch";
    case ListOptions::OrderBy::kId:
      break;
  }
  return "id";
}

std::string ListQuery::AfterToken(std::vector<SqlValue>* values) const {
  if (!token_.has_value()) return "";
  const bool ascending = options_.direction == ListOptions::Direction::kAscending;
  const std::string_view after = ascending ? ">" : "<";
  int64_t last_id = token_->id_offset();
  if (options_.order_by == ListOptions::OrderBy::kId) {
    values->push_back(last_id);
    return Concat("N.id ", after, " ?");
  }
  // The last id of the page by this order; a token made elsewhere may only say so by its listed ids.
  for (const int64_t id : token_->listed_ids()) last_id = ascending ? std::max(last_id, id) : std::min(last_id, id);
  const auto field = static_cast<int64_t>(token_->field_offset());
  values->insert(values->end(), {field, field, last_id});
  return Concat("(N.", OrderColumn(), " ", after, " ? OR (N.", OrderColumn(), " = ? AND N.id ", after, " ?))");
}

std::string ListQuery::Order(std::string_view alias) const {
  const bool ascending = options_.direction == ListOptions::Direction::kAscending;
  const std::string_view direction = ascending ? " ASC" : " DESC";
  std::string sql = Concat(" ORDER BY ", alias, ".", OrderColumn(), direction);
  if (options_.order_by != ListOptions::OrderBy::kId) Append(&sql, ", ", alias, ".id", direction);
  return sql;
}

std::string ListQuery::AppendTo(std::string_view tail, std::vector<SqlValue>* values) const {
  const auto [joins, where] = SplitAtWhere(tail);
  std::vector<SqlValue> all;
  if (filter_.has_value()) AppendValues(filter_->join_values, &all);
  all.insert(all.end(), values->begin(), values->end());
  std::vector<std::string> conditions;
  if (!where.empty()) conditions.emplace_back(where);
  if (filter_.has_value()) {
    conditions.push_back(filter_->condition);
    AppendValues(filter_->values, &all);
  }
  if (std::string after = AfterToken(&all); !after.empty()) conditions.push_back(std::move(after));
  std::string sql = Concat(joins, filter_.has_value() ? filter_->joins : "");
  if (!conditions.empty()) Append(&sql, " WHERE ", absl::StrJoin(conditions, " AND "));
  Append(&sql, Order("N"));
  if (options_.limit.has_value()) {
    Append(&sql, " LIMIT ?");
    all.emplace_back(static_cast<int64_t>(*options_.limit) + 1);
  }
  *values = std::move(all);
  if (!filter_.has_value() || !filter_->repeats_rows) return sql;
  // The ids first, each once; the columns that rows are ordered by must be among the selected.
  const std::string_view own = options_.order_by == ListOptions::OrderBy::kId ? "" : ", N.";
  return Concat("JOIN (SELECT DISTINCT N.id AS id", own, own.empty() ? "" : OrderColumn(), " FROM ", TableOf(base_),
                " N ", sql, ") F ON F.id = N.id", Order("N"));
}

std::optional<std::string> ListQuery::AppendWindowTo(std::string_view tail, int64_t window,
                                                     std::vector<SqlValue>* values) const {
  // Without joins the database reads in the order already.
  if (!filter_.has_value() || !options_.limit.has_value() || filter_->joins.empty() ||
      !filter_->is_searchable_from_base) {
    return std::nullopt;
  }
  const auto [joins, where] = SplitAtWhere(tail);
  std::vector<SqlValue> all = *values;
  std::string inner = Concat("SELECT N.id AS id FROM ", TableOf(base_), " N ", joins);
  const std::string after = AfterToken(&all);
  if (!where.empty()) Append(&inner, " WHERE ", where);
  if (!after.empty()) Append(&inner, where.empty() ? " WHERE " : " AND ", after);
  Append(&inner, Order("N"), " LIMIT ?");
  all.emplace_back(window);
  AppendValues(filter_->join_values, &all);
  AppendValues(filter_->values, &all);
  all.emplace_back(static_cast<int64_t>(*options_.limit) + 1);
  *values = std::move(all);
  // CROSS JOIN: SQLite keeps the order of such tables, and would start from a property's index otherwise.
  const std::string_view own = options_.order_by == ListOptions::OrderBy::kId ? "" : ", N.";
  return Concat("JOIN (SELECT ", filter_->repeats_rows ? "DISTINCT " : "", "N.id AS id", own,
                own.empty() ? "" : OrderColumn(), " FROM (", inner, ") W CROSS JOIN ", TableOf(base_),
                " N ON N.id = W.id", absl::StrReplaceAll(filter_->joins, {{" JOIN ", " CROSS JOIN "}}), " WHERE ",
                filter_->condition, Order("N"), " LIMIT ?) F ON F.id = N.id", Order("N"));
}

int64_t ListQuery::FieldOf(int64_t id, int64_t create_time, int64_t last_update_time) const {
  switch (options_.order_by) {
    case ListOptions::OrderBy::kCreateTime:
      return create_time;
    case ListOptions::OrderBy::kLastUpdateTime:
      return last_update_time;
    case ListOptions::OrderBy::kId:
      break;
  }
  return id;
}

std::string ListQuery::NextToken(int64_t last_id, int64_t last_field, absl::Span<const int64_t> listed_ids) const {
  ml_metadata::ListOperationNextPageToken token;
  token.set_id_offset(last_id);
  token.set_field_offset(last_field);
  *token.mutable_set_options()->mutable_order_by_field() = ToProto(options_);
  token.mutable_set_options()->set_max_result_size(*options_.limit);
  for (const int64_t id : listed_ids) token.add_listed_ids(id);
  return absl::WebSafeBase64Escape(token.SerializeAsString());
}

}  // namespace mlmd
