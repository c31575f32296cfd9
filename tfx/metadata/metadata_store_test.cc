// The conformance suite: what every MetadataStore must do, run for each backend (metadata_backends_test.cc, and over
// gRPC in metadata_service).
#include "tfx/metadata/metadata_store.h"

#include <google/protobuf/util/message_differencer.h>

#include "tfx/base/concat.h"
#include "tfx/metadata/metadata_store_suite.h"

namespace mlmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Who links these cases names the backends, if only none.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MetadataStoreTest);

TEST_P(MetadataStoreTest, FirstUserTypeHasIdTenAndSystemTypesAreHidden) {
  EXPECT_EQ(artifact_type_, 10);
  EXPECT_THAT(Ok(store_->GetArtifactTypes()), SizeIs(1));
  EXPECT_THAT(Ok(store_->GetExecutionTypes()), SizeIs(1));
  EXPECT_EQ(Ok(store_->GetArtifactType("mlmd.Dataset")).id(), 1);
}

TEST_P(MetadataStoreTest, PutTypeAgainReturnsTheSameId) {
  EXPECT_EQ(Ok(store_->PutExecutionType(NamedType<ExecutionType>("Gen", {{"steps", ml_metadata::INT}}))),
            execution_type_);
}

TEST_P(MetadataStoreTest, TypesMayGrowAndOmitOnlyWhereAllowed) {
  const auto more = NamedType<ExecutionType>("Gen", {{"steps", ml_metadata::INT}, {"lr", ml_metadata::DOUBLE}});
  const auto other = NamedType<ExecutionType>("Gen", {{"steps", ml_metadata::STRING}});

  const absl::Status refused = store_->PutExecutionType(more).status();
  EXPECT_TRUE(absl::IsAlreadyExists(refused));
  EXPECT_THAT(Message(refused), HasSubstr("Type already exists with different properties"));
  EXPECT_EQ(Ok(store_->PutExecutionType(more, {.can_add_fields = true})), execution_type_);
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutExecutionType(NamedType<ExecutionType>("Gen")).status()));
  EXPECT_EQ(Ok(store_->PutExecutionType(NamedType<ExecutionType>("Gen"), {.can_omit_fields = true})), execution_type_);
  EXPECT_TRUE(absl::IsAlreadyExists(
      store_->PutExecutionType(other, {.can_add_fields = true, .can_omit_fields = true}).status()));

  EXPECT_THAT(Ok(store_->GetExecutionType("Gen")).properties(), SizeIs(2));
}

TEST_P(MetadataStoreTest, VersionsAreTypesOfTheirOwnAndKindsDoNotMeet) {
  auto versioned = NamedType<ArtifactType>("Examples");
  versioned.set_version("v2");
  const int64_t id = Ok(store_->PutArtifactType(versioned));
  const int64_t same_name = Ok(store_->PutContextType(NamedType<ContextType>("Examples")));

  EXPECT_NE(id, artifact_type_);
  EXPECT_NE(same_name, artifact_type_);
  EXPECT_EQ(Ok(store_->GetArtifactType("Examples", "v2")).id(), id);
  EXPECT_EQ(Ok(store_->GetArtifactType("Examples")).id(), artifact_type_);
  EXPECT_TRUE(absl::IsNotFound(store_->GetArtifactType("Examples", "v3").status()));
}

TEST_P(MetadataStoreTest, BaseTypeMayBeAddedButNotChanged) {
  auto type = NamedType<ArtifactType>("Model");
  const int64_t id = Ok(store_->PutArtifactType(type));
  type.set_base_type(ArtifactType::MODEL);
  EXPECT_EQ(Ok(store_->PutArtifactType(type)), id);
  EXPECT_EQ(Ok(store_->GetArtifactType("Model")).base_type(), ArtifactType::MODEL);
  type.set_base_type(ArtifactType::DATASET);
  EXPECT_TRUE(absl::IsUnimplemented(store_->PutArtifactType(type).status()));
  type.set_base_type(ArtifactType::UNSET);
  EXPECT_TRUE(absl::IsUnimplemented(store_->PutArtifactType(type).status()));
}

TEST_P(MetadataStoreTest, BadTypesAreRefusedAndPutTypesIsAllOrNothing) {
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifactType(ArtifactType()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      store_->PutArtifactType(NamedType<ArtifactType>("X", {{"p", ml_metadata::UNKNOWN}})).status()));

  const auto good = NamedType<ArtifactType>("Good");
  const auto bad = NamedType<ExecutionType>("Gen", {{"steps", ml_metadata::STRING}});
  EXPECT_FALSE(store_->PutTypes({good}, {bad}, {}).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetArtifactType("Good").status()));
  const PutTypesResult both = Ok(store_->PutTypes({good, good}, {}, {NamedType<ContextType>("run")}));
  EXPECT_EQ(both.artifact_type_ids.at(0), both.artifact_type_ids.at(1));
  EXPECT_THAT(both.context_type_ids, SizeIs(1));
}

TEST_P(MetadataStoreTest, ExternalIdsOfTypesAreUnique) {
  auto type = NamedType<ArtifactType>("A");
  type.set_external_id("x");
  const int64_t id = Ok(store_->PutArtifactType(type));
  type.set_name("B");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutArtifactType(type).status()));
  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactTypesByExternalIds({"x", "y"}))), ElementsAre(id));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->GetArtifactTypesByExternalIds({""}).status()));
}

TEST_P(MetadataStoreTest, StructTypesOfExecutionsComeBack) {
  auto type = NamedType<ExecutionType>("Structured");
  (*type.mutable_input_type()->mutable_dict()->mutable_properties())["x"].mutable_simple()->set_name("Examples");
  Ok(store_->PutExecutionType(type));
  EXPECT_EQ(Ok(store_->GetExecutionType("Structured")).input_type().dict().properties().at("x").simple().name(),
            "Examples");
}

TEST_P(MetadataStoreTest, EveryKindOfPropertyComesBack) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_, "a");
  artifact.set_uri("some/where");
  artifact.set_state(Artifact::LIVE);
  artifact.set_external_id("outside");
  auto& properties = *artifact.mutable_properties();
  properties["span"].set_int_value(GetParam().largest_int);
  properties["splits"].set_string_value(GetParam().stores_nul ? std::string("nul\0and quote'", 14) : "quote' \"\\?$1");
  properties["ratio"].set_double_value(0.1);
  (*properties["extra"].mutable_struct_value()->mutable_fields())["k"].set_number_value(2);
  properties["message"].mutable_proto_value()->set_type_url("type/x");
  properties["message"].mutable_proto_value()->set_value(std::string("\0\1", 2));
  properties["flag"].set_bool_value(true);
  (*artifact.mutable_custom_properties())["span"].set_string_value("mlmd-struct::not base64");
  (*artifact.mutable_custom_properties())["empty"].set_string_value("");

  const int64_t id = PutArtifact(artifact);

  artifact.set_id(id);
  artifact.set_type("Examples");
  artifact.set_create_time_since_epoch(clock_.now_ms);
  artifact.set_last_update_time_since_epoch(clock_.now_ms);
  const Artifact stored = GetArtifact(id);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(stored, artifact)) << stored.DebugString();
}

TEST_P(MetadataStoreTest, NodesMustMatchTheirType) {
  Artifact undeclared = NodeOf<Artifact>(artifact_type_);
  (*undeclared.mutable_properties())["nope"].set_int_value(1);
  Artifact mismatch = NodeOf<Artifact>(artifact_type_);
  (*mismatch.mutable_properties())["span"].set_string_value("1");
  Artifact unset = NodeOf<Artifact>(artifact_type_);
  (*unset.mutable_custom_properties())["u"];

  EXPECT_THAT(Message(store_->PutArtifacts({undeclared}).status()), HasSubstr("Found unknown property: nope"));
  EXPECT_THAT(Message(store_->PutArtifacts({mismatch}).status()), HasSubstr("Found unmatched property type: span"));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifacts({unset}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifacts({Artifact()}).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->PutArtifacts({NodeOf<Artifact>(9999)}).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->PutArtifacts({NodeOf<Artifact>(execution_type_)}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutContexts({NodeOf<Context>(context_type_)}).status()));
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, IsEmpty());
}

TEST_P(MetadataStoreTest, NamesAndExternalIdsAreTakenOnce) {
  Artifact named = NodeOf<Artifact>(artifact_type_, "n");
  PutArtifact(named);
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutArtifacts({named}).status()));
  Artifact external = NodeOf<Artifact>(artifact_type_);
  external.set_external_id("e");
  const int64_t id = PutArtifact(external);
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutArtifacts({external}).status()));
  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByExternalIds({"e", "f"}))), ElementsAre(id));
  PutArtifact(NodeOf<Artifact>(artifact_type_));
  PutArtifact(NodeOf<Artifact>(artifact_type_));
}

TEST_P(MetadataStoreTest, AFailingNodeTakesTheWholeBatchWithIt) {
  EXPECT_FALSE(store_->PutArtifacts({NodeOf<Artifact>(artifact_type_, "good"), NodeOf<Artifact>(9999)}).ok());
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, IsEmpty());
}

TEST_P(MetadataStoreTest, UpdateWithoutMaskReplacesButKeepsTheName) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_, "a");
  artifact.set_uri("u");
  artifact.set_state(Artifact::PENDING);
  (*artifact.mutable_properties())["span"].set_int_value(1);
  (*artifact.mutable_custom_properties())["c"].set_int_value(1);
  const int64_t id = PutArtifact(artifact);
  clock_.now_ms += 1000;

  Artifact update;
  update.set_id(id);
  update.set_state(Artifact::LIVE);
  (*update.mutable_properties())["span"].set_int_value(2);
  EXPECT_EQ(PutArtifact(update), id);

  const Artifact stored = GetArtifact(id);
  EXPECT_EQ(stored.uri(), "");
  EXPECT_EQ(stored.name(), "a");
  EXPECT_EQ(stored.state(), Artifact::LIVE);
  EXPECT_EQ(stored.properties().at("span").int_value(), 2);
  EXPECT_THAT(stored.custom_properties(), IsEmpty());
  EXPECT_EQ(stored.last_update_time_since_epoch() - stored.create_time_since_epoch(), 1000);

  clock_.now_ms += 1000;
  PutArtifact(update);
  EXPECT_EQ(GetArtifact(id).last_update_time_since_epoch(), stored.last_update_time_since_epoch());
}

TEST_P(MetadataStoreTest, UpdateMaskTouchesOnlyItsPaths) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_);
  artifact.set_uri("u");
  artifact.set_state(Artifact::PENDING);
  (*artifact.mutable_properties())["span"].set_int_value(1);
  (*artifact.mutable_properties())["ratio"].set_double_value(1);
  (*artifact.mutable_custom_properties())["c"].set_int_value(1);
  const int64_t id = PutArtifact(artifact);

  Artifact update;
  update.set_id(id);
  update.set_uri("ignored");
  update.set_state(Artifact::LIVE);
  (*update.mutable_properties())["span"].set_int_value(5);
  Ok(store_->PutArtifacts({update}, {.update_mask = {"state", "properties.span", "properties.ratio", "no.such"}}));

  const Artifact stored = GetArtifact(id);
  EXPECT_EQ(stored.uri(), "u");
  EXPECT_EQ(stored.state(), Artifact::LIVE);
  EXPECT_EQ(stored.properties().at("span").int_value(), 5);
  EXPECT_THAT(stored.properties(), SizeIs(1));
  EXPECT_THAT(stored.custom_properties(), SizeIs(1));
}

TEST_P(MetadataStoreTest, UpdatesOfUnknownIdsAndOtherTypesAreRefused) {
  Artifact unknown = NodeOf<Artifact>(artifact_type_);
  unknown.set_id(77);
  EXPECT_THAT(Message(store_->PutArtifacts({unknown}).status()), HasSubstr("Cannot find the given id 77"));
  Artifact moved = NodeOf<Artifact>(Ok(store_->PutArtifactType(NamedType<ArtifactType>("Other"))));
  moved.set_id(PutArtifact(NodeOf<Artifact>(artifact_type_)));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifacts({moved}).status()));
}

TEST_P(MetadataStoreTest, OptimisticCheckLetsOnlyOneOfTwoWritersWin) {
  const int64_t id = PutArtifact(NodeOf<Artifact>(artifact_type_));
  Artifact mine = GetArtifact(id);
  Artifact theirs = mine;
  theirs.set_uri("theirs");
  mine.set_uri("mine");

  Ok(store_->PutArtifacts({theirs}, {.abort_if_latest_updated_time_changed = true}));
  const absl::Status lost = store_->PutArtifacts({mine}, {.abort_if_latest_updated_time_changed = true}).status();

  EXPECT_TRUE(absl::IsFailedPrecondition(lost)) << lost;
  EXPECT_EQ(GetArtifact(id).uri(), "theirs");
}

TEST_P(MetadataStoreTest, EventsKeepTheirPathAndAreUnique) {
  const int64_t artifact = PutArtifact(NodeOf<Artifact>(artifact_type_));
  const int64_t execution = Ok(store_->PutExecutions({NodeOf<Execution>(execution_type_)})).at(0);
  Event event = EventOf(Event::OUTPUT, "examples", 0);
  event.set_artifact_id(artifact);
  event.set_execution_id(execution);
  ASSERT_TRUE(store_->PutEvents({event}).ok());

  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutEvents({event})));
  const std::vector<Event> events = Ok(store_->GetEventsByExecutionIDs({execution, 999}));
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].path().steps(0).key(), "examples");
  EXPECT_EQ(events[0].path().steps(1).index(), 0);
  EXPECT_TRUE(events[0].path().steps(1).has_index());
  EXPECT_EQ(events[0].milliseconds_since_epoch(), clock_.now_ms);
  EXPECT_THAT(Ok(store_->GetEventsByArtifactIDs({artifact})), SizeIs(1));

  event.set_artifact_id(999);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutEvents({event})));
  event.clear_artifact_id();
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutEvents({event})));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutEvents({Event()})));
}

TEST_P(MetadataStoreTest, LinksAreIdempotentAndCheckTheirEnds) {
  const int64_t artifact = PutArtifact(NodeOf<Artifact>(artifact_type_));
  const int64_t execution = Ok(store_->PutExecutions({NodeOf<Execution>(execution_type_)})).at(0);
  const int64_t context = PutContext("c");
  PutContext("other");
  Attribution attribution;
  attribution.set_artifact_id(artifact);
  attribution.set_context_id(context);
  Association association;
  association.set_execution_id(execution);
  association.set_context_id(context);
  ASSERT_TRUE(store_->PutAttributionsAndAssociations({attribution, attribution}, {association}).ok());
  ASSERT_TRUE(store_->PutAttributionsAndAssociations({attribution}, {association}).ok());

  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByContext(context)).items), ElementsAre(artifact));
  EXPECT_THAT(IdsOf(Ok(store_->GetExecutionsByContext(context)).items), ElementsAre(execution));
  EXPECT_THAT(IdsOf(Ok(store_->GetContextsByArtifact(artifact))), ElementsAre(context));
  EXPECT_THAT(IdsOf(Ok(store_->GetContextsByExecution(execution))), ElementsAre(context));
  attribution.set_artifact_id(99);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutAttributionsAndAssociations({attribution}, {})));
}

TEST_P(MetadataStoreTest, ParentContextsFormNoCycle) {
  const int64_t a = PutContext("a"), b = PutContext("b"), c = PutContext("c");
  const auto link = [](int64_t child, int64_t parent) {
    ParentContext link;
    link.set_child_id(child);
    link.set_parent_id(parent);
    return link;
  };
  ASSERT_TRUE(store_->PutParentContexts({link(b, a), link(c, b), link(c, a)}).ok());

  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutParentContexts({link(b, a)})));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutParentContexts({link(a, c)})));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutParentContexts({link(a, a)})));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutParentContexts({link(a, 99)})));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutParentContexts({ParentContext()})));
  EXPECT_THAT(IdsOf(Ok(store_->GetParentContextsByContext(c))), ElementsAre(a, b));
  EXPECT_THAT(IdsOf(Ok(store_->GetChildrenContextsByContext(a))), ElementsAre(b, c));
  EXPECT_THAT(Ok(store_->GetParentContextsByContexts({a, b, c})), SizeIs(2));
}

TEST_P(MetadataStoreTest, PutExecutionStoresEverythingAndTiesItTogether) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_);
  const int64_t existing = PutArtifact(NodeOf<Artifact>(artifact_type_));
  Event by_id = EventOf(Event::INPUT, "in", 0);
  by_id.set_artifact_id(existing);

  const PutExecutionResult result =
      Ok(store_->PutExecution(NodeOf<Execution>(execution_type_, "run"),
                              {{artifact, EventOf(Event::OUTPUT, "out", 0)}, {std::nullopt, by_id}, {}},
                              {NodeOf<Context>(context_type_, "c1"), NodeOf<Context>(context_type_, "c2")}));

  EXPECT_THAT(result.artifact_ids, ElementsAre(existing + 1, existing, -1));
  EXPECT_THAT(result.context_ids, SizeIs(2));
  EXPECT_THAT(Ok(store_->GetEventsByExecutionIDs({result.execution_id})), SizeIs(2));
  for (const int64_t context : result.context_ids) {
    EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByContext(context)).items), ElementsAre(existing, existing + 1));
    EXPECT_THAT(IdsOf(Ok(store_->GetExecutionsByContext(context)).items), ElementsAre(result.execution_id));
  }
}

TEST_P(MetadataStoreTest, PutExecutionIsAllOrNothing) {
  PutContext("taken");
  EXPECT_TRUE(absl::IsAlreadyExists(store_
                                        ->PutExecution(NodeOf<Execution>(execution_type_),
                                                       {{NodeOf<Artifact>(artifact_type_), std::nullopt}},
                                                       {NodeOf<Context>(context_type_, "taken")})
                                        .status()));
  EXPECT_THAT(Ok(store_->GetExecutions()).items, IsEmpty());
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, IsEmpty());
}

TEST_P(MetadataStoreTest, PutExecutionReusesWhatItIsToldTo) {
  const int64_t context = PutContext("taken");
  Artifact artifact = NodeOf<Artifact>(artifact_type_);
  artifact.set_external_id("e");
  const int64_t known = PutArtifact(artifact);
  Context by_id;
  by_id.set_id(context);
  const Execution execution = NodeOf<Execution>(execution_type_);

  const PutExecutionResult reused = Ok(store_->PutExecution(
      execution, {{artifact, std::nullopt}}, {NodeOf<Context>(context_type_, "taken")},
      {.reuse_context_if_already_exist = true, .reuse_artifact_if_already_exist_by_external_id = true}));
  EXPECT_THAT(reused.context_ids, ElementsAre(context));
  EXPECT_THAT(reused.artifact_ids, ElementsAre(known));
  EXPECT_THAT(Ok(store_->PutExecution(execution, {}, {by_id}, {.force_reuse_context = true})).context_ids,
              ElementsAre(context));
  by_id.set_id(55);
  EXPECT_TRUE(absl::IsNotFound(store_->PutExecution(execution, {}, {by_id}, {.force_reuse_context = true}).status()));
}

TEST_P(MetadataStoreTest, PutExecutionRefusesEventsOfOthers) {
  Event event = EventOf(Event::OUTPUT, "o", 0);
  event.set_execution_id(99);
  EXPECT_TRUE(absl::IsInvalidArgument(
      store_->PutExecution(NodeOf<Execution>(execution_type_), {{NodeOf<Artifact>(artifact_type_), event}}, {})
          .status()));
}

TEST_P(MetadataStoreTest, ForceUpdateTimeMovesAnUnchangedExecution) {
  Execution execution = NodeOf<Execution>(execution_type_, "e");
  execution.set_id(Ok(store_->PutExecutions({execution})).at(0));
  clock_.now_ms += 5;
  Ok(store_->PutExecution(execution, {}, {}));
  EXPECT_EQ(Ok(store_->GetExecutions()).items.front().last_update_time_since_epoch(), clock_.now_ms - 5);
  Ok(store_->PutExecution(execution, {}, {}, {.force_update_time = true}));
  EXPECT_EQ(Ok(store_->GetExecutions()).items.front().last_update_time_since_epoch(), clock_.now_ms);
}

TEST_P(MetadataStoreTest, PutLineageSubgraphTiesByIndexAndById) {
  const int64_t existing = PutArtifact(NodeOf<Artifact>(artifact_type_));
  LineageEdge in{.execution_index = 1, .event = EventOf(Event::INPUT, "in", 0)};
  in.event.set_artifact_id(existing);
  const LineageEdge out{.execution_index = 0, .artifact_index = 0, .event = EventOf(Event::OUTPUT, "out", 0)};
  const Execution execution = NodeOf<Execution>(execution_type_);

  const auto result = Ok(store_->PutLineageSubgraph({execution, execution}, {NodeOf<Artifact>(artifact_type_)},
                                                    {NodeOf<Context>(context_type_, "c")}, {in, out}));

  EXPECT_THAT(Ok(store_->GetEventsByExecutionIDs(result.execution_ids)), SizeIs(2));
  EXPECT_THAT(Ok(store_->GetExecutionsByContext(result.context_ids.at(0))).items, SizeIs(2));
  EXPECT_TRUE(absl::IsOutOfRange(store_->PutLineageSubgraph({execution}, {}, {}, {out}).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(store_->PutLineageSubgraph({execution}, {}, {}, {{.execution_index = 0}}).status()));
}

TEST_P(MetadataStoreTest, ListsAreOrderedAndPaged) {
  for (int i = 0; i < 7; ++i) {
    PutArtifact(NodeOf<Artifact>(artifact_type_));
    if (i % 3 == 2) ++clock_.now_ms;  // times 0 0 0 1 1 1 2
  }
  for (const auto order :
       {ListOptions::OrderBy::kId, ListOptions::OrderBy::kCreateTime, ListOptions::OrderBy::kLastUpdateTime}) {
    for (const auto direction : {ListOptions::Direction::kAscending, ListOptions::Direction::kDescending}) {
      ListOptions options{.limit = 2, .order_by = order, .direction = direction};
      std::vector<int64_t> ids;
      do {
        const Page<Artifact> page = Ok(store_->GetArtifactsByType("Examples", "", options));
        ASSERT_LE(page.items.size(), 2);
        for (const Artifact& artifact : page.items) ids.push_back(artifact.id());
        options.page_token = page.next_page_token;
      } while (!options.page_token.empty());
      if (direction == ListOptions::Direction::kAscending) {
        EXPECT_THAT(ids, ElementsAre(1, 2, 3, 4, 5, 6, 7));
      } else {
        EXPECT_THAT(ids, ElementsAre(7, 6, 5, 4, 3, 2, 1));
      }
    }
  }
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, SizeIs(7));
}

TEST_P(MetadataStoreTest, BadListOptionsAreRefused) {
  for (int i = 0; i < 3; ++i) PutArtifact(NodeOf<Artifact>(artifact_type_));
  const std::string token = Ok(store_->GetArtifacts({.limit = 1})).next_page_token;
  EXPECT_TRUE(absl::IsInvalidArgument(store_->GetArtifacts({.limit = 0}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->GetArtifacts({.limit = 1, .page_token = "?"}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      store_->GetArtifacts({.limit = 1, .order_by = ListOptions::OrderBy::kCreateTime, .page_token = token}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->GetArtifacts({.filter_query = "id = "}).status()));
}

TEST_P(MetadataStoreTest, LookupsOfWhatIsNotThereAreEmpty) {
  EXPECT_THAT(Ok(store_->GetArtifactsByID({1, 2})), IsEmpty());
  EXPECT_THAT(Ok(store_->GetArtifactsByID({})), IsEmpty());
  EXPECT_THAT(Ok(store_->GetArtifactsByType("nope")).items, IsEmpty());
  EXPECT_EQ(Ok(store_->GetContextByTypeAndName("pipeline", "nope")), std::nullopt);
  EXPECT_EQ(Ok(store_->GetContextByTypeAndName("nope", "nope")), std::nullopt);
  EXPECT_THAT(Ok(store_->GetArtifactsByContext(9)).items, IsEmpty());
  EXPECT_THAT(Ok(store_->GetContextsByArtifact(9)), IsEmpty());
  EXPECT_THAT(Ok(store_->GetEventsByExecutionIDs({9})), IsEmpty());
}

TEST_P(MetadataStoreTest, LookupsByNameUriAndManyIds) {
  std::vector<Artifact> artifacts;
  for (int i = 0; i < 1500; ++i) {
    artifacts.push_back(NodeOf<Artifact>(artifact_type_, "a" + std::to_string(i)));
    artifacts.back().set_uri("u" + std::to_string(i % 3));
    (*artifacts.back().mutable_properties())["span"].set_int_value(i);
  }
  const std::vector<int64_t> ids = Ok(store_->PutArtifacts(artifacts));

  const std::vector<Artifact> all = Ok(store_->GetArtifactsByID(ids));
  ASSERT_EQ(IdsOf(all), ids);
  for (int i = 0; i < 1500; ++i) ASSERT_EQ(all[i].properties().at("span").int_value(), i);
  EXPECT_THAT(Ok(store_->GetArtifactsByURI({"u1", "u2", "u1"})), SizeIs(1000));
  EXPECT_EQ(Ok(store_->GetArtifactByTypeAndName("Examples", "a7"))->id(), ids[7]);
}

TEST_P(MetadataStoreTest, WhatTheDatabaseCannotHoldIsInvalidAndStoresNothing) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_);
  (*artifact.mutable_properties())["span"].set_int_value(int64_t{1} << 40);
  if (GetParam().largest_int < int64_t{1} << 40) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifacts({artifact}).status()));
  }
  (*artifact.mutable_properties())["span"].set_int_value(1);
  (*artifact.mutable_properties())["splits"].set_string_value(std::string("a\0b", 3));
  if (!GetParam().stores_nul) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->PutArtifacts({artifact}).status()));
  }
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, IsEmpty());
  EXPECT_THAT(Ok(store_->GetArtifactsByID({int64_t{1} << 40})), IsEmpty());
}

TEST_P(MetadataStoreTest, TextsComeBackByteForByte) {
  const std::string text = "é世😀 'quote' \"double\" \\ `tick` ? $1 % _ ; -- ";
  Artifact artifact = NodeOf<Artifact>(artifact_type_, text);
  artifact.set_uri(text);
  artifact.set_external_id(text);
  (*artifact.mutable_custom_properties())[text].set_string_value(text + std::string(100'000, 'x'));
  const int64_t id = PutArtifact(artifact);

  const Artifact stored = GetArtifact(id);
  EXPECT_EQ(stored.name(), text);
  EXPECT_EQ(stored.uri(), text);
  EXPECT_EQ(stored.external_id(), text);
  EXPECT_EQ(stored.custom_properties().at(text).string_value(), text + std::string(100'000, 'x'));
  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByURI({text}))), ElementsAre(id));
  EXPECT_EQ(Ok(store_->GetArtifactByTypeAndName("Examples", text))->id(), id);
}

TEST_P(MetadataStoreTest, LookupsKeepToTheLetter) {
  Artifact artifact = NodeOf<Artifact>(artifact_type_, "Name");
  artifact.set_uri("Uri");
  artifact.set_external_id("External");
  PutArtifact(artifact);

  EXPECT_EQ(Ok(store_->GetArtifactByTypeAndName("Examples", "name")), std::nullopt);
  EXPECT_EQ(Ok(store_->GetArtifactByTypeAndName("examples", "Name")), std::nullopt);
  EXPECT_THAT(Ok(store_->GetArtifactsByURI({"uri", "Uri "})), IsEmpty());
  EXPECT_THAT(Ok(store_->GetArtifactsByExternalIds({"external"})), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_->GetArtifactType("examples").status()));
}

TEST_P(MetadataStoreTest, ManyNodesOfOnePutKeepTheirOrder) {
  std::vector<Artifact> artifacts;
  const int64_t old = PutArtifact(NodeOf<Artifact>(artifact_type_, "old"));
  for (int i = 0; i < 75; ++i) {
    artifacts.push_back(NodeOf<Artifact>(artifact_type_, ::tfx::Concat("n", i)));
    (*artifacts.back().mutable_properties())["span"].set_int_value(i);
    if (i % 20 != 10) continue;
    artifacts.push_back(NodeOf<Artifact>(artifact_type_, "old"));  // updates between the new ones
    artifacts.back().set_id(old);
    artifacts.back().set_uri(::tfx::Concat(i));
  }
  const std::vector<int64_t> ids = Ok(store_->PutArtifacts(artifacts));
  ASSERT_EQ(ids.size(), artifacts.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const Artifact stored = GetArtifact(ids[i]);
    EXPECT_EQ(stored.name(), artifacts[i].name());
    EXPECT_EQ(stored.properties_size(), stored.id() == old ? 0 : 1);
    if (stored.id() == old) continue;
    EXPECT_EQ(stored.properties().at("span").int_value(), artifacts[i].properties().at("span").int_value());
  }
  EXPECT_EQ(GetArtifact(old).uri(), "70");
}

TEST_P(MetadataStoreTest, TheOneOfManyThatIsTakenIsNamedAndNothingStored) {
  PutArtifact(NodeOf<Artifact>(artifact_type_, "taken"));
  std::vector<Artifact> artifacts;
  for (int i = 0; i < 50; ++i) artifacts.push_back(NodeOf<Artifact>(artifact_type_, ::tfx::Concat("n", i)));
  artifacts[37].set_name("taken");
  const absl::Status taken = store_->PutArtifacts(artifacts).status();
  EXPECT_TRUE(absl::IsAlreadyExists(taken)) << taken;
  EXPECT_THAT(Message(taken), HasSubstr("name: \"taken\""));
  artifacts[37].set_name("n3");
  EXPECT_THAT(Message(store_->PutArtifacts(artifacts).status()), HasSubstr("name: \"n3\""));
  // The first that is wrong, whatever is wrong with it.
  artifacts[40].set_type_id(-1);
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutArtifacts(artifacts).status()));
  artifacts[30].set_type_id(-1);
  EXPECT_TRUE(absl::IsNotFound(store_->PutArtifacts(artifacts).status()));
  EXPECT_THAT(Ok(store_->GetArtifacts()).items, SizeIs(1));

  const int64_t execution = Ok(store_->PutExecutions({NodeOf<Execution>(execution_type_)})).at(0);
  std::vector<Event> events(3, EventOf(Event::OUTPUT, "o", 0));
  const std::vector<int64_t> ids = Ok(store_->PutArtifacts(std::vector<Artifact>(3, NodeOf<Artifact>(artifact_type_))));
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].set_execution_id(execution);
    events[i].set_artifact_id(ids[i]);
  }
  ASSERT_TRUE(store_->PutEvents({events[1]}).ok());
  const absl::Status event_taken = store_->PutEvents(events);
  EXPECT_TRUE(absl::IsAlreadyExists(event_taken)) << event_taken;
  EXPECT_THAT(Message(event_taken), HasSubstr(::tfx::Concat("artifact_id: ", ids[1])));
  EXPECT_THAT(Ok(store_->GetEventsByExecutionIDs({execution})), SizeIs(1));
}

// More than a connection keeps prepared.
TEST_P(MetadataStoreTest, AnyNumberOfDifferentFiltersIsAnswered) {
  const int64_t id = PutArtifact(NodeOf<Artifact>(artifact_type_));
  for (int filter = 0; filter < 700; ++filter) {
    std::string text = "id >= 0";
    for (int bit = 0; bit < 10; ++bit) text += (filter >> bit & 1) != 0 ? " AND id > 0" : " AND id != 0";
    EXPECT_THAT(Ok(store_->GetArtifacts({.filter_query = text})).items, SizeIs(1)) << text;
  }
  EXPECT_EQ(GetArtifact(id).id(), id);
}

}  // namespace
}  // namespace mlmd
