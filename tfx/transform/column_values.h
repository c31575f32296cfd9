// Walks over the values of an analyzer's input, column by column index.
#ifndef TFX_TRANSFORM_COLUMN_VALUES_H_
#define TFX_TRANSFORM_COLUMN_VALUES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/sketches/state_bytes.h"
#include "tfx/transform/numeric_states.h"

namespace tft {

// The shape of one row as seen so far: settled by the first batch of an element-wise analyzer. Sparse rows may grow.
class RowShape {
 public:
  explicit RowShape(const ColumnLayout& layout);

  // Takes the batch's shape. INVALID_ARGUMENT when dense rows differ from those before.
  absl::Status Observe(std::span<const ::tfx::tf::Tensor> inputs);
  absl::Status Merge(const RowShape& other);
  void Serialize(::tfx::sketches::StateWriter& writer) const;
  void ParseFrom(::tfx::sketches::StateReader& reader);

  const ColumnLayout& layout() const { return layout_; }
  size_t num_columns() const;                        // 0 before anything is known
  ::tfx::tf::Shape shape() const { return shape_; }  // [] unless element-wise

 private:
  absl::Status Set(const ::tfx::tf::Shape& shape);
  ColumnLayout layout_;
  bool known_ = false;
  ::tfx::tf::Shape shape_;
};

// Calls f(column, position, value) for each value, T being double or int64_t. INVALID_ARGUMENT for a type that is not
// a number.
template <class T, class F>
absl::Status ForEachValue(std::span<const ::tfx::tf::Tensor> inputs, const RowShape& row, F f) {
  const ::tfx::tf::Tensor& values = inputs[0];
  const size_t columns = row.num_columns();
  const bool sparse = row.layout().sparse_columns;
  std::span<const int64_t> indices;
  if (sparse) indices = inputs[1].data<int64_t>();
  auto walk = [&](auto data) {
    for (size_t i = 0; i < data.size(); ++i) {
      const size_t column = sparse ? static_cast<size_t>(indices[2 * i + 1]) : columns > 1 ? i % columns : 0;
      f(column, i, static_cast<T>(data[i]));
    }
    return absl::OkStatus();
  };
  switch (values.dtype()) {
    case ::tensorflow::DT_FLOAT:
      return walk(values.data<float>());
    case ::tensorflow::DT_DOUBLE:
      return walk(values.data<double>());
    case ::tensorflow::DT_INT64:
      return walk(values.data<int64_t>());
    case ::tensorflow::DT_INT32:
      return walk(values.data<int32_t>());
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("an analyzer of numbers cannot take ", ::tensorflow::DataType_Name(values.dtype())));
  }
}

// `values` as a tensor of `dtype`.
template <class T>
absl::StatusOr<::tfx::tf::Tensor> ResultTensor(::tfx::tf::DataType dtype, const ::tfx::tf::Shape& shape,
                                               const std::vector<T>& values) {
  ::tfx::tf::Tensor result = ::tfx::tf::Tensor::Empty(dtype, shape);
  auto fill = [&](auto out) {
    using U = typename decltype(out)::value_type;
    for (size_t i = 0; i < out.size() && i < values.size(); ++i) out[i] = static_cast<U>(values[i]);
    return result;
  };
  switch (dtype) {
    case ::tensorflow::DT_FLOAT:
      return fill(result.mutable_data<float>());
    case ::tensorflow::DT_DOUBLE:
      return fill(result.mutable_data<double>());
    case ::tensorflow::DT_INT64:
      return fill(result.mutable_data<int64_t>());
    case ::tensorflow::DT_INT32:
      return fill(result.mutable_data<int32_t>());
    default:
      return absl::InternalError("an analyzer's result has no numeric type");
  }
}

inline bool IsFloating(::tfx::tf::DataType dtype) {
  return dtype == ::tensorflow::DT_FLOAT || dtype == ::tensorflow::DT_DOUBLE;
}

}  // namespace tft

#endif  // TFX_TRANSFORM_COLUMN_VALUES_H_
