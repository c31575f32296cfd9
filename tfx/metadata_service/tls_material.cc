#include "tfx/metadata_service/tls_material.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr std::string_view kPemStart = "-----BEGIN";

struct Deleter {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

Owned<BIO> Reader(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// No password is asked for on a terminal.
int NoPassword(char*, int, int, void*) { return 0; }

absl::StatusOr<std::string> LoadPem(const std::string& value, std::string_view field) {
  if (value.starts_with(kPemStart)) return value;
  std::ifstream file(value, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(
        Concat("ssl_config.", field, ": is no PEM text and no readable file; give either the text or a file's name"));
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().find(kPemStart) == std::string::npos) {
    return absl::InvalidArgumentError(
        Concat("ssl_config.", field, ": the file holds no PEM text (", kPemStart, "...)"));
  }
  return text.str();
}

absl::StatusOr<std::string> LoadCertificates(const std::string& value, std::string_view field) {
  ASSIGN_OR_RETURN(std::string pem, LoadPem(value, field));
  if (!Owned<X509>(PEM_read_bio_X509(Reader(pem).get(), nullptr, NoPassword, nullptr))) {
    return absl::InvalidArgumentError(Concat("ssl_config.", field, ": holds no certificate in PEM form"));
  }
  return pem;
}

absl::Status LoadPair(const std::string& key, std::string_view key_field, const std::string& certificates,
                      std::string_view certificates_field, TlsMaterial* material) {
  if (key.empty() || certificates.empty()) {
    return absl::InvalidArgumentError(Concat("ssl_config: ", key_field, " and ", certificates_field,
                                             " go together, but ", key.empty() ? key_field : certificates_field,
                                             " is missing"));
  }
  ASSIGN_OR_RETURN(material->certificate_chain, LoadCertificates(certificates, certificates_field));
  ASSIGN_OR_RETURN(material->private_key, LoadPem(key, key_field));
  const Owned<EVP_PKEY> private_key(
      PEM_read_bio_PrivateKey(Reader(material->private_key).get(), nullptr, NoPassword, nullptr));
  if (private_key == nullptr) {
    return absl::InvalidArgumentError(
        Concat("ssl_config.", key_field, ": holds no private key in PEM form (one with a password cannot be used)"));
  }
  const Owned<X509> certificate(
      PEM_read_bio_X509(Reader(material->certificate_chain).get(), nullptr, NoPassword, nullptr));
  if (X509_check_private_key(certificate.get(), private_key.get()) != 1) {
    return absl::InvalidArgumentError(
        Concat("ssl_config: ", key_field, " is not the key of the first certificate in ", certificates_field));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServerTls> LoadServerTls(const ml_metadata::MetadataStoreServerConfig::SSLConfig& config) {
  ServerTls tls;
  RETURN_IF_ERROR(LoadPair(config.server_key(), "server_key", config.server_cert(), "server_cert", &tls.material));
  if (!config.custom_ca().empty()) {
    ASSIGN_OR_RETURN(tls.material.trusted, LoadCertificates(config.custom_ca(), "custom_ca"));
  }
  tls.clients_need_certificate = config.client_verify();
  if (tls.clients_need_certificate && tls.material.trusted.empty()) {
    return absl::InvalidArgumentError(
        "ssl_config.client_verify asks for client certificates, but custom_ca does not say who signs them");
  }
  return tls;
}

absl::StatusOr<TlsMaterial> LoadClientTls(const ml_metadata::MetadataStoreClientConfig::SSLConfig& config) {
  TlsMaterial material;
  if (!config.client_key().empty() || !config.server_cert().empty()) {
    RETURN_IF_ERROR(LoadPair(config.client_key(), "client_key", config.server_cert(), "server_cert", &material));
  }
  if (!config.custom_ca().empty()) {
    ASSIGN_OR_RETURN(material.trusted, LoadCertificates(config.custom_ca(), "custom_ca"));
  }
  return material;
}

}  // namespace mlmd
