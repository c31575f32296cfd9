// The verbs that look into a store and keep it in order, on a small store made here.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tfx/cli/commands.h"
#include "tfx/io/file_system.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/testing_store.h"

namespace tfx::cli {
namespace {

using mlmd::Artifact;
using mlmd::Event;
using mlmd::Execution;
using mlmd::Ok;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
  int code;
  std::string out, err;
  nlohmann::json Json() const { return nlohmann::json::parse(out, nullptr, false); }
};

Result RunTfx(std::vector<std::string> arguments) {
  std::vector<const char*> words = {"tfx"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  std::ostringstream out, err;
  const int code = Run(static_cast<int>(words.size()), words.data(), out, err);
  return {code, out.str(), err.str()};
}

// Two runs of pipeline "taxi": Gen makes examples, Train a model of them. The second run's Train has other steps.
class MetadataCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("TFX_METADATA_PATH");
    path_ = directory_ / "metadata.db";
    auto store = Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(path_)));
    examples_ =
        Ok(store->PutArtifactType(mlmd::NamedType<mlmd::ArtifactType>("Examples", {{"span", ml_metadata::INT}})));
    model_ = Ok(store->PutArtifactType(mlmd::NamedType<mlmd::ArtifactType>("Model")));
    gen_ = Ok(store->PutExecutionType(mlmd::NamedType<mlmd::ExecutionType>("Gen")));
    train_ = Ok(store->PutExecutionType(mlmd::NamedType<mlmd::ExecutionType>("Train")));
    run_ = Ok(store->PutContextType(mlmd::NamedType<mlmd::ContextType>("pipeline_run")));
    const int64_t pipeline = Ok(store->PutContextType(mlmd::NamedType<mlmd::ContextType>("pipeline")));
    taxi_ = Ok(store->PutContexts({mlmd::NodeOf<mlmd::Context>(pipeline, "taxi")}))[0];
    AddRun(*store, "r1", 100, 1);
    AddRun(*store, "r2", 200, 2);
  }

  void AddRun(mlmd::MetadataStore& store, const std::string& name, int steps, int64_t span) {
    const mlmd::Context run = mlmd::NodeOf<mlmd::Context>(run_, name);
    Artifact examples = NewArtifact(examples_, name + "/examples");
    (*examples.mutable_properties())["span"].set_int_value(span);
    Execution gen = mlmd::NodeOf<Execution>(gen_);
    gen.set_last_known_state(Execution::COMPLETE);
    const auto made = Ok(store.PutExecution(gen, {{examples, mlmd::EventOf(Event::OUTPUT, "examples", 0)}}, {run}));
    ASSERT_TRUE(store.PutParentContexts({Parent(made.context_ids[0])}).ok());
    Execution train = mlmd::NodeOf<Execution>(train_);
    train.set_last_known_state(Execution::COMPLETE);
    (*train.mutable_custom_properties())["steps"].set_int_value(steps);
    (*train.mutable_custom_properties())["rate"].set_double_value(0.5);
    Event used = mlmd::EventOf(Event::INPUT, "examples", 0);
    used.set_artifact_id(made.artifact_ids[0]);
    Ok(store.PutExecution(
        train, {{std::nullopt, used}, {NewArtifact(model_, name + "/model"), mlmd::EventOf(Event::OUTPUT, "model", 0)}},
        {run}, {.reuse_context_if_already_exist = true}));
  }

  mlmd::ParentContext Parent(int64_t child) {
    mlmd::ParentContext parent;
    parent.set_child_id(child);
    parent.set_parent_id(taxi_);
    return parent;
  }

  // With a file behind it.
  Artifact NewArtifact(int64_t type, const std::string& place) {
    Artifact artifact = mlmd::NodeOf<Artifact>(type);
    artifact.set_uri(directory_ / place);
    artifact.set_state(Artifact::LIVE);
    EXPECT_TRUE(io::CreateDirectories(artifact.uri()).ok());
    EXPECT_TRUE(io::WriteFile(io::JoinPath(artifact.uri(), "data"), "x").ok());
    return artifact;
  }

  void RunSql(const std::string& sql) {
    auto database = Ok(mlmd::OpenDatabase(mlmd::SqliteFile(path_), 5000));
    const absl::Status status =
        mlmd::InTransaction(*database.first, mlmd::SqlAccess::kWrite, [&] { return database.first->Run(sql, {}); });
    ASSERT_TRUE(status.ok()) << status;
  }

  Result OnStore(std::vector<std::string> arguments) {
    arguments.push_back("--metadata_path=" + path_);
    return RunTfx(std::move(arguments));
  }
  bool Exists(const std::string& place) { return io::Stat(directory_ / place).ok(); }

  mlmd::TestDirectory directory_;
  std::string path_;
  int64_t examples_ = 0, model_ = 0, gen_ = 0, train_ = 0, run_ = 0, taxi_ = 0;
};

TEST_F(MetadataCommandsTest, ListsFilteredOrderedAndByPage) {
  const auto ids = [](const Result& result) {
    std::vector<std::string> list;
    const nlohmann::json json = result.Json();
    for (const auto& artifact : json["artifacts"]) list.push_back(artifact["id"]);
    return list;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids(OnStore({"artifact", "list", "--json"})), (Ids{"4", "3", "2", "1"}));
  EXPECT_EQ(ids(OnStore({"artifact", "list", "--json", "--type=Model", "--order_by=id:asc"})), (Ids{"2", "4"}));
  EXPECT_EQ(ids(OnStore({"artifact", "list", "--json", "--filter=properties.span.int_value = 2"})), (Ids{"3"}));
  EXPECT_EQ(ids(OnStore({"artifact", "list", "--json", "--type=Model", "--filter=uri LIKE '%r1%'"})), (Ids{"2"}));

  const Result first = OnStore({"artifact", "list", "--json", "--limit=3"});
  EXPECT_EQ(ids(first), (Ids{"4", "3", "2"}));
  const std::string token = first.Json()["next_page_token"];
  const Result second = OnStore({"artifact", "list", "--json", "--limit=3", "--page=" + token});
  EXPECT_EQ(ids(second), (Ids{"1"}));
  EXPECT_FALSE(second.Json().contains("next_page_token"));
  EXPECT_THAT(OnStore({"artifact", "list", "--limit=3"}).out, HasSubstr("--page=" + token));
}

TEST_F(MetadataCommandsTest, SaysWhatIsWrongWithAListOrAName) {
  EXPECT_THAT(OnStore({"artifact", "list", "--type=Models"}).err, AllOf(HasSubstr("Models"), HasSubstr("mean Model?")));
  EXPECT_EQ(OnStore({"artifact", "list", "--filter=uri ="}).code, kExitError);
  EXPECT_EQ(OnStore({"artifact", "list", "--order_by=uri"}).code, kExitUsage);
  EXPECT_THAT(OnStore({"context", "show", "taxi"}).err, HasSubstr("--type"));
  EXPECT_THAT(OnStore({"execution", "show", "99"}).err, HasSubstr("no execution 99"));
  EXPECT_EQ(OnStore({"artifact", "list", "--page=?"}).code, kExitError);
}

TEST_F(MetadataCommandsTest, ShowsNodesWithTheirNeighbours) {
  EXPECT_THAT(OnStore({"context", "show", "r1", "--type=pipeline_run"}).out,
              AllOf(HasSubstr("parent      pipeline taxi"), HasSubstr("executions  2: 1 2"), HasSubstr("artifacts")));
  EXPECT_THAT(OnStore({"context", "list", "--type=pipeline_run"}).out, AllOf(HasSubstr("r1"), Not(HasSubstr("taxi"))));
  EXPECT_THAT(OnStore({"artifact", "show", "1"}).out, AllOf(HasSubstr("made by  Gen.examples (execution 1)"),
                                                            HasSubstr("used by  Train.examples (execution 2)")));
  EXPECT_THAT(OnStore({"execution", "show", "4"}).out, HasSubstr("steps: 200"));
  EXPECT_THAT(OnStore({"execution", "list", "--filter=custom_properties.steps.int_value > 100"}).out,
              AllOf(HasSubstr("Train"), Not(HasSubstr("Gen"))));
}

TEST_F(MetadataCommandsTest, OpensAStoreByConfigTextFileAndEnvironment) {
  const std::string text = "sqlite { filename_uri: '" + path_ + "' }";
  ASSERT_TRUE(io::WriteFile(directory_ / "store.txt", text).ok());
  const std::string whole = OnStore({"artifact", "list"}).out;
  EXPECT_EQ(RunTfx({"artifact", "list", "--metadata_connection_config=" + text}).out, whole);
  EXPECT_EQ(RunTfx({"artifact", "list", "--metadata_connection_config=" + (directory_ / "store.txt")}).out, whole);
  EXPECT_EQ(RunTfx({"artifact", "list", "--metadata_connection_config=" + path_}).out, whole);
  setenv("TFX_METADATA_PATH", path_.c_str(), 1);
  EXPECT_EQ(RunTfx({"artifact", "list"}).out, whole);
  EXPECT_THAT(RunTfx({"artifact", "list", "--metadata_path=" + (directory_ / "other.db")}).err, HasSubstr("other.db"));
  unsetenv("TFX_METADATA_PATH");

  EXPECT_THAT(RunTfx({"artifact", "list", "--metadata_connection_config=sqlite { filename: 'x' }"}).err,
              AllOf(HasSubstr("line 1"), HasSubstr("--metadata_connection_config")));
  EXPECT_EQ(RunTfx({"artifact", "list", "--metadata_path=" + text}).out, whole);
  EXPECT_THAT(RunTfx({"artifact", "list", "--metadata_path=mysql://u:sesame@h"}).err,
              AllOf(HasSubstr("--metadata_path"), HasSubstr("database"), Not(HasSubstr("sesame"))));
  for (const char* verb : {"dump", "migrate", "verify"}) {
    EXPECT_THAT(RunTfx({"metadata", verb, "--metadata_path=grpc://localhost:1"}).err, HasSubstr("database itself"));
  }
  EXPECT_THAT(RunTfx({"metadata", "load", "none", "--metadata_path=grpc://localhost:1"}).err,
              HasSubstr("database itself"));
}

TEST_F(MetadataCommandsTest, FollowsLineageBothWays) {
  const Result up = OnStore({"lineage", "2"});
  EXPECT_EQ(up.out, "Model 2  " + (directory_ / "r1/model") +
                        "\n  <- Train (execution 2)\n     examples: Examples 1  " + (directory_ / "r1/examples") +
                        "\n       <- Gen (execution 1)\n");
  EXPECT_THAT(OnStore({"lineage", "2", "--max_hops=1"}).out, Not(HasSubstr("Examples 1")));
  EXPECT_THAT(OnStore({"lineage", "1", "--down"}).out, AllOf(HasSubstr("-> Train"), HasSubstr("model: Model 2")));
  EXPECT_THAT(OnStore({"lineage", "1", "--up", "--down"}).out, AllOf(HasSubstr("<- Gen"), HasSubstr("-> Train")));
  EXPECT_EQ(OnStore({"lineage", "2", "--format=json"}).Json()["events"].size(), 3u);
  EXPECT_THAT(OnStore({"lineage", "2", "--format=dot"}).out,
              AllOf(HasSubstr("a1 -> e2 [label=\"examples\"]"), HasSubstr("e2 -> a2 [label=\"model\"]")));
  EXPECT_THAT(OnStore({"lineage", "77"}).err, HasSubstr("no artifact 77"));
}

TEST_F(MetadataCommandsTest, ComparesRunsDifferencesFirst) {
  const nlohmann::json json = OnStore({"run", "compare", "r1", "r2", "--json"}).Json();
  EXPECT_EQ(json["runs"], (nlohmann::json{"r1", "r2"}));
  const nlohmann::json different = {{{"section", "parameters"}, {"name", "Train.steps"}, {"values", {"100", "200"}}},
                                    {{"section", "data"}, {"name", "Gen.examples span"}, {"values", {"1", "2"}}}};
  EXPECT_EQ(json["differences"], different) << json.dump(2);
  const std::string text = OnStore({"run", "compare", "r1", "r2"}).out;
  EXPECT_LT(text.find("Train.steps"), text.find("the same: 1 parameters"));
  EXPECT_THAT(OnStore({"run", "compare", "r1", "r1"}).out, HasSubstr("do not differ"));
  EXPECT_THAT(OnStore({"run", "compare", "r1", "r22"}).err, HasSubstr("mean r2?"));
  EXPECT_EQ(OnStore({"run", "compare", "r1"}).code, kExitError);
}

TEST_F(MetadataCommandsTest, MigratesAfterADryRun) {
  const Result dry = OnStore({"metadata", "migrate", "--to=8", "--dry-run"});
  EXPECT_THAT(dry.out, AllOf(HasSubstr("version 10 -> 9"), HasSubstr("version 9 -> 8"), HasSubstr("nothing was")));
  EXPECT_EQ(OnStore({"artifact", "list"}).code, kExitOk);

  EXPECT_EQ(OnStore({"metadata", "migrate", "--to=8"}).code, kExitOk);
  EXPECT_TRUE(Exists("metadata.db.v10.backup"));
  EXPECT_THAT(OnStore({"artifact", "list"}).err, HasSubstr("tfx metadata migrate"));
  EXPECT_EQ(OnStore({"metadata", "verify"}).code, kExitFindings);
  EXPECT_EQ(OnStore({"metadata", "migrate", "--json"}).Json()["steps"].size(), 2u);
  EXPECT_EQ(OnStore({"metadata", "verify"}).code, kExitOk);
  EXPECT_EQ(OnStore({"metadata", "migrate", "--to=11"}).code, kExitUsage);
}

TEST_F(MetadataCommandsTest, VerifyFindsWhatNoCallLeavesBehind) {
  const Result whole = OnStore({"metadata", "verify"});
  EXPECT_EQ(whole.code, kExitOk) << whole.out << whole.err;
  const std::pair<const char*, const char*> damages[] = {
      {"INSERT INTO ArtifactProperty (artifact_id, name, is_custom_property, int_value) VALUES (88, 'p', 1, 1)",
       "properties of unknown artifacts: 1 (artifact 88)"},
      {"INSERT INTO ExecutionProperty (execution_id, name, is_custom_property) VALUES (1, 'p', 1)",
       "execution properties without exactly one value: 1 (execution 1, property p)"},
      {"INSERT INTO ArtifactProperty (artifact_id, name, is_custom_property, int_value) VALUES (1, 'q', 0, 1)",
       "artifact properties that their types do not have: 1 (artifact 1, property q)"},
      {"INSERT INTO Event (artifact_id, execution_id, type) VALUES (99, 1, 3)", "events of unknown artifacts: 1"},
      {"INSERT INTO Attribution (context_id, artifact_id) VALUES (77, 1)", "attributions to unknown contexts: 1"},
      {"UPDATE Artifact SET type_id = 12345 WHERE id = 4", "artifacts of unknown types: 1 (artifact 4)"},
      {"UPDATE Execution SET last_known_state = 9 WHERE id = 1", "executions in a state that does not exist: 1"},
      {"INSERT INTO Type (name, type_kind) VALUES ('Model', 1)", "types that share kind, name and version: 1"},
      {"INSERT INTO ParentContext (context_id, parent_context_id) SELECT 1, id FROM Context WHERE name = 'r1'",
       "cycle of parents"},
      {"DROP INDEX idx_artifact_uri", "index idx_artifact_uri"},
  };
  for (const auto& [sql, finding] : damages) {
    RunSql(sql);
    const Result result = OnStore({"metadata", "verify"});
    EXPECT_EQ(result.code, kExitFindings) << sql;
    EXPECT_THAT(result.out, HasSubstr(finding)) << sql;
  }
  EXPECT_EQ(OnStore({"metadata", "verify", "--json"}).Json()["findings"].size(), std::size(damages));
}

TEST_F(MetadataCommandsTest, LoadsWhatItDumps) {
  RunSql("UPDATE Artifact SET name = CAST(X'41FF' AS TEXT), uri = 'é \" \\ ' || char(10) WHERE id = 1");
  RunSql("UPDATE ExecutionProperty SET double_value = 9e999 WHERE name = 'rate' AND execution_id = 2");
  const std::string file = directory_ / "dump.jsonl";
  ASSERT_EQ(OnStore({"metadata", "dump", "--output=" + file}).code, kExitOk);
  const std::string dump = Ok(io::ReadFile(file));
  // What is no file is neither replaced nor left with something beside it.
  ASSERT_TRUE(io::CreateDirectories(directory_ / "folder").ok());
  EXPECT_EQ(OnStore({"metadata", "dump", "--output=" + (directory_ / "folder")}).code, kExitError);
  EXPECT_FALSE(Exists("folder.unfinished"));
  EXPECT_EQ(OnStore({"metadata", "dump", "--output=/dev/null"}).code, kExitOk);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_THAT(dump, AllOf(HasSubstr("\"Infinity\""), HasSubstr("{\"base64\":\"Qf8=\"}")));
  const std::string copy = "--metadata_path=" + (directory_ / "copy.db");
  const Result loaded = RunTfx({"metadata", "load", file, copy});
  ASSERT_EQ(loaded.code, kExitOk) << loaded.err;

  EXPECT_EQ(RunTfx({"metadata", "dump", copy}).out, dump);
  EXPECT_EQ(RunTfx({"lineage", "4", copy}).out, OnStore({"lineage", "4"}).out);
  EXPECT_THAT(RunTfx({"metadata", "load", file, copy}).err, HasSubstr("empty store"));
}

TEST_F(MetadataCommandsTest, OddNamesAreJsonToo) {
  RunSql("UPDATE Type SET name = CAST(X'41FF' AS TEXT) WHERE name = 'Gen'");
  const Result shown = OnStore({"run", "show", "r1", "--json"});
  ASSERT_EQ(shown.code, kExitOk) << shown.err;
  EXPECT_EQ(shown.Json()["nodes"].size(), 2);
}

TEST_F(MetadataCommandsTest, OutputThatIsCutShortIsAnError) {
  std::ostringstream err;
  std::ostream full(nullptr);  // writes nothing, as a full disk
  const std::string flag = "--metadata_path=" + path_;
  const char* arguments[] = {"tfx", "metadata", "dump", flag.c_str()};
  EXPECT_EQ(cli::Run(std::size(arguments), arguments, full, err), kExitError);
  const char* list[] = {"tfx", "run", "list", flag.c_str()};
  EXPECT_EQ(cli::Run(std::size(list), list, full, err), kExitError);
  EXPECT_THAT(err.str(), HasSubstr("standard output could not be written"));
}

TEST_F(MetadataCommandsTest, RefusesADumpWholly) {
  const std::string dump = OnStore({"metadata", "dump"}).out;
  const std::string header = dump.substr(0, dump.find('\n') + 1);
  const std::pair<std::string, const char*> wrong[] = {
      {"", ":1: is empty"},
      {"[]\n", ":1: not a dump"},
      {header + "{\"artifact\":{\"id\":1,\"type_id\":\"x\"}}\n", ":2: field type_id is not a whole number"},
      {header + "{\"artifact\":{\"id\":1,\"colour\":1}}\n", ":2: unknown field \"colour\""},
      {header + "{\"artefact\":{}}\n", "artefact"},
      {header + "{\"artifact\":{}}\n", ":2: has no field id"},
      {header + "{\"type\":\n", ":2: not a line"},
      {dump + "{\"event\":{\"id\":99,\"artifact_id\":55,\"execution_id\":1,\"type\":3}}\n",
       "events of unknown artifacts"},
      {dump + "{\"attribution\":{\"id\":1,\"context_id\":1,\"artifact_id\":1}}\n", "cannot be stored"},
  };
  const std::string copy = "--metadata_path=" + (directory_ / "copy.db");
  for (const auto& [text, message] : wrong) {
    ASSERT_TRUE(io::WriteFile(directory_ / "bad.jsonl", text).ok());
    EXPECT_THAT(RunTfx({"metadata", "load", directory_ / "bad.jsonl", copy}).err, HasSubstr(message)) << text;
  }
  // Nothing of all that was stored.
  ASSERT_TRUE(io::WriteFile(directory_ / "good.jsonl", dump).ok());
  EXPECT_EQ(RunTfx({"metadata", "load", directory_ / "good.jsonl", copy}).code, kExitOk);
}

TEST_F(MetadataCommandsTest, GcExplainsThenMarksThenDeletes) {
  // A run that ended well would be kept beside the newest.
  RunSql("UPDATE Execution SET last_known_state = 4 WHERE id = 2");
  const Result dry = OnStore({"metadata", "gc", "--dry-run"});
  EXPECT_THAT(dry.out, AllOf(HasSubstr("last made or used by run 'r1' of pipeline 'taxi', whose newest run is 'r2'"),
                             HasSubstr("keeps 4: run 'r2' of pipeline 'taxi', its newest"),
                             HasSubstr("2 artifacts are not needed, 2 are")));
  EXPECT_THAT(OnStore({"artifact", "show", "1"}).out, HasSubstr("LIVE"));

  EXPECT_THAT(OnStore({"metadata", "gc"}).out, HasSubstr("marked 2 for deletion, deleted 0"));
  EXPECT_THAT(OnStore({"artifact", "show", "1"}).out, HasSubstr("MARKED_FOR_DELETION"));
  EXPECT_TRUE(Exists("r1/model/data"));
  EXPECT_THAT(OnStore({"metadata", "gc", "--delete"}).err, HasSubstr("--files_under"));

  const Result outside = OnStore({"metadata", "gc", "--delete", "--files_under=" + (directory_ / "r2")});
  EXPECT_THAT(outside.out, AllOf(HasSubstr("is not under"), HasSubstr("deleted 0")));
  EXPECT_TRUE(Exists("r1/model/data"));

  EXPECT_THAT(OnStore({"metadata", "gc", "--delete", "--files_under=" + (directory_ / "")}).out,
              HasSubstr("marked 0 for deletion, deleted 2"));
  EXPECT_FALSE(Exists("r1/model"));
  EXPECT_TRUE(Exists("r2/model/data"));
  EXPECT_THAT(OnStore({"artifact", "show", "1"}).out, HasSubstr("DELETED"));
  EXPECT_THAT(OnStore({"metadata", "gc", "--dry-run"}).out, HasSubstr("0 artifacts are not needed, 2 are, 2 were"));
}

TEST_F(MetadataCommandsTest, GcKeepsWhatAPushedModelWasMadeFrom) {
  // A run that ended well would be kept beside the newest.
  RunSql("UPDATE Execution SET last_known_state = 4 WHERE id = 2");
  {
    auto store = Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(path_)));
    const int64_t type = Ok(store->PutArtifactType(mlmd::NamedType<mlmd::ArtifactType>("PushedModel")));
    Event used = mlmd::EventOf(Event::INPUT, "model", 0);
    used.set_artifact_id(2);
    Execution push = mlmd::NodeOf<Execution>(train_);
    push.set_last_known_state(Execution::COMPLETE);
    Ok(store->PutExecution(
        push, {{std::nullopt, used}, {NewArtifact(type, "r1/pushed"), mlmd::EventOf(Event::OUTPUT, "pushed_model", 0)}},
        {mlmd::NodeOf<mlmd::Context>(run_, "r1")}, {.reuse_context_if_already_exist = true}));
  }
  const nlohmann::json json = OnStore({"metadata", "gc", "--dry-run", "--json"}).Json();
  EXPECT_EQ(json["garbage"].size(), 0u) << json.dump(2);
  EXPECT_EQ(json["needed"][0]["reason"], "PushedModel 5 was made from it, and is needed");

  RunSql("INSERT INTO ArtifactProperty (artifact_id, name, is_custom_property, int_value) VALUES (5, 'pushed', 1, 0)");
  EXPECT_EQ(OnStore({"metadata", "gc", "--dry-run", "--json"}).Json()["garbage"].size(), 3u);
}

TEST_F(MetadataCommandsTest, ServeChecksItsFlags) {
  const Result misspelt = OnStore({"metadata", "serve", "--grpc_prot=1"});
  EXPECT_EQ(misspelt.code, kExitUsage);
  EXPECT_THAT(misspelt.err, HasSubstr("grpc_port"));
  EXPECT_THAT(RunTfx({"metadata", "serve", "--help"}).out,
              AllOf(HasSubstr("tfx metadata serve"), HasSubstr("metadata_store_server_config_file")));
  EXPECT_THAT(RunTfx({"metadata", "serve", "--grpc_port=0", "--metadata_path=" + (directory_ / "none/x.db")}).err,
              HasSubstr("none/x.db"));
}

}  // namespace
}  // namespace tfx::cli
