#include "tfx/metadata/postgresql_connection.h"

#include "tfx/base/concat.h"

#ifdef TFX_HAVE_LIBPQ

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

using Config = ml_metadata::PostgreSQLDatabaseConfig;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// From PostgreSQL's catalog pg_type, the same in every database.
enum TypeOid : Oid { kAnyOid = 0, kBoolOid = 16, kByteaOid = 17, kInt8Oid = 20, kFloat8Oid = 701 };

class Row final : public SqlRow {
 public:
  explicit Row(const PGresult* result) : result_(result), unescaped_(PQnfields(result)) {}
  void MoveTo(int row) { row_ = row; }
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  int64_t Int(int column) const override {
    const std::string_view text = Raw(column);
    if (text == "t") return 1;
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  double Double(int column) const override { return std::strtod(PQgetvalue(result_, row_, column), nullptr); }
  std::string_view Text(int column) const override {
    if (PQftype(result_, column) != kByteaOid) return Raw(column);
    size_t size = 0;
    unsigned char* bytes =
        PQunescapeBytea(reinterpret_cast<const unsigned char*>(PQgetvalue(result_, row_, column)), &size);
    if (bytes == nullptr) return {};
    unescaped_[column].assign(reinterpret_cast<const char*>(bytes), size);
    PQfreemem(bytes);
    return unescaped_[column];
  }

 private:
  std::string_view Raw(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<size_t>(PQgetlength(result_, row_, column))};
  }
  const PGresult* result_;
  int row_ = 0;
  mutable std::vector<std::string> unescaped_;
};

// The values of one statement in the form that libpq takes. The SqlValues must outlive it.
class Parameters {
 public:
  explicit Parameters(absl::Span<const SqlValue> values) {
    numbers_.reserve(values.size());
    for (const SqlValue& value : values) {
      std::visit([&](const auto& v) { Add(v); }, value);
    }
    // Addresses only when all texts are in place.
    size_t number = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::holds_alternative<std::monostate>(values[i])) {
        pointers_.push_back(nullptr);
      } else {
        pointers_.push_back(numbers_[number++].c_str());
      }
    }
  }

  // One letter per parameter: the same SQL is prepared once per combination.
  const std::string& signature() const { return signature_; }
  const std::vector<Oid>& types() const { return types_; }
  const char* const* values() const { return pointers_.data(); }
  int size() const { return static_cast<int>(types_.size()); }
  bool has_nul() const { return has_nul_; }

 private:
  void Add(std::monostate) { Declare('n', kAnyOid); }
  void Add(int64_t value) {
    Declare('i', kInt8Oid);
    numbers_.push_back(std::to_string(value));
  }
  void Add(double value) {
    Declare('d', kFloat8Oid);
    char text[32];
    numbers_.emplace_back(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
  void Add(bool value) {
    Declare('b', kBoolOid);
    numbers_.emplace_back(value ? "t" : "f");
  }
  void Add(std::string_view value) {
    Declare('t', kAnyOid);
    has_nul_ = has_nul_ || value.find('\0') != std::string_view::npos;
    numbers_.emplace_back(value);
  }
  void Declare(char letter, Oid type) {
    signature_ += letter;
    types_.push_back(type);
  }

  std::string signature_;
  std::vector<Oid> types_;
  std::vector<std::string> numbers_;
  std::vector<const char*> pointers_;
  bool has_nul_ = false;
};

// `?` outside of quotes become $1, $2, ...
std::string Numbered(std::string_view sql) {
  std::string numbered;
  numbered.reserve(sql.size() + 16);
  int count = 0;
  char quote = 0;
  for (const char c : sql) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '?') {
      Append(&numbered, "$", ++count);
      continue;
    }
    numbered += c;
  }
  return numbered;
}

class PostgresqlConnection final : public SqlConnection {
 public:
  PostgresqlConnection(Config config, int lock_timeout_ms)
      : config_(std::move(config)), name_(PostgresqlName(config_)), lock_timeout_ms_(lock_timeout_ms) {}

  absl::Status Connect() {
    statements_.clear();
    db_.reset();
    absl::StatusOr<Connection> opened = ConnectTo(config_.dbname());
    if (absl::IsNotFound(opened.status()) && !config_.skip_db_creation()) {
      RETURN_IF_ERROR(CreateDatabase());
      opened = ConnectTo(config_.dbname());
    }
    RETURN_IF_ERROR(opened.status());
    db_ = *std::move(opened);
    return Execute(Concat("SET lock_timeout = ", lock_timeout_ms_));
  }

  SqlDialect dialect() const override { return SqlDialect::kPostgresql; }

  absl::Status Begin(SqlAccess access) override {
    const char* const begin = access == SqlAccess::kRead ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN";
    if (db_ != nullptr) {
      const absl::Status status = Execute(begin);
      if (!Lost()) return status;
    }
    RETURN_IF_ERROR(Connect());
    return Execute(begin);
  }

  absl::Status Commit() override {
    const absl::Status status = Execute("COMMIT");
    if (!Lost()) return status;
    return absl::UnavailableError(
        Concat(name_, ": the connection broke while the call was being committed; whether it was stored is not known"));
  }

  void Rollback() override {
    if (!Lost() && InTransaction()) (void)Execute("ROLLBACK");
  }

  bool InTransaction() override { return db_ != nullptr && PQtransactionStatus(db_.get()) != PQTRANS_IDLE; }
  bool Lost() const override { return db_ == nullptr || PQstatus(db_.get()) != CONNECTION_OK; }

  absl::Status Run(std::string_view sql, absl::Span<const SqlValue> values) override {
    return ExecutePrepared(sql, values).status();
  }

  absl::StatusOr<int64_t> Insert(std::string_view sql, absl::Span<const SqlValue> values) override {
    ASSIGN_OR_RETURN(const Result result, ExecutePrepared(Concat(sql, " RETURNING id"), values));
    if (PQntuples(result.get()) != 1) return absl::InternalError(Concat(name_, ": an inserted row has no id"));
    return Row(result.get()).Int(0);
  }

  absl::Status InsertUnlessPresent(std::string_view sql, absl::Span<const SqlValue> values) override {
    return Run(Concat(sql, " ON CONFLICT DO NOTHING"), values);
  }

  absl::Status Select(std::string_view sql, absl::Span<const SqlValue> values, RowCallback callback) override {
    ASSIGN_OR_RETURN(const Result result, ExecutePrepared(sql, values));
    Row row(result.get());
    for (int i = 0; i < PQntuples(result.get()); ++i) {
      row.MoveTo(i);
      RETURN_IF_ERROR(callback(row));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> TableNames() override {
    std::vector<std::string> names;
    RETURN_IF_ERROR(Select("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename", {},
                           [&](const SqlRow& row) {
                             names.emplace_back(row.Text(0));
                             return absl::OkStatus();
                           }));
    return names;
  }

 private:
  absl::StatusOr<Connection> ConnectTo(const std::string& database) {
    std::vector<const char*> keys, values;
    const auto set = [&](const char* key, const std::string& value) {
      if (value.empty()) return;
      keys.push_back(key);
      values.push_back(value.c_str());
    };
    const std::string timeout = std::to_string(std::max(2, lock_timeout_ms_ / 1000));
    const std::string program = "tfx";
    set("host", config_.host());
    set("hostaddr", config_.hostaddr());
    set("port", config_.port());
    set("user", config_.user());
    set("password", config_.password());
    set("passfile", config_.passfile());
    set("dbname", database);
    set("sslmode", config_.ssloption().sslmode());
    set("sslcert", config_.ssloption().sslcert());
    set("sslkey", config_.ssloption().sslkey());
    set("sslpassword", config_.ssloption().sslpassword());
    set("sslrootcert", config_.ssloption().sslrootcert());
    set("connect_timeout", timeout);
    set("application_name", program);
    keys.push_back(nullptr);
    values.push_back(nullptr);
    Connection db(PQconnectdbParams(keys.data(), values.data(), /*expand_dbname=*/0));
    if (db == nullptr) return absl::ResourceExhaustedError("libpq found no memory for a connection");
    if (PQstatus(db.get()) != CONNECTION_OK) return CannotConnect(PQerrorMessage(db.get()));
    PQsetNoticeReceiver(
        db.get(), [](void*, const PGresult*) {}, nullptr);
    return db;
  }

  absl::Status CreateDatabase() {
    absl::StatusOr<Connection> opened = ConnectTo("postgres");
    RETURN_IF_ERROR(opened.status());
    PGconn* db = opened->get();
    char* quoted = PQescapeIdentifier(db, config_.dbname().data(), config_.dbname().size());
    if (quoted == nullptr) return absl::InvalidArgumentError(Concat(name_, ": dbname cannot be a database's name"));
    const Result result(PQexec(db, Concat("CREATE DATABASE ", quoted).c_str()));
    PQfreemem(quoted);
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    // Another program may have created it meanwhile: the second of two gets one of these two errors.
    if (state == nullptr || std::string_view(state) == "42P04" || std::string_view(state) == "23505") {
      return absl::OkStatus();
    }
    if (std::string_view(state) == "42501") {
      return absl::PermissionDeniedError(
          Concat(name_, ": does not exist, and user ", config_.user(),
                 " may not create it; have it created and set skip_db_creation, or name another"));
    }
    return absl::UnavailableError(Concat(name_, ": does not exist and could not be created (SQLSTATE ", state, ")"));
  }

  // At this point libpq gives no codes, only its own words.
  absl::Status CannotConnect(absl::string_view reason) const {
    const std::string lower = absl::AsciiStrToLower(reason);
    const auto says = [&](absl::string_view word) { return absl::StrContains(lower, absl::AsciiStrToLower(word)); };
    if (says("database") && says("does not exist")) {
      return absl::NotFoundError(Concat(name_, ": does not exist; create it, or leave skip_db_creation unset"));
    }
    if (says("SSL") || says("certificate")) {
      return absl::UnavailableError(Concat(name_, ": no TLS connection: ",
                                           says("certificate verify failed") || says("does not match host name")
                                               ? "the server's certificate is not one that sslrootcert vouches for"
                                           : says("does not support SSL") || says("no encryption")
                                               ? "server and client do not agree on whether to use it"
                                               : "check ssloption and its files",
                                           "; see ssloption in postgresql"));
    }
    if (says("password") || says("authentication") || says("role") || says("pg_hba")) {
      return absl::PermissionDeniedError(
          Concat(name_, ": the server refuses user ", config_.user(), "; check user, password and passfile"));
    }
    if (says("too many") || says("remaining connection slots")) {
      return absl::UnavailableError(Concat(name_, ": the server has no connection left; raise its max_connections"));
    }
    return absl::UnavailableError(Concat(name_, ": the server cannot be reached (",
                                         says("refused")               ? "nothing listens there"
                                         : says("translate host name") ? "its host name is not known"
                                         : says("timeout")             ? "it does not answer"
                                         : says("starting up")         ? "it is starting up"
                                         : says("shutting down")       ? "it is shutting down"
                                                                       : "no connection",
                                         "); check host, hostaddr and port"));
  }

  absl::Status Broken(std::string_view what) const {
    return absl::UnavailableError(Concat(name_, ": the connection broke", what));
  }

  absl::Status Error(const PGresult* result) const {
    if (Lost()) return Broken("; nothing of this call was stored");
    const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view state = field == nullptr ? "" : field;
    const std::string_view family = state.substr(0, 2);
    if (state == "40P01" || state == "40001") {
      return absl::AbortedError(Concat(name_, ": met another writer (deadlock); try again"));
    }
    if (state == "55P03") {
      return absl::AbortedError(Concat(name_, ": database is locked: another program kept rows for more than ",
                                       lock_timeout_ms_, " ms; try again, or end the program that holds them"));
    }
    if (state == "23505") return absl::AlreadyExistsError("a UNIQUE constraint is violated");
    if (state == "54000") {
      return absl::InvalidArgumentError(
          Concat(name_, ": a uri or a text property is too long for its index; PostgreSQL takes about 2,700 bytes"));
    }
    if (state == "22003") {
      return absl::InvalidArgumentError(
          Concat(name_, ": a number is out of range; PostgreSQL keeps ids and int_value in 32 bits"));
    }
    if (state == "22001") return absl::InvalidArgumentError(Concat(name_, ": a text is longer than 255 characters"));
    if (state == "22021" || state == "22P05") {
      return absl::InvalidArgumentError(Concat(name_, ": a text is not valid in the database's encoding (UTF-8)"));
    }
    if (family == "22") return absl::InvalidArgumentError(Concat(name_, ": a value does not fit its column"));
    if (family == "53") {
      return absl::ResourceExhaustedError(
          Concat(name_, ": the server has no disk space or memory left; nothing of this call was stored"));
    }
    if (family == "57" || family == "08") return Broken(": the server is going down");
    if (state == "42501") {
      return absl::PermissionDeniedError(
          Concat(name_, ": user ", config_.user(), " may not do this; grant it rights on the tables"));
    }
    if (state == "25006") {
      return absl::FailedPreconditionError(Concat(name_, ": the server is read-only; nothing was stored"));
    }
    return absl::InternalError(Concat(name_, ": the server reports SQLSTATE ", state));
  }

  absl::Status Execute(const std::string& sql) {
    const Result result(PQexec(db_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return Error(result.get());
    // The COMMIT of a transaction that an error has ended answers ROLLBACK.
    if (sql == "COMMIT" && std::string_view(PQcmdStatus(result.get())) == "ROLLBACK") {
      return absl::AbortedError(Concat(name_, ": the transaction had failed and was rolled back"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Result> ExecutePrepared(std::string_view sql, absl::Span<const SqlValue> values) {
    const Parameters parameters(values);
    if (parameters.has_nul()) {
      return absl::InvalidArgumentError(Concat(name_, ": a text holds a NUL byte, which PostgreSQL cannot store"));
    }
    std::string key = Concat(parameters.signature(), ":", sql);
    auto found = statements_.find(key);
    if (found == statements_.end()) {
      if (statements_.size() >= kMostStatements) {
        const Result dropped(PQexec(db_.get(), "DEALLOCATE ALL"));
        if (PQresultStatus(dropped.get()) != PGRES_COMMAND_OK) return Error(dropped.get());
        statements_.clear();
      }
      std::string name = Concat("s", ++prepared_);
      const Result prepared(
          PQprepare(db_.get(), name.c_str(), Numbered(sql).c_str(), parameters.size(), parameters.types().data()));
      if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return Error(prepared.get());
      found = statements_.emplace(std::move(key), std::move(name)).first;
    }
    Result result(PQexecPrepared(db_.get(), found->second.c_str(), parameters.size(), parameters.values(), nullptr,
                                 nullptr, /*resultFormat=*/0));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return Error(result.get());
    return result;
  }

  const Config config_;
  const std::string name_;
  const int lock_timeout_ms_;
  Connection db_;
  int prepared_ = 0;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;  // SQL -> name at the server
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenPostgresql(const Config& config, int lock_timeout_ms) {
  RETURN_IF_ERROR(CheckPostgresql(config));
  auto connection = std::make_unique<PostgresqlConnection>(config, lock_timeout_ms);
  RETURN_IF_ERROR(connection->Connect());
  return connection;
}

}  // namespace mlmd

#else  // TFX_HAVE_LIBPQ

namespace mlmd {

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenPostgresql(const ml_metadata::PostgreSQLDatabaseConfig&, int) {
  return absl::UnimplementedError(
      "this program was built without PostgreSQL's client library; install libpq-dev and configure again, or set "
      "ConnectionConfig.sqlite.filename_uri");
}

}  // namespace mlmd

#endif  // TFX_HAVE_LIBPQ

namespace mlmd {

absl::Status CheckPostgresql(const ml_metadata::PostgreSQLDatabaseConfig& config) {
  if (config.host().empty() && config.hostaddr().empty()) {
    return absl::InvalidArgumentError("postgresql: host or hostaddr must be set");
  }
  if (config.user().empty()) return absl::InvalidArgumentError("postgresql: user must be set");
  if (config.dbname().empty()) return absl::InvalidArgumentError("postgresql: dbname must be set");
  return absl::OkStatus();
}

std::string PostgresqlName(const ml_metadata::PostgreSQLDatabaseConfig& config) {
  const std::string& host = config.host().empty() ? config.hostaddr() : config.host();
  return tfx::Concat("PostgreSQL database ", config.dbname(), " at ", host, config.port().empty() ? "" : ":",
                     config.port());
}

}  // namespace mlmd
