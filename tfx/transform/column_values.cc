#include "tfx/transform/column_values.h"

#include <algorithm>

namespace tft {

using ::tfx::tf::Shape;
using ::tfx::tf::Tensor;

RowShape::RowShape(const ColumnLayout& layout) : layout_(layout), known_(!layout.elementwise) {
  if (layout.elementwise && layout.row_shape.has_value()) {
    known_ = true;
    shape_ = *layout.row_shape;
  }
}

size_t RowShape::num_columns() const {
  if (!known_) return 0;
  size_t columns = 1;
  for (int64_t dimension : shape_) columns *= static_cast<size_t>(dimension);
  return columns;
}

absl::Status RowShape::Observe(std::span<const Tensor> inputs) {
  if (!layout_.elementwise) return absl::OkStatus();
  if (layout_.sparse_columns) {
    const std::span<const int64_t> dense_shape = inputs[2].data<int64_t>();
    if (dense_shape.size() != 2) {
      return absl::InvalidArgumentError("an element-wise analyzer of a sparse tensor needs rank 2");
    }
    return Set({dense_shape[1]});
  }
  const Shape shape = inputs[0].shape();
  if (shape.empty()) return absl::InvalidArgumentError("an element-wise analyzer needs a batch dimension");
  return Set(Shape(shape.begin() + 1, shape.end()));
}

absl::Status RowShape::Set(const Shape& shape) {
  if (layout_.sparse_columns && known_) {
    shape_[0] = std::max(shape_[0], shape[0]);
    return absl::OkStatus();
  }
  if (known_ && shape != shape_) {
    return absl::InvalidArgumentError(absl::StrCat("an element-wise analyzer needs rows of one shape, but met [",
                                                   absl::StrJoin(shape, ","), "] after [", absl::StrJoin(shape_, ","),
                                                   "]"));
  }
  known_ = true;
  shape_ = shape;
  return absl::OkStatus();
}

absl::Status RowShape::Merge(const RowShape& other) {
  return other.known_ && layout_.elementwise ? Set(other.shape_) : absl::OkStatus();
}

void RowShape::Serialize(::tfx::sketches::StateWriter& writer) const {
  writer.Integer(known_ ? 1 : 0);
  writer.Numbers(shape_);
}

void RowShape::ParseFrom(::tfx::sketches::StateReader& reader) {
  known_ = reader.Integer() != 0;
  shape_ = reader.Numbers<int64_t>();
}

}  // namespace tft
