#include "tfx/metadata_service/open_store.h"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/mysql_connection.h"
#include "tfx/metadata/postgresql_connection.h"
#include "tfx/metadata_service/text_config.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::MetadataStoreClientConfig;
using ::tfx::Concat;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kHex = "0123456789abcdefABCDEF";

struct Address {
  std::string host;
  int port = 0;  // 0: absent
};

// "host:port", "[::1]:port", "host". The error is what to say after the location's name.
absl::StatusOr<Address> ParseAddress(std::string_view text) {
  Address address;
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  std::string_view host = text;
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = text.substr(0, colon);
    if (!absl::SimpleAtoi(std::string(text.substr(colon + 1)), &address.port) || address.port < 1 ||
        address.port > 65535) {
      return absl::InvalidArgumentError("the port is not a number from 1 to 65535");
    }
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return absl::InvalidArgumentError("has no host");
  if (host.find_first_of("/@?#") != std::string_view::npos) {
    return absl::InvalidArgumentError("the host holds more than a name");
  }
  address.host = std::string(host);
  return address;
}

absl::StatusOr<StoreLocation> ParseServer(std::string_view text, std::string_view scheme) {
  const auto wrong = [&](std::string_view what) {
    // What stands before an @ may be a password.
    const std::string_view shown = text.find('@') == std::string_view::npos ? text : "...";
    return absl::InvalidArgumentError(Concat(scheme, shown, ": ", what, "; a server is ", scheme, "host:port"));
  };
  const auto address = ParseAddress(text);
  if (!address.ok()) return wrong(std::string(address.status().message()));
  if (address->port == 0) return wrong("has no port");
  MetadataStoreClientConfig config;
  config.set_host(address->host);
  config.set_port(address->port);
  if (scheme == "grpcs://") config.mutable_ssl_config();
  return config;
}

// %XX as bytes; nullopt where one is malformed.
std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto digit = [&](size_t at) { return at < text.size() ? kHex.find(text[at]) : kHex.npos; };
    const size_t high = digit(i + 1), low = digit(i + 2);
    if (high == kHex.npos || low == kHex.npos) return std::nullopt;
    decoded += static_cast<char>((high < 16 ? high : high - 6) * 16 + (low < 16 ? low : low - 6));
    i += 2;
  }
  return decoded;
}

// user:password@host:port/database. Nothing of the text is repeated in errors: it may hold a password.
absl::StatusOr<StoreLocation> ParseDatabase(std::string_view text, std::string_view scheme) {
  const auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(
        Concat(scheme, "...: ", what, "; a database is ", scheme, "user:password@host:port/database"));
  };
  std::string_view credentials;
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    credentials = text.substr(0, at);
    text = text.substr(at + 1);
  }
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size()) return wrong("names no database behind a /");
  const auto address = ParseAddress(text.substr(0, slash));
  if (!address.ok()) return wrong(std::string(address.status().message()));
  const size_t colon = credentials.find(':');
  const auto user = PercentDecoded(credentials.substr(0, colon));
  const auto password =
      PercentDecoded(colon == std::string_view::npos ? std::string_view() : credentials.substr(colon + 1));
  const auto database = PercentDecoded(text.substr(slash + 1));
  if (!user || !password || !database) return wrong("a % is not followed by two hexadecimal digits");
  if (text.substr(slash + 1).find_first_of("/?#") != std::string_view::npos) {
    return wrong("the database's name holds / ? or # (write these as %2F %3F %23; settings need the text form)");
  }
  ConnectionConfig config;
  if (scheme == "mysql://") {
    auto& mysql = *config.mutable_mysql();
    mysql.set_host(address->host);
    if (address->port != 0) mysql.set_port(address->port);
    if (!user->empty()) mysql.set_user(*user);
    if (!password->empty()) mysql.set_password(*password);
    mysql.set_database(*database);
  } else {
    auto& postgresql = *config.mutable_postgresql();
    postgresql.set_host(address->host);
    if (address->port != 0) postgresql.set_port(std::to_string(address->port));
    if (!user->empty()) postgresql.set_user(*user);
    if (!password->empty()) postgresql.set_password(*password);
    postgresql.set_dbname(*database);
  }
  return config;
}

// "abc" of "abc://...", "" without.
std::string_view SchemeOf(std::string_view text) {
  const size_t end = text.find("://");
  if (end == std::string_view::npos || end == 0) return "";
  for (const char c : text.substr(0, end)) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.') return "";
  }
  return text.substr(0, end);
}

template <typename Config>
absl::StatusOr<StoreLocation> ParseText(const std::string& text) {
  Config config;
  RETURN_IF_ERROR(tfx::Annotate(ParseTextConfig(text, &config),
                                Concat("metadata store as text of ", Config::descriptor()->full_name())));
  return config;
}

// How a text proto would begin: the first word behind blanks and comments, and what follows it.
struct Beginning {
  std::string word;
  char after = '\0';
};

Beginning BeginningOf(std::string_view text) {
  size_t start = text.find_first_not_of(kBlanks);
  while (start != std::string_view::npos && text[start] == '#') {
    start = text.find('\n', start);
    if (start != std::string_view::npos) start = text.find_first_not_of(kBlanks, start);
  }
  if (start == std::string_view::npos) return {};
  size_t end = start;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  const size_t next = text.find_first_not_of(kBlanks, end);
  return {std::string(text.substr(start, end - start)), next == std::string_view::npos ? '\0' : text[next]};
}

bool IsDatabaseText(const Beginning& beginning) {
  return ConnectionConfig::descriptor()->FindFieldByName(beginning.word) != nullptr &&
         (beginning.after == '{' || (beginning.after == ':' && beginning.word != "sqlite"));
}
bool IsServerText(const Beginning& beginning) {
  return MetadataStoreClientConfig::descriptor()->FindFieldByName(beginning.word) != nullptr &&
         (beginning.after == '{' || beginning.after == ':');
}

StoreLocation SqliteFileAt(std::string_view path) {
  ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(std::string(path));
  return config;
}

}  // namespace

absl::StatusOr<StoreLocation> ParseStoreLocation(std::string_view location) {
  if (location.find_first_not_of(kBlanks) == std::string_view::npos) {
    return absl::InvalidArgumentError(
        "the metadata store's location is empty; give a SQLite file, grpc://host:port, or a connection config as text");
  }
  for (const std::string_view scheme : {"grpc://", "grpcs://"}) {
    if (location.starts_with(scheme)) return ParseServer(location.substr(scheme.size()), scheme);
  }
  for (const std::string_view scheme : {"mysql://", "postgresql://", "postgres://"}) {
    if (location.starts_with(scheme)) return ParseDatabase(location.substr(scheme.size()), scheme);
  }
  if (const std::string_view scheme = SchemeOf(location); !scheme.empty() && scheme != "file") {
    const std::vector<std::string> known = {"grpc", "grpcs", "mysql", "postgresql"};
    return absl::InvalidArgumentError(Concat("no metadata store is found by ", scheme, "://",
                                             tfx::DidYouMean(scheme, known),
                                             "; known are grpc://, grpcs://, mysql:// and postgresql://"));
  }
  const std::string text(location);
  const Beginning beginning = BeginningOf(text);
  if (IsDatabaseText(beginning)) return ParseText<ConnectionConfig>(text);
  if (IsServerText(beginning)) return ParseText<MetadataStoreClientConfig>(text);
  if (!beginning.word.empty() && beginning.after == '{') {
    std::vector<std::string> names;
    for (const auto* descriptor : {ConnectionConfig::descriptor(), MetadataStoreClientConfig::descriptor()}) {
      for (int i = 0; i < descriptor->field_count(); ++i) names.push_back(descriptor->field(i)->name());
    }
    return absl::InvalidArgumentError(Concat("the metadata store's location begins with '", beginning.word,
                                             "', which is no field of a connection config",
                                             tfx::DidYouMean(beginning.word, names)));
  }
  std::string_view path = location;
  if (path.starts_with("sqlite:")) path.remove_prefix(7);
  if (path.empty()) return absl::InvalidArgumentError("sqlite: names no file");
  return SqliteFileAt(path);
}

absl::StatusOr<StoreLocation> ReadStoreLocation(std::string_view value) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::path(value), error)) return ParseStoreLocation(value);
  constexpr uintmax_t kLongestConfig = 1 << 20;
  if (const uintmax_t size = std::filesystem::file_size(std::filesystem::path(value), error);
      error || size == 0 || size > kLongestConfig) {
    return SqliteFileAt(value);
  }
  const std::string name(value);
  std::ifstream file(name, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(Concat("cannot read ", name));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  std::string text = std::move(bytes).str();
  text.erase(text.find_last_not_of(kBlanks) + 1);
  const Beginning beginning = BeginningOf(text);
  const bool is_location = IsDatabaseText(beginning) || IsServerText(beginning) || !SchemeOf(text).empty() ||
                           (!beginning.word.empty() && beginning.after == '{');
  if (!is_location) return SqliteFileAt(value);
  auto location = ParseStoreLocation(text);
  if (!location.ok()) return tfx::Annotate(location.status(), name);
  return location;
}

absl::Status CheckStoreLocation(const StoreLocation& location) {
  if (const auto* database = std::get_if<ConnectionConfig>(&location)) return CheckConnectionConfig(*database);
  return ConnectMetadataStore(std::get<MetadataStoreClientConfig>(location)).status();
}

std::string StoreName(const StoreLocation& location) {
  if (const auto* server = std::get_if<MetadataStoreClientConfig>(&location)) {
    return Concat("metadata server ", server->host(), ":", server->port());
  }
  const auto& database = std::get<ConnectionConfig>(location);
  if (database.has_mysql()) return MysqlName(database.mysql());
  if (database.has_postgresql()) return PostgresqlName(database.postgresql());
  const std::string& file = database.sqlite().filename_uri();
  return file.empty() || file == ":memory:" ? "the metadata database in memory" : Concat("metadata database ", file);
}

StoreLocation WithoutSecrets(StoreLocation location) {
  if (auto* server = std::get_if<MetadataStoreClientConfig>(&location)) {
    if (server->ssl_config().client_key().find("PRIVATE KEY") != std::string::npos) {
      server->mutable_ssl_config()->clear_client_key();
    }
    return location;
  }
  auto& database = std::get<ConnectionConfig>(location);
  if (database.has_mysql()) database.mutable_mysql()->clear_password();
  if (database.has_postgresql()) {
    database.mutable_postgresql()->clear_password();
    if (database.postgresql().has_ssloption()) {
      database.mutable_postgresql()->mutable_ssloption()->clear_sslpassword();
    }
  }
  return location;
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStoreAt(std::string_view location,
                                                                   const OpenOptions& open_options,
                                                                   const MetadataStoreClientOptions& client_options) {
  ASSIGN_OR_RETURN(const StoreLocation parsed, ReadStoreLocation(location));
  if (const auto* database = std::get_if<ConnectionConfig>(&parsed)) return OpenMetadataStore(*database, open_options);
  return ConnectMetadataStore(std::get<MetadataStoreClientConfig>(parsed), client_options);
}

}  // namespace mlmd
