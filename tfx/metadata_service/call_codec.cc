#include "tfx/metadata_service/call_codec.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tfx/base/concat.h"

namespace mlmd::codec {
namespace {

using ::tfx::Concat;

using OrderByField = ml_metadata::ListOperationOptions::OrderByField;

template <typename Matches>
const FieldDescriptor* FieldWhere(const Descriptor* message, Plurality plurality, int skip, Matches matches) {
  const FieldDescriptor* found = nullptr;
  // Few fields; so the next in number is sought again and again instead of sorting them.
  for (int after = 0; skip >= 0; --skip) {
    found = nullptr;
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      if (field->number() <= after || field->is_repeated() != (plurality == Plurality::kMany) || !matches(field))
        continue;
      if (found == nullptr || field->number() < found->number()) found = field;
    }
    if (found == nullptr) {
      std::fprintf(stderr, "metadata_service: %s has no field of the type that its call needs\n",
                   message->full_name().c_str());
      std::abort();
    }
    after = found->number();
  }
  return found;
}

}  // namespace

const FieldDescriptor* FieldOfType(const Descriptor* message, FieldDescriptor::CppType type, Plurality plurality,
                                   int skip) {
  return FieldWhere(message, plurality, skip, [&](const FieldDescriptor* field) {
    return field->cpp_type() == type && field->name() != "next_page_token";
  });
}

const FieldDescriptor* FieldOfMessage(const Descriptor* message, const Descriptor* type, Plurality plurality) {
  return FieldWhere(message, plurality, 0, [&](const FieldDescriptor* field) { return field->message_type() == type; });
}

absl::StatusOr<ListOptions> DecodeListOptions(const ml_metadata::ListOperationOptions* options) {
  ListOptions decoded;
  if (options == nullptr) return decoded;
  if (options->max_result_size() <= 0) {
    return absl::InvalidArgumentError(
        Concat("max_result_size field value is required to be greater than 0 and less than or equal to ",
               kMaxListResult, ". Set value:", options->max_result_size()));
  }
  decoded.limit = std::min(options->max_result_size(), kMaxListResult);
  switch (options->order_by_field().field()) {
    case OrderByField::ID:
      decoded.order_by = ListOptions::OrderBy::kId;
      break;
    case OrderByField::CREATE_TIME:
      decoded.order_by = ListOptions::OrderBy::kCreateTime;
      break;
    case OrderByField::LAST_UPDATE_TIME:
      decoded.order_by = ListOptions::OrderBy::kLastUpdateTime;
      break;
    case OrderByField::FIELD_UNSPECIFIED:
      return absl::InvalidArgumentError("Unsupported field: FIELD_UNSPECIFIED specified in ListOperationOptions");
  }
  decoded.direction =
      options->order_by_field().is_asc() ? ListOptions::Direction::kAscending : ListOptions::Direction::kDescending;
  decoded.filter_query = options->filter_query();
  decoded.page_token = options->next_page_token();
  return decoded;
}

bool EncodeListOptions(const ListOptions& options, ml_metadata::ListOperationOptions* message) {
  message->set_max_result_size(std::min(options.limit.value_or(kMaxListResult), kMaxListResult));
  OrderByField* order = message->mutable_order_by_field();
  switch (options.order_by) {
    case ListOptions::OrderBy::kId:
      order->set_field(OrderByField::ID);
      break;
    case ListOptions::OrderBy::kCreateTime:
      order->set_field(OrderByField::CREATE_TIME);
      break;
    case ListOptions::OrderBy::kLastUpdateTime:
      order->set_field(OrderByField::LAST_UPDATE_TIME);
      break;
  }
  order->set_is_asc(options.direction == ListOptions::Direction::kAscending);
  if (!options.filter_query.empty()) message->set_filter_query(options.filter_query);
  if (!options.page_token.empty()) message->set_next_page_token(options.page_token);
  return options.limit.has_value() || options.order_by != ListOptions::OrderBy::kId ||
         options.direction != ListOptions::Direction::kAscending || !options.filter_query.empty() ||
         !options.page_token.empty();
}

absl::Status Parameter<PutArtifactsOptions>::Decode(ml_metadata::PutArtifactsRequest* request, Position*, Held* held) {
  held->update_mask = DecodeMask(request->update_mask());
  held->abort_if_latest_updated_time_changed = request->options().abort_if_latest_updated_time_changed();
  return absl::OkStatus();
}
void Parameter<PutArtifactsOptions>::Encode(const PutArtifactsOptions& options, Position*,
                                            ml_metadata::PutArtifactsRequest* request) {
  if (!options.update_mask.empty()) EncodeMask(options.update_mask, request->mutable_update_mask());
  if (options.abort_if_latest_updated_time_changed) {
    request->mutable_options()->set_abort_if_latest_updated_time_changed(true);
  }
}

absl::Status Parameter<absl::Span<const ArtifactAndEvent>>::Decode(ml_metadata::PutExecutionRequest* request, Position*,
                                                                   Held* held) {
  for (auto& pair : *request->mutable_artifact_event_pairs()) {
    ArtifactAndEvent& decoded = held->emplace_back();
    if (pair.has_artifact()) decoded.artifact = std::move(*pair.mutable_artifact());
    if (pair.has_event()) decoded.event = std::move(*pair.mutable_event());
  }
  return absl::OkStatus();
}
void Parameter<absl::Span<const ArtifactAndEvent>>::Encode(absl::Span<const ArtifactAndEvent> pairs, Position*,
                                                           ml_metadata::PutExecutionRequest* request) {
  for (const ArtifactAndEvent& pair : pairs) {
    auto* encoded = request->add_artifact_event_pairs();
    if (pair.artifact.has_value()) *encoded->mutable_artifact() = *pair.artifact;
    if (pair.event.has_value()) *encoded->mutable_event() = *pair.event;
  }
}

absl::Status Parameter<PutExecutionOptions>::Decode(ml_metadata::PutExecutionRequest* request, Position*, Held* held) {
  const auto& options = request->options();
  *held = {.reuse_context_if_already_exist = options.reuse_context_if_already_exist(),
           .reuse_artifact_if_already_exist_by_external_id = options.reuse_artifact_if_already_exist_by_external_id(),
           .force_update_time = options.force_update_time(),
           .force_reuse_context = options.force_reuse_context()};
  return absl::OkStatus();
}
void Parameter<PutExecutionOptions>::Encode(const PutExecutionOptions& options, Position*,
                                            ml_metadata::PutExecutionRequest* request) {
  auto* encoded = request->mutable_options();
  encoded->set_reuse_context_if_already_exist(options.reuse_context_if_already_exist);
  encoded->set_reuse_artifact_if_already_exist_by_external_id(options.reuse_artifact_if_already_exist_by_external_id);
  encoded->set_force_update_time(options.force_update_time);
  encoded->set_force_reuse_context(options.force_reuse_context);
}

absl::Status Parameter<absl::Span<const LineageEdge>>::Decode(ml_metadata::PutLineageSubgraphRequest* request,
                                                              Position*, Held* held) {
  for (auto& edge : *request->mutable_event_edges()) {
    LineageEdge& decoded = held->emplace_back();
    if (edge.has_execution_index()) decoded.execution_index = edge.execution_index();
    if (edge.has_artifact_index()) decoded.artifact_index = edge.artifact_index();
    decoded.event = std::move(*edge.mutable_event());
  }
  return absl::OkStatus();
}
void Parameter<absl::Span<const LineageEdge>>::Encode(absl::Span<const LineageEdge> edges, Position*,
                                                      ml_metadata::PutLineageSubgraphRequest* request) {
  for (const LineageEdge& edge : edges) {
    auto* encoded = request->add_event_edges();
    if (edge.execution_index.has_value()) encoded->set_execution_index(*edge.execution_index);
    if (edge.artifact_index.has_value()) encoded->set_artifact_index(*edge.artifact_index);
    *encoded->mutable_event() = edge.event;
  }
}

absl::Status Parameter<PutLineageSubgraphOptions>::Decode(ml_metadata::PutLineageSubgraphRequest* request, Position*,
                                                          Held* held) {
  const auto& options = request->options();
  *held = {.reuse_context_if_already_exist = options.reuse_context_if_already_exist(),
           .reuse_artifact_if_already_exist_by_external_id = options.reuse_artifact_if_already_exist_by_external_id()};
  return absl::OkStatus();
}
void Parameter<PutLineageSubgraphOptions>::Encode(const PutLineageSubgraphOptions& options, Position*,
                                                  ml_metadata::PutLineageSubgraphRequest* request) {
  auto* encoded = request->mutable_options();
  encoded->set_reuse_context_if_already_exist(options.reuse_context_if_already_exist);
  encoded->set_reuse_artifact_if_already_exist_by_external_id(options.reuse_artifact_if_already_exist_by_external_id);
}

absl::Status Parameter<LineageQuery>::Decode(ml_metadata::GetLineageSubgraphRequest* request, Position*, Held* held) {
  held->options = std::move(*request->mutable_lineage_subgraph_query_options());
  held->read_mask = DecodeMask(request->read_mask());
  return absl::OkStatus();
}
void Parameter<LineageQuery>::Encode(const LineageQuery& query, Position*,
                                     ml_metadata::GetLineageSubgraphRequest* request) {
  *request->mutable_lineage_subgraph_query_options() = query.options;
  if (!query.read_mask.empty()) EncodeMask(query.read_mask, request->mutable_read_mask());
}

void Result<PutTypesResult>::Encode(const PutTypesResult& result, ml_metadata::PutTypesResponse* response) {
  response->mutable_artifact_type_ids()->Add(result.artifact_type_ids.begin(), result.artifact_type_ids.end());
  response->mutable_execution_type_ids()->Add(result.execution_type_ids.begin(), result.execution_type_ids.end());
  response->mutable_context_type_ids()->Add(result.context_type_ids.begin(), result.context_type_ids.end());
}
PutTypesResult Result<PutTypesResult>::Decode(ml_metadata::PutTypesResponse* response) {
  return {{response->artifact_type_ids().begin(), response->artifact_type_ids().end()},
          {response->execution_type_ids().begin(), response->execution_type_ids().end()},
          {response->context_type_ids().begin(), response->context_type_ids().end()}};
}

void Result<PutExecutionResult>::Encode(const PutExecutionResult& result, ml_metadata::PutExecutionResponse* response) {
  response->set_execution_id(result.execution_id);
  response->mutable_artifact_ids()->Add(result.artifact_ids.begin(), result.artifact_ids.end());
  response->mutable_context_ids()->Add(result.context_ids.begin(), result.context_ids.end());
}
PutExecutionResult Result<PutExecutionResult>::Decode(ml_metadata::PutExecutionResponse* response) {
  return {response->execution_id(),
          {response->artifact_ids().begin(), response->artifact_ids().end()},
          {response->context_ids().begin(), response->context_ids().end()}};
}

void Result<PutLineageSubgraphResult>::Encode(const PutLineageSubgraphResult& result,
                                              ml_metadata::PutLineageSubgraphResponse* response) {
  response->mutable_execution_ids()->Add(result.execution_ids.begin(), result.execution_ids.end());
  response->mutable_artifact_ids()->Add(result.artifact_ids.begin(), result.artifact_ids.end());
  response->mutable_context_ids()->Add(result.context_ids.begin(), result.context_ids.end());
}
PutLineageSubgraphResult Result<PutLineageSubgraphResult>::Decode(ml_metadata::PutLineageSubgraphResponse* response) {
  return {{response->execution_ids().begin(), response->execution_ids().end()},
          {response->artifact_ids().begin(), response->artifact_ids().end()},
          {response->context_ids().begin(), response->context_ids().end()}};
}

}  // namespace mlmd::codec
