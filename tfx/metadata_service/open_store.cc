#include "tfx/metadata_service/open_store.h"

#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/text_config.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::MetadataStoreClientConfig;
using ::tfx::Concat;

absl::StatusOr<StoreLocation> ParseServer(std::string_view address, std::string_view scheme) {
  const auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(Concat(scheme, address, ": ", what, "; a server is ", scheme, "host:port"));
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return wrong("has no port");
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  MetadataStoreClientConfig config;
  int port = 0;
  if (!absl::SimpleAtoi(std::string(address.substr(colon + 1)), &port) || port < 1 || port > 65535) {
    return wrong("the port is not a number from 1 to 65535");
  }
  if (host.empty()) return wrong("has no host");
  if (host.find_first_of("/@?#") != std::string_view::npos) return wrong("the host holds more than a name");
  config.set_host(std::string(host));
  config.set_port(port);
  if (scheme == "grpcs://") config.mutable_ssl_config();
  return config;
}

template <typename Config>
absl::StatusOr<StoreLocation> ParseText(const std::string& text) {
  Config config;
  RETURN_IF_ERROR(tfx::Annotate(ParseTextConfig(text, &config),
                                Concat("metadata store as text of ", Config::descriptor()->full_name())));
  return config;
}

}  // namespace

absl::StatusOr<StoreLocation> ParseStoreLocation(std::string_view location) {
  const size_t start = location.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    return absl::InvalidArgumentError(
        "the metadata store's location is empty; give a SQLite file, grpc://host:port, or a connection config as text");
  }
  for (const std::string_view scheme : {"grpc://", "grpcs://"}) {
    if (location.starts_with(scheme)) return ParseServer(location.substr(scheme.size()), scheme);
  }
  const std::string text(location);
  size_t end = start;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  const std::string word = text.substr(start, end - start);
  const size_t next = text.find_first_not_of(" \t\r\n", end);
  const char after = next == std::string::npos ? '\0' : text[next];
  const bool is_text = after == '{' || after == ':';
  if (is_text && ConnectionConfig::descriptor()->FindFieldByName(word) != nullptr &&
      (after == '{' || word != "sqlite")) {
    return ParseText<ConnectionConfig>(text);
  }
  if (is_text && MetadataStoreClientConfig::descriptor()->FindFieldByName(word) != nullptr) {
    return ParseText<MetadataStoreClientConfig>(text);
  }
  if (!word.empty() && after == '{') {
    std::vector<std::string> names;
    for (const auto* descriptor : {ConnectionConfig::descriptor(), MetadataStoreClientConfig::descriptor()}) {
      for (int i = 0; i < descriptor->field_count(); ++i) names.push_back(descriptor->field(i)->name());
    }
    return absl::InvalidArgumentError(Concat("the metadata store's location begins with '", word,
                                             "', which is no field of a connection config",
                                             tfx::DidYouMean(word, names)));
  }
  ConnectionConfig config;
  std::string_view path = location;
  if (path.starts_with("sqlite:")) path.remove_prefix(7);
  if (path.empty()) return absl::InvalidArgumentError("sqlite: names no file");
  config.mutable_sqlite()->set_filename_uri(std::string(path));
  return config;
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStoreAt(std::string_view location,
                                                                   const OpenOptions& open_options,
                                                                   const MetadataStoreClientOptions& client_options) {
  ASSIGN_OR_RETURN(const StoreLocation parsed, ParseStoreLocation(location));
  if (const auto* database = std::get_if<ConnectionConfig>(&parsed)) return OpenMetadataStore(*database, open_options);
  return ConnectMetadataStore(std::get<MetadataStoreClientConfig>(parsed), client_options);
}

}  // namespace mlmd
