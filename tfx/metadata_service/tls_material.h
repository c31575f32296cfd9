// Keys and certificates of both sides, as PEM text, from the configs' ssl_config.
#ifndef TFX_METADATA_SERVICE_TLS_MATERIAL_H_
#define TFX_METADATA_SERVICE_TLS_MATERIAL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"

namespace mlmd {

struct TlsMaterial {
  std::string private_key;
  std::string certificate_chain;  // own certificate first
  std::string trusted;            // authorities by which the other side's certificate is checked; "": see the owner
};

struct ServerTls {
  TlsMaterial material;
  bool clients_need_certificate = false;  // by material.trusted, which is then not empty
};

// A value that begins with "-----BEGIN" is PEM text, any other is the name of a file with it.
// INVALID_ARGUMENT names the field and says what is missing, unreadable, no PEM, or does not belong together (a key of
// another certificate).
absl::StatusOr<ServerTls> LoadServerTls(const ml_metadata::MetadataStoreServerConfig::SSLConfig& config);
// client_key and server_cert go together or are both absent. trusted "": the system's authorities.
absl::StatusOr<TlsMaterial> LoadClientTls(const ml_metadata::MetadataStoreClientConfig::SSLConfig& config);

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_TLS_MATERIAL_H_
