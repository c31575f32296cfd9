#include "tfx/orchestration/pipeline_store.h"

#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/metadata_service/grpc_metadata_store.h"

namespace tfx {
namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::SqliteMetadataSourceConfig;

constexpr int kTriesOfFirstCall = 4;  // less than two seconds

// Whether it names a file by a path, which may be relative, and not by a URI.
bool IsPath(std::string_view filename) {
  return !filename.empty() && filename != ":memory:" && !filename.starts_with("file:");
}

absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenDatabase(ConnectionConfig config, StoreUse use) {
  const bool look = use == StoreUse::kLook;
  if (config.has_mysql() && look) config.mutable_mysql()->set_skip_db_creation(true);
  if (config.has_postgresql() && look) config.mutable_postgresql()->set_skip_db_creation(true);
  if (config.has_sqlite() && IsPath(config.sqlite().filename_uri())) {
    const std::string& path = config.sqlite().filename_uri();
    const bool may_create = !config.sqlite().has_connection_mode() ||
                            config.sqlite().connection_mode() == SqliteMetadataSourceConfig::UNKNOWN ||
                            config.sqlite().connection_mode() == SqliteMetadataSourceConfig::READWRITE_OPENCREATE;
    if (look && !io::Exists(path)) {
      return absl::NotFoundError(
          Concat("no run yet: ", path, " does not exist (give --pipeline_root or --metadata_path)"));
    }
    if (look && may_create) {
      config.mutable_sqlite()->set_connection_mode(SqliteMetadataSourceConfig::READWRITE);
    } else if (may_create) {
      RETURN_IF_ERROR(io::CreateDirectories(io::Dirname(path)));
    }
  }
  return mlmd::OpenMetadataStore(config);
}

absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> Connect(const ml_metadata::MetadataStoreClientConfig& config) {
  {
    ASSIGN_OR_RETURN(const auto probe, mlmd::ConnectMetadataStore(config, {.max_attempts = kTriesOfFirstCall}));
    RETURN_IF_ERROR(probe->GetContextTypes().status());
  }
  return mlmd::ConnectMetadataStore(config, {.assign_external_ids = true});
}

}  // namespace

absl::StatusOr<MetadataConnectionConfig> FindPipelineStore(const Pipeline& pipeline, const std::string& flag) {
  MetadataConnectionConfig config(flag);
  std::string_view origin = "--metadata_path";
  if (!config.IsSet()) {
    config = pipeline.metadata_connection_config;
    origin = "pipeline.metadata_connection_config";
  }
  if (!config.IsSet()) {
    config = SqliteMetadataConnectionConfig(pipeline.metadata_path.empty() ? io::JoinPath(pipeline.root, "metadata.db")
                                                                           : pipeline.metadata_path);
  }
  RETURN_IF_ERROR(Annotate(config.Check(), origin));
  if (config.database() == nullptr || !config.database()->has_sqlite()) return config;
  if (!IsPath(config.database()->sqlite().filename_uri())) return config;
  ConnectionConfig absolute = *config.database();
  absolute.mutable_sqlite()->set_filename_uri(io::AbsolutePath(absolute.sqlite().filename_uri()));
  return MetadataConnectionConfig(absolute);
}

absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenPipelineStore(const MetadataConnectionConfig& config,
                                                                       StoreUse use) {
  auto store = config.server() != nullptr ? Connect(*config.server()) : OpenDatabase(*config.database(), use);
  if (!store.ok()) return Annotate(store.status(), "metadata");
  return store;
}

}  // namespace tfx
