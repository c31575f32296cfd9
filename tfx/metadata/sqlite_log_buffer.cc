#include "tfx/metadata/sqlite_log_buffer.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace mlmd {
namespace {

constexpr size_t kMost = 64 << 10;  // bytes gathered; the system's VFS writes less than 128 KiB at a time

// SQLite gives the memory for it, with the system's file right behind it. Its methods are C callbacks: nothing throws.
class LogFile : public sqlite3_file {
 public:
  static sqlite3_file* SystemFile(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(AsLog(file) + 1); }
  static const sqlite3_io_methods kMethods;

 private:
  static LogFile* AsLog(sqlite3_file* file) { return static_cast<LogFile*>(file); }

  // Writes what was gathered, then calls the system's method.
  template <auto sqlite3_io_methods::*kMethod, typename... Args>
  static int Forward(sqlite3_file* file, Args... args) {
    if (const int code = AsLog(file)->Flush(); code != SQLITE_OK) return code;
    sqlite3_file* const system = SystemFile(file);
    return (system->pMethods->*kMethod)(system, args...);
  }

  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    LogFile& log = *AsLog(file);
    const size_t n = static_cast<size_t>(size);
    const bool follows = offset == log.start_ + static_cast<sqlite3_int64>(log.size_);
    if (!follows || log.size_ + n > kMost) {
      if (const int code = log.Flush(); code != SQLITE_OK) return code;
    }
    if (log.gathered_ == nullptr) log.gathered_ = static_cast<char*>(std::malloc(kMost));
    if (log.gathered_ == nullptr || n > kMost) return log.WriteNow(bytes, size, offset);
    if (log.size_ == 0) log.start_ = offset;
    std::memcpy(log.gathered_ + log.size_, bytes, n);
    log.size_ += n;
    return SQLITE_OK;
  }

  // What is not written yet is of a commit that did not come to its end.
  static int Close(sqlite3_file* file) {
    std::free(AsLog(file)->gathered_);
    return SystemFile(file)->pMethods->xClose(SystemFile(file));
  }
  static int SectorSize(sqlite3_file* file) { return SystemFile(file)->pMethods->xSectorSize(SystemFile(file)); }
  static int DeviceCharacteristics(sqlite3_file* file) {
    return SystemFile(file)->pMethods->xDeviceCharacteristics(SystemFile(file));
  }

  // Once, whatever comes of it: the commit that gets the error writes nothing more.
  int Flush() {
    if (size_ == 0) return SQLITE_OK;
    const int size = static_cast<int>(size_);
    size_ = 0;
    return WriteNow(gathered_, size, start_);
  }
  int WriteNow(const void* bytes, int size, sqlite3_int64 offset) {
    return SystemFile(this)->pMethods->xWrite(SystemFile(this), bytes, size, offset);
  }

  char* gathered_ = nullptr;
  size_t size_ = 0;
  sqlite3_int64 start_ = 0;
};

const sqlite3_io_methods LogFile::kMethods = {
    .iVersion = 1,  // a log is neither shared memory nor mapped
    .xClose = Close,
    .xRead = Forward<&sqlite3_io_methods::xRead>,
    .xWrite = Write,
    .xTruncate = Forward<&sqlite3_io_methods::xTruncate>,
    .xSync = Forward<&sqlite3_io_methods::xSync>,
    .xFileSize = Forward<&sqlite3_io_methods::xFileSize>,
    .xLock = Forward<&sqlite3_io_methods::xLock>,
    .xUnlock = Forward<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = Forward<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = Forward<&sqlite3_io_methods::xFileControl>,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = DeviceCharacteristics,
};

// Whether a sync never comes in the middle of a frame of this log.
bool SyncsWholeFrames(const char* log_name) {
  sqlite3_file* const database = sqlite3_database_file_object(log_name);
  return (database->pMethods->xDeviceCharacteristics(database) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
}

// Every other file is the system's, in the same memory.
int OpenFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs* const system = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const bool gathers = (flags & SQLITE_OPEN_WAL) != 0 && SyncsWholeFrames(name);
  if (!gathers) return system->xOpen(system, name, file, flags, out_flags);
  LogFile* const log = new (file) LogFile();
  const int code = system->xOpen(system, name, LogFile::SystemFile(log), flags, out_flags);
  log->pMethods = LogFile::SystemFile(log)->pMethods == nullptr ? nullptr : &LogFile::kMethods;  // whether to close it
  return code;
}

}  // namespace

const char* LogBufferVfs() {
  static const char* const name = []() -> const char* {
    sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
    if (system == nullptr) return nullptr;
    static sqlite3_vfs vfs = *system;  // its methods, but for one
    vfs.szOsFile = static_cast<int>(sizeof(LogFile)) + system->szOsFile;
    vfs.pNext = nullptr;
    vfs.zName = "tfx-log-buffer";
    vfs.pAppData = system;
    vfs.xOpen = OpenFile;
    return sqlite3_vfs_register(&vfs, /*makeDflt=*/0) == SQLITE_OK ? vfs.zName : nullptr;
  }();
  return name;
}

}  // namespace mlmd
