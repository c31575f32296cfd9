// The conformance suite of MetadataStore, for whoever implements one: metadata_store_test.cc has the cases and
// metadata_store_writers_test.cc those of many threads; a file of the implementation names its backends:
//
//   INSTANTIATE_TEST_SUITE_P(Backends, MetadataStoreTest, ::testing::Values(Backend{...}), BackendName);
#ifndef TFX_METADATA_METADATA_STORE_SUITE_H_
#define TFX_METADATA_METADATA_STORE_SUITE_H_

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {

struct Backend {
  const char* name;
  // A store of its own for each test; nullopt: skipped, with the reason.
  std::function<std::optional<ml_metadata::ConnectionConfig>(const TestDirectory&)> config;
  std::string why_not;
  int64_t largest_int = std::numeric_limits<int32_t>::max();  // what a property's int_value can be
  bool stores_nul = true;                                     // whether a text may hold a NUL byte
  // How the tests come to a store on that database. What must live as long as the store goes into `keep_alive`.
  std::function<absl::StatusOr<std::unique_ptr<MetadataStore>>(const ml_metadata::ConnectionConfig&, const OpenOptions&,
                                                               std::shared_ptr<void>* keep_alive)>
      open = [](const ml_metadata::ConnectionConfig& config, const OpenOptions& options, std::shared_ptr<void>*) {
        return OpenMetadataStore(config, options);
      };
};

class MetadataStoreTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    const std::optional<ml_metadata::ConnectionConfig> config = GetParam().config(directory_);
    if (!config.has_value()) GTEST_SKIP() << GetParam().why_not;
    store_ = Ok(GetParam().open(*config, {.clock = &clock_}, &keep_alive_));
    ASSERT_NE(store_, nullptr);
    artifact_type_ = Ok(store_->PutArtifactType(NamedType<ArtifactType>("Examples", {{"span", ml_metadata::INT},
                                                                                     {"splits", ml_metadata::STRING},
                                                                                     {"ratio", ml_metadata::DOUBLE},
                                                                                     {"extra", ml_metadata::STRUCT},
                                                                                     {"message", ml_metadata::PROTO},
                                                                                     {"flag", ml_metadata::BOOLEAN}})));
    execution_type_ = Ok(store_->PutExecutionType(NamedType<ExecutionType>("Gen", {{"steps", ml_metadata::INT}})));
    context_type_ = Ok(store_->PutContextType(NamedType<ContextType>("pipeline")));
  }

  int64_t PutArtifact(const Artifact& artifact) { return Ok(store_->PutArtifacts({artifact})).at(0); }
  Artifact GetArtifact(int64_t id) { return Ok(store_->GetArtifactsByID({id})).at(0); }
  int64_t PutContext(const std::string& name) {
    return Ok(store_->PutContexts({NodeOf<Context>(context_type_, name)})).at(0);
  }

  TestDirectory directory_;
  TestClock clock_;
  std::shared_ptr<void> keep_alive_;
  std::unique_ptr<MetadataStore> store_;
  int64_t artifact_type_ = 0, execution_type_ = 0, context_type_ = 0;
};

inline std::string BackendName(const ::testing::TestParamInfo<Backend>& info) { return info.param.name; }

inline std::function<std::optional<ml_metadata::ConnectionConfig>(const TestDirectory&)> OnServer(
    TestServer::Kind kind) {
  return [kind](const TestDirectory&) -> std::optional<ml_metadata::ConnectionConfig> {
    TestServer* server = TestServer::Get(kind);
    if (server == nullptr) return std::nullopt;
    return server->NewDatabase();
  };
}

}  // namespace mlmd

#endif  // TFX_METADATA_METADATA_STORE_SUITE_H_
