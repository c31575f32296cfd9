// How the parameters and the result of a MetadataStore method travel in the messages of its call: told by their types.
//
// The messages of the service follow one pattern, so that no call needs code of its own: a list of ids is the request's
// only repeated int64, a list of Artifacts its only repeated field of that message, texts come in the order of their
// field numbers (type_name, name, type_version), options in the field called `options`; answers likewise. What does not
// fit the pattern (bundles, maps) is spelled out at the end. Each codec has both directions side by side: the server
// decodes parameters and encodes results, the client the other way round.
//
// Used by store_calls.cc and grpc_metadata_store.cc only.
#ifndef TFX_METADATA_SERVICE_CALL_CODEC_H_
#define TFX_METADATA_SERVICE_CALL_CODEC_H_

#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "ml_metadata/proto/metadata_store_service.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata_service/store_calls.h"

namespace mlmd::codec {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The request and response message of a method.
template <auto Method>
struct CallMessages;
#define MLMD_CALL_MESSAGES(NAME)                     \
  template <>                                        \
  struct CallMessages<&MetadataStore::NAME> {        \
    using Request = ml_metadata::NAME##Request;      \
    using Response = ml_metadata::NAME##Response;    \
    static constexpr std::string_view kName = #NAME; \
  };
MLMD_STORE_CALLS(MLMD_CALL_MESSAGES)
#undef MLMD_CALL_MESSAGES

enum class Plurality { kOne, kMany };

// The `skip`-th (from 0) field of that type, by ascending number. Ends the process where there is none: the pattern
// does not hold for the message, which the tests of every call would show.
const FieldDescriptor* FieldOfType(const Descriptor* message, FieldDescriptor::CppType type, Plurality plurality,
                                   int skip = 0);
const FieldDescriptor* FieldOfMessage(const Descriptor* message, const Descriptor* type, Plurality plurality);

// Absent: everything, in ascending id.
absl::StatusOr<ListOptions> DecodeListOptions(const ml_metadata::ListOperationOptions* options);
// Asks for at most kMaxListResult. False: no options are needed.
bool EncodeListOptions(const ListOptions& options, ml_metadata::ListOperationOptions* message);

template <typename Element>
google::protobuf::RepeatedPtrField<Element>* MutableList(Message* message) {
  return message->GetReflection()->MutableRepeatedPtrField<Element>(
      message, FieldOfMessage(message->GetDescriptor(), Element::descriptor(), Plurality::kMany));
}

template <typename Element>
std::vector<Element> TakeList(google::protobuf::RepeatedPtrField<Element>* list) {
  std::vector<Element> elements;
  elements.reserve(list->size());
  for (Element& element : *list) elements.push_back(std::move(element));
  return elements;
}

// The elements of a message on an arena may belong to others, and are then not copied: `owner`, which keeps them, goes
// to the arena. Nobody may change such a message.
template <typename Owner, typename Element>
void LendTo(google::protobuf::RepeatedPtrField<Element>* list, Owner owner) {
  list->Reserve(static_cast<int>(owner.size()));
  const Owner& kept = *google::protobuf::Arena::Create<Owner>(list->GetArena(), std::move(owner));
  for (const Element& element : kept) list->UnsafeArenaAddAllocated(const_cast<Element*>(&element));
}

template <typename Element>
void PutList(std::vector<Element> elements, google::protobuf::RepeatedPtrField<Element>* list) {
  if (list->GetArena() != nullptr) return LendTo(list, std::move(elements));
  list->Reserve(static_cast<int>(elements.size()));
  for (Element& element : elements) list->Add(std::move(element));
}

template <typename Element>
void PutList(NodeList<Element> elements, google::protobuf::RepeatedPtrField<Element>* list) {
  if (list->GetArena() != nullptr) return LendTo(list, std::move(elements));
  list->Reserve(static_cast<int>(elements.size()));
  for (const Element& element : elements) *list->Add() = element;
}

// Counts what was met already of parameters that are told apart by their order only.
struct Position {
  int text = 0;
};

template <typename T>
concept IsMessage = std::is_base_of_v<Message, T>;

// Parameters: `Held` is what the server keeps while the method runs; Decode fills it from the request and may empty it.
template <typename T>
struct Parameter;

template <>
struct Parameter<int64_t> {
  using Held = int64_t;
  static const FieldDescriptor* Field(const Message& request) {
    return FieldOfType(request.GetDescriptor(), FieldDescriptor::CPPTYPE_INT64, Plurality::kOne);
  }
  static absl::Status Decode(Message* request, Position*, Held* held) {
    *held = request->GetReflection()->GetInt64(*request, Field(*request));
    return absl::OkStatus();
  }
  static void Encode(int64_t value, Position*, Message* request) {
    request->GetReflection()->SetInt64(request, Field(*request), value);
  }
};

template <>
struct Parameter<std::string_view> {
  using Held = std::string;
  static const FieldDescriptor* Field(const Message& request, Position* position) {
    return FieldOfType(request.GetDescriptor(), FieldDescriptor::CPPTYPE_STRING, Plurality::kOne, position->text++);
  }
  static absl::Status Decode(Message* request, Position* position, Held* held) {
    *held = request->GetReflection()->GetString(*request, Field(*request, position));
    return absl::OkStatus();
  }
  static void Encode(std::string_view value, Position* position, Message* request) {
    const FieldDescriptor* field = Field(*request, position);
    if (!value.empty()) request->GetReflection()->SetString(request, field, std::string(value));
  }
};

template <>
struct Parameter<absl::Span<const int64_t>> {
  using Held = std::vector<int64_t>;
  static google::protobuf::RepeatedField<int64_t>* List(Message* request) {
    return request->GetReflection()->MutableRepeatedField<int64_t>(
        request, FieldOfType(request->GetDescriptor(), FieldDescriptor::CPPTYPE_INT64, Plurality::kMany));
  }
  static absl::Status Decode(Message* request, Position*, Held* held) {
    held->assign(List(request)->begin(), List(request)->end());
    return absl::OkStatus();
  }
  static void Encode(absl::Span<const int64_t> ids, Position*, Message* request) {
    List(request)->Add(ids.begin(), ids.end());
  }
};

template <>
struct Parameter<absl::Span<const std::string>> {
  using Held = std::vector<std::string>;
  static google::protobuf::RepeatedPtrField<std::string>* List(Message* request) {
    return request->GetReflection()->MutableRepeatedPtrField<std::string>(
        request, FieldOfType(request->GetDescriptor(), FieldDescriptor::CPPTYPE_STRING, Plurality::kMany));
  }
  static absl::Status Decode(Message* request, Position*, Held* held) {
    held->assign(List(request)->begin(), List(request)->end());
    return absl::OkStatus();
  }
  static void Encode(absl::Span<const std::string> texts, Position*, Message* request) {
    for (const std::string& text : texts) *List(request)->Add() = text;
  }
};

template <IsMessage Element>
struct Parameter<absl::Span<const Element>> {
  using Held = std::vector<Element>;
  static absl::Status Decode(Message* request, Position*, Held* held) {
    *held = TakeList(MutableList<Element>(request));
    return absl::OkStatus();
  }
  static void Encode(absl::Span<const Element> elements, Position*, Message* request) {
    auto* list = MutableList<Element>(request);
    list->Reserve(static_cast<int>(elements.size()));
    for (const Element& element : elements) *list->Add() = element;
  }
};

template <IsMessage Element>
struct Parameter<Element> {
  using Held = Element;
  static Element* Field(Message* request) {
    return static_cast<Element*>(request->GetReflection()->MutableMessage(
        request, FieldOfMessage(request->GetDescriptor(), Element::descriptor(), Plurality::kOne)));
  }
  static absl::Status Decode(Message* request, Position*, Held* held) {
    *held = std::move(*Field(request));
    return absl::OkStatus();
  }
  static void Encode(const Element& element, Position*, Message* request) { *Field(request) = element; }
};

template <>
struct Parameter<ListOptions> {
  using Held = ListOptions;
  template <typename Request>
  static absl::Status Decode(Request* request, Position*, Held* held) {
    ASSIGN_OR_RETURN(*held, DecodeListOptions(request->has_options() ? &request->options() : nullptr));
    return absl::OkStatus();
  }
  template <typename Request>
  static void Encode(const ListOptions& options, Position*, Request* request) {
    if (!EncodeListOptions(options, request->mutable_options())) request->clear_options();
  }
};

template <>
struct Parameter<PutTypeOptions> {
  using Held = PutTypeOptions;
  template <typename Request>
  static absl::Status Decode(Request* request, Position*, Held* held) {
    // can_delete_fields, deprecated as well, is ignored upstream.
    if (!request->all_fields_match()) return absl::UnimplementedError("Must match all fields.");
    *held = {.can_add_fields = request->can_add_fields(), .can_omit_fields = request->can_omit_fields()};
    return absl::OkStatus();
  }
  template <typename Request>
  static void Encode(const PutTypeOptions& options, Position*, Request* request) {
    request->set_can_add_fields(options.can_add_fields);
    request->set_can_omit_fields(options.can_omit_fields);
  }
};

inline std::vector<std::string> DecodeMask(const google::protobuf::FieldMask& mask) {
  return {mask.paths().begin(), mask.paths().end()};
}
inline void EncodeMask(const std::vector<std::string>& paths, google::protobuf::FieldMask* mask) {
  for (const std::string& path : paths) mask->add_paths(path);
}

template <>
struct Parameter<PutNodesOptions> {
  using Held = PutNodesOptions;
  template <typename Request>
  static absl::Status Decode(Request* request, Position*, Held* held) {
    held->update_mask = DecodeMask(request->update_mask());
    return absl::OkStatus();
  }
  template <typename Request>
  static void Encode(const PutNodesOptions& options, Position*, Request* request) {
    if (!options.update_mask.empty()) EncodeMask(options.update_mask, request->mutable_update_mask());
  }
};

template <>
struct Parameter<PutArtifactsOptions> {
  using Held = PutArtifactsOptions;
  static absl::Status Decode(ml_metadata::PutArtifactsRequest* request, Position*, Held* held);
  static void Encode(const PutArtifactsOptions& options, Position*, ml_metadata::PutArtifactsRequest* request);
};

template <>
struct Parameter<absl::Span<const ArtifactAndEvent>> {
  using Held = std::vector<ArtifactAndEvent>;
  static absl::Status Decode(ml_metadata::PutExecutionRequest* request, Position*, Held* held);
  static void Encode(absl::Span<const ArtifactAndEvent> pairs, Position*, ml_metadata::PutExecutionRequest* request);
};

template <>
struct Parameter<PutExecutionOptions> {
  using Held = PutExecutionOptions;
  static absl::Status Decode(ml_metadata::PutExecutionRequest* request, Position*, Held* held);
  static void Encode(const PutExecutionOptions& options, Position*, ml_metadata::PutExecutionRequest* request);
};

template <>
struct Parameter<absl::Span<const LineageEdge>> {
  using Held = std::vector<LineageEdge>;
  static absl::Status Decode(ml_metadata::PutLineageSubgraphRequest* request, Position*, Held* held);
  static void Encode(absl::Span<const LineageEdge> edges, Position*, ml_metadata::PutLineageSubgraphRequest* request);
};

template <>
struct Parameter<PutLineageSubgraphOptions> {
  using Held = PutLineageSubgraphOptions;
  static absl::Status Decode(ml_metadata::PutLineageSubgraphRequest* request, Position*, Held* held);
  static void Encode(const PutLineageSubgraphOptions& options, Position*,
                     ml_metadata::PutLineageSubgraphRequest* request);
};

template <>
struct Parameter<LineageQuery> {
  using Held = LineageQuery;
  static absl::Status Decode(ml_metadata::GetLineageSubgraphRequest* request, Position*, Held* held);
  static void Encode(const LineageQuery& query, Position*, ml_metadata::GetLineageSubgraphRequest* request);
};

// Results: the server encodes, the client decodes and may empty the response; of a page it shares the response.
template <typename T>
struct Result;

template <>
struct Result<int64_t> {
  template <typename Response>
  static void Encode(int64_t id, Response* response) {
    response->set_type_id(id);
  }
  template <typename Response>
  static int64_t Decode(Response* response) {
    return response->type_id();
  }
};

template <>
struct Result<std::vector<int64_t>> {
  static google::protobuf::RepeatedField<int64_t>* List(Message* response) {
    return Parameter<absl::Span<const int64_t>>::List(response);
  }
  static void Encode(const std::vector<int64_t>& ids, Message* response) {
    List(response)->Add(ids.begin(), ids.end());
  }
  static std::vector<int64_t> Decode(Message* response) { return {List(response)->begin(), List(response)->end()}; }
};

template <IsMessage Element>
struct Result<Element> {
  static void Encode(Element element, Message* response) {
    // Not moved: that would be a copy where the response lies on an arena.
    response->GetReflection()->SetAllocatedMessage(
        response, new Element(std::move(element)),
        FieldOfMessage(response->GetDescriptor(), Element::descriptor(), Plurality::kOne));
  }
  static Element Decode(Message* response) { return std::move(*Parameter<Element>::Field(response)); }
};

template <IsMessage Element>
struct Result<std::optional<Element>> {
  static void Encode(std::optional<Element> element, Message* response) {
    if (element.has_value()) Result<Element>::Encode(*std::move(element), response);
  }
  static std::optional<Element> Decode(Message* response) {
    const FieldDescriptor* field = FieldOfMessage(response->GetDescriptor(), Element::descriptor(), Plurality::kOne);
    if (!response->GetReflection()->HasField(*response, field)) return std::nullopt;
    return Result<Element>::Decode(response);
  }
};

template <IsMessage Element>
struct Result<std::vector<Element>> {
  static void Encode(std::vector<Element> elements, Message* response) {
    PutList(std::move(elements), MutableList<Element>(response));
  }
  static std::vector<Element> Decode(Message* response) { return TakeList(MutableList<Element>(response)); }
};

template <typename Node>
struct Result<Page<Node>> {
  // Moves the nodes to `encoded` where the wire format of all of them is known.
  template <typename Response>
  static void TakeEncoded(Page<Node>* page, const Response* response, std::string* encoded) {
    using google::protobuf::io::CodedOutputStream;
    const NodeList<Node>& nodes = page->items;
    constexpr uint32_t kLengthDelimited = 2;
    const FieldDescriptor* const list = FieldOfMessage(Response::descriptor(), Node::descriptor(), Plurality::kMany);
    const uint32_t tag = static_cast<uint32_t>(list->number()) << 3 | kLengthDelimited;
    size_t size = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const size_t bytes = nodes.encoded(i).size();
      if (bytes == 0) return;
      size += CodedOutputStream::VarintSize32(tag) + CodedOutputStream::VarintSize64(bytes) + bytes;
    }
    if (size > std::numeric_limits<int>::max()) return;  // more than a message can have, as the response will say
    encoded->resize(size);
    auto* to = reinterpret_cast<uint8_t*>(encoded->data());
    for (size_t i = 0; i < nodes.size(); ++i) {
      const std::string_view bytes = nodes.encoded(i);
      to = CodedOutputStream::WriteVarint32ToArray(tag, to);
      to = CodedOutputStream::WriteVarint64ToArray(bytes.size(), to);
      std::memcpy(to, bytes.data(), bytes.size());
      to += bytes.size();
    }
    page->items = NodeList<Node>();
  }
  template <typename Response>
  static void Encode(Page<Node> page, Response* response) {
    PutList(std::move(page.items), MutableList<Node>(response));
    if (!page.next_page_token.empty()) response->set_next_page_token(std::move(page.next_page_token));
  }
  // The nodes stay where they are, and the response with them.
  template <typename Response>
  static Page<Node> Decode(std::shared_ptr<Response> response) {
    Page<Node> page;
    const auto& nodes = *MutableList<Node>(response.get());
    page.items.reserve(nodes.size());
    for (const Node& node : nodes) page.items.push_back(std::shared_ptr<const Node>(response, &node));
    page.next_page_token = response->next_page_token();
    return page;
  }
};

template <>
struct Result<std::map<int64_t, std::vector<Context>>> {
  static auto* List(ml_metadata::GetParentContextsByContextsResponse::ParentContextsPerChild* entry) {
    return entry->mutable_parent_contexts();
  }
  static auto* List(ml_metadata::GetChildrenContextsByContextsResponse::ChildrenContextsPerParent* entry) {
    return entry->mutable_children_contexts();
  }
  template <typename Response>
  static void Encode(std::map<int64_t, std::vector<Context>> related, Response* response) {
    for (auto& [id, contexts] : related) PutList(std::move(contexts), List(&(*response->mutable_contexts())[id]));
  }
  template <typename Response>
  static std::map<int64_t, std::vector<Context>> Decode(Response* response) {
    std::map<int64_t, std::vector<Context>> related;
    for (auto& [id, entry] : *response->mutable_contexts()) related[id] = TakeList(List(&entry));
    return related;
  }
};

template <>
struct Result<PutTypesResult> {
  static void Encode(const PutTypesResult& result, ml_metadata::PutTypesResponse* response);
  static PutTypesResult Decode(ml_metadata::PutTypesResponse* response);
};

template <>
struct Result<PutExecutionResult> {
  static void Encode(const PutExecutionResult& result, ml_metadata::PutExecutionResponse* response);
  static PutExecutionResult Decode(ml_metadata::PutExecutionResponse* response);
};

template <>
struct Result<PutLineageSubgraphResult> {
  static void Encode(const PutLineageSubgraphResult& result, ml_metadata::PutLineageSubgraphResponse* response);
  static PutLineageSubgraphResult Decode(ml_metadata::PutLineageSubgraphResponse* response);
};

}  // namespace mlmd::codec

#endif  // TFX_METADATA_SERVICE_CALL_CODEC_H_
