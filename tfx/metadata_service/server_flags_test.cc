#include <fstream>

#include "tfx/metadata_service/metadata_store_server.h"
#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

MetadataStoreServerOptions Parse(const std::vector<std::string>& arguments) { return Ok(ParseServerFlags(arguments)); }

// The message of the refusal.
std::string Refusal(const std::vector<std::string>& arguments) {
  const absl::Status status = ParseServerFlags(arguments).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return Message(status);
}

std::string WriteFile(const TestDirectory& directory, const std::string& text) {
  const std::string path = directory / "config.pbtxt";
  std::ofstream(path) << text;
  return path;
}

TEST(ServerFlags, HaveUpstreamsDefaults) {
  const MetadataStoreServerOptions options = Parse({});
  EXPECT_EQ(options.grpc_port, 8080);
  EXPECT_EQ(options.http_port, std::nullopt);
  EXPECT_EQ(options.connection_retries, 5);
  EXPECT_FALSE(options.config.has_connection_config());
}

TEST(ServerFlags, TakeAllFormsOfGflags) {
  EXPECT_EQ(Parse({"--grpc_port=1"}).grpc_port, 1);
  EXPECT_EQ(Parse({"--grpc_port", "2"}).grpc_port, 2);
  EXPECT_EQ(Parse({"-grpc_port=3"}).grpc_port, 3);
  EXPECT_TRUE(Parse({"--enable_database_upgrade"}).config.migration_options().enable_upgrade_migration());
  EXPECT_TRUE(Parse({"--enable_database_upgrade=true"}).config.migration_options().enable_upgrade_migration());
  EXPECT_FALSE(Parse({"--noenable_database_upgrade"}).config.migration_options().enable_upgrade_migration());
}

// As Kubeflow Pipelines deploys it.
TEST(ServerFlags, TakeAMysqlServerByFlags) {
  const MetadataStoreServerOptions options =
      Parse({"--grpc_port=8080", "--mysql_config_database=metadb", "--mysql_config_host=mysql",
             "--mysql_config_port=3306", "--mysql_config_user=root", "--mysql_config_password=p",
             "--enable_database_upgrade=true", "--grpc_channel_arguments=grpc.max_metadata_size=16384,x=y"});
  const auto& mysql = options.config.connection_config().mysql();
  EXPECT_EQ(mysql.database(), "metadb");
  EXPECT_EQ(mysql.host(), "mysql");
  EXPECT_EQ(mysql.port(), 3306);
  EXPECT_EQ(mysql.user(), "root");
  EXPECT_EQ(mysql.password(), "p");
  ASSERT_EQ(options.channel_arguments.size(), 2);
  EXPECT_EQ(options.channel_arguments[0].first, "grpc.max_metadata_size");
  EXPECT_EQ(options.channel_arguments[0].second, "16384");
}

TEST(ServerFlags, TakeAPostgresqlServerByFlags) {
  const MetadataStoreServerOptions options =
      Parse({"--metadata_source_config_type=postgresql", "--postgres_config_host=h", "--postgres_config_port=5432",
             "--postgres_config_dbname=d", "--postgres_config_user=u", "--postgres_config_skip_db_creation",
             "--postgres_config_sslmode=require"});
  const auto& postgres = options.config.connection_config().postgresql();
  EXPECT_EQ(postgres.host(), "h");
  EXPECT_EQ(postgres.port(), "5432");
  EXPECT_TRUE(postgres.skip_db_creation());
  EXPECT_EQ(postgres.ssloption().sslmode(), "require");
}

TEST(ServerFlags, ReadTheConfigFile) {
  const TestDirectory directory;
  const std::string file = WriteFile(directory,
                                     "connection_config { sqlite { filename_uri: 'm.db' } }\n"
                                     "migration_options { enable_upgrade_migration: true }");
  const MetadataStoreServerOptions options =
      Parse({"--metadata_store_server_config_file=" + file, "--metadata_source_config_type=config_file"});
  EXPECT_EQ(options.config.connection_config().sqlite().filename_uri(), "m.db");
  EXPECT_TRUE(options.config.migration_options().enable_upgrade_migration());
  EXPECT_FALSE(Parse({"--metadata_store_server_config_file=" + file, "--noenable_database_upgrade"})
                   .config.migration_options()
                   .enable_upgrade_migration());
}

TEST(ServerFlags, NameTheLineOfABadConfigFile) {
  const TestDirectory directory;
  const std::string file = WriteFile(directory, "connection_config {\n  sqlte { }\n}");
  EXPECT_THAT(Refusal({"--metadata_store_server_config_file=" + file}),
              AllOf(HasSubstr(file), HasSubstr("line 2"), HasSubstr("sqlte")));
  EXPECT_THAT(Refusal({"--metadata_store_server_config_file=/no/such/file"}), HasSubstr("/no/such/file"));
}

TEST(ServerFlags, NameUnknownFlagsAndBadValues) {
  EXPECT_THAT(Refusal({"--grpc_prt=3"}), AllOf(HasSubstr("--grpc_prt"), HasSubstr("did you mean --grpc_port?")));
  EXPECT_THAT(Refusal({"--nogrpc_port"}), HasSubstr("--nogrpc_port"));
  EXPECT_THAT(Refusal({"8080"}), HasSubstr("'8080' is not a flag"));
  EXPECT_THAT(Refusal({"--"}), HasSubstr("not a flag"));
  EXPECT_THAT(Refusal({"--grpc_port"}), HasSubstr("needs a value"));
  EXPECT_THAT(Refusal({"--grpc_port=eighty"}), AllOf(HasSubstr("--grpc_port"), HasSubstr("0 to 65535")));
  EXPECT_THAT(Refusal({"--grpc_port=65536"}), HasSubstr("65536"));
  EXPECT_THAT(Refusal({"--enable_database_upgrade=perhaps"}), HasSubstr("perhaps"));
  EXPECT_THAT(Refusal({"--request_log=some"}), HasSubstr("none, errors or all"));
  EXPECT_THAT(Refusal({"--grpc_channel_arguments=x"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(Refusal({"--metadata_source_config_type=oracle"}), HasSubstr("oracle"));
}

TEST(ServerFlags, RefuseWhatContradictsItself) {
  EXPECT_THAT(Refusal({"--enable_database_upgrade", "--downgrade_db_schema_version=5"}), HasSubstr("opposite"));
  EXPECT_THAT(Refusal({"--mysql_config_host=h", "--postgres_config_host=h"}), HasSubstr("more than one database"));
  EXPECT_THAT(Refusal({"--metadata_source_config_type=mysql"}), HasSubstr("needs --mysql_config_host"));
  EXPECT_THAT(
      Refusal({"--metadata_source_config_type=mysql", "--postgres_config_host=h", "--postgres_config_dbname=d"}),
      HasSubstr("needs --mysql_config_host"));
  EXPECT_THAT(Refusal({"--mysql_config_host=h"}), HasSubstr("--mysql_config_database"));
}

TEST(ServerFlags, AreAllInTheHelp) {
  const std::string help = ServerFlagsHelp();
  for (const char* flag :
       {"grpc_port", "grpc_channel_arguments", "metadata_source_config_type", "metadata_store_server_config_file",
        "metadata_store_connection_retries", "mysql_config_host", "postgres_config_sslrootcert",
        "enable_database_upgrade", "downgrade_db_schema_version", "http_port", "cors_allow_origin", "help"}) {
    EXPECT_THAT(help, HasSubstr(std::string("--") + flag)) << flag;
  }
}

}  // namespace
}  // namespace mlmd
