#include "tfx/metadata/list_query.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "tfx/base/concat.h"

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

}  // namespace

absl::StatusOr<ListQuery> ListQuery::FromOptions(const ListOptions& options) {
  if (options.limit.has_value() && *options.limit <= 0) {
    return absl::InvalidArgumentError(
        Concat("limit (max_result_size) must be greater than 0, given is ", *options.limit));
  }
  if (!options.filter_query.empty()) {
    return absl::UnimplementedError("filter_query is not supported by this build's metadata store");
  }
  ListQuery query;
  query.options_ = options;
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

std::string ListQuery::AppendTo(std::string_view tail, std::vector<SqlValue>* values) const {
  const bool ascending = options_.direction == ListOptions::Direction::kAscending;
  const std::string_view direction = ascending ? "ASC" : "DESC";
  const std::string_view after = ascending ? ">" : "<";
  std::string_view column = "N.id";
  if (options_.order_by == ListOptions::OrderBy::kCreateTime) column = "N.create_time_since_epoch";
  if (options_.order_by == ListOptions::OrderBy::kLastUpdateTime) column = "N.last_update_time_since_epoch";

  std::string sql(tail);
  if (token_.has_value()) {
    Append(&sql, tail.find("WHERE") != std::string_view::npos ? " AND " : " WHERE ");
    int64_t last_id = token_->id_offset();
    if (options_.order_by == ListOptions::OrderBy::kId) {
      Append(&sql, "N.id ", after, " ?");
      values->push_back(last_id);
    } else {
      // The last id of the page by this order; a token made elsewhere may only say so by its listed ids.
      for (const int64_t id : token_->listed_ids()) last_id = ascending ? std::max(last_id, id) : std::min(last_id, id);
      Append(&sql, "(", column, " ", after, " ? OR (", column, " = ? AND N.id ", after, " ?))");
      values->insert(values->end(), {static_cast<int64_t>(token_->field_offset()),
                                     static_cast<int64_t>(token_->field_offset()), last_id});
    }
  }
  Append(&sql, " ORDER BY ", column, " ", direction);
  if (options_.order_by != ListOptions::OrderBy::kId) Append(&sql, ", N.id ", direction);
  if (options_.limit.has_value()) {
    Append(&sql, " LIMIT ?");
    values->push_back(static_cast<int64_t>(*options_.limit) + 1);
  }
  return sql;
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
