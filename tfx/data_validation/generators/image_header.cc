#include "tfx/data_validation/generators/image_header.h"

#include <cstddef>

namespace tfx::tfdv {
namespace {

uint32_t ByteAt(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

uint32_t BigEndian(std::string_view bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | ByteAt(bytes, at + i);
  return value;
}

uint32_t LittleEndian(std::string_view bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = size; i > 0; --i) value = value << 8 | ByteAt(bytes, at + i - 1);
  return value;
}

std::optional<ImageSize> BmpSize(std::string_view bytes) {
  if (bytes.size() < 22) return std::nullopt;
  if (LittleEndian(bytes, 14, 4) == 12) return ImageSize{LittleEndian(bytes, 18, 2), LittleEndian(bytes, 20, 2)};
  if (bytes.size() < 26) return std::nullopt;
  const int64_t width = static_cast<int32_t>(LittleEndian(bytes, 18, 4));
  const int64_t height = static_cast<int32_t>(LittleEndian(bytes, 22, 4));
  if (width < 0) return std::nullopt;
  return ImageSize{width, height < 0 ? -height : height};  // negative: from the top down
}

std::optional<ImageSize> GifSize(std::string_view bytes) {
  if (bytes.size() < 10) return std::nullopt;
  return ImageSize{LittleEndian(bytes, 6, 2), LittleEndian(bytes, 8, 2)};
}

// Segments up to the first frame header: FF, any number of FF, marker, length (itself included), content.
std::optional<ImageSize> JpegSize(std::string_view bytes) {
  size_t at = 2;
  while (at < bytes.size()) {
    if (ByteAt(bytes, at) != 0xff) return std::nullopt;
    while (at < bytes.size() && ByteAt(bytes, at) == 0xff) ++at;
    if (at >= bytes.size()) return std::nullopt;
    const uint32_t marker = ByteAt(bytes, at++);
    const bool stands_alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (stands_alone) continue;
    const bool frames_are_over = marker == 0xd9 || marker == 0xda;
    if (frames_are_over || at + 2 > bytes.size()) return std::nullopt;
    const size_t length = BigEndian(bytes, at, 2);
    if (length < 2) return std::nullopt;
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) {
      if (length < 7 || at + 7 > bytes.size()) return std::nullopt;
      return ImageSize{BigEndian(bytes, at + 5, 2), BigEndian(bytes, at + 3, 2)};
    }
    at += length;
  }
  return std::nullopt;
}

std::optional<ImageSize> PngSize(std::string_view bytes) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return std::nullopt;
  return ImageSize{BigEndian(bytes, 16, 4), BigEndian(bytes, 20, 4)};
}

}  // namespace

const char* ImageFormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::kBmp:
      return "bmp";
    case ImageFormat::kGif:
      return "gif";
    case ImageFormat::kJpeg:
      return "jpeg";
    case ImageFormat::kPng:
      return "png";
    case ImageFormat::kUnknown:
      break;
  }
  return "";
}

ImageFormat RecogniseImage(std::string_view bytes) {
  if (bytes.starts_with("BM")) return ImageFormat::kBmp;
  if (bytes.starts_with("GIF8")) return ImageFormat::kGif;
  if (bytes.starts_with("\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  return ImageFormat::kUnknown;
}

std::optional<ImageSize> ReadImageSize(std::string_view bytes) {
  switch (RecogniseImage(bytes)) {
    case ImageFormat::kBmp:
      return BmpSize(bytes);
    case ImageFormat::kGif:
      return GifSize(bytes);
    case ImageFormat::kJpeg:
      return JpegSize(bytes);
    case ImageFormat::kPng:
      return PngSize(bytes);
    case ImageFormat::kUnknown:
      break;
  }
  return std::nullopt;
}

}  // namespace tfx::tfdv
