// One line of text names a metadata store, wherever it is: for flags and pipelines (metadata_connection_config).
//
//   path/to/metadata.db  or  sqlite:path              a SQLite file, made where it does not exist
//   grpc://host:port                                  a server, ours or upstream's
//   grpcs://host:port                                 the same over TLS, trusting the system's authorities
//   mysql://user:password@host:port/database          a MySQL or MariaDB database
//   postgresql://user:password@host:port/database     a PostgreSQL database (postgres:// is the same)
//   mysql { host: "db" database: "mlmd" ... }         text of ml_metadata.ConnectionConfig
//   host: "h" port: 8080 ssl_config { ... }           text of ml_metadata.MetadataStoreClientConfig
//
// Text is what begins with a field's name and a colon or brace; everything else is a path. A SQLite path that looks
// like text is written with "sqlite:". In mysql:// and postgresql:// the password, the user (MySQL only) and the port
// may be absent, and %XX stands for a byte, as %40 for @; TLS and other settings need the text form.
//
// What is secret in a location (passwords, keys as PEM text) appears in no message of these functions.
#ifndef TFX_METADATA_SERVICE_OPEN_STORE_H_
#define TFX_METADATA_SERVICE_OPEN_STORE_H_

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata_service/grpc_metadata_store.h"

namespace mlmd {

using StoreLocation = std::variant<ml_metadata::ConnectionConfig, ml_metadata::MetadataStoreClientConfig>;

// INVALID_ARGUMENT says what is wrong with the text, by line and column where it is text.
absl::StatusOr<StoreLocation> ParseStoreLocation(std::string_view location);

// What a flag names: one of the texts above, or a file that holds one (which keeps passwords off the command line). A
// file that holds anything else is taken for a SQLite file. Errors as of ParseStoreLocation, with the file's name.
absl::StatusOr<StoreLocation> ReadStoreLocation(std::string_view value);

// Whether it can be opened or connected to at all: INVALID_ARGUMENT names the field that is missing or wrong. Asks
// nobody; reads the files that ssl_config names.
absl::Status CheckStoreLocation(const StoreLocation& location);

// For people and for telling stores apart, without secrets: "metadata database /a/metadata.db", "MySQL database mlmd at
// db:3306", "metadata server host:8080".
std::string StoreName(const StoreLocation& location);

// Without passwords and private keys; names of files with keys stay.
StoreLocation WithoutSecrets(StoreLocation location);

// Opens (OpenMetadataStore) or connects to (ConnectMetadataStore) what ReadStoreLocation finds, with their errors.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStoreAt(
    std::string_view location, const OpenOptions& open_options = {},
    const MetadataStoreClientOptions& client_options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_OPEN_STORE_H_
