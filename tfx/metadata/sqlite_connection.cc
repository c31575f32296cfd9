#include "tfx/metadata/sqlite_connection.h"

#include <linux/magic.h>
#include <sqlite3.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/sqlite_log_buffer.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, CloseStatement>;

// Lets a map of strings be searched without making one.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class Row final : public SqlRow {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Double(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view Text(int column) const override {
    // The pointer first: asking for it may convert the value, which settles the length.
    const unsigned char* text = sqlite3_column_text(statement_, column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

// A write-ahead log needs memory shared between all who use the file, which file systems over a network do not give.
bool IsOnLocalDisk(const char* path) {
  struct statfs info;
  if (path == nullptr || statfs(path, &info) != 0) return false;
  switch (static_cast<uint32_t>(info.f_type)) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case 0x2fc12fc1:  // ZFS
      return true;
    default:
      return false;
  }
}

constexpr int64_t kMaxLogBytes = int64_t{16} << 20;  // about, before its pages move to the file

// Statements must not stay open past their use: an open read holds the file's lock.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() { sqlite3_reset(statement_); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

class SqliteConnection final : public SqlConnection {
 public:
  SqliteConnection(sqlite3* db, SqliteOptions options) : db_(db), options_(std::move(options)) {}

  ~SqliteConnection() override {
    statements_.clear();
    // Back to one file without company. Not worth waiting for: who still uses the file keeps it in its present mode.
    if (persists_journal_ || options_.entered_wal->load()) {
      sqlite3_busy_timeout(db_, 0);
      sqlite3_exec(db_, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
    }
    sqlite3_close_v2(db_);
  }

  SqlDialect dialect() const override { return SqlDialect::kSqlite; }
  bool InTransaction() override { return sqlite3_get_autocommit(db_) == 0; }

  bool AdmitReadersBesideWriter() override {
    if (is_wal_) return true;
    if (!may_enter_wal_) return false;
    // Needs the file for itself for a moment; where another process has it now, the next writer tries again.
    sqlite3_busy_timeout(db_, 0);
    (void)ReadJournalMode("PRAGMA journal_mode=WAL");
    sqlite3_busy_timeout(db_, options_.busy_timeout_ms);
    if (is_wal_) options_.entered_wal->store(true);
    return is_wal_;
  }

  absl::Status Configure() {
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, options_.busy_timeout_ms);
    // Of a new database. A put changes some forty pages in few places each, and every one is copied, and on disk summed
    // and logged, as a whole: small pages double what many clients put. Walking a whole table takes longer for it.
    RETURN_IF_ERROR(Run("PRAGMA page_size=1024", {}));
    is_private_ = options_.filename == ":memory:";
    if (is_private_) RETURN_IF_ERROR(Run("PRAGMA secure_delete=OFF", {}));  // nobody could read what was deleted
    RETURN_IF_ERROR(ReadJournalMode("PRAGMA journal_mode"));
    // LogBufferVfs asks for both, in this order where connections share a cache.
    if (!options_.may_spill) RETURN_IF_ERROR(Run("PRAGMA cache_spill=OFF", {}));
    RETURN_IF_ERROR(Run("PRAGMA synchronous=FULL", {}));
    RETURN_IF_ERROR(Run("PRAGMA cache_size=-32768", {}));
    const bool writes =
        options_.mode != SqliteOptions::Mode::kReadOnly && sqlite3_db_readonly(db_, "main") == 0 && !is_memory_;
    // Moving the log's pages to the file costs two fsyncs. At 1,000 pages, the default, that is every thirtieth put of
    // an execution. The page size is the file's own, which the journal's mode was read from.
    if (writes) {
      int64_t page_size = 0;
      RETURN_IF_ERROR(Select("PRAGMA page_size", {}, [&](const SqlRow& row) {
        page_size = row.Int(0);
        return absl::OkStatus();
      }));
      RETURN_IF_ERROR(Run(Concat("PRAGMA wal_autocheckpoint=", kMaxLogBytes / std::max<int64_t>(page_size, 512)), {}));
    }
    may_enter_wal_ = writes && !is_wal_ && IsOnLocalDisk(sqlite3_db_filename(db_, "main"));
    if (writes && !is_wal_ && !may_enter_wal_) {
      RETURN_IF_ERROR(Run("PRAGMA journal_mode=PERSIST", {}));
      persists_journal_ = true;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> DataVersion(Patience patience) override {
    if (is_private_) return 0;
    int64_t version = 0;
    if (patience == Patience::kDoNotWait) sqlite3_busy_timeout(db_, 0);
    const absl::Status status = Select("PRAGMA data_version", {}, [&](const SqlRow& row) {
      version = row.Int(0);
      return absl::OkStatus();
    });
    if (patience == Patience::kDoNotWait) sqlite3_busy_timeout(db_, options_.busy_timeout_ms);
    RETURN_IF_ERROR(status);
    return version;
  }

  absl::Status Begin(SqlAccess access) override {
    return Run(access == SqlAccess::kWrite ? "BEGIN IMMEDIATE" : "BEGIN", {});
  }
  absl::Status Commit() override { return Run("COMMIT", {}); }
  void Rollback() override {
    if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  absl::Status Run(std::string_view sql, absl::Span<const SqlValue> values) override {
    return Select(sql, values, [](const SqlRow&) { return absl::OkStatus(); });
  }

  absl::StatusOr<int64_t> Insert(std::string_view sql, absl::Span<const SqlValue> values) override {
    RETURN_IF_ERROR(Run(sql, values));
    return sqlite3_last_insert_rowid(db_);
  }

  absl::Status InsertUnlessPresent(std::string_view sql, absl::Span<const SqlValue> values) override {
    return Run(Concat(sql, " ON CONFLICT DO NOTHING"), values);
  }

  absl::Status Select(std::string_view sql, absl::Span<const SqlValue> values, RowCallback callback) override {
    ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
    ResetAtEnd reset(statement);
    RETURN_IF_ERROR(Bind(statement, values));
    Row row(statement);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) RETURN_IF_ERROR(callback(row));
    return code == SQLITE_DONE ? absl::OkStatus() : Error(code);
  }

  absl::StatusOr<std::vector<std::string>> TableNames() override {
    std::vector<std::string> names;
    RETURN_IF_ERROR(
        Select("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
               "ORDER BY name",
               {}, [&](const SqlRow& row) {
                 names.emplace_back(row.Text(0));
                 return absl::OkStatus();
               }));
    return names;
  }

  // The place and the reason in a user's words; SQL stays out of it.
  absl::Status Error(int code) const {
    const std::string file = options_.filename == ":memory:" ? "the metadata database in memory"
                                                             : Concat("metadata database ", options_.filename);
    const std::string reason = sqlite3_errmsg(db_);
    const int system_error = sqlite3_system_errno(db_);
    switch (code & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return absl::AbortedError(Concat(file, ": database is locked: another process or thread kept it for more than ",
                                         options_.busy_timeout_ms, " ms; try again, or end the program that holds it"));
      case SQLITE_NOTADB:
        return absl::FailedPreconditionError(
            Concat(file, ": the file is not a SQLite database; it was left as it is. Name another file"));
      case SQLITE_CORRUPT:
        return absl::DataLossError(
            Concat(file, ": the file is corrupted (", reason, "); restore a copy, or move it away to start anew"));
      case SQLITE_FULL:
        return absl::ResourceExhaustedError(
            Concat(file, ": no space left on the disk; nothing of this call was stored"));
      case SQLITE_READONLY:
      case SQLITE_PERM:
        return absl::PermissionDeniedError(
            Concat(file, ": cannot be written; check the permissions of the file and its directory"));
      case SQLITE_IOERR:
        // SQLite tells a disk quota or a limit on file size from a failing disk only by errno, which later calls
        // change.
        if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC) {
          return absl::ResourceExhaustedError(Concat(
              file,
              ": writing failed: no space left on the disk, a quota or file size limit reached, or a failing disk; ",
              "nothing of this call was stored"));
        }
        return absl::UnavailableError(Concat(file, ": ", reason, " (SQLite code ", code, ")"));
      case SQLITE_CANTOPEN:
        return CannotOpen(file, system_error);
      case SQLITE_CONSTRAINT:
        return absl::AlreadyExistsError(reason);
      case SQLITE_TOOBIG:
        return absl::InvalidArgumentError(Concat(file, ": a value is larger than SQLite can store"));
      default:
        return absl::InternalError(Concat(file, ": ", reason, " (SQLite code ", code, ")"));
    }
  }

 private:
  absl::Status ReadJournalMode(std::string_view pragma) {
    return Select(pragma, {}, [&](const SqlRow& row) {
      is_wal_ = row.Text(0) == "wal";
      is_memory_ = row.Text(0) == "memory";
      return absl::OkStatus();
    });
  }

  absl::Status CannotOpen(const std::string& file, int system_error) const {
    if (!absl::StartsWith(options_.filename, "file:")) {
      std::error_code ignored;
      const std::filesystem::path path(options_.filename);
      const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
      if (std::filesystem::is_directory(path, ignored)) {
        return absl::InvalidArgumentError(Concat(file, ": is a directory; name a file in it"));
      }
      if (!std::filesystem::exists(directory, ignored)) {
        return absl::NotFoundError(
            Concat(file, ": its directory ", directory.string(), " does not exist; create it first"));
      }
      if (!std::filesystem::exists(path, ignored) && options_.mode != SqliteOptions::Mode::kReadWriteCreate) {
        return absl::NotFoundError(Concat(file, ": no such file"));
      }
    }
    return absl::PermissionDeniedError(Concat(file, ": cannot be opened: ", std::strerror(system_error)));
  }

  absl::StatusOr<sqlite3_stmt*> Prepare(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second.get();
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) return Error(code);
    if (statements_.size() >= kMostStatements) statements_.clear();
    statements_.emplace(std::string(sql), StatementPtr(statement));
    return statement;
  }

  absl::Status Bind(sqlite3_stmt* statement, absl::Span<const SqlValue> values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const int index = static_cast<int>(i) + 1;
      const int code = std::visit(
          [&](const auto& value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
              return sqlite3_bind_null(statement, index);
            } else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, bool>) {
              return sqlite3_bind_int64(statement, index, value);
            } else if constexpr (std::is_same_v<T, double>) {
              return sqlite3_bind_double(statement, index, value);
            } else {
              return sqlite3_bind_text64(statement, index, value.data() == nullptr ? "" : value.data(), value.size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
            }
          },
          values[i]);
      if (code != SQLITE_OK) return Error(code);
    }
    return absl::OkStatus();
  }

  sqlite3* db_;
  SqliteOptions options_;
  bool is_wal_ = false;
  bool is_memory_ = false;
  bool is_private_ = false;  // no other connection can come to it
  bool may_enter_wal_ = false;
  bool persists_journal_ = false;
  std::unordered_map<std::string, StatementPtr, TextHash, std::equal_to<>> statements_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenSqlite(const SqliteOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  switch (options.mode) {
    case SqliteOptions::Mode::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case SqliteOptions::Mode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case SqliteOptions::Mode::kReadWriteCreate:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
  }
  // Before SQLite's first use: its counting of every allocation costs a lock each.
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
  sqlite3* db = nullptr;
  const char* const vfs = options.may_spill ? nullptr : LogBufferVfs();
  const int code = sqlite3_open_v2(options.filename.c_str(), &db, flags, vfs);
  if (db == nullptr) return absl::ResourceExhaustedError("SQLite found no memory for a connection");
  auto connection = std::make_unique<SqliteConnection>(db, options);
  if (code != SQLITE_OK) return connection->Error(sqlite3_extended_errcode(db));
  RETURN_IF_ERROR(connection->Configure());
  return connection;
}

}  // namespace mlmd
