// What two runs leave in ML Metadata, against the recorded store of Python TFX after two runs of the same pipeline.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "nlohmann/json.hpp"
#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/orchestration/metadata_values.h"
#include "tfx/orchestration/testing/fake_taxi.h"

namespace tfx {
namespace {

using nlohmann::json;

// "…/Trainer/model/7" -> "Trainer/model/*": ids differ from store to store.
std::string Place(const std::string& uri) {
  std::vector<std::string> parts;
  for (size_t at = 0; at != std::string::npos && at < uri.size();) {
    const size_t slash = uri.find('/', at);
    parts.push_back(uri.substr(at, slash - at));
    at = slash == std::string::npos ? slash : slash + 1;
  }
  return parts.size() < 3 ? uri : Concat(parts[parts.size() - 3], "/", parts[parts.size() - 2], "/*");
}

std::string Keys(const json& map) {
  std::string text;
  for (const auto& [key, value] : map.items()) {
    if (key == "__execution_result__") continue;
    Append(&text, text.empty() ? "" : ",", key, ":", value.empty() ? "" : value.begin().key());
  }
  return text;
}

// One line per fact, without ids, times and names that are different each time.
std::multiset<std::string> Facts(const json& store) {
  std::multiset<std::string> facts;
  for (const char* kind : {"artifact_types", "execution_types", "context_types"}) {
    for (const json& type : store[kind]) {
      facts.insert(Concat(kind, " ", type["name"].get<std::string>(), " ",
                          type.value("properties", json::object()).dump(), " ", type.value("base_type", "")));
    }
  }
  std::map<std::string, std::string> artifacts, executions;  // id -> description
  std::map<std::string, int> seen;
  for (const json& a : store["artifacts"]) {
    const std::string place = Place(a["uri"].get<std::string>());
    artifacts[a["id"].get<std::string>()] = Concat(a["type"].get<std::string>(), " ", place, " #", ++seen[place]);
    facts.insert(Concat("artifact ", artifacts[a["id"].get<std::string>()], " ", a.value("state", ""), " {",
                        Keys(a.value("properties", json::object())), "} {",
                        Keys(a.value("custom_properties", json::object())), "} name=", a.value("name", "")));
  }
  for (const json& e : store["executions"]) {
    const std::string type = e["type"].get<std::string>();
    executions[e["id"].get<std::string>()] = Concat(type, " #", ++seen[type]);
    facts.insert(Concat("execution ", executions[e["id"].get<std::string>()], " ", e.value("last_known_state", ""),
                        " {", Keys(e.value("custom_properties", json::object())), "}"));
  }
  for (const json& c : store["contexts"]) {
    const std::string type = c["type"].get<std::string>();
    const bool named = type == "pipeline" || type == "node";
    facts.insert(Concat("context ", type, " ", named ? c["name"].get<std::string>() : ""));
  }
  for (const json& e : store["events"]) {
    std::set<std::string> path;  // pairs of key and index, in any order
    const json& steps = e["path"]["steps"];
    for (size_t i = 0; i + 1 < steps.size(); i += 2) {
      path.insert(Concat(steps[i]["key"].get<std::string>(), "[", steps[i + 1]["index"].get<std::string>(), "]"));
    }
    std::string text;
    for (const std::string& part : path) text += part;
    facts.insert(Concat("event ", e["type"].get<std::string>(), " ", executions[e["execution_id"].get<std::string>()],
                        " ", text, " ", artifacts[e["artifact_id"].get<std::string>()]));
  }
  return facts;
}

json ValuesToJson(const google::protobuf::Map<std::string, ml_metadata::Value>& values) {
  constexpr const char* kKinds[] = {
      "", "int_value", "double_value", "string_value", "struct_value", "proto_value", "bool_value"};
  json out = json::object();
  for (const auto& [name, value] : values) out[name] = {{kKinds[value.value_case()], ToString(FromMlmdValue(value))}};
  return out;
}

template <typename Type, typename Name>
json TypesToJson(const std::vector<Type>& types, Name base_type_name) {
  json out = json::array();
  for (const Type& type : types) {
    json entry = {{"name", type.name()}};
    for (const auto& [name, kind] : type.properties()) entry["properties"][name] = ml_metadata::PropertyType_Name(kind);
    if (type.has_base_type()) entry["base_type"] = base_type_name(type);
    out.push_back(entry);
  }
  return out;
}

json Dump(mlmd::MetadataStore& store) {
  json out;
  out["artifact_types"] = TypesToJson(*store.GetArtifactTypes(), [](const auto& t) {
    return ml_metadata::ArtifactType::SystemDefinedBaseType_Name(t.base_type());
  });
  out["execution_types"] = TypesToJson(*store.GetExecutionTypes(), [](const auto& t) {
    return ml_metadata::ExecutionType::SystemDefinedBaseType_Name(t.base_type());
  });
  out["context_types"] = TypesToJson(*store.GetContextTypes(), [](const auto&) { return std::string(); });
  std::vector<int64_t> ids;
  out["artifacts"] = out["executions"] = out["contexts"] = out["events"] = json::array();
  const auto all_a = store.GetArtifacts();
  for (const auto& a : all_a->items) {
    out["artifacts"].push_back({{"id", Concat(a.id())},
                                {"type", a.type()},
                                {"uri", a.uri()},
                                {"name", a.name()},
                                {"state", ml_metadata::Artifact::State_Name(a.state())},
                                {"properties", ValuesToJson(a.properties())},
                                {"custom_properties", ValuesToJson(a.custom_properties())}});
  }
  const auto all_e = store.GetExecutions();
  for (const auto& e : all_e->items) {
    ids.push_back(e.id());
    out["executions"].push_back({{"id", Concat(e.id())},
                                 {"type", e.type()},
                                 {"last_known_state", ml_metadata::Execution::State_Name(e.last_known_state())},
                                 {"custom_properties", ValuesToJson(e.custom_properties())}});
  }
  const auto all_c = store.GetContexts();
  for (const auto& c : all_c->items) out["contexts"].push_back({{"type", c.type()}, {"name", c.name()}});
  const auto events = store.GetEventsByExecutionIDs(ids);
  for (const auto& e : *events) {
    json steps = json::array();
    for (const auto& step : e.path().steps()) {
      steps.push_back(step.has_key() ? json{{"key", step.key()}} : json{{"index", Concat(step.index())}});
    }
    out["events"].push_back({{"artifact_id", Concat(e.artifact_id())},
                             {"execution_id", Concat(e.execution_id())},
                             {"type", ml_metadata::Event::Type_Name(e.type())},
                             {"path", {{"steps", steps}}}});
  }
  return out;
}

class GoldenRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* golden = std::getenv("TFX_GOLDEN_DIR");
    directory_ = Concat(golden == nullptr ? "" : golden, "/tfx/dumps/");
    if (!io::Exists(directory_ + "mlmd_first_run.json")) GTEST_SKIP() << "no recorded results in " << directory_;
  }
  void RunOnce() {
    const Pipeline pipeline = testing::TaxiPipeline(workspace_.settings());
    store_ = workspace_.OpenStore();
    Reporter silent;
    const auto compiled = CompileToIr(pipeline);
    const auto outcome = LocalDagRunner(*compiled, pipeline.graph, *store_).Run({.root = pipeline.root}, silent);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(outcome->exit_code, 0);
  }
  json Golden(const std::string& name) {
    return json::parse(*io::ReadFile(directory_ + name), nullptr, /*allow_exceptions=*/false);
  }
  std::string directory_;
  testing::Workspace workspace_;
  std::unique_ptr<mlmd::MetadataStore> store_;
};

TEST_F(GoldenRecordsTest, AFirstRunIsRecordedAsPythonTfxDoes) {
  RunOnce();
  EXPECT_THAT(Facts(Dump(*store_)), ::testing::ContainerEq(Facts(Golden("mlmd_first_run.json"))));
}

TEST_F(GoldenRecordsTest, ASecondRunWithCacheAndBaselineIsRecordedAsPythonTfxDoes) {
  RunOnce();
  RunOnce();
  EXPECT_THAT(Facts(Dump(*store_)), ::testing::ContainerEq(Facts(Golden("mlmd_second_run.json"))));
}

TEST_F(GoldenRecordsTest, RunsAreChildrenOfThePipelineAndOutputsCarryTheirContexts) {
  RunOnce();
  const auto pipeline = store_->GetContextByTypeAndName("pipeline", "chicago_taxi_native_keras");
  ASSERT_TRUE(pipeline.ok() && pipeline->has_value());
  EXPECT_EQ(store_->GetChildrenContextsByContext((*pipeline)->id())->size(), 1u);
  const auto models = store_->GetArtifactsByType("Model");
  ASSERT_TRUE(models.ok());
  // Of its producer Trainer and, as in the recorded store, of Evaluator and Pusher which took it in.
  std::multiset<std::string> types;
  const auto contexts = store_->GetContextsByArtifact(models->items[0].id());
  for (const auto& context : *contexts) types.insert(context.type());
  EXPECT_THAT(types, ::testing::ElementsAre("execution_cache", "node", "node", "node", "pipeline", "pipeline_run"));
}

}  // namespace
}  // namespace tfx
