#include "tfx/metadata_service/open_store.h"

#include <fstream>

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
  EXPECT_THAT(Refusal("mysq://h/d"), AllOf(HasSubstr("did you mean mysql?"), HasSubstr("postgresql://")));
  EXPECT_THAT(Refusal("mysql://h/"), HasSubstr("names no database"));
  EXPECT_THAT(Refusal("mysql://u:p/"), HasSubstr("names no database"));
}

TEST(ParseStoreLocation, TakesDatabasesByAddress) {
  const auto mysql = Database("mysql://us%40er:p%3a:w%25d@[::1]:3307/ml%20md").mysql();
  EXPECT_EQ(mysql.host(), "::1");
  EXPECT_EQ(mysql.port(), 3307);
  EXPECT_EQ(mysql.user(), "us@er");
  EXPECT_EQ(mysql.password(), "p::w%d");
  EXPECT_EQ(mysql.database(), "ml md");
  const auto plain = Database("mysql://db/mlmd").mysql();
  EXPECT_FALSE(plain.has_port() || plain.has_user() || plain.has_password());
  for (const char* scheme : {"postgresql://", "postgres://"}) {
    const auto postgresql = Database(std::string(scheme) + "u:p@db:5433/mlmd").postgresql();
    EXPECT_EQ(postgresql.host() + postgresql.port() + postgresql.user() + postgresql.password() + postgresql.dbname(),
              "db5433upmlmd");
  }
}

TEST(ParseStoreLocation, NeverTellsASecret) {
  for (const char* text : {"mysql://u:sesame@h", "mysql://u:sesame@h:x/d", "mysql://u:sesame%@h/d",
                           "postgresql://u:sesame@h/d?a=b", "postgresql://u:sesame@/d", "grpc://u:sesame@h:80",
                           "mysql { password: sesame }", "mysql { password: 'a' sesame", "mysql { password: 'sesame",
                           "mysql {\n password: 'a'b'\n sesame: 1 }", "mysql { pass: sesame password: 3 }",
                           "host: 'h' ssl_config { client_key: '-----BEGIN PRIVATE KEY-----' sesame }"}) {
    EXPECT_THAT(Refusal(text), ::testing::Not(HasSubstr("sesame"))) << text;
  }
  const StoreLocation location = Database("mysql://u:sesame@h/d");
  EXPECT_THAT(StoreName(location), HasSubstr("d at h"));
  for (const char* text : {"mysql://u:sesame@h/d", "postgresql://u:sesame@h/d",
                           "postgresql { host: 'h' user: 'u' dbname: 'd' ssloption { sslpassword: 'sesame' } }",
                           "host: 'h' port: 1 ssl_config { client_key: '-----BEGIN PRIVATE KEY----- sesame' }"}) {
    const StoreLocation shown = WithoutSecrets(Ok(ParseStoreLocation(text)));
    EXPECT_THAT(std::visit([](const auto& config) { return config.DebugString(); }, shown),
                ::testing::Not(HasSubstr("sesame")));
    EXPECT_THAT(StoreName(Ok(ParseStoreLocation(text))), ::testing::Not(HasSubstr("sesame")));
  }
}

TEST(ReadStoreLocation, TakesATextOrAFileThatHoldsOne) {
  const TestDirectory directory;
  const auto file = [&](const std::string& contents) {
    std::ofstream(directory / "f") << contents;
    return directory / "f";
  };
  const auto read = [](const std::string& value) { return StoreName(Ok(ReadStoreLocation(value))); };
  EXPECT_EQ(read(file("# where it is\n\nmysql { host: 'h' database: 'd' }\n")), "MySQL database d at h");
  EXPECT_EQ(read(file("grpc://h:80\n")), "metadata server h:80");
  EXPECT_EQ(read(file("host: 'h'\nport: 80")), "metadata server h:80");
  EXPECT_EQ(read("grpc://h:80"), "metadata server h:80");
  for (const std::string& contents : {std::string(), std::string("SQLite format 3\0", 16), std::string("xxxx"),
                                      std::string("a: b"), std::string(2 << 20, 'x')}) {
    EXPECT_EQ(read(file(contents)), "metadata database " + (directory / "f"));
  }
  EXPECT_EQ(read(directory / "none.db"), "metadata database " + (directory / "none.db"));
  EXPECT_THAT(Message(ReadStoreLocation(file("mysql { hots: 'h' }")).status()),
              AllOf(HasSubstr("/f"), HasSubstr("hots")));
}

TEST(CheckStoreLocation, NamesTheFieldThatIsMissing) {
  const auto refusal = [](std::string_view text) { return Message(CheckStoreLocation(Ok(ParseStoreLocation(text)))); };
  EXPECT_THAT(refusal("mysql { database: 'd' }"), HasSubstr("mysql: exactly one of host and socket"));
  EXPECT_THAT(refusal("mysql { host: 'h' }"), HasSubstr("mysql: database"));
  EXPECT_THAT(refusal("postgresql://h/d"), HasSubstr("postgresql: user"));
  EXPECT_THAT(refusal("retry_options { }"), HasSubstr("names no database"));
  EXPECT_THAT(refusal("host: 'h'"), HasSubstr("MetadataStoreClientConfig.port"));
  EXPECT_THAT(refusal("host: 'h' port: 1 ssl_config { custom_ca: '/no/such' }"), HasSubstr("custom_ca"));
  for (const char* text : {"a.db", "fake_database {}", "grpc://h:1", "mysql://h/d", "postgresql://u@h/d"}) {
    EXPECT_TRUE(CheckStoreLocation(Ok(ParseStoreLocation(text))).ok()) << text;
  }
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
