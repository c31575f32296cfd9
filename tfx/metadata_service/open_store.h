// One line of text names a metadata store, wherever it is: for flags and pipelines (metadata_connection_config).
//
//   path/to/metadata.db  or  sqlite:path              a SQLite file, made where it does not exist
//   grpc://host:port                                  a server, ours or upstream's
//   grpcs://host:port                                 the same over TLS, trusting the system's authorities
//   mysql { host: "db" database: "mlmd" ... }         text of ml_metadata.ConnectionConfig
//   host: "h" port: 8080 ssl_config { ... }           text of ml_metadata.MetadataStoreClientConfig
//
// Text is what begins with a field's name and a colon or brace; everything else is a path. A SQLite path that looks
// like text is written with "sqlite:".
#ifndef TFX_METADATA_SERVICE_OPEN_STORE_H_
#define TFX_METADATA_SERVICE_OPEN_STORE_H_

#include <memory>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata_service/grpc_metadata_store.h"

namespace mlmd {

using StoreLocation = std::variant<ml_metadata::ConnectionConfig, ml_metadata::MetadataStoreClientConfig>;

// INVALID_ARGUMENT says what is wrong with the text, by line and column where it is text.
absl::StatusOr<StoreLocation> ParseStoreLocation(std::string_view location);

// Opens (OpenMetadataStore) or connects to (ConnectMetadataStore) it, with their errors.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStoreAt(
    std::string_view location, const OpenOptions& open_options = {},
    const MetadataStoreClientOptions& client_options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_OPEN_STORE_H_
