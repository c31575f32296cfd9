#include "tfx/io/tfrecord.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/byte_stream.h"
#include "tfx/io/file_system.h"

namespace tfx::io {
namespace {

constexpr size_t kHeaderBytes = 12;  // length and its checksum
constexpr size_t kFooterBytes = 4;   // checksum of the bytes
constexpr size_t kReadBytes = 1 << 18;

template <class T>
T LoadLittleEndian(const char* p) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<unsigned char>(p[i])) << (8 * i);
  return value;
}

template <class T>
void StoreLittleEndian(T value, char* p) {
  for (size_t i = 0; i < sizeof(T); ++i) p[i] = static_cast<char>(value >> (8 * i));
}

bool IsRecordHeader(std::string_view bytes) {
  return bytes.size() >= kHeaderBytes &&
         MaskedCrc32c(bytes.substr(0, 8)) == LoadLittleEndian<uint32_t>(bytes.data() + 8);
}

}  // namespace

void Records::Append(std::string_view record) {
  bytes_.append(record);
  ends_.push_back(bytes_.size());
}

struct TFRecordReader::Impl {
  std::string path;
  std::unique_ptr<InputStream> stream;
  std::string buffer;  // bytes [begin, end) are read and not yet used
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;  // of buffer[begin] in the uncompressed stream
  int64_t record = 0;   // number of the next record, from 0

  absl::Status Error(std::string_view what) const {
    return absl::DataLossError(absl::StrFormat("%s: record %d at byte %d: %s", path, record, offset,
                                               absl::string_view(what.data(), what.size())));
  }

  // Makes `size` bytes available at buffer[begin], fewer at the end of the stream. The buffer grows as bytes come, so
  // that a length that lies costs no memory.
  absl::Status Fill(size_t size) {
    while (end - begin < size) {
      if (begin > 0) {
        std::memmove(buffer.data(), buffer.data() + begin, end - begin);
        end -= begin;
        begin = 0;
      }
      if (buffer.size() - end < kReadBytes) buffer.resize(std::max(buffer.size() * 2, end + kReadBytes));
      const absl::StatusOr<size_t> n = stream->Read(buffer.data() + end, buffer.size() - end);
      if (absl::IsDataLoss(n.status())) {
        return Error(std::string_view(n.status().message().data(), n.status().message().size()));
      }
      RETURN_IF_ERROR(n.status());
      if (*n == 0) break;
      end += *n;
    }
    return absl::OkStatus();
  }
};

TFRecordReader::TFRecordReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TFRecordReader::~TFRecordReader() = default;

absl::StatusOr<std::unique_ptr<TFRecordReader>> TFRecordReader::Open(std::string_view path) {
  ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file, OpenForRead(path));
  char start[kHeaderBytes];
  ASSIGN_OR_RETURN(const size_t n, file->Read(0, kHeaderBytes, start));
  // The magic number could also be the low bytes of a length; then the length's checksum tells.
  const bool is_gzip =
      n >= 2 && start[0] == '\x1f' && start[1] == '\x8b' && !IsRecordHeader(std::string_view(start, n));
  auto impl = std::make_unique<Impl>();
  impl->path = std::string(path);
  impl->stream = is_gzip ? GzipInput(std::move(file)) : PlainInput(std::move(file));
  return std::unique_ptr<TFRecordReader>(new TFRecordReader(std::move(impl)));
}

absl::StatusOr<bool> TFRecordReader::Read(std::string_view* record) {
  Impl& in = *impl_;
  RETURN_IF_ERROR(in.Fill(kHeaderBytes));
  if (in.end == in.begin) return false;
  const std::string_view header(in.buffer.data() + in.begin, in.end - in.begin);
  if (header.size() < kHeaderBytes) return in.Error("truncated: the file ends inside the length");
  if (!IsRecordHeader(header)) {
    return in.Error(in.record == 0 ? "not a TFRecord file (the checksum of the first length is wrong)"
                                   : "corrupted: the checksum of the length is wrong");
  }
  const uint64_t length = LoadLittleEndian<uint64_t>(header.data());
  if (length > static_cast<uint64_t>(INT64_MAX) - kHeaderBytes - kFooterBytes)
    return in.Error("corrupted: impossible length");
  const size_t total = kHeaderBytes + length + kFooterBytes;
  RETURN_IF_ERROR(in.Fill(total));
  if (in.end - in.begin < total) {
    return in.Error(absl::StrCat("truncated: ", length, " bytes are announced, ",
                                 std::min<uint64_t>(in.end - in.begin - kHeaderBytes, length), " are there"));
  }
  const std::string_view bytes(in.buffer.data() + in.begin + kHeaderBytes, length);
  if (MaskedCrc32c(bytes) != LoadLittleEndian<uint32_t>(bytes.data() + length)) {
    return in.Error("corrupted: the checksum of the bytes is wrong");
  }
  in.begin += total;
  in.offset += total;
  ++in.record;
  *record = bytes;
  return true;
}

struct TFRecordWriter::Impl {
  std::string path;
  std::unique_ptr<WritableFile> file;
};

TFRecordWriter::TFRecordWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TFRecordWriter::~TFRecordWriter() = default;

absl::StatusOr<std::unique_ptr<TFRecordWriter>> TFRecordWriter::Open(std::string_view path, Compression compression,
                                                                     int gzip_level) {
  auto impl = std::make_unique<Impl>();
  impl->path = std::string(path);
  ASSIGN_OR_RETURN(impl->file, OpenForWrite(path));
  if (compression == Compression::kGzip) impl->file = GzipOutput(std::move(impl->file), gzip_level);
  return std::unique_ptr<TFRecordWriter>(new TFRecordWriter(std::move(impl)));
}

absl::Status TFRecordWriter::Write(std::string_view record) {
  char header[kHeaderBytes];
  StoreLittleEndian<uint64_t>(record.size(), header);
  StoreLittleEndian<uint32_t>(MaskedCrc32c(std::string_view(header, 8)), header + 8);
  char footer[kFooterBytes];
  StoreLittleEndian<uint32_t>(MaskedCrc32c(record), footer);
  RETURN_IF_ERROR(impl_->file->Append(std::string_view(header, kHeaderBytes)));
  RETURN_IF_ERROR(impl_->file->Append(record));
  return impl_->file->Append(std::string_view(footer, kFooterBytes));
}

absl::Status TFRecordWriter::Close() { return impl_->file->Close(); }

std::string ShardedFileName(std::string_view directory, std::string_view prefix, int shard, int num_shards,
                            std::string_view suffix) {
  std::string name(prefix);
  absl::StrAppendFormat(&name, "-%05d-of-%05d", shard, num_shards);
  name.append(suffix);
  return JoinPath(directory, name);
}

}  // namespace tfx::io
