// What the first bytes of a picture say: its format and its size in pixels.
//
// Formats: BMP (BITMAPCOREHEADER and BITMAPINFOHEADER and longer), GIF87a/89a, JPEG (the first frame header, T.81
// B.2.2), PNG (RFC 2083, IHDR). Never reads past `bytes`. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_IMAGE_HEADER_H_
#define TFX_DATA_VALIDATION_GENERATORS_IMAGE_HEADER_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace tfx::tfdv {

enum class ImageFormat { kUnknown, kBmp, kGif, kJpeg, kPng };  // in the order of their names

// "" for kUnknown, else "bmp", "gif", "jpeg", "png".
const char* ImageFormatName(ImageFormat format);

ImageFormat RecogniseImage(std::string_view bytes);

struct ImageSize {
  int64_t width = 0;   // pixels
  int64_t height = 0;  // pixels
};
// Of the first frame. Unset when the bytes are no image or end before their size.
std::optional<ImageSize> ReadImageSize(std::string_view bytes);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_IMAGE_HEADER_H_
