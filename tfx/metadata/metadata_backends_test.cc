// The databases on which the conformance suite runs.
#include "tfx/metadata/metadata_store_suite.h"

namespace mlmd {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Backends, MetadataStoreTest,
    ::testing::Values(Backend{.name = "SqliteFile",
                              .config =
                                  [](const TestDirectory& directory) -> std::optional<ml_metadata::ConnectionConfig> {
                                return SqliteFile(directory / "metadata.db");
                              },
                              .largest_int = int64_t{1} << 60},
                      Backend{.name = "SqliteMemory",
                              .config = [](const TestDirectory&) -> std::optional<ml_metadata::ConnectionConfig> {
                                ml_metadata::ConnectionConfig config;
                                config.mutable_fake_database();
                                return config;
                              },
                              .largest_int = int64_t{1} << 60},
                      Backend{.name = "MariaDb",
                              .config = OnServer(TestServer::Kind::kMariaDb),
                              .why_not = TestServer::WhyNot(TestServer::Kind::kMariaDb)},
                      Backend{.name = "Postgresql",
                              .config = OnServer(TestServer::Kind::kPostgresql),
                              .why_not = TestServer::WhyNot(TestServer::Kind::kPostgresql),
                              .stores_nul = false}),
    BackendName);

}  // namespace
}  // namespace mlmd
