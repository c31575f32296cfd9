// Reads protobuf's wire format field by field, without messages. Used by the Example decoder.
// Specification: https://protobuf.dev/programming-guides/encoding
#ifndef TFX_DATASET_WIRE_FORMAT_H_
#define TFX_DATASET_WIRE_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tfx::dataset {

enum class WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

// A cursor over the fields of one message. Every function returns false when the bytes are malformed; the cursor is
// then of no more use.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool AtEnd() const { return p_ == end_; }

  bool ReadVarint(uint64_t* value) {
    if (p_ < end_ && static_cast<unsigned char>(*p_) < 0x80) {
      *value = static_cast<unsigned char>(*p_++);
      return true;
    }
    return ReadLongVarint(value);
  }

  bool ReadTag(uint32_t* field, WireType* type) {
    // At most five bytes, and what is beyond 32 bits is lost, as in protobuf's own reader.
    uint32_t tag = 0;
    for (int shift = 0;; shift += 7) {
      if (shift == 35 || p_ == end_) return false;
      const uint32_t byte = static_cast<unsigned char>(*p_++);
      tag |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if ((tag >> 3) == 0 || (tag & 7) > 5) return false;
    *field = tag >> 3;
    *type = static_cast<WireType>(tag & 7);
    return true;
  }

  bool ReadBytes(std::string_view* bytes) {
    uint64_t size;
    if (!ReadVarint(&size) || size > static_cast<uint64_t>(end_ - p_)) return false;
    *bytes = std::string_view(p_, size);
    p_ += size;
    return true;
  }

  bool ReadFixed(size_t size, const char** bytes) {
    if (size > static_cast<size_t>(end_ - p_)) return false;
    *bytes = p_;
    p_ += size;
    return true;
  }

  // Skips the value of a field whose tag has been read. Groups nest at most 100 deep, as in protobuf.
  bool Skip(uint32_t field, WireType type, int depth = 0) {
    uint64_t varint;
    std::string_view bytes;
    const char* fixed;
    switch (type) {
      case WireType::kVarint:
        return ReadVarint(&varint);
      case WireType::kFixed64:
        return ReadFixed(8, &fixed);
      case WireType::kBytes:
        return ReadBytes(&bytes);
      case WireType::kFixed32:
        return ReadFixed(4, &fixed);
      case WireType::kGroup:
        break;
      case WireType::kEndGroup:
        return false;
    }
    uint32_t inner;
    while (depth < 100 && ReadTag(&inner, &type)) {
      if (type == WireType::kEndGroup) return inner == field;
      if (!Skip(inner, type, depth + 1)) return false;
    }
    return false;
  }

 private:
  bool ReadLongVarint(uint64_t* value) {
    uint64_t result = 0;
    for (int shift = 0; shift < 70 && p_ < end_; shift += 7) {
      const uint64_t byte = static_cast<unsigned char>(*p_++);
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  const char* p_;
  const char* end_;
};

inline size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

}  // namespace tfx::dataset

#endif  // TFX_DATASET_WIRE_FORMAT_H_
