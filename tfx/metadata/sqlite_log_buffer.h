// A SQLite VFS that writes a write-ahead log in few large pieces.
//
// SQLite writes each frame of the log by two system calls, its header and its page; a put of an execution has some
// forty frames. Here the bytes that follow one another are gathered, and written before anything else is done with the
// file: a write elsewhere, a read, a sync. With synchronous=FULL, SQLite syncs the log of a transaction before it tells
// anyone of its frames, so nobody looks for bytes that are still here, and what a killed process leaves out is of no
// transaction that has ended. A connection that sets less than synchronous=FULL must not use it.
//
// What a write of gathered bytes fails with (a full disk), the call behind it returns.
#ifndef TFX_METADATA_SQLITE_LOG_BUFFER_H_
#define TFX_METADATA_SQLITE_LOG_BUFFER_H_

namespace mlmd {

// The name to open a connection with; nullptr, which is SQLite's own, where it cannot be. Thread-safe.
const char* LogBufferVfs();

}  // namespace mlmd

#endif  // TFX_METADATA_SQLITE_LOG_BUFFER_H_
