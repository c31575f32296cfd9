#include "tfx/dsl/metadata_connection.h"

#include <variant>

#include "tfx/metadata_service/open_store.h"

namespace tfx {
namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::MetadataStoreClientConfig;

MetadataConnectionConfig FromLocation(const mlmd::StoreLocation& location) {
  return std::visit([](const auto& config) { return MetadataConnectionConfig(config); }, location);
}

}  // namespace

MetadataConnectionConfig::MetadataConnectionConfig(const ConnectionConfig& database)
    : database_(std::make_shared<ConnectionConfig>(database)) {}

MetadataConnectionConfig::MetadataConnectionConfig(const MetadataStoreClientConfig& server)
    : server_(std::make_shared<MetadataStoreClientConfig>(server)) {}

MetadataConnectionConfig::MetadataConnectionConfig(const std::string& text) {
  if (text.empty()) return;
  const auto location = mlmd::ReadStoreLocation(text);
  if (location.ok()) {
    *this = FromLocation(*location);
  } else {
    text_status_ = location.status();
  }
}

MetadataConnectionConfig::MetadataConnectionConfig(const char* text) : MetadataConnectionConfig(std::string(text)) {}

absl::Status MetadataConnectionConfig::Check() const {
  if (database_ != nullptr) return mlmd::CheckStoreLocation(*database_);
  if (server_ != nullptr) return mlmd::CheckStoreLocation(*server_);
  return text_status_;
}

std::string MetadataConnectionConfig::Name() const {
  if (database_ != nullptr) return mlmd::StoreName(*database_);
  if (server_ != nullptr) return mlmd::StoreName(*server_);
  return "";
}

MetadataConnectionConfig MetadataConnectionConfig::WithoutSecrets() const {
  if (database_ != nullptr) return FromLocation(mlmd::WithoutSecrets(*database_));
  if (server_ != nullptr) return FromLocation(mlmd::WithoutSecrets(*server_));
  return *this;
}

MetadataConnectionConfig SqliteMetadataConnectionConfig(std::string_view metadata_db_uri) {
  ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(std::string(metadata_db_uri));
  return config;
}

MetadataConnectionConfig MysqlMetadataConnectionConfig(std::string_view host, int port, std::string_view database,
                                                       std::string_view username, std::string_view password) {
  ConnectionConfig config;
  config.mutable_mysql()->set_host(std::string(host));
  config.mutable_mysql()->set_port(port);
  config.mutable_mysql()->set_database(std::string(database));
  config.mutable_mysql()->set_user(std::string(username));
  config.mutable_mysql()->set_password(std::string(password));
  return config;
}

}  // namespace tfx
