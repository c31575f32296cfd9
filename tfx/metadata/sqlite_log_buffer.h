// A SQLite VFS that writes a write-ahead log in few large pieces.
//
// SQLite writes each frame of the log by two system calls, its header and its page; a put of an execution has some
// forty frames. Here the bytes that follow one another are gathered, and written before anything else is done with the
// file: a write elsewhere, a read, a sync.
//
// Nothing may stay here when SQLite gives its lock on the log back, for the next writer's frames go to the same place.
// A connection that uses this VFS must therefore set
// - synchronous=FULL: a commit syncs its frames before it tells others of them, and a write that fails ends it;
// - cache_spill=OFF: nothing but a commit writes to the log. A page that left the cache before would not be synced, and
//   its transaction may be given up.
// Where the disk does not promise that a write leaves its neighbours in a sector alone (psow=0 in a URI), SQLite syncs
// in the middle of a frame; the log is then the system's file, with nothing in between.
//
// What a write of gathered bytes fails with (a full disk), the call behind it returns.
#ifndef TFX_METADATA_SQLITE_LOG_BUFFER_H_
#define TFX_METADATA_SQLITE_LOG_BUFFER_H_

namespace mlmd {

// The name to open a connection with; nullptr, which is SQLite's own, where it cannot be. Thread-safe.
const char* LogBufferVfs();

}  // namespace mlmd

#endif  // TFX_METADATA_SQLITE_LOG_BUFFER_H_
