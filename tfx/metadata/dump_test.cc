#include "tfx/metadata/dump.h"

#include <sstream>

#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/testing_store.h"
#include "tfx/metadata/verify.h"

namespace mlmd {
namespace {

// A store with one of everything.
void Fill(const ml_metadata::ConnectionConfig& config) {
  auto store = Ok(OpenMetadataStore(config));
  auto type = NamedType<ArtifactType>("Examples", {{"span", ml_metadata::INT}, {"b", ml_metadata::BOOLEAN}});
  type.set_base_type(ArtifactType::DATASET);
  Artifact artifact = NodeOf<Artifact>(Ok(store->PutArtifactType(type)), "é");
  artifact.set_uri("some/uri");
  artifact.set_external_id("outside");
  (*artifact.mutable_properties())["span"].set_int_value(7);
  (*artifact.mutable_properties())["b"].set_bool_value(true);
  (*artifact.mutable_custom_properties())["third"].set_double_value(1.0 / 3);
  // What a text parameter would lose, or read as an escape.
  google::protobuf::Any& any = *(*artifact.mutable_custom_properties())["any"].mutable_proto_value();
  any.set_type_url("x/y");
  any.set_value(std::string("\0\\101\\x\xff\\\\", 10));
  (*(*artifact.mutable_custom_properties())["struct"].mutable_struct_value()->mutable_fields())["k"].set_number_value(
      1);
  const int64_t run = Ok(store->PutContextType(NamedType<ContextType>("run")));
  const auto ids = Ok(store->PutContexts({NodeOf<Context>(run, "a"), NodeOf<Context>(run, "b")}));
  ParentContext parent;
  parent.set_parent_id(ids[0]);
  parent.set_child_id(ids[1]);
  ASSERT_TRUE(store->PutParentContexts({parent}).ok());
  Ok(store->PutExecution(NodeOf<Execution>(Ok(store->PutExecutionType(NamedType<ExecutionType>("Gen"))), "run"),
                         {{artifact, EventOf(Event::OUTPUT, "out", 3)}}, {NodeOf<Context>(run, "c")}));
}

std::string DumpOf(const ml_metadata::ConnectionConfig& config) {
  std::ostringstream out;
  Ok(DumpMetadataStore(config, out));
  return out.str();
}

class DumpTest : public ::testing::TestWithParam<TestServer::Kind> {};

TEST_P(DumpTest, MovesAStoreToAServerAndBackUnchanged) {
  TestServer* server = TestServer::Get(GetParam());
  if (server == nullptr) GTEST_SKIP() << "its server is not installed";
  TestDirectory directory;
  const auto here = SqliteFile(directory / "here.db"), back = SqliteFile(directory / "back.db");
  const auto there = server->NewDatabase();
  Fill(here);
  const std::string dump = DumpOf(here);

  std::istringstream in(dump);
  Ok(LoadMetadataStore(there, in, "dump"));
  EXPECT_EQ(DumpOf(there), dump);
  EXPECT_TRUE(Ok(VerifyMetadataStore(there)).findings.empty());
  std::istringstream again(DumpOf(there));
  Ok(LoadMetadataStore(back, again, "dump"));
  EXPECT_EQ(DumpOf(back), dump);

  // New ids come behind the loaded ones.
  auto store = Ok(OpenMetadataStore(there));
  const int64_t type = Ok(store->GetArtifactType("Examples")).id();
  EXPECT_GT(Ok(store->PutArtifacts({NodeOf<Artifact>(type, "new")}))[0], 1);
}

INSTANTIATE_TEST_SUITE_P(Servers, DumpTest,
                         ::testing::Values(TestServer::Kind::kMariaDb, TestServer::Kind::kPostgresql), ServerName);

}  // namespace
}  // namespace mlmd
