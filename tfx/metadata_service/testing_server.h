// What the tests of server and client share: a server in this process on a free loopback port, its client, and
// certificates made for the occasion.
#ifndef TFX_METADATA_SERVICE_TESTING_SERVER_H_
#define TFX_METADATA_SERVICE_TESTING_SERVER_H_

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tfx/metadata/testing_store.h"
#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/metadata_store_server.h"

namespace mlmd {

// Log lines of a server, kept.
class LogLines {
 public:
  std::function<void(std::string_view)> sink() {
    return [lines = lines_](std::string_view line) {
      std::lock_guard<std::mutex> lock(lines->mutex);
      lines->all.emplace_back(line);
    };
  }
  std::vector<std::string> Get() const {
    std::lock_guard<std::mutex> lock(lines_->mutex);
    return lines_->all;
  }

 private:
  struct Lines {
    std::mutex mutex;
    std::vector<std::string> all;
  };
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
};

inline MetadataStoreServerOptions LoopbackOptions() {
  MetadataStoreServerOptions options;
  options.bind_address = "127.0.0.1";
  options.grpc_port = 0;
  options.request_log = MetadataStoreServerOptions::RequestLog::kErrors;
  options.log = [](std::string_view) {};
  return options;
}

inline std::unique_ptr<MetadataStore> MemoryStore(const OpenOptions& options = {}) {
  ml_metadata::ConnectionConfig config;
  config.mutable_fake_database();
  return Ok(OpenMetadataStore(config, options));
}

inline ml_metadata::MetadataStoreClientConfig ClientConfig(int port, const std::string& host = "127.0.0.1") {
  ml_metadata::MetadataStoreClientConfig config;
  config.set_host(host);
  config.set_port(port);
  return config;
}

// A key and certificate, signed by `issuer` or by itself (then an authority), for localhost and 127.0.0.1.
class TestCertificate {
 public:
  explicit TestCertificate(const char* name, const TestCertificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    static long serial = 1;
    const TestCertificate& signer = issuer == nullptr ? *this : *issuer;
    X509_set_version(certificate_, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate_), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate_, X509_get_subject_name(signer.certificate_));
    X509_set_pubkey(certificate_, key_);
    if (issuer == nullptr) {
      Add(NID_basic_constraints, "critical,CA:TRUE");
    } else {
      Add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    }
    X509_sign(certificate_, signer.key_, EVP_sha256());
  }
  ~TestCertificate() {
    EVP_PKEY_free(key_);
    X509_free(certificate_);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string Certificate() const {
    return Text([this](BIO* bio) { PEM_write_bio_X509(bio, certificate_); });
  }
  std::string Key() const {
    return Text([this](BIO* bio) { PEM_write_bio_PrivateKey(bio, key_, nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  void Add(int what, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <typename Write>
  static std::string Text(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_TESTING_SERVER_H_
