// Digests and checksums that formats of the TensorFlow world prescribe.
#ifndef TFX_BASE_DIGEST_H_
#define TFX_BASE_DIGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tfx {

// SHA-256 (FIPS 180-4), incremental.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& Update(std::string_view bytes);
  std::array<uint8_t, 32> Digest();  // call once
  std::string HexDigest();           // 64 lower-case digits; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view bytes);

// The digest read as one big-endian integer, modulo `divisor` (> 0): TFX's hash buckets.
uint64_t Sha256Modulo(std::string_view bytes, uint64_t divisor);

// SHA-1 (FIPS 180-4): for orders and names that a format prescribes, never for security.
std::array<uint8_t, 20> Sha1(std::string_view bytes);

// CRC-32C (Castagnoli), as in RFC 3720; and the masked form of TFRecord: rotate right by 15, add 0xa282ead8.
// `initial` is the checksum of the bytes that come before. Uses the processor's instruction where there is one.
uint32_t Crc32c(std::string_view bytes, uint32_t initial = 0);
uint32_t MaskedCrc32c(std::string_view bytes);

// farmhash Fingerprint64, TensorFlow's StringToHashBucketFast and OOV hash.
uint64_t Fingerprint64(std::string_view bytes);

namespace internal {
// The same without the instruction; for tests.
uint32_t Crc32cByTable(std::string_view bytes, uint32_t initial);
}  // namespace internal

}  // namespace tfx

#endif  // TFX_BASE_DIGEST_H_
