#include "tfx/io/byte_stream.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"

namespace tfx::io {
namespace {

constexpr size_t kBufferBytes = 1 << 18;
constexpr size_t kMaxZlibBytes = 1 << 30;  // zlib counts in 32 bits
constexpr int kGzipFormat = 16;            // added to the window bits

class Plain : public InputStream {
 public:
  explicit Plain(std::unique_ptr<RandomAccessFile> file) : file_(std::move(file)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    ASSIGN_OR_RETURN(const size_t n, file_->Read(offset_, size, buffer));
    offset_ += n;
    return n;
  }

 private:
  const std::unique_ptr<RandomAccessFile> file_;
  uint64_t offset_ = 0;
};

class GzipReader : public InputStream {
 public:
  explicit GzipReader(std::unique_ptr<RandomAccessFile> file)
      : file_(std::move(file)), compressed_(kBufferBytes, '\0') {
    is_open_ = inflateInit2(&zlib_, kGzipFormat + MAX_WBITS) == Z_OK;
  }
  ~GzipReader() override {
    if (is_open_) inflateEnd(&zlib_);
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (!is_open_) return absl::ResourceExhaustedError("no memory for a gzip decoder");
    size = std::min(size, kMaxZlibBytes);
    zlib_.next_out = reinterpret_cast<Bytef*>(buffer);
    zlib_.avail_out = static_cast<uInt>(size);
    while (zlib_.avail_out == size) {
      if (zlib_.avail_in == 0) {
        ASSIGN_OR_RETURN(const size_t n, file_->Read(offset_, compressed_.size(), compressed_.data()));
        offset_ += n;
        zlib_.next_in = reinterpret_cast<Bytef*>(compressed_.data());
        zlib_.avail_in = static_cast<uInt>(n);
        if (n == 0 && in_member_) {
          return absl::DataLossError(absl::StrCat("the gzip stream is truncated: the file ends at byte ", offset_,
                                                  " before the end of the compressed data"));
        }
        if (n == 0) return 0;
      }
      if (!in_member_) {
        // A further member must begin here. Its first byte tells; the rest of its header inflate() checks.
        if (*zlib_.next_in != 0x1f) {
          return absl::DataLossError(
              absl::StrCat("bytes that are not gzip follow the compressed data at byte ", offset_ - zlib_.avail_in));
        }
        inflateReset(&zlib_);
        in_member_ = true;
      }
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        in_member_ = false;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return absl::DataLossError(absl::StrCat("the gzip stream is corrupted near byte ", offset_ - zlib_.avail_in,
                                                ": ", zlib_.msg == nullptr ? zError(code) : zlib_.msg));
      }
    }
    return size - zlib_.avail_out;
  }

 private:
  const std::unique_ptr<RandomAccessFile> file_;
  std::string compressed_;
  uint64_t offset_ = 0;  // of the file, behind `compressed_`
  z_stream zlib_{};
  bool is_open_ = false;
  bool in_member_ = true;
};

class GzipWriter : public WritableFile {
 public:
  GzipWriter(std::unique_ptr<WritableFile> file, int level) : file_(std::move(file)), compressed_(kBufferBytes, '\0') {
    is_open_ = deflateInit2(&zlib_, level, Z_DEFLATED, kGzipFormat + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipWriter() override {
    if (is_open_) deflateEnd(&zlib_);
  }

  absl::Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t n = std::min(bytes.size(), kMaxZlibBytes);
      RETURN_IF_ERROR(Deflate(bytes.substr(0, n), Z_NO_FLUSH));
      bytes.remove_prefix(n);
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    RETURN_IF_ERROR(Deflate("", Z_FINISH));
    return file_->Close();
  }

 private:
  absl::Status Deflate(std::string_view bytes, int flush) {
    if (!is_open_) return absl::ResourceExhaustedError("no memory for a gzip encoder");
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib_.avail_in = static_cast<uInt>(bytes.size());
    do {
      zlib_.next_out = reinterpret_cast<Bytef*>(compressed_.data());
      zlib_.avail_out = static_cast<uInt>(compressed_.size());
      deflate(&zlib_, flush);
      RETURN_IF_ERROR(file_->Append(std::string_view(compressed_).substr(0, compressed_.size() - zlib_.avail_out)));
    } while (zlib_.avail_out == 0);
    return absl::OkStatus();
  }

  const std::unique_ptr<WritableFile> file_;
  std::string compressed_;
  z_stream zlib_{};
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<InputStream> PlainInput(std::unique_ptr<RandomAccessFile> file) {
  return std::make_unique<Plain>(std::move(file));
}

std::unique_ptr<InputStream> GzipInput(std::unique_ptr<RandomAccessFile> file) {
  return std::make_unique<GzipReader>(std::move(file));
}

std::unique_ptr<WritableFile> GzipOutput(std::unique_ptr<WritableFile> file, int level) {
  return std::make_unique<GzipWriter>(std::move(file), std::clamp(level, 0, 9));
}

}  // namespace tfx::io
