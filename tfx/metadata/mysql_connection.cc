#include "tfx/metadata/mysql_connection.h"

#include "tfx/base/concat.h"

#ifdef TFX_HAVE_LIBMARIADB

#include <mysql.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using Config = ml_metadata::MySQLDatabaseConfig;

// Server and client error numbers that mean something to a caller.
enum ErrorNumber : unsigned {
  kDatabaseAccessDenied = 1044,
  kAccessDenied = 1045,
  kUnknownDatabase = 1049,
  kServerShutdown = 1053,
  kDuplicateEntry = 1062,
  kTableFull = 1114,
  kTooManyConnections = 1040,
  kDiskFull = 1021,
  kTableAccessDenied = 1142,
  kPacketTooLarge = 1153,
  kLockWaitTimeout = 1205,
  kDeadlock = 1213,
  kOutOfRange = 1264,
  kOptionPreventsStatement = 1290,
  kIncorrectString = 1366,
  kDataTooLong = 1406,
  kAccessDeniedNoPassword = 1698,
  kReadOnlyMode = 1836,
  kConnectionKilled = 1927,
  kClientFirst = 2000,
  kCannotConnectSocket = 2002,
  kCannotConnect = 2003,
  kUnknownHost = 2005,
  kServerGone = 2006,
  kServerLost = 2013,
  kTlsError = 2026,
  kServerLostExtended = 2055,
};

struct Close {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
using Connection = std::unique_ptr<MYSQL, Close>;
using Statement = std::unique_ptr<MYSQL_STMT, Close>;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// The columns of a statement's rows: whole numbers, other numbers, and the rest as text of any length.
class Row final : public SqlRow {
 public:
  Row(MYSQL_STMT* statement, MYSQL_RES* description) : statement_(statement) {
    const unsigned count = mysql_num_fields(description);
    columns_.resize(count);
    binds_.resize(count);
    for (unsigned i = 0; i < count; ++i) {
      Column& column = columns_[i];
      MYSQL_BIND& bind = binds_[i];
      bind = {};
      bind.is_null = &column.is_null;
      bind.length = &column.length;
      bind.error = &column.truncated;
      switch (mysql_fetch_field_direct(description, i)->type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
          column.kind = Kind::kInt;
          bind.buffer_type = MYSQL_TYPE_LONGLONG;
          bind.buffer = &column.number;
          break;
        case MYSQL_TYPE_FLOAT:
        case MYSQL_TYPE_DOUBLE:
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
          column.kind = Kind::kDouble;
          bind.buffer_type = MYSQL_TYPE_DOUBLE;
          bind.buffer = &column.real;
          break;
        default:
          column.kind = Kind::kText;
          column.text.resize(256);
          bind.buffer_type = MYSQL_TYPE_STRING;
          bind.buffer = column.text.data();
          bind.buffer_length = column.text.size();
      }
    }
  }

  bool Bind() { return mysql_stmt_bind_result(statement_, binds_.data()) == 0; }

  // 0: a row is here; MYSQL_NO_DATA: none is left; else an error.
  int Fetch() {
    const int code = mysql_stmt_fetch(statement_);
    if (code != 0 && code != MYSQL_DATA_TRUNCATED) return code;
    for (unsigned i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (column.kind != Kind::kText || column.is_null || column.length <= binds_[i].buffer_length) continue;
      MYSQL_BIND whole = binds_[i];
      column.text.resize(column.length);
      whole.buffer = column.text.data();
      whole.buffer_length = column.text.size();
      if (mysql_stmt_fetch_column(statement_, &whole, i, 0) != 0) return 1;
      // The next row may be as long.
      binds_[i].buffer = column.text.data();
      binds_[i].buffer_length = column.text.size();
      if (!Bind()) return 1;
    }
    return 0;
  }

  bool IsNull(int column) const override { return columns_[column].is_null != 0; }
  int64_t Int(int column) const override {
    const Column& c = columns_[column];
    if (c.is_null) return 0;
    if (c.kind == Kind::kInt) return c.number;
    return c.kind == Kind::kDouble ? static_cast<int64_t>(c.real) : std::strtoll(AsString(c).c_str(), nullptr, 10);
  }
  double Double(int column) const override {
    const Column& c = columns_[column];
    if (c.is_null) return 0;
    if (c.kind == Kind::kDouble) return c.real;
    return c.kind == Kind::kInt ? static_cast<double>(c.number) : std::strtod(AsString(c).c_str(), nullptr);
  }
  std::string_view Text(int column) const override {
    const Column& c = columns_[column];
    if (c.is_null) return {};
    if (c.kind == Kind::kText) return {c.text.data(), c.length};
    converted_ = c.kind == Kind::kInt ? Concat(c.number) : Concat(c.real);
    return converted_;
  }

 private:
  enum class Kind { kInt, kDouble, kText };
  struct Column {
    Kind kind = Kind::kText;
    long long number = 0;  // NOLINT: the client library's type
    double real = 0;
    std::string text;
    unsigned long length = 0;  // NOLINT: the client library's type
    my_bool is_null = 0;
    my_bool truncated = 0;
  };
  static std::string AsString(const Column& c) { return c.text.substr(0, c.length); }

  MYSQL_STMT* const statement_;
  std::deque<Column> columns_;  // addresses stay
  std::vector<MYSQL_BIND> binds_;
  mutable std::string converted_;
};

class MysqlConnection final : public SqlConnection {
 public:
  MysqlConnection(Config config, int lock_timeout_ms)
      : config_(std::move(config)), name_(MysqlName(config_)), lock_timeout_ms_(lock_timeout_ms) {}

  ~MysqlConnection() override { statements_.clear(); }

  absl::Status Connect() {
    statements_.clear();
    level_.reset();
    lost_ = true;
    db_.reset(mysql_init(nullptr));
    if (db_ == nullptr) return absl::ResourceExhaustedError("libmariadb found no memory for a connection");
    SetOptions();
    const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
    if (mysql_real_connect(db_.get(), text(config_.host()), text(config_.user()), text(config_.password()), nullptr,
                           static_cast<unsigned>(config_.port()), text(config_.socket()), 0) == nullptr) {
      return CannotConnect();
    }
    lost_ = false;
    if (mysql_select_db(db_.get(), config_.database().c_str()) != 0) {
      if (mysql_errno(db_.get()) != kUnknownDatabase || config_.skip_db_creation())
        return Error(mysql_errno(db_.get()));
      std::string quoted;
      for (const char c : config_.database()) quoted.append(c == '`' ? 2 : 1, c);
      RETURN_IF_ERROR(Execute(Concat("CREATE DATABASE IF NOT EXISTS `", quoted, "`")));
      if (mysql_select_db(db_.get(), config_.database().c_str()) != 0) return Error(mysql_errno(db_.get()));
    }
    return Execute(Concat("SET SESSION innodb_lock_wait_timeout = ", std::max(1, (lock_timeout_ms_ + 999) / 1000),
                          ", sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"));
  }

  SqlDialect dialect() const override { return SqlDialect::kMysql; }

  absl::Status Begin(SqlAccess access) override {
    if (!lost_) {
      const absl::Status status = BeginNow(access);
      if (!lost_) return status;
    }
    RETURN_IF_ERROR(Connect());
    return BeginNow(access);
  }

  absl::Status Commit() override {
    const absl::Status status = Execute("COMMIT");
    if (!lost_) return status;
    return absl::UnavailableError(
        Concat(name_, ": the connection broke while the call was being committed; whether it was stored is not known"));
  }

  void Rollback() override {
    if (!lost_) (void)Execute("ROLLBACK");
  }

  bool InTransaction() override { return !lost_ && (db_->server_status & SERVER_STATUS_IN_TRANS) != 0; }
  bool Lost() const override { return lost_; }

  absl::Status Run(std::string_view sql, absl::Span<const SqlValue> values) override {
    return Select(sql, values, [](const SqlRow&) { return absl::OkStatus(); });
  }

  absl::StatusOr<int64_t> Insert(std::string_view sql, absl::Span<const SqlValue> values) override {
    ASSIGN_OR_RETURN(MYSQL_STMT * statement, ExecutePrepared(sql, values));
    return static_cast<int64_t>(mysql_stmt_insert_id(statement));
  }

  absl::Status InsertUnlessPresent(std::string_view sql, absl::Span<const SqlValue> values) override {
    // INSERT becomes INSERT IGNORE.
    return Run(Concat(sql.substr(0, 6), " IGNORE", sql.substr(6)), values);
  }

  absl::Status Select(std::string_view sql, absl::Span<const SqlValue> values, RowCallback callback) override {
    ASSIGN_OR_RETURN(MYSQL_STMT * statement, ExecutePrepared(sql, values));
    MYSQL_RES* description = mysql_stmt_result_metadata(statement);
    if (description == nullptr) return absl::OkStatus();
    Row row(statement, description);
    mysql_free_result(description);
    // The rows are all fetched at once, so that nothing is left on the connection when the callback ends early.
    absl::Status status;
    if (!row.Bind() || mysql_stmt_store_result(statement) != 0) {
      status = Error(mysql_stmt_errno(statement));
    } else {
      int code;
      while (status.ok() && (code = row.Fetch()) != MYSQL_NO_DATA) {
        status = code == 0 ? callback(row) : Error(mysql_stmt_errno(statement));
      }
    }
    mysql_stmt_free_result(statement);
    return status;
  }

  absl::StatusOr<std::vector<std::string>> TableNames() override {
    std::vector<std::string> names;
    RETURN_IF_ERROR(
        Select("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
               {}, [&](const SqlRow& row) {
                 names.emplace_back(row.Text(0));
                 return absl::OkStatus();
               }));
    return names;
  }

 private:
  void SetOptions() {
    MYSQL* db = db_.get();
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "latin1");
    const unsigned timeout = static_cast<unsigned>(std::max(1, lock_timeout_ms_ / 1000));
    mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    if (!config_.has_ssl_options()) return;
    const Config::SSLOptions& tls = config_.ssl_options();
    const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
    mysql_ssl_set(db, text(tls.key()), text(tls.cert()), text(tls.ca()), text(tls.capath()), text(tls.cipher()));
    // Whoever gives TLS options wants TLS, and a certificate authority wants to be asked.
    const my_bool enforce = 1, verify = tls.verify_server_cert() || !tls.ca().empty() || !tls.capath().empty();
    mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  }

  absl::Status BeginNow(SqlAccess access) {
    if (level_ != access) {
      RETURN_IF_ERROR(Execute(access == SqlAccess::kRead ? "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
                                                         : "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
      level_ = access;
    }
    return Execute(access == SqlAccess::kRead ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
  }

  absl::Status CannotConnect() const {
    const unsigned number = mysql_errno(db_.get());
    switch (number) {
      case kTlsError:
        return absl::UnavailableError(
            Concat(name_, ": no TLS connection: the server does not offer it, or its certificate is not one that ",
                   "ssl_options.ca vouches for under this host name; see ssl_options in mysql"));
      case kCannotConnectSocket:
      case kCannotConnect:
        return absl::UnavailableError(
            Concat(name_, ": the server cannot be reached (nothing answers there); check host, port and socket"));
      case kUnknownHost:
        return absl::UnavailableError(
            Concat(name_, ": the server cannot be reached (its host name is not known); check host"));
      default:
        return Error(number);
    }
  }

  absl::Status Error(unsigned number) const {
    switch (number) {
      case kDuplicateEntry:
        return absl::AlreadyExistsError("a UNIQUE constraint is violated");
      case kDeadlock:
        return absl::AbortedError(Concat(name_, ": met another writer (deadlock); try again"));
      case kLockWaitTimeout:
        return absl::AbortedError(Concat(name_, ": database is locked: another program kept rows for more than ",
                                         lock_timeout_ms_, " ms; try again, or end the program that holds them"));
      case kOutOfRange:
        return absl::InvalidArgumentError(
            Concat(name_, ": a number is out of range; MySQL keeps ids and int_value in 32 bits"));
      case kDataTooLong:
        return absl::InvalidArgumentError(
            Concat(name_, ": a text is too long: 255 bytes for names and external ids, 64 KiB for uris, 16 MiB for ",
                   "properties"));
      case kIncorrectString:
        return absl::InvalidArgumentError(Concat(name_, ": a text cannot be stored in the table's character set"));
      case kPacketTooLarge:
        return absl::InvalidArgumentError(Concat(name_, ": a value is larger than the server's max_allowed_packet"));
      case kTableFull:
      case kDiskFull:
        return absl::ResourceExhaustedError(
            Concat(name_, ": the server has no disk space left; nothing of this call was stored"));
      case kAccessDenied:
      case kAccessDeniedNoPassword:
        return absl::PermissionDeniedError(
            Concat(name_, ": the server refuses user ", config_.user(), "; check user and password"));
      case kDatabaseAccessDenied:
      case kTableAccessDenied:
        return absl::PermissionDeniedError(
            Concat(name_, ": user ", config_.user(), " may not do this; grant it rights on the database"));
      case kUnknownDatabase:
        return absl::NotFoundError(Concat(name_, ": does not exist; create it, or leave skip_db_creation unset"));
      case kOptionPreventsStatement:
      case kReadOnlyMode:
        return absl::FailedPreconditionError(Concat(name_, ": the server is read-only; nothing was stored"));
      case kTooManyConnections:
        return absl::UnavailableError(Concat(name_, ": the server has no connection left; raise its max_connections"));
      case kServerShutdown:
      case kConnectionKilled:
      case kServerGone:
      case kServerLost:
      case kServerLostExtended:
        lost_ = true;
        return absl::UnavailableError(Concat(name_, ": the connection broke; nothing of this call was stored"));
      default:
        return absl::InternalError(Concat(
            name_, ": the ", number >= kClientFirst && number < 3000 ? "client" : "server", " reports error ", number));
    }
  }

  absl::Status Execute(std::string_view sql) {
    if (mysql_real_query(db_.get(), sql.data(), sql.size()) == 0) return absl::OkStatus();
    return Error(mysql_errno(db_.get()));
  }

  absl::StatusOr<MYSQL_STMT*> ExecutePrepared(std::string_view sql, absl::Span<const SqlValue> values) {
    if (lost_) return Error(kServerGone);
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      Statement prepared(mysql_stmt_init(db_.get()));
      if (prepared == nullptr) return absl::ResourceExhaustedError("libmariadb found no memory for a statement");
      if (mysql_stmt_prepare(prepared.get(), sql.data(), sql.size()) != 0)
        return Error(mysql_stmt_errno(prepared.get()));
      if (statements_.size() >= kMostStatements) statements_.clear();
      found = statements_.emplace(std::string(sql), std::move(prepared)).first;
    }
    MYSQL_STMT* statement = found->second.get();
    if (mysql_stmt_param_count(statement) != values.size()) {
      return absl::InternalError(Concat(name_, ": a statement was given ", values.size(), " values for ",
                                        mysql_stmt_param_count(statement), " places"));
    }
    std::vector<MYSQL_BIND> binds(values.size());
    std::vector<my_bool> truths(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      MYSQL_BIND& bind = binds[i];
      std::visit(
          [&](const auto& value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
              bind.buffer_type = MYSQL_TYPE_NULL;
            } else if constexpr (std::is_same_v<T, int64_t>) {
              bind.buffer_type = MYSQL_TYPE_LONGLONG;
              bind.buffer = const_cast<int64_t*>(&value);
            } else if constexpr (std::is_same_v<T, double>) {
              bind.buffer_type = MYSQL_TYPE_DOUBLE;
              bind.buffer = const_cast<double*>(&value);
            } else if constexpr (std::is_same_v<T, bool>) {
              truths[i] = value ? 1 : 0;
              bind.buffer_type = MYSQL_TYPE_TINY;
              bind.buffer = &truths[i];
            } else {
              bind.buffer_type = MYSQL_TYPE_STRING;
              bind.buffer = const_cast<char*>(value.data() == nullptr ? "" : value.data());
              bind.buffer_length = value.size();
            }
          },
          values[i]);
    }
    if ((!binds.empty() && mysql_stmt_bind_param(statement, binds.data()) != 0) || mysql_stmt_execute(statement) != 0) {
      return Error(mysql_stmt_errno(statement));
    }
    return statement;
  }

  const Config config_;
  const std::string name_;
  const int lock_timeout_ms_;
  Connection db_;
  mutable bool lost_ = true;
  std::optional<SqlAccess> level_;  // whose isolation level the session has
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenMysql(const Config& config, int lock_timeout_ms) {
  RETURN_IF_ERROR(CheckMysql(config));
  static std::once_flag once;
  std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
  auto connection = std::make_unique<MysqlConnection>(config, lock_timeout_ms);
  RETURN_IF_ERROR(connection->Connect());
  return connection;
}

}  // namespace mlmd

#else  // TFX_HAVE_LIBMARIADB

namespace mlmd {

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenMysql(const ml_metadata::MySQLDatabaseConfig&, int) {
  return absl::UnimplementedError(
      "this program was built without MariaDB's client library; install libmariadb-dev and configure again, or set "
      "ConnectionConfig.sqlite.filename_uri");
}

}  // namespace mlmd

#endif  // TFX_HAVE_LIBMARIADB

namespace mlmd {

absl::Status CheckMysql(const ml_metadata::MySQLDatabaseConfig& config) {
  if (config.host().empty() == config.socket().empty()) {
    return absl::InvalidArgumentError("mysql: exactly one of host and socket must be set");
  }
  if (config.database().empty()) return absl::InvalidArgumentError("mysql: database must be set");
  if (config.port() < 0 || config.port() > 65535) {
    return absl::InvalidArgumentError(tfx::Concat("mysql: port ", config.port(), " is not between 0 and 65535"));
  }
  return absl::OkStatus();
}

std::string MysqlName(const ml_metadata::MySQLDatabaseConfig& config) {
  if (config.host().empty()) return tfx::Concat("MySQL database ", config.database(), " at ", config.socket());
  return tfx::Concat("MySQL database ", config.database(), " at ", config.host(),
                     config.port() == 0 ? "" : tfx::Concat(":", config.port()));
}

}  // namespace mlmd
