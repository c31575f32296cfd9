// Little-endian bytes of accumulator states, the same on every machine. Used by the Serialize and ParseFrom of sketches
// and of the accumulators above them. A reader turns bad at the first value that does not fit and stays so; check ok()
// once at the end.
#ifndef TFX_SKETCHES_STATE_BYTES_H_
#define TFX_SKETCHES_STATE_BYTES_H_

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tfx::sketches {

class StateWriter {
 public:
  void Integer(uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(value >> shift));
  }
  void Real(double value) { Integer(std::bit_cast<uint64_t>(value)); }
  void Bytes(std::string_view value) {
    Integer(value.size());
    bytes_.append(value);
  }
  // The count, then each; T is double or an integer.
  template <class T>
  void Numbers(const std::vector<T>& values) {
    Integer(values.size());
    for (const T value : values) {
      if constexpr (std::is_same_v<T, double>) {
        Real(value);
      } else {
        Integer(static_cast<uint64_t>(value));
      }
    }
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Integer() {
    if (!Need(8)) return 0;
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(8);
    return value;
  }
  double Real() { return std::bit_cast<double>(Integer()); }
  std::string_view Bytes() {
    const uint64_t size = Integer();
    if (!Need(size)) return {};
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  // A count of things of at least `bytes_each` bytes; bad when the rest is too short for them, so that a damaged count
  // never asks for much memory.
  uint64_t Count(uint64_t bytes_each) {
    const uint64_t count = Integer();
    if (count > rest_.size() / bytes_each) good_ = false;
    return good_ ? count : 0;
  }
  template <class T>
  std::vector<T> Numbers() {
    std::vector<T> values(Count(8));
    for (T& value : values) {
      if constexpr (std::is_same_v<T, double>) {
        value = Real();
      } else {
        value = static_cast<T>(Integer());
      }
    }
    return values;
  }
  // Nothing was wrong so far; and, for ok(), nothing is left either.
  bool good() const { return good_; }
  bool ok() const { return good_ && rest_.empty(); }

 private:
  bool Need(uint64_t size) {
    if (size > rest_.size()) good_ = false;
    return good_;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_STATE_BYTES_H_
