// Checks text that should be UTF-8 (RFC 3629).
#ifndef TFX_BASE_UTF8_H_
#define TFX_BASE_UTF8_H_

#include <string_view>

namespace tfx {

// Offset of the first byte that is not part of a well-formed character, or npos. Overlong forms, surrogates and code
// points above U+10FFFF are not well-formed, as in Python and protobuf.
size_t FindInvalidUtf8(std::string_view text);

}  // namespace tfx

#endif  // TFX_BASE_UTF8_H_
