// Where a pipeline's runs are recorded, as TFX's Pipeline(metadata_connection_config=...):
//
//   pipeline.metadata_connection_config = config;
//
//   pipeline.metadata_connection_config = "grpc://metadata.example.com:8080";
//
//   pipeline.metadata_connection_config = MysqlMetadataConnectionConfig("db", 3306, "mlmd", user, password);
//
// A config is a ConnectionConfig (SQLite, MySQL, PostgreSQL), a MetadataStoreClientConfig (a server), or one of the
// texts of metadata_service/open_store.h, or a file that holds one. What is wrong with it is a wiring error of the
// pipeline (Check), reported before anything runs. A value; copies share the config.
#ifndef TFX_DSL_METADATA_CONNECTION_H_
#define TFX_DSL_METADATA_CONNECTION_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ml_metadata {
class ConnectionConfig;
class MetadataStoreClientConfig;
}  // namespace ml_metadata

namespace tfx {

class MetadataConnectionConfig {
 public:
  MetadataConnectionConfig() = default;  // absent: <root>/metadata.db
  // NOLINTBEGIN(google-explicit-constructor): a field of Pipeline is written without the class's name
  MetadataConnectionConfig(const ml_metadata::ConnectionConfig& database);
  MetadataConnectionConfig(const ml_metadata::MetadataStoreClientConfig& server);
  MetadataConnectionConfig(const std::string& text);  // "": absent
  MetadataConnectionConfig(const char* text);
  // NOLINTEND(google-explicit-constructor)

  bool IsSet() const { return database_ != nullptr || server_ != nullptr || !text_status_.ok(); }
  // INVALID_ARGUMENT: what is wrong with the text, or which field of the config is missing or wrong. Without secrets.
  absl::Status Check() const;
  // Null where it is the other one, where none is set, and where the text is wrong.
  const ml_metadata::ConnectionConfig* database() const { return database_.get(); }
  const ml_metadata::MetadataStoreClientConfig* server() const { return server_.get(); }
  // For messages and for telling stores apart: "MySQL database mlmd at db:3306". "" where there is none.
  std::string Name() const;
  // Without passwords and private keys, for what is written down.
  MetadataConnectionConfig WithoutSecrets() const;

 private:
  std::shared_ptr<const ml_metadata::ConnectionConfig> database_;
  std::shared_ptr<const ml_metadata::MetadataStoreClientConfig> server_;
  absl::Status text_status_;
};

// TFX's functions of the same names (tfx.orchestration.metadata).
MetadataConnectionConfig SqliteMetadataConnectionConfig(std::string_view metadata_db_uri);
MetadataConnectionConfig MysqlMetadataConnectionConfig(std::string_view host, int port, std::string_view database,
                                                       std::string_view username, std::string_view password);

}  // namespace tfx

#endif  // TFX_DSL_METADATA_CONNECTION_H_
