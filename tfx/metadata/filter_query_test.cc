// Filtered lists, page tokens and lineage of a store in memory; what no name, filter or token may do.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <functional>

#include "absl/strings/escaping.h"
#include "tfx/base/concat.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class FilterQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ml_metadata::ConnectionConfig config;
    config.mutable_fake_database();
    store_ = Ok(OpenMetadataStore(config, {.clock = &clock_}));
    artifact_type_ = Ok(store_->PutArtifactType(NamedType<ArtifactType>("A", {{"i", ml_metadata::INT}})));
    execution_type_ = Ok(store_->PutExecutionType(NamedType<ExecutionType>("E")));
    context_type_ = Ok(store_->PutContextType(NamedType<ContextType>("C")));
    std::vector<Artifact> artifacts;
    for (int i = 1; i <= 6; ++i) {
      Artifact artifact = NodeOf<Artifact>(artifact_type_, ::tfx::Concat("a", i));
      if (i % 2 == 0) artifact.set_state(Artifact::LIVE);
      (*artifact.mutable_properties())["i"].set_int_value(i / 2);
      artifacts.push_back(artifact);
    }
    Ok(store_->PutArtifacts(artifacts));
    Ok(store_->PutExecutions({NodeOf<Execution>(execution_type_, "e1"), NodeOf<Execution>(execution_type_, "e2")}));
    Ok(store_->PutContexts({NodeOf<Context>(context_type_, "c1"), NodeOf<Context>(context_type_, "c2")}));
    // a1 -> e1 -> a2, a3; a2 -> e2 -> a4.
    EXPECT_TRUE(store_
                    ->PutEvents({Edge(1, 1, Event::INPUT), Edge(2, 1, Event::OUTPUT), Edge(3, 1, Event::OUTPUT),
                                 Edge(2, 2, Event::DECLARED_INPUT), Edge(4, 2, Event::OUTPUT)})
                    .ok());
    EXPECT_TRUE(
        store_
            ->PutAttributionsAndAssociations(
                {Link<Attribution>(1, 1), Link<Attribution>(2, 1), Link<Attribution>(2, 2)}, {Link<Association>(2, 2)})
            .ok());
  }

  static Event Edge(int64_t artifact, int64_t execution, Event::Type type) {
    Event event;
    event.set_artifact_id(artifact);
    event.set_execution_id(execution);
    event.set_type(type);
    return event;
  }
  template <typename T>
  static T Link(int64_t node, int64_t context) {
    T link;
    if constexpr (std::is_same_v<T, Attribution>) link.set_artifact_id(node);
    if constexpr (std::is_same_v<T, Association>) link.set_execution_id(node);
    link.set_context_id(context);
    return link;
  }
  std::vector<int64_t> Artifacts(const std::string& filter) {
    return IdsOf(Ok(store_->GetArtifacts({.filter_query = filter})).items);
  }
  absl::StatusOr<LineageGraph> Lineage(std::function<void(ml_metadata::LineageSubgraphQueryOptions&)> fill,
                                       std::vector<std::string> mask = {}) {
    LineageQuery query{.read_mask = std::move(mask)};
    fill(query.options);
    return store_->GetLineageSubgraph(query);
  }

  TestClock clock_;
  std::unique_ptr<MetadataStore> store_;
  int64_t artifact_type_ = 0, execution_type_ = 0, context_type_ = 0;
};

TEST_F(FilterQueryTest, FindsByAttributesPropertiesAndNeighbours) {
  EXPECT_THAT(Artifacts("state = LIVE"), ElementsAre(2, 4, 6));
  EXPECT_THAT(Artifacts("state != LIVE"), ElementsAre(1, 3, 5));
  EXPECT_THAT(Artifacts("properties.i.int_value = 1 OR name = 'a6'"), ElementsAre(2, 3, 6));
  EXPECT_THAT(Artifacts("contexts_0.name LIKE 'C_'"), ElementsAre(1, 2));  // each once
  EXPECT_THAT(Artifacts("contexts_0.id = 1 AND contexts_1.id = 2"), ElementsAre(2));
  EXPECT_THAT(Artifacts("events_0.type = OUTPUT AND events_0.execution_id = 1"), ElementsAre(2, 3));
  EXPECT_THAT(IdsOf(Ok(store_->GetExecutions({.filter_query = "events_x.artifact_id = 4"})).items), ElementsAre(2));
  EXPECT_THAT(
      IdsOf(Ok(store_->GetContexts({.filter_query = "artifacts_0.state = LIVE AND executions_0.name = 'e2'"})).items),
      ElementsAre(2));
}

TEST_F(FilterQueryTest, HoldsWithTypesAndContexts) {
  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByType("A", "", {.filter_query = "id > 4"})).items), ElementsAre(5, 6));
  EXPECT_THAT(IdsOf(Ok(store_->GetArtifactsByContext(1, {.filter_query = "contexts_0.id = 2"})).items), ElementsAre(2));
  EXPECT_THAT(IdsOf(Ok(store_->GetExecutionsByContext(2, {.filter_query = "name = 'e1'"})).items), IsEmpty());
}

TEST_F(FilterQueryTest, PagesContinueEvenWhereTheFilterChanges) {
  for (const char* filter : {"contexts_0.id > 0 OR id > 0", "properties.i.int_value >= 0", "id > 0"}) {
    ListOptions options{.limit = 1, .direction = ListOptions::Direction::kDescending, .filter_query = filter};
    std::vector<int64_t> all;
    do {
      const auto page = Ok(store_->GetArtifacts(options));
      for (const Artifact& artifact : page.items) all.push_back(artifact.id());
      options.page_token = page.next_page_token;
    } while (!options.page_token.empty());
    std::vector<int64_t> expected = Artifacts(filter);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(all, expected) << filter;
  }
  const auto first = Ok(store_->GetArtifacts({.limit = 2, .filter_query = "id < 5"}));
  EXPECT_THAT(
      IdsOf(Ok(store_->GetArtifacts({.filter_query = "state = LIVE", .page_token = first.next_page_token})).items),
      ElementsAre(4, 6));
}

// More rows than the windows that SQLite looks at first, few and many of which pass alone and together, against a plain
// loop over all of them.
TEST_F(FilterQueryTest, FindsTheSameWhereverItStarts) {
  constexpr int kArtifacts = 9000;
  std::vector<Artifact> artifacts;
  for (int i = 0; i < kArtifacts; ++i) {
    Artifact& artifact = artifacts.emplace_back(NodeOf<Artifact>(artifact_type_, ::tfx::Concat("n", i)));
    artifact.set_uri(::tfx::Concat(i % 4 == 0 ? "/Data!/" : i % 4 == 1 ? "/dATA!/" : "/data!/", i));
    artifact.set_external_id(::tfx::Concat("E", i));
    (*artifact.mutable_properties())["i"].set_int_value(i / 3);
    (*artifact.mutable_custom_properties())["v"].set_string_value(::tfx::Concat(i % 7));
    if (i % 5 == 0) (*artifact.mutable_custom_properties())["d"].set_double_value(i);
  }
  const std::vector<int64_t> ids = Ok(store_->PutArtifacts(artifacts));
  std::vector<Attribution> links;
  for (int i = 0; i < kArtifacts; i += 2) links.push_back(Link<Attribution>(ids[i], i % 3 == 0 ? 1 : 2));
  ASSERT_TRUE(store_->PutAttributionsAndAssociations(links, {}).ok());

  struct Case {
    const char* filter;
    std::function<bool(int)> passes;
  };
  const Case kCases[] = {
      {"name = 'n4711'", [](int i) { return i == 4711; }},
      {"name IN ('n1', 'n8000') AND type = 'A'", [](int i) { return i == 1 || i == 8000; }},
      {"properties.i.int_value = 2900 AND custom_properties.v.string_value = '3'",
       [](int i) { return i / 3 == 2900 && i % 7 == 3; }},
      {"custom_properties.v.string_value = '3' AND properties.i.int_value > 2990",
       [](int i) { return i / 3 > 2990 && i % 7 == 3; }},
      {"custom_properties.v.string_value = '3' AND properties.i.int_value > 100",
       [](int i) { return i / 3 > 100 && i % 7 == 3; }},
      {"custom_properties.v.string_value = '3' AND custom_properties.d.double_value BETWEEN 5000 AND 6000.5",
       [](int i) { return i % 7 == 3 && i % 5 == 0 && i >= 5000 && i <= 6000; }},
      {"custom_properties.v.string_value IN ('3', '4') AND properties.i.int_value < 0", [](int) { return false; }},
      {"contexts_a.name = 'c1' AND custom_properties.v.string_value = '0'",
       [](int i) { return i % 6 == 0 && i % 7 == 0; }},
      {"contexts_a.name LIKE 'c%' AND contexts_a.type = 'C' AND properties.i.int_value >= 2000",
       [](int i) { return i % 2 == 0 && i / 3 >= 2000; }},
      {"uri LIKE '/data!/899%'", [](int i) { return i / 10 == 899 || i == 899; }},
      {"URI like '/DATA!/7_00' AND external_id LIKE 'e7%'", [](int i) { return i / 1000 == 7 && i % 100 == 0; }},
      {"uri LIKE '/data!%' AND custom_properties.v.string_value = '3'", [](int i) { return i % 7 == 3; }},
      {"uri NOT LIKE '/data!/1%' AND properties.i.int_value > 2990", [](int i) { return i / 3 > 2990; }},
      {"uri LIKE '/data!/8' OR uri LIKE '/data!/9'", [](int i) { return i == 8 || i == 9; }},
      {"uri LIKE '/date%'", [](int) { return false; }},
      {"external_id LIKE 'e12__'", [](int i) { return i / 100 == 12; }},
      {"contexts_a.name = 'c1' AND contexts_b.name = 'c2' AND id > 6", [](int) { return false; }},
      {"(contexts_a.name = 'c1' OR properties.i.int_value = 5) AND custom_properties.v.string_value = '1'",
       [](int i) { return i % 2 == 0 && (i % 3 == 0 || i / 3 == 5) && i % 7 == 1; }},
  };
  for (const Case& c : kCases) {
    std::vector<int64_t> expected;
    for (int i = 0; i < kArtifacts; ++i) {
      if (c.passes(i)) expected.push_back(ids[i]);
    }
    const std::string filter = ::tfx::Concat("id > 6 AND ", c.filter);
    EXPECT_EQ(Artifacts(filter), expected) << filter;
    for (const auto order : {ListOptions::OrderBy::kId, ListOptions::OrderBy::kCreateTime}) {
      for (const auto direction : {ListOptions::Direction::kAscending, ListOptions::Direction::kDescending}) {
        ListOptions options{.limit = 100, .order_by = order, .direction = direction, .filter_query = filter};
        std::vector<int64_t> all;
        do {
          const Page<Artifact> page = Ok(store_->GetArtifacts(options));
          for (const Artifact& artifact : page.items) all.push_back(artifact.id());
          options.page_token = page.next_page_token;
        } while (!options.page_token.empty());
        if (direction == ListOptions::Direction::kDescending) std::reverse(all.begin(), all.end());
        EXPECT_EQ(all, expected) << filter;
      }
    }
  }
}

TEST_F(FilterQueryTest, LineageWalksToItsEnds) {
  const auto from_one = [](auto& o) { o.mutable_starting_artifacts()->set_filter_query("id = 1"); };
  LineageGraph graph = Ok(Lineage(from_one));
  EXPECT_THAT(IdsOf(std::vector<Artifact>(graph.artifacts().begin(), graph.artifacts().end())),
              ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(graph.executions_size(), 2);
  EXPECT_EQ(graph.events_size(), 5);
  EXPECT_EQ(graph.attributions_size(), 3);
  EXPECT_EQ(graph.associations_size(), 1);
  EXPECT_EQ(graph.contexts_size(), 2);
  EXPECT_EQ(graph.artifact_types_size(), 5);        // with system types
  EXPECT_EQ(graph.artifacts(0).ByteSizeLong(), 2);  // an id only

  graph = Ok(Lineage([&](auto& o) { from_one(o), o.set_max_num_hops(0); }));
  EXPECT_EQ(graph.artifacts_size(), 1);
  EXPECT_EQ(graph.events_size(), 0);
  graph =
      Ok(Lineage([&](auto& o) { from_one(o), o.set_direction(ml_metadata::LineageSubgraphQueryOptions::UPSTREAM); }));
  EXPECT_EQ(graph.executions_size(), 0);
  graph = Ok(Lineage([&](auto& o) { from_one(o), o.mutable_ending_artifacts()->set_filter_query("id = 2"); }));
  EXPECT_THAT(IdsOf(std::vector<Artifact>(graph.artifacts().begin(), graph.artifacts().end())), ElementsAre(1, 3));
  EXPECT_EQ(graph.events_size(), 2);
  graph = Ok(Lineage([&](auto& o) {
    from_one(o), o.mutable_ending_artifacts()->set_filter_query("id = 2"),
        o.mutable_ending_artifacts()->set_include_ending_nodes(true);
  }));
  EXPECT_EQ(graph.artifacts_size(), 3);
  EXPECT_EQ(graph.executions_size(), 1);
  graph = Ok(Lineage(from_one, {"events", "no_such_field"}));
  EXPECT_EQ(graph.events_size(), 5);
  EXPECT_EQ(graph.artifacts_size() + graph.contexts_size() + graph.artifact_types_size(), 0);
}

TEST_F(FilterQueryTest, LineageRefusesWhatHasNoStart) {
  EXPECT_THAT(Message(Lineage([](auto&) {}).status()), HasSubstr("Missing arguments for listing starting nodes"));
  EXPECT_THAT(Message(Lineage([](auto& o) { o.mutable_starting_artifacts(); }).status()),
              HasSubstr("`filter_query` is unspecified"));
  EXPECT_TRUE(
      absl::IsNotFound(Lineage([](auto& o) { o.mutable_starting_executions()->set_filter_query("id = 9"); }).status()));
  const absl::Status negative = Lineage([](auto& o) {
                                  o.mutable_starting_artifacts()->set_filter_query("id = 1");
                                  o.set_max_num_hops(-1);
                                }).status();
  EXPECT_THAT(Message(negative), HasSubstr("max_num_hops cannot be negative: max_num_hops = -1"));
}

// Hostile text in every place that takes text: the store answers or refuses, stays whole, and shows nothing of its
// inside.
TEST_F(FilterQueryTest, HostileTextDoesNothingAndLearnsNothing) {
  const std::string kHostile[] = {"'; DROP TABLE Artifact; --",
                                  "\" OR \"\"=\"",
                                  "x' OR '1'='1",
                                  "1) OR (1=1",
                                  "id = 1; SELECT 1",
                                  "\\'; --",
                                  "%' ESCAPE '!",
                                  "?",
                                  "?1",
                                  ":a",
                                  "@a",
                                  "$1",
                                  "sqlite_master",
                                  "N.id",
                                  "P0.int_value",
                                  "id = 1 UNION SELECT name FROM sqlite_master",
                                  "load_extension('x')",
                                  "randomblob(1000000000)",
                                  "id IN (SELECT id FROM Type)",
                                  std::string("a\0b", 3),
                                  std::string(100'000, '('),
                                  std::string(5'000, '\''),
                                  "\xff\xfe",
                                  "日本'"};
  const auto check = [](const absl::Status& status) {
    for (const char* inside :
         {"SELECT N.", "JOIN ", "WHERE", "sqlite3", "near \"", "/tmp", "no such column", "syntax error near"}) {
      if (!status.ok()) {
        EXPECT_THAT(Message(status).substr(0, 200), Not(HasSubstr(inside)));
      }
    }
    EXPECT_FALSE(absl::IsInternal(status) || absl::IsUnknown(status)) << status;
  };
  for (const std::string& text : kHostile) {
    ListOptions filter{.limit = 2, .filter_query = text}, token{.limit = 2, .page_token = text};
    ListOptions encoded{.limit = 2, .page_token = absl::WebSafeBase64Escape(text)};
    for (const ListOptions& options : {filter, token, encoded}) {
      check(store_->GetArtifacts(options).status());
      check(store_->GetExecutions(options).status());
      check(store_->GetContexts(options).status());
      check(store_->GetArtifactsByType("A", text, options).status());
      check(store_->GetArtifactsByContext(1, options).status());
      check(store_->GetExecutionsByContext(1, options).status());
    }
    check(Lineage([&](auto& o) { o.mutable_starting_artifacts()->set_filter_query(text); }).status());
    check(Lineage(
              [&](auto& o) {
                o.mutable_starting_artifacts()->set_filter_query("id = 1");
                o.mutable_ending_executions()->set_filter_query(text);
              },
              {text})
              .status());
    check(store_->GetArtifactType(text, text).status());
    check(store_->GetArtifactsByURI({text}).status());
    check(store_->GetContextsByExternalIds({text}).status());
    check(store_->GetArtifactByTypeAndName(text, text).status());
    check(store_->PutArtifacts({NodeOf<Artifact>(artifact_type_, text)}, {.update_mask = {text}}).status());
  }
  EXPECT_THAT(Artifacts("id <= 6"), SizeIs(6));
}

TEST_F(FilterQueryTest, ForgedPageTokensAreRefusedOrHarmless) {
  ml_metadata::ListOperationNextPageToken token;
  token.set_id_offset(std::numeric_limits<int64_t>::max());
  token.mutable_set_options()->mutable_order_by_field()->set_field(ml_metadata::ListOperationOptions::OrderByField::ID);
  token.mutable_set_options()->mutable_order_by_field()->set_is_asc(true);
  token.mutable_set_options()->set_filter_query("'; DROP TABLE Artifact");
  const auto encode = [&] { return absl::WebSafeBase64Escape(token.SerializeAsString()); };
  EXPECT_THAT(Ok(store_->GetArtifacts({.page_token = encode()})).items, IsEmpty());
  token.mutable_set_options()->mutable_order_by_field()->set_is_asc(false);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->GetArtifacts({.page_token = encode()}).status()));
}

}  // namespace
}  // namespace mlmd
