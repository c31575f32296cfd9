#include "tfx/base/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tfx {
namespace {

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  const std::string bytes(1000, 'x');

  Sha256 pieces;
  for (size_t i = 0; i < bytes.size(); i += 7) pieces.Update(std::string_view(bytes).substr(i, 7));

  EXPECT_EQ(pieces.HexDigest(), Sha256Hex(bytes));
}

TEST(Sha256, MovedObjectGoesOn) {
  Sha256 first;
  first.Update("a");

  Sha256 second = std::move(first);

  EXPECT_EQ(second.Update("bc").HexDigest(), Sha256Hex("abc"));
}

TEST(Sha256Modulo, EqualsTheRemainderOfTheBigInteger) {
  // The last digits decide for powers of 16: ...20015ad.
  EXPECT_EQ(Sha256Modulo("abc", 16), 0xdu);
  EXPECT_EQ(Sha256Modulo("abc", uint64_t{1} << 32), 0xf20015adu);
  EXPECT_EQ(Sha256Modulo("abc", 1), 0u);
  // Computed with Python: int(hashlib.sha256(b"abc").hexdigest(), 16) % n.
  EXPECT_EQ(Sha256Modulo("abc", 3), 1u);
  EXPECT_EQ(Sha256Modulo("abc", 1000003), 127342u);
  EXPECT_EQ(Sha256Modulo("abc", 18446744073709551557u), 11084944056211703577u);
}

TEST(Sha1, GivesThePublishedDigests) {
  const auto hex = [](std::string_view bytes) {
    std::string text;
    for (const uint8_t byte : Sha1(bytes)) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  };
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(std::string(1000000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Crc32c, GivesTheValuesOfRfc3720) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending.push_back(c);
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eu);
}

TEST(Crc32c, TableAndInstructionAgreeOnEveryLengthAndAlignment) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(i * 37 + 11));

  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; size + begin <= bytes.size(); ++size) {
      const std::string_view piece = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(Crc32c(piece), internal::Crc32cByTable(piece, 0)) << begin << " " << size;
    }
  }
}

TEST(Crc32c, ExtendsTheChecksumOfEarlierBytes) {
  EXPECT_EQ(Crc32c("56789", Crc32c("1234")), Crc32c("123456789"));
  EXPECT_EQ(internal::Crc32cByTable("56789", Crc32c("1234")), Crc32c("123456789"));
}

TEST(MaskedCrc32c, RotatesAndAdds) {
  const uint32_t crc = 0xe3069283u;

  EXPECT_EQ(MaskedCrc32c("123456789"), ((crc >> 15) | (crc << 17)) + 0xa282ead8u);
}

// Values of TensorFlow's string_to_hash_bucket_fast with 2^62 buckets.
TEST(Fingerprint64, EqualsTensorFlowsHash) {
  const std::pair<std::string, uint64_t> expected[] = {
      {"", 1936946117179621455u},
      {"a", 3694432073954588131u},
      {"hello", 3786372426573024488u},
      {"world", 2601484383088587886u},
      {"Cash", 1502617877646020900u},
      {"Credit Card", 2524611317601248177u},
      {"-1", 2722188246723688526u},
      {"12345", 2715825699093921016u},
      {"\u65e5\u672c\u8a9e", 1846174170784512071u},
      {std::string(100, 'x'), 1978794067220662815u},
  };
  for (const auto& [text, fingerprint] : expected) {
    EXPECT_EQ(Fingerprint64(text) % (uint64_t{1} << 62), fingerprint) << text;
  }
  EXPECT_EQ(Fingerprint64("") % 10, 3u);
  EXPECT_EQ(Fingerprint64("Cash") % 1000, 804u);
  EXPECT_EQ(Fingerprint64(std::string(100, 'x')) % 1000, 719u);
}

}  // namespace
}  // namespace tfx
