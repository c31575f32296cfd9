// Builds the Arrow column of one feature, row by row, from the wire bytes of tf.train.Feature. Used by the decoder.
#ifndef TFX_DATASET_FEATURE_COLUMN_H_
#define TFX_DATASET_FEATURE_COLUMN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"

namespace tfx::dataset {

// The field numbers of Feature's oneof.
enum class FeatureKind { kNone = 0, kBytes = 1, kFloat = 2, kInt64 = 3 };

std::string_view FeatureKindName(FeatureKind kind);  // "bytes", "float", "int64", "no kind"

// One Feature, its values not yet decoded: the BytesList, FloatList or Int64List messages, usually one, whose
// concatenation is the list.
struct FeatureValue {
  FeatureKind kind = FeatureKind::kNone;
  absl::InlinedVector<std::string_view, 1> lists;

  // Reads a Feature message; several calls merge as protobuf does. False when malformed.
  bool Merge(std::string_view feature);

  void Clear() {
    kind = FeatureKind::kNone;
    lists.clear();
  }
};

class FeatureColumn {
 public:
  // Sets the value of `row`; rows left out are null. Rows come in order; the last one may be set again.
  // DATA_LOSS: the lists are malformed. INVALID_ARGUMENT: another kind than in an earlier row, or 2^31 values or bytes.
  // `row_for_errors` is the number of the record.
  absl::Status Set(int64_t row, const FeatureValue& value, int64_t row_for_errors);

  // Forgets row `num_rows` and those behind it.
  void Truncate(int64_t num_rows);

  int64_t num_rows() const { return static_cast<int64_t>(valid_.size()); }

  // The column of `num_rows` rows, null list where nothing was set; of type null when no row has a kind. Call once.
  std::shared_ptr<arrow::Array> Finish(int64_t num_rows);

 private:
  void AppendNulls(int64_t num_rows);
  size_t num_values() const;
  bool AppendValues(std::string_view list);

  FeatureKind kind_ = FeatureKind::kNone;
  int64_t kind_row_ = 0;  // row that gave the kind
  int64_t kind_row_for_errors_ = 0;
  int64_t num_nulls_ = 0;
  std::vector<uint8_t> valid_;       // per row
  std::vector<int32_t> ends_ = {0};  // per row, of its values
  std::vector<int64_t> ints_;
  std::vector<float> floats_;
  std::string bytes_;
  std::vector<int32_t> byte_ends_ = {0};  // per value of kind bytes
};

// A buffer with one bit per entry, and null when all are set.
std::shared_ptr<arrow::Buffer> ValidityBitmap(const std::vector<uint8_t>& valid, int64_t num_nulls);

}  // namespace tfx::dataset

#endif  // TFX_DATASET_FEATURE_COLUMN_H_
