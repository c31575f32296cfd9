// SHA-1 (FIPS 180-4): only for the order of TFT's fingerprint_shuffle, never for security.
#ifndef TFX_TRANSFORM_SHA1_H_
#define TFX_TRANSFORM_SHA1_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace tft {

std::array<uint8_t, 20> Sha1(std::string_view bytes);

}  // namespace tft

#endif  // TFX_TRANSFORM_SHA1_H_
