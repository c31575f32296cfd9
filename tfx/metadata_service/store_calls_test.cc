#include "tfx/metadata_service/store_calls.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <random>

#include "ml_metadata/proto/metadata_store_service.pb.h"
#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

using ::testing::HasSubstr;

template <typename Response, typename Request>
absl::StatusOr<Response> RunCall(MetadataStore& store, Request request) {
  const std::string name = Request::descriptor()->name();
  const StoreCall* call = FindStoreCall(name.substr(0, name.size() - std::string("Request").size()));
  if (call == nullptr) return absl::UnknownError("no call for " + name);
  Response response;
  const absl::Status status = call->run(store, &request, &response, nullptr);
  return status.ok() ? absl::StatusOr<Response>(response) : status;
}

TEST(StoreCalls, AreThoseOfTheServiceWithItsMessages) {
  const auto* service =
      ml_metadata::GetArtifactsRequest::descriptor()->file()->FindServiceByName("MetadataStoreService");
  ASSERT_EQ(service->method_count(), 52);
  EXPECT_EQ(StoreCalls().size(), 52);
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* method = service->method(i);
    const StoreCall* call = FindStoreCall(method->name());
    ASSERT_NE(call, nullptr) << method->name();
    EXPECT_EQ(call->request->GetDescriptor(), method->input_type());
    EXPECT_EQ(call->response->GetDescriptor(), method->output_type());
    EXPECT_EQ(call->path, "/" + service->full_name() + "/" + method->name());
    EXPECT_EQ(call->access == StoreCall::Access::kWrite, method->name().starts_with("Put"));
  }
  EXPECT_EQ(FindStoreCall("GetArtifact"), nullptr);
  EXPECT_EQ(FindStoreCall(""), nullptr);
  EXPECT_EQ(FindStoreCall("~"), nullptr);
}

TEST(StoreCalls, AnswerAnEmptyRequestWithAnAnswerOrAnErrorOfTheCaller) {
  const auto store = MemoryStore();
  for (const StoreCall& call : StoreCalls()) {
    const std::unique_ptr<google::protobuf::Message> request(call.request->New()), response(call.response->New());
    const absl::Status status = call.run(*store, request.get(), response.get(), nullptr);
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
                absl::IsUnimplemented(status))
        << call.name << ": " << status;
    EXPECT_TRUE(status.ok() || response->ByteSizeLong() == 0) << call.name;
  }
}

// Requests made of random bits: whatever they ask, the store answers or refuses.
TEST(StoreCalls, SurviveRandomRequests) {
  const auto store = MemoryStore();
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    for (const StoreCall& call : StoreCalls()) {
      std::string bytes(random() % 40, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      const std::unique_ptr<google::protobuf::Message> request(call.request->New()), response(call.response->New());
      request->ParsePartialFromString(bytes);
      const absl::Status status = call.run(*store, request.get(), response.get(), nullptr);
      EXPECT_NE(status.code(), absl::StatusCode::kInternal) << call.name << ": " << status;
    }
  }
}

TEST(StoreCalls, RefuseTheDeprecatedLineageGraph) {
  EXPECT_TRUE(absl::IsUnimplemented(
      RunCall<ml_metadata::GetLineageGraphResponse>(*MemoryStore(), ml_metadata::GetLineageGraphRequest()).status()));
}

TEST(StoreCalls, RefuseTheUriFieldOfOldClients) {
  ml_metadata::GetArtifactsByURIRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string("\x0a\x01x", 3)));
  const absl::Status status = RunCall<ml_metadata::GetArtifactsByURIResponse>(*MemoryStore(), request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Message(status), HasSubstr("deprecated field `uri`"));
}

TEST(StoreCalls, RefuseTypesThatNeedNotMatch) {
  ml_metadata::PutArtifactTypeRequest request;
  request.mutable_artifact_type()->set_name("A");
  request.set_all_fields_match(false);
  EXPECT_TRUE(absl::IsUnimplemented(RunCall<ml_metadata::PutArtifactTypeResponse>(*MemoryStore(), request).status()));
  request.clear_all_fields_match();
  request.set_can_delete_fields(true);  // ignored, as upstream
  EXPECT_TRUE(RunCall<ml_metadata::PutArtifactTypeResponse>(*MemoryStore(), request).ok());
}

// The official client turns this into its NotFoundError.
TEST(StoreCalls, AnswerNotFoundWhereUpstreamDoes) {
  const auto store = MemoryStore();
  ml_metadata::GetArtifactsByExternalIdsRequest artifacts;
  EXPECT_TRUE(RunCall<ml_metadata::GetArtifactsByExternalIdsResponse>(*store, artifacts).ok());
  artifacts.add_external_ids("x");
  EXPECT_EQ(RunCall<ml_metadata::GetArtifactsByExternalIdsResponse>(*store, artifacts).status(),
            absl::NotFoundError("No artifacts found for external_ids."));
  ml_metadata::GetContextTypesByExternalIdsRequest types;
  types.add_external_ids("x");
  EXPECT_EQ(RunCall<ml_metadata::GetContextTypesByExternalIdsResponse>(*store, types).status(),
            absl::NotFoundError("No types found for external_ids."));
  ml_metadata::GetContextsByExecutionRequest contexts;
  contexts.set_execution_id(9);
  EXPECT_EQ(RunCall<ml_metadata::GetContextsByExecutionResponse>(*store, contexts).status(),
            absl::NotFoundError("No contexts found for execution_id: 9"));
}

class ListCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    const int64_t type = Ok(store_->PutArtifactType(NamedType<ArtifactType>("A")));
    ids_ = Ok(store_->PutArtifacts(std::vector<Artifact>(150, NodeOf<Artifact>(type))));
  }
  ml_metadata::GetArtifactsResponse List(const ml_metadata::GetArtifactsRequest& request) {
    return Ok(RunCall<ml_metadata::GetArtifactsResponse>(*store_, request));
  }
  std::unique_ptr<MetadataStore> store_ = MemoryStore();
  std::vector<int64_t> ids_;
};

// What a server sends is the same message, however its list came to be bytes. Every call that lists nodes.
TEST_F(ListCalls, ListsInWireFormatAreTheSame) {
  const int64_t execution_type = Ok(store_->PutExecutionType(NamedType<ExecutionType>("A")));
  const int64_t context_type = Ok(store_->PutContextType(NamedType<ContextType>("A")));
  std::vector<ArtifactAndEvent> outputs;
  for (int i = 0; i < 5; ++i) {
    outputs.push_back({Ok(store_->GetArtifactsByID({ids_[i]})).at(0), EventOf(Event::OUTPUT, "o", i)});
  }
  for (const char* name : {"x", "y", "z"}) {
    Ok(store_->PutExecution(NodeOf<Execution>(execution_type, name), outputs, {NodeOf<Context>(context_type, "c")},
                            {.reuse_context_if_already_exist = true}));
    outputs.clear();
  }
  const auto expect_same = [&] {
    int calls = 0;
    for (const StoreCall& call : StoreCalls()) {
      if (call.response->GetDescriptor()->FindFieldByName("next_page_token") == nullptr) continue;
      ++calls;
      for (const int limit : {0, 2, 100}) {
        const std::unique_ptr<google::protobuf::Message> request(call.request->New()), again(call.request->New()),
            expected(call.response->New()), rest(call.response->New()), sent(call.response->New());
        const std::string options = limit == 0 ? "" : "options { max_result_size: " + std::to_string(limit) + " }";
        const std::string_view of = call.name.ends_with("Type")      ? "type_name: 'A' "
                                    : call.name.ends_with("Context") ? "context_id: 1 "
                                                                     : "";
        ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(of) + options, request.get()));
        again->CopyFrom(*request);
        ASSERT_TRUE(call.run(*store_, request.get(), expected.get(), nullptr).ok()) << call.name;
        std::string encoded_list;
        ASSERT_TRUE(call.run(*store_, again.get(), rest.get(), &encoded_list).ok()) << call.name;
        EXPECT_FALSE(encoded_list.empty()) << call.name;
        EXPECT_LT(rest->ByteSizeLong(), 300u) << call.name;  // the token at most
        ASSERT_TRUE(sent->ParseFromString(rest->SerializeAsString() + encoded_list)) << call.name;
        EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*sent, *expected)) << call.name;
        EXPECT_GT(expected->ByteSizeLong(), 0u);
      }
    }
    EXPECT_EQ(calls, 8);
  };
  expect_same();
  Artifact update = Ok(store_->GetArtifactsByID({ids_[1]})).at(0);
  (*update.mutable_custom_properties())["long"].set_string_value(std::string(100'000, 'x'));
  Ok(store_->PutArtifacts({update}));
  expect_same();

  // Where the store keeps no nodes, it has no bytes of them either.
  ml_metadata::ConnectionConfig memory;
  memory.mutable_fake_database();
  const auto uncached = Ok(OpenMetadataStore(memory, {.node_cache_bytes = 0}));
  Ok(uncached->PutArtifacts({NodeOf<Artifact>(Ok(uncached->PutArtifactType(NamedType<ArtifactType>("A"))))}));
  std::string encoded_list;
  ml_metadata::GetArtifactsRequest request;
  ml_metadata::GetArtifactsResponse response;
  ASSERT_TRUE(FindStoreCall("GetArtifacts")->run(*uncached, &request, &response, &encoded_list).ok());
  EXPECT_EQ(response.artifacts_size(), 1);
  EXPECT_EQ(encoded_list, "");
}

TEST_F(ListCalls, AnswerEverythingWithoutOptionsTwentyWithAndNeverMoreThanAHundred) {
  ml_metadata::GetArtifactsRequest request;
  EXPECT_EQ(List(request).artifacts_size(), 150);
  request.mutable_options();
  EXPECT_EQ(List(request).artifacts_size(), 20);
  request.mutable_options()->set_max_result_size(120);
  const auto first = List(request);
  EXPECT_EQ(first.artifacts_size(), 100);
  request.mutable_options()->set_next_page_token(first.next_page_token());
  const auto second = List(request);
  EXPECT_EQ(second.artifacts_size(), 50);
  EXPECT_EQ(second.artifacts(0).id(), ids_[100]);
  EXPECT_FALSE(second.has_next_page_token());
}

TEST_F(ListCalls, RefuseSizesAndOrdersThatMeanNothing) {
  for (const int size : {0, -1}) {
    ml_metadata::GetArtifactsRequest request;
    request.mutable_options()->set_max_result_size(size);
    const absl::Status status = RunCall<ml_metadata::GetArtifactsResponse>(*store_, request).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(Message(status), HasSubstr("max_result_size field value is required to be greater than 0"));
  }
  ml_metadata::GetArtifactsRequest request;
  request.mutable_options()->mutable_order_by_field()->set_field(
      ml_metadata::ListOperationOptions::OrderByField::FIELD_UNSPECIFIED);
  EXPECT_TRUE(absl::IsInvalidArgument(RunCall<ml_metadata::GetArtifactsResponse>(*store_, request).status()));
}

TEST_F(ListCalls, PopulateTypesOfArtifactsById) {
  ml_metadata::GetArtifactsByIDRequest request;
  request.add_artifact_ids(ids_[0]);
  request.add_artifact_ids(ids_[1]);
  EXPECT_EQ(Ok(RunCall<ml_metadata::GetArtifactsByIDResponse>(*store_, request)).artifact_types_size(), 0);
  request.set_populate_artifact_types(true);
  const auto response = Ok(RunCall<ml_metadata::GetArtifactsByIDResponse>(*store_, request));
  ASSERT_EQ(response.artifact_types_size(), 1);
  EXPECT_EQ(response.artifact_types(0).name(), "A");
}

}  // namespace
}  // namespace mlmd
