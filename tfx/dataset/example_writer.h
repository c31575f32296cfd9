// Writes tf.Example messages as wire bytes, feature by feature, in the form that protobuf's deterministic
// serialization gives when the keys come sorted. Used by the encoders.
//
//   ExampleWriter writer;
//   writer.AddInts("age", ages);
//   records.Append(writer.Finish());
#ifndef TFX_DATASET_EXAMPLE_WRITER_H_
#define TFX_DATASET_EXAMPLE_WRITER_H_

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "tfx/dataset/wire_format.h"

namespace tfx::dataset {

// Appends tag, length and bytes of a length-delimited field with a number below 16.
inline void AppendField(int field, std::string_view bytes, std::string* out) {
  out->push_back(static_cast<char>(field << 3 | 2));
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

// The three kinds of Feature, appended as wire bytes of the message Feature. `strings(i)` gives the i-th value.
inline void AppendIntFeature(std::span<const int64_t> values, std::string* out) {
  size_t packed = 0;
  for (const int64_t value : values) packed += VarintSize(static_cast<uint64_t>(value));
  out->push_back(0x1a);
  AppendVarint(values.empty() ? 0 : 1 + VarintSize(packed) + packed, out);
  if (values.empty()) return;
  out->push_back(0x0a);
  AppendVarint(packed, out);
  for (const int64_t value : values) AppendVarint(static_cast<uint64_t>(value), out);
}

inline void AppendFloatFeature(std::span<const float> values, std::string* out) {
  const size_t packed = values.size_bytes();
  out->push_back(0x12);
  AppendVarint(values.empty() ? 0 : 1 + VarintSize(packed) + packed, out);
  if (values.empty()) return;
  out->push_back(0x0a);
  AppendVarint(packed, out);
  out->append(reinterpret_cast<const char*>(values.data()), packed);
}

template <class Strings>
void AppendBytesFeature(size_t size, const Strings& strings, std::string* out) {
  size_t total = 0;
  for (size_t i = 0; i < size; ++i) total += 1 + VarintSize(strings(i).size()) + strings(i).size();
  out->push_back(0x0a);
  AppendVarint(total, out);
  for (size_t i = 0; i < size; ++i) AppendField(1, strings(i), out);
}

class ExampleWriter {
 public:
  void AddInts(std::string_view key, std::span<const int64_t> values) {
    feature_.clear();
    AppendIntFeature(values, &feature_);
    AddEntry(key, feature_);
  }
  void AddFloats(std::string_view key, std::span<const float> values) {
    feature_.clear();
    AppendFloatFeature(values, &feature_);
    AddEntry(key, feature_);
  }
  template <class Strings>
  void AddBytes(std::string_view key, size_t size, const Strings& strings) {
    feature_.clear();
    AppendBytesFeature(size, strings, &feature_);
    AddEntry(key, feature_);
  }

  // Any map entry: `value` is the wire bytes of a Feature (empty: no kind) or FeatureList.
  void AddEntry(std::string_view key, std::string_view value) {
    body_.push_back(0x0a);
    AppendVarint(2 + VarintSize(key.size()) + key.size() + VarintSize(value.size()) + value.size(), &body_);
    AppendField(1, key, &body_);
    AppendField(2, value, &body_);
  }

  // The Example; valid until the next call. Starts a new one.
  std::string_view Finish() {
    example_.clear();
    AppendField(1, body_, &example_);
    body_.clear();
    return example_;
  }

  // The map as it is, the bytes of Features or FeatureLists. Starts a new one.
  std::string TakeMap() {
    std::string map;
    map.swap(body_);
    return map;
  }

 private:
  std::string feature_;
  std::string body_;
  std::string example_;
};

}  // namespace tfx::dataset

#endif  // TFX_DATASET_EXAMPLE_WRITER_H_
