// Little-endian bytes of analyzer states: fixed-width numbers, and strings and vectors with their length before them.
#ifndef TFX_TRANSFORM_STATE_BYTES_H_
#define TFX_TRANSFORM_STATE_BYTES_H_

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tft {

class StateWriter {
 public:
  void Int(int64_t value) {
    for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
  void Number(double value) { Int(std::bit_cast<int64_t>(value)); }
  void Number(int64_t value) { Int(value); }
  void String(std::string_view value) {
    Int(static_cast<int64_t>(value.size()));
    bytes_.append(value);
  }
  template <class T>
  void Numbers(const std::vector<T>& values) {
    Int(static_cast<int64_t>(values.size()));
    for (T value : values) Number(value);
  }
  std::string Finish() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After a read past the end every further read gives zeros and ok() is false.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }

  int64_t Int() {
    if (bytes_.size() < 8) return Fail();
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
    bytes_.remove_prefix(8);
    return static_cast<int64_t>(value);
  }
  template <class T>
  T Number() {
    if constexpr (std::is_same_v<T, double>) return std::bit_cast<double>(Int());
    return static_cast<T>(Int());
  }
  std::string_view String() {
    const int64_t size = Int();
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size()) {
      Fail();
      return {};
    }
    std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  template <class T>
  std::vector<T> Numbers() {
    const int64_t size = Int();
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size() / 8) {
      Fail();
      return {};
    }
    std::vector<T> values(size);
    for (T& value : values) value = Number<T>();
    return values;
  }
  // OK when everything was read and nothing is left.
  absl::Status Finish(std::string_view what) const {
    if (ok_ && bytes_.empty()) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("the bytes are not the ", std::string(what)));
  }

 private:
  int64_t Fail() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_STATE_BYTES_H_
