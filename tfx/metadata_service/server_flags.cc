// The flags of metadata_store_server: one table drives parsing, checks and help.
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/metadata_store_server.h"
#include "tfx/metadata_service/text_config.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

// What the flags say, before it is put together.
struct FlagValues {
  MetadataStoreServerOptions options;
  std::string source_type = "default", config_file;
  ml_metadata::MySQLDatabaseConfig mysql;
  ml_metadata::PostgreSQLDatabaseConfig postgres;
  std::optional<bool> upgrade;
  std::optional<int64_t> downgrade;
  std::set<std::string> given;
};

using Setter = std::function<absl::Status(const std::string& value, FlagValues* values)>;

struct Flag {
  std::string name;
  std::string value;  // what the value is, for help; "" for a switch
  std::string help;
  Setter set;
};

template <typename T, typename Store>
Setter Number(int64_t least, int64_t most, Store store) {
  return [=](const std::string& value, FlagValues* values) -> absl::Status {
    int64_t number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < least || number > most) {
      return absl::InvalidArgumentError(Concat("'", value, "' is not a whole number from ", least, " to ", most));
    }
    store(*values, static_cast<T>(number));
    return absl::OkStatus();
  };
}

template <typename Store>
Setter Text(Store store) {
  return [=](const std::string& value, FlagValues* values) {
    store(*values, value);
    return absl::OkStatus();
  };
}

template <typename Store>
Setter Switch(Store store) {
  return [=](const std::string& value, FlagValues* values) -> absl::Status {
    bool on = false;
    if (!absl::SimpleAtob(value, &on)) return absl::InvalidArgumentError(Concat("'", value, "' is not true or false"));
    store(*values, on);
    return absl::OkStatus();
  };
}

absl::Status SetChannelArguments(const std::string& value, FlagValues* values) {
  for (const auto& pair : absl::StrSplit(value, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> argument = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (argument.first.empty() || argument.second.empty()) {
      return absl::InvalidArgumentError(
          Concat("'", std::string(pair), "' is not NAME=VALUE, as in grpc.max_connection_age_ms=60000"));
    }
    values->options.channel_arguments.push_back(argument);
  }
  return absl::OkStatus();
}

absl::Status SetRequestLog(const std::string& value, FlagValues* values) {
  using Log = MetadataStoreServerOptions::RequestLog;
  if (value != "none" && value != "errors" && value != "all") {
    return absl::InvalidArgumentError(Concat("'", value, "' is not none, errors or all"));
  }
  values->options.request_log = value == "none" ? Log::kNone : value == "errors" ? Log::kErrors : Log::kAll;
  return absl::OkStatus();
}

absl::Status SetSourceType(const std::string& value, FlagValues* values) {
  if (value != "default" && value != "config_file" && value != "mysql" && value != "postgresql") {
    return absl::InvalidArgumentError(Concat("'", value, "' is not default, config_file, mysql or postgresql"));
  }
  values->source_type = value;
  return absl::OkStatus();
}

// In alphabetical order.
const std::vector<Flag>& Flags() {
  constexpr int64_t kMostInt = 2147483647;
  static const auto& flags = *new std::vector<Flag>{
      {"bind_address", "ADDRESS", "address of this machine on which to listen (default 0.0.0.0, all)",
       Text([](FlagValues& v, const std::string& s) { v.options.bind_address = s; })},
      {"cors_allow_origin", "ORIGIN",
       "web origin that may call over HTTP: * or one, as https://ui.example.com (default none)",
       Text([](FlagValues& v, const std::string& s) { v.options.cors_allow_origin = s; })},
      {"downgrade_db_schema_version", "VERSION", "take the database down to that schema version and stop",
       Number<int64_t>(-1, kMostInt, [](FlagValues& v, int64_t n) { v.downgrade = n; })},
      {"drain_timeout_sec", "SECONDS",
       "how long calls under way may take once the server is asked to stop (default 30)",
       Number<int64_t>(0, 86'400, [](FlagValues& v, int64_t n) { v.options.drain_timeout = absl::Seconds(n); })},
      {"enable_database_upgrade", "", "bring an older database to the current schema version",
       Switch([](FlagValues& v, bool on) { v.upgrade = on; })},
      {"grpc_channel_arguments", "NAME=VALUE,...", "gRPC's own channel arguments", SetChannelArguments},
      {"grpc_port", "PORT", "port of the service; 0: any free one (default 8080)",
       Number<int>(0, 65535, [](FlagValues& v, int n) { v.options.grpc_port = n; })},
      {"http_port", "PORT", "port of gRPC-Web, JSON, /metrics and /healthz; 0: any free one (default: none)",
       Number<int>(0, 65535, [](FlagValues& v, int n) { v.options.http_port = n; })},
      {"max_metadata_bytes", "BYTES", "limit of all headers of a call (default 16384)",
       Number<int64_t>(1024, kMostInt, [](FlagValues& v, int64_t n) { v.options.max_metadata_bytes = n; })},
      {"max_receive_message_bytes", "BYTES", "limit of a request (default 67108864)",
       Number<int64_t>(1, kMostInt, [](FlagValues& v, int64_t n) { v.options.max_receive_message_bytes = n; })},
      {"max_send_message_bytes", "BYTES", "limit of an answer; -1: none (default)",
       Number<int64_t>(-1, kMostInt, [](FlagValues& v, int64_t n) { v.options.max_send_message_bytes = n; })},
      {"max_threads", "COUNT", "calls at work at the same time (default 512)",
       Number<int>(4, 100'000, [](FlagValues& v, int n) { v.options.max_threads = n; })},
      {"metadata_source_config_type", "TYPE", "where the database is told: default, config_file, mysql or postgresql",
       SetSourceType},
      {"metadata_store_connection_retries", "COUNT",
       "tries, a second apart, to reach the database at the start (default 5)",
       Number<int>(0, 1'000'000, [](FlagValues& v, int n) { v.options.connection_retries = n; })},
      {"metadata_store_server_config_file", "FILE", "text of ml_metadata.MetadataStoreServerConfig",
       Text([](FlagValues& v, const std::string& s) { v.config_file = s; })},
      {"mysql_config_database", "NAME", "", Text([](FlagValues& v, const std::string& s) { v.mysql.set_database(s); })},
      {"mysql_config_host", "HOST", "", Text([](FlagValues& v, const std::string& s) { v.mysql.set_host(s); })},
      {"mysql_config_password", "TEXT", "", Text([](FlagValues& v, const std::string& s) { v.mysql.set_password(s); })},
      {"mysql_config_port", "PORT", "", Number<int>(0, 65535, [](FlagValues& v, int n) { v.mysql.set_port(n); })},
      {"mysql_config_user", "NAME", "", Text([](FlagValues& v, const std::string& s) { v.mysql.set_user(s); })},
      {"postgres_config_dbname", "NAME", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.set_dbname(s); })},
      {"postgres_config_host", "HOST", "", Text([](FlagValues& v, const std::string& s) { v.postgres.set_host(s); })},
      {"postgres_config_hostaddr", "IP", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.set_hostaddr(s); })},
      {"postgres_config_passfile", "FILE", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.set_passfile(s); })},
      {"postgres_config_password", "TEXT", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.set_password(s); })},
      {"postgres_config_port", "PORT", "",
       Number<int>(0, 65535, [](FlagValues& v, int n) { v.postgres.set_port(std::to_string(n)); })},
      {"postgres_config_skip_db_creation", "", "the database exists already; do not try to make it",
       Switch([](FlagValues& v, bool on) { v.postgres.set_skip_db_creation(on); })},
      {"postgres_config_sslcert", "FILE", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.mutable_ssloption()->set_sslcert(s); })},
      {"postgres_config_sslkey", "FILE", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.mutable_ssloption()->set_sslkey(s); })},
      {"postgres_config_sslmode", "MODE", "disable, allow, require, verify-ca, ...",
       Text([](FlagValues& v, const std::string& s) { v.postgres.mutable_ssloption()->set_sslmode(s); })},
      {"postgres_config_sslpassword", "TEXT", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.mutable_ssloption()->set_sslpassword(s); })},
      {"postgres_config_sslrootcert", "FILE", "",
       Text([](FlagValues& v, const std::string& s) { v.postgres.mutable_ssloption()->set_sslrootcert(s); })},
      {"postgres_config_user", "NAME", "", Text([](FlagValues& v, const std::string& s) { v.postgres.set_user(s); })},
      {"request_log", "WHAT", "requests to log: none, errors or all (default)", SetRequestLog},
  };
  return flags;
}

const Flag* FindFlag(std::string_view name) {
  for (const Flag& flag : Flags()) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

absl::Status ReadArguments(absl::Span<const std::string> arguments, FlagValues* values) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const size_t dashes = argument.starts_with("--") ? 2 : argument.starts_with("-") ? 1 : 0;
    if (dashes == 0 || argument.size() == dashes) {
      return absl::InvalidArgumentError(Concat("'", argument, "' is not a flag; flags are --name=value"));
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = argument.substr(equals + 1);
    const Flag* flag = FindFlag(name);
    if (flag == nullptr && name.starts_with("no") && !value.has_value()) {
      flag = FindFlag(name.substr(2));
      if (flag != nullptr && !flag->value.empty()) flag = nullptr;
      value = "false";
    }
    if (flag == nullptr) {
      std::vector<std::string> names;
      for (const Flag& known : Flags()) names.push_back(known.name);
      const std::string nearest = tfx::NearestName(name, names);
      return absl::InvalidArgumentError(Concat(
          "unknown flag --", name, nearest.empty() ? "; --help lists all" : Concat("; did you mean --", nearest, "?")));
    }
    if (!value.has_value() && flag->value.empty()) value = "true";
    if (!value.has_value()) {
      if (i + 1 == arguments.size()) {
        return absl::InvalidArgumentError(Concat("--", name, " needs a value: --", name, "=", flag->value));
      }
      value = arguments[++i];
    }
    RETURN_IF_ERROR(tfx::Annotate(flag->set(*value, values), Concat("--", flag->name)));
    values->given.insert(flag->name);
  }
  return absl::OkStatus();
}

absl::Status ReadConfigFile(const std::string& name, ml_metadata::MetadataStoreServerConfig* config) {
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(Concat("--metadata_store_server_config_file: cannot read ", name));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return tfx::Annotate(ParseTextConfig(text.str(), config), name);
}

// One source of the connection config, by --metadata_source_config_type or by which flags were given.
absl::Status ChooseSource(FlagValues* values) {
  const auto any_given = [&](std::string_view prefix) {
    const auto found = values->given.lower_bound(std::string(prefix));
    return found != values->given.end() && found->starts_with(prefix);
  };
  const bool file = !values->config_file.empty(), mysql = any_given("mysql_config_"),
             postgres = any_given("postgres_config_");
  if (file + mysql + postgres > 1) {
    return absl::InvalidArgumentError(
        "more than one database is told of: give either --metadata_store_server_config_file, or --mysql_config_..., or "
        "--postgres_config_...");
  }
  const std::string& type = values->source_type;
  if ((type == "config_file" && !file) || (type == "mysql" && !mysql) || (type == "postgresql" && !postgres)) {
    return absl::InvalidArgumentError(Concat(
        "--metadata_source_config_type=", type, " needs ",
        type == "config_file" ? "--metadata_store_server_config_file"
                              : Concat("--", type == "mysql" ? type : "postgres", "_config_host and its siblings")));
  }
  if ((type == "config_file" && (mysql || postgres)) || (type == "mysql" && (file || postgres)) ||
      (type == "postgresql" && (file || mysql))) {
    return absl::InvalidArgumentError(
        Concat("--metadata_source_config_type=", type, " contradicts the flags that tell of another database"));
  }
  ml_metadata::MetadataStoreServerConfig& config = values->options.config;
  if (file) RETURN_IF_ERROR(ReadConfigFile(values->config_file, &config));
  if (mysql) {
    if (values->mysql.host().empty() || values->mysql.database().empty() || values->mysql.user().empty()) {
      return absl::InvalidArgumentError(
          "--mysql_config_host, --mysql_config_database and --mysql_config_user are all needed");
    }
    *config.mutable_connection_config()->mutable_mysql() = values->mysql;
  }
  if (postgres) {
    if (values->postgres.host().empty() && values->postgres.hostaddr().empty()) {
      return absl::InvalidArgumentError("--postgres_config_host or --postgres_config_hostaddr is needed");
    }
    if (values->postgres.dbname().empty()) return absl::InvalidArgumentError("--postgres_config_dbname is needed");
    *config.mutable_connection_config()->mutable_postgresql() = values->postgres;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MetadataStoreServerOptions> ParseServerFlags(absl::Span<const std::string> arguments) {
  FlagValues values;
  RETURN_IF_ERROR(ReadArguments(arguments, &values));
  RETURN_IF_ERROR(ChooseSource(&values));
  ml_metadata::MigrationOptions& migration = *values.options.config.mutable_migration_options();
  if (values.upgrade.has_value()) migration.set_enable_upgrade_migration(*values.upgrade);
  if (values.downgrade.has_value()) migration.set_downgrade_to_schema_version(*values.downgrade);
  if (migration.enable_upgrade_migration() && migration.downgrade_to_schema_version() >= 0) {
    return absl::InvalidArgumentError(
        "--enable_database_upgrade and --downgrade_db_schema_version ask for opposite migrations; give one");
  }
  return values.options;
}

std::string ServerFlagsHelp() {
  std::string text =
      "Serves an ML Metadata store over gRPC.\n\nusage: metadata_store_server [--flag=value ...]\n\n"
      "  metadata_store_server --metadata_store_server_config_file=config.pbtxt --grpc_port=8080 --http_port=9090\n\n"
      "where config.pbtxt holds, for example:\n\n"
      "  connection_config { sqlite { filename_uri: \"metadata.db\" } }\n\n"
      "Without a database it keeps metadata in memory. It logs to stderr, one JSON object a line, and stops "
      "gracefully\n"
      "on SIGTERM and SIGINT.\n\nflags:\n";
  for (const Flag& flag : Flags()) {
    std::string left = Concat("  --", flag.name, flag.value.empty() ? "" : Concat("=", flag.value));
    if (!flag.help.empty()) {
      left.append(left.size() < 46 ? 46 - left.size() : 1, ' ');
      Append(&left, flag.help);
    }
    Append(&text, left, "\n");
  }
  Append(&text, "  --help\n");
  return text;
}

}  // namespace mlmd
