#include "tfx/metadata/list_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/like_prefix.h"

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

// SQLite keeps the order of tables that CROSS JOIN joins.
std::string InThisOrder(const std::string& joins) { return absl::StrReplaceAll(joins, {{" JOIN ", " CROSS JOIN "}}); }

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

std::string ListQuery::AfterToken(std::string_view id, std::vector<SqlValue>* values) const {
  if (!token_.has_value()) return "";
  const bool ascending = options_.direction == ListOptions::Direction::kAscending;
  const std::string_view after = ascending ? ">" : "<";
  int64_t last_id = token_->id_offset();
  if (options_.order_by == ListOptions::OrderBy::kId) {
    values->push_back(last_id);
    return Concat(id, " ", after, " ?");
  }
  // The last id of the page by this order; a token made elsewhere may only say so by its listed ids.
  for (const int64_t id : token_->listed_ids()) last_id = ascending ? std::max(last_id, id) : std::min(last_id, id);
  const auto field = static_cast<int64_t>(token_->field_offset());
  values->insert(values->end(), {field, field, last_id});
  return Concat("(N.", OrderColumn(), " ", after, " ? OR (N.", OrderColumn(), " = ? AND ", id, " ", after, " ?))");
}

std::string ListQuery::Order(std::string_view id) const {
  const bool ascending = options_.direction == ListOptions::Direction::kAscending;
  const std::string_view direction = ascending ? " ASC" : " DESC";
  if (options_.order_by == ListOptions::OrderBy::kId) return Concat(" ORDER BY ", id, direction);
  return Concat(" ORDER BY N.", OrderColumn(), direction, ", ", id, direction);
}

std::string ListedRows::Joins() const {
  return link.empty() ? "" : Concat("JOIN ", link, " L ON L.", link_column, " = N.id");
}

std::string ListedRows::Id() const { return link.empty() ? "N.id" : Concat("L.", link_column); }

ListQuery::Tail ListQuery::ForAll(const ListedRows& rows, std::optional<size_t> start) const {
  Tail tail;
  if (filter_.has_value()) AppendValues(filter_->join_values, &tail.values);
  tail.values.insert(tail.values.end(), rows.values.begin(), rows.values.end());
  std::vector<std::string> conditions;
  if (!rows.where.empty()) conditions.emplace_back(rows.where);
  if (filter_.has_value()) {
    conditions.push_back(filter_->condition);
    AppendValues(filter_->values, &tail.values);
  }
  if (start.has_value() && !filter_->narrowings[*start].is_condition) {
    conditions.push_back(Concat("N.id IN (", filter_->narrowings[*start].select, ")"));
    AppendValues(filter_->narrowings[*start].values, &tail.values);
  }
  if (std::string after = AfterToken(rows.Id(), &tail.values); !after.empty()) conditions.push_back(std::move(after));
  const bool repeats_rows = filter_.has_value() && filter_->repeats_rows;
  std::string rest;
  if (!conditions.empty()) Append(&rest, " WHERE ", absl::StrJoin(conditions, " AND "));
  // DISTINCT's columns are of N.
  Append(&rest, Order(repeats_rows ? "N.id" : rows.Id()));
  if (options_.limit.has_value()) {
    Append(&rest, " LIMIT ?");
    tail.values.emplace_back(static_cast<int64_t>(*options_.limit) + 1);
  }
  tail.sql = rows.Joins();
  if (filter_.has_value()) Append(&tail.sql, start.has_value() ? InThisOrder(filter_->joins) : filter_->joins);
  Append(&tail.sql, rest);
  if (!rows.link.empty() && !filter_.has_value() && options_.order_by == ListOptions::OrderBy::kId) {
    tail.linked_ids = Concat("SELECT ", rows.Id(), " FROM ", rows.link, " L", rest);
  }
  if (!repeats_rows) return tail;
  // The ids first, each once; the columns that rows are ordered by must be among the selected.
  const std::string_view own = options_.order_by == ListOptions::OrderBy::kId ? "" : ", N.";
  tail.sql = Concat("JOIN (SELECT DISTINCT N.id AS id", own, own.empty() ? "" : OrderColumn(), " FROM ", TableOf(base_),
                    " N ", tail.sql, ") F ON F.id = N.id", Order("N.id"));
  return tail;
}

std::optional<ListQuery::Tail> ListQuery::ForWindow(const ListedRows& rows, int64_t window) const {
  // Without joins the database reads in the order already.
  if (!filter_.has_value() || !options_.limit.has_value() || filter_->joins.empty() ||
      !filter_->is_searchable_from_base) {
    return std::nullopt;
  }
  Tail tail{.values = rows.values};
  std::string inner = Concat("SELECT N.id AS id FROM ", TableOf(base_), " N ", rows.Joins());
  const std::string after = AfterToken(rows.Id(), &tail.values);
  if (!rows.where.empty()) Append(&inner, " WHERE ", rows.where);
  if (!after.empty()) Append(&inner, rows.where.empty() ? " WHERE " : " AND ", after);
  Append(&inner, Order(rows.Id()), " LIMIT ?");
  tail.values.emplace_back(window);
  AppendValues(filter_->join_values, &tail.values);
  AppendValues(filter_->values, &tail.values);
  tail.values.emplace_back(static_cast<int64_t>(*options_.limit) + 1);
  // SQLite would start from a property's index otherwise.
  const std::string_view own = options_.order_by == ListOptions::OrderBy::kId ? "" : ", N.";
  tail.sql = Concat("JOIN (SELECT ", filter_->repeats_rows ? "DISTINCT " : "", "N.id AS id", own,
                    own.empty() ? "" : OrderColumn(), " FROM (", inner, ") W CROSS JOIN ", TableOf(base_),
                    " N ON N.id = W.id", InThisOrder(filter_->joins), " WHERE ", filter_->condition, Order("N.id"),
                    " LIMIT ?) F ON F.id = N.id", Order("N.id"));
  return tail;
}

absl::StatusOr<std::optional<ListQuery::Narrowest>> ListQuery::FindNarrowest(SqlConnection& sql, int64_t few) {
  if (!filter_.has_value()) return std::nullopt;
  std::vector<FilterSql::Narrowing>& narrowings = filter_->narrowings;
  // Between one of its own and none SQLite chooses well; it does not see that of a prefix.
  size_t fewest_to_choose = 2;
  if (filter_->prefix.has_value()) {
    ASSIGN_OR_RETURN(auto of_prefix, NarrowByPrefix(sql, TableOf(base_), *filter_->prefix));
    if (of_prefix.has_value()) {
      narrowings.push_back(*std::move(of_prefix));
      fewest_to_choose = 1;
    }
  }
  if (narrowings.size() < fewest_to_choose) return std::nullopt;
  Narrowest narrowest;
  int64_t least = few;
  for (size_t i = 0; i < narrowings.size(); ++i) {
    std::vector<SqlValue> values;
    AppendValues(narrowings[i].values, &values);
    values.emplace_back(few);
    RETURN_IF_ERROR(sql.Select(Concat("SELECT COUNT(*) FROM (", narrowings[i].select, " LIMIT ?) F"), values,
                               [&](const SqlRow& row) {
                                 if (row.Int(0) >= least) return absl::OkStatus();
                                 least = row.Int(0);
                                 narrowest = {i, true};
                                 return absl::OkStatus();
                               }));
  }
  return narrowest;
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
