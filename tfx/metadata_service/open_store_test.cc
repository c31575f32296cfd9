#include "tfx/metadata_service/open_store.h"

#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

ml_metadata::ConnectionConfig Database(std::string_view text) {
  return std::get<ml_metadata::ConnectionConfig>(Ok(ParseStoreLocation(text)));
}
ml_metadata::MetadataStoreClientConfig Server(std::string_view text) {
  const StoreLocation location = Ok(ParseStoreLocation(text));
  const auto* config = std::get_if<ml_metadata::MetadataStoreClientConfig>(&location);
  EXPECT_NE(config, nullptr) << text;
  return config == nullptr ? ml_metadata::MetadataStoreClientConfig() : *config;
}
std::string Refusal(std::string_view text) {
  const absl::Status status = ParseStoreLocation(text).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << text << ": " << status;
  return Message(status);
}

TEST(ParseStoreLocation, TakesPathsAsSqliteFiles) {
  for (const char* path : {"metadata.db", "/a b/c.db", "file:m.db?mode=ro", "host/m.db", "mysql", "-", "a:b"}) {
    EXPECT_EQ(Database(path).sqlite().filename_uri(), path);
  }
  EXPECT_EQ(Database("sqlite:mysql { }").sqlite().filename_uri(), "mysql { }");
}

TEST(ParseStoreLocation, TakesServers) {
  EXPECT_EQ(Server("grpc://h.example.com:80").host(), "h.example.com");
  EXPECT_EQ(Server("grpc://h:80").port(), 80);
  EXPECT_FALSE(Server("grpc://h:80").has_ssl_config());
  EXPECT_TRUE(Server("grpcs://h:80").has_ssl_config());
  EXPECT_EQ(Server("grpc://[::1]:80").host(), "::1");
}

TEST(ParseStoreLocation, TakesConfigsAsText) {
  EXPECT_EQ(Database("mysql { host: 'h' port: 3306 }").mysql().host(), "h");
  EXPECT_EQ(Database("\n sqlite{filename_uri:'x'}").sqlite().filename_uri(), "x");
  EXPECT_TRUE(Database("fake_database {}").has_fake_database());
  EXPECT_EQ(Database("postgresql: { dbname: 'd' }").postgresql().dbname(), "d");
  EXPECT_EQ(Server("host: 'h' port: 8080 client_timeout_sec: 2").client_timeout_sec(), 2);
}

TEST(ParseStoreLocation, SaysWhatIsWrong) {
  EXPECT_THAT(Refusal(""), HasSubstr("empty"));
  EXPECT_THAT(Refusal("sqlite:"), HasSubstr("names no file"));
  EXPECT_THAT(Refusal("grpc://h"), HasSubstr("no port"));
  EXPECT_THAT(Refusal("grpc://h:0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(Refusal("grpc://:80"), HasSubstr("no host"));
  EXPECT_THAT(Refusal("grpc://user@h/x:80"), HasSubstr("more than a name"));
  EXPECT_THAT(Refusal("mysql {\n hots: 'h' }"), AllOf(HasSubstr("line 2"), HasSubstr("hots")));
  EXPECT_THAT(Refusal("mysqll { }"), HasSubstr("did you mean mysql?"));
  EXPECT_THAT(Refusal("mysql { "), HasSubstr("line 1"));
}

TEST(OpenMetadataStoreAt, OpensFilesAndServersAlike) {
  const TestDirectory directory;
  const auto server = Ok(MetadataStoreServer::Start(LoopbackOptions(), MemoryStore()));
  for (const std::string& location : {directory / "m.db", std::string("fake_database { }"),
                                      "grpc://127.0.0.1:" + std::to_string(server->grpc_port())}) {
    const auto store = Ok(OpenMetadataStoreAt(location));
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(Ok(store->PutArtifactType(NamedType<ArtifactType>("A"))), 10) << location;
  }
  EXPECT_FALSE(OpenMetadataStoreAt(directory / "no/such/folder/m.db").ok());
}

}  // namespace
}  // namespace mlmd
