#include "tfx/metadata/verify.h"

#include "tfx/metadata/sqlite_connection.h"
#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::ElementsAre;

const std::pair<const char*, ml_metadata::PropertyType> kProperties[] = {
    {"int", ml_metadata::INT},       {"double", ml_metadata::DOUBLE}, {"string", ml_metadata::STRING},
    {"struct", ml_metadata::STRUCT}, {"proto", ml_metadata::PROTO},   {"bool", ml_metadata::BOOLEAN}};

// One artifact, execution and context with a property of every kind.
void Fill(const ml_metadata::ConnectionConfig& config) {
  const auto store = Ok(OpenMetadataStore(config));
  const auto fill = [](auto type, auto node, auto put_type, auto put) {
    type.set_name("T");
    for (const auto& [name, kind] : kProperties) (*type.mutable_properties())[name] = kind;
    node.set_type_id(Ok(put_type(type)));
    node.set_name("n");
    auto& properties = *node.mutable_properties();
    properties["int"].set_int_value(1);
    properties["double"].set_double_value(0);
    properties["string"].set_string_value("");
    properties["struct"].mutable_struct_value();
    properties["proto"].mutable_proto_value()->set_type_url("x/y");
    properties["bool"].set_bool_value(false);
    *node.mutable_custom_properties() = properties;
    Ok(put(node));
  };
  fill(
      ArtifactType(), Artifact(), [&](const auto& type) { return store->PutArtifactType(type); },
      [&](const auto& node) { return store->PutArtifacts({node}); });
  fill(
      ExecutionType(), Execution(), [&](const auto& type) { return store->PutExecutionType(type); },
      [&](const auto& node) { return store->PutExecutions({node}); });
  fill(
      ContextType(), Context(), [&](const auto& type) { return store->PutContextType(type); },
      [&](const auto& node) { return store->PutContexts({node}); });
}

TEST(VerifyMetadataStore, FindsValuesOfAnotherKindThanTheirTypesDeclare) {
  const TestDirectory directory;
  const auto config = SqliteFile(directory / "m.db");
  Fill(config);
  ASSERT_TRUE(Ok(VerifyMetadataStore(config)).findings.empty());
  const auto run = [&](const std::string& sql) {
    EXPECT_TRUE(Ok(OpenSqlite({.filename = directory / "m.db"}))->Run(sql, {}).ok()) << sql;
  };
  for (const auto& [table, word] :
       {std::pair("Artifact", "artifact"), std::pair("Execution", "execution"), std::pair("Context", "context")}) {
    const std::string update = std::string("UPDATE ") + table + "Property SET ";
    for (const auto& [declared, kind] : kProperties) {
      for (const auto& [stored, value] :
           {std::pair("int", "7"), std::pair("double", "0.5"), std::pair("string", "'text'"),
            std::pair("proto", "'AA=='"), std::pair("bool", "1")}) {
        if (std::string(stored) == declared) continue;
        const std::string at = std::string(" WHERE name = '") + declared + "'";
        // Custom ones are of any kind.
        run(update +
            "int_value = NULL, double_value = NULL, string_value = NULL, proto_value = NULL, bool_value = NULL" + at);
        run(update + stored + "_value = " + value + at);
        const auto findings = Ok(VerifyMetadataStore(config)).findings;
        ASSERT_EQ(findings.size(), 1u) << table << " " << declared << " " << stored;
        EXPECT_EQ(findings[0].what,
                  std::string(word) + " properties whose values are not of the kind that their types declare");
        EXPECT_THAT(findings[0].examples, ElementsAre(std::string(word) + " 1, property " + declared));
      }
      run(std::string("DELETE FROM ") + table + "Property WHERE name = '" + declared + "'");
    }
  }
}

class VerifyServerTest : public ::testing::TestWithParam<TestServer::Kind> {};

TEST_P(VerifyServerTest, FindsNothingInWhatAStoreWrote) {
  TestServer* const server = TestServer::Get(GetParam());
  if (server == nullptr) GTEST_SKIP() << TestServer::WhyNot(GetParam());
  const auto config = server->NewDatabase();
  Fill(config);
  for (const VerifyFinding& finding : Ok(VerifyMetadataStore(config)).findings) ADD_FAILURE() << finding.what;
}

INSTANTIATE_TEST_SUITE_P(Servers, VerifyServerTest,
                         ::testing::Values(TestServer::Kind::kMariaDb, TestServer::Kind::kPostgresql), ServerName);

}  // namespace
}  // namespace mlmd
