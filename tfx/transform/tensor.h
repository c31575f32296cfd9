// Symbolic tensors of a preprocessing_fn: arithmetic, comparison and any TensorFlow op by name.
//
//   tft::Tensor fare = tft::Dense(inputs["fare"], 0.0f);
//   outputs["big_tip"] = tft::Cast<int64_t>(tips > 0.2f * fare);
//   outputs["log_fare"] = tft::Op("Log1p").Input(fare).Output();
//
// A Tensor is dense, or sparse (row, column indices, values and dense_shape, as TensorFlow's SparseTensor). It lives as
// long as the call of the preprocessing_fn in which it was made. Arithmetic is TensorFlow's, in the tensors' own type:
// nothing is promoted, so Cast first where types differ. A number beside a tensor takes the tensor's type.
// On a sparse tensor, element-wise operations with a number or of one argument work on the values; two sparse tensors
// cannot be combined (their indices may differ): make them dense first.
//
// Errors are sticky: the first wrong call is what AnalyzeDataset reports, with the function and what was expected;
// everything built on it is an invalid Tensor. Used from one thread, inside a preprocessing_fn only.
#ifndef TFX_TRANSFORM_TENSOR_H_
#define TFX_TRANSFORM_TENSOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/tensor.h"

namespace tft {

namespace tf = ::tfx::tf;

class Tensor {
 public:
  Tensor() = default;  // no tensor: valid() is false
  explicit Tensor(const tf::Output& dense) : values_(dense) {}
  Tensor(const tf::Output& indices, const tf::Output& values, const tf::Output& dense_shape)
      : values_(values), indices_(indices), dense_shape_(dense_shape) {}

  bool valid() const { return values_.valid(); }
  bool is_sparse() const { return indices_.valid(); }
  tf::DataType dtype() const { return values_.valid() ? values_.dtype() : ::tensorflow::DT_INVALID; }
  // With the batch dimension, -1 where unknown; nullopt when the rank is unknown. Of a sparse tensor: nullopt.
  std::optional<tf::Shape> shape() const { return is_sparse() || !valid() ? std::nullopt : values_.shape(); }

  // Nodes of the graph. `output` is the dense tensor, or the values of a sparse one ([n]).
  const tf::Output& output() const { return values_; }
  const tf::Output& values() const { return values_; }            // [n]
  const tf::Output& indices() const { return indices_; }          // int64 [n, rank]; invalid when dense
  const tf::Output& dense_shape() const { return dense_shape_; }  // int64 [rank]; invalid when dense

  // The same structure around other values.
  Tensor WithValues(const tf::Output& values) const {
    return is_sparse() ? Tensor(indices_, values, dense_shape_) : Tensor(values);
  }

 private:
  tf::Output values_;
  tf::Output indices_;
  tf::Output dense_shape_;
};

// What may stand beside an operator: a tensor or a constant.
class Operand {
 public:
  Operand(const Tensor& tensor) : value_(tensor) {}  // NOLINT: implicit on purpose
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T value) {  // NOLINT
    if constexpr (std::is_floating_point_v<T>) {
      value_ = static_cast<double>(value);
    } else {
      value_ = static_cast<int64_t>(value);
    }
  }
  Operand(const char* value) : value_(std::string(value)) {}  // NOLINT
  Operand(std::string value) : value_(std::move(value)) {}    // NOLINT

  const Tensor* tensor() const { return std::get_if<Tensor>(&value_); }
  // The constant as a scalar of `dtype`; nullopt (with the trace's error set) when it does not fit, as 0.5 for int64.
  std::optional<tf::Output> AsConstant(tf::DataType dtype, std::string_view function) const;

 private:
  std::variant<Tensor, double, int64_t, std::string> value_;
};

Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);  // TensorFlow's RealDiv; integers are cast to float32 first
Tensor operator<(const Operand& a, const Operand& b);
Tensor operator>(const Operand& a, const Operand& b);
Tensor operator<=(const Operand& a, const Operand& b);
Tensor operator>=(const Operand& a, const Operand& b);
Tensor operator==(const Operand& a, const Operand& b);
Tensor operator!=(const Operand& a, const Operand& b);
Tensor operator&&(const Tensor& a, const Tensor& b);
Tensor operator||(const Tensor& a, const Tensor& b);
Tensor operator!(const Tensor& a);
Tensor operator-(const Tensor& a);

Tensor CastTo(const Tensor& x, tf::DataType dtype);
template <class T>
Tensor Cast(const Tensor& x) {
  return CastTo(x, tf::DataTypeOf<T>::value);
}

// Element-wise choice with broadcasting; at least one of `a` and `b` is a tensor.
Tensor Where(const Tensor& condition, const Operand& a, const Operand& b);
Tensor IsNan(const Tensor& x);
Tensor Abs(const Tensor& x);
Tensor Log(const Tensor& x);
Tensor Log1p(const Tensor& x);
Tensor Exp(const Tensor& x);
Tensor Sqrt(const Tensor& x);
Tensor Minimum(const Operand& a, const Operand& b);
Tensor Maximum(const Operand& a, const Operand& b);

// A sparse feature of at most one value per row as dense [batch], `default_value` where there is none. More than one
// value in a row is an error of the run (TensorFlow's, index out of bounds). A dense tensor comes back unchanged,
// with its shape: [batch] or [batch, 1].
Tensor Dense(const Tensor& x, const Operand& default_value);

// Dense [batch, columns] of a sparse tensor; a value at or beyond `columns` is an error of the run.
struct ToDenseOptions {
  int64_t columns = -1;  // -1: the widest row of the batch
};
Tensor ToDense(const Tensor& x, const Operand& default_value, const ToDenseOptions& options = {});

Tensor Constant(const tf::Tensor& value);
template <class T>
Tensor Constant(const std::vector<T>& values) {
  return Constant(tf::Tensor::Vector<T>(values));
}
Tensor Reshape(const Tensor& x, const std::vector<int64_t>& shape);  // dense; one -1 allowed
Tensor Squeeze(const Tensor& x, int axis);

// Strings, element-wise. AsString of integers is their decimal form.
Tensor AsString(const Tensor& x);
Tensor StringJoin(const std::vector<Tensor>& parts, std::string_view separator);  // dense
Tensor StringLower(const Tensor& x);
// Words of a dense string [batch] as a sparse [batch, words]; empty words are left out, as tf.compat.v1.string_split.
Tensor StringSplit(const Tensor& x, std::string_view delimiter = " ");

// Any op of TensorFlow by name. Inputs are dense tensors; a sparse tensor stands for its values.
//   Tensor y = Op("Pow").Input(x).Input(Constant(tf::Tensor::Scalar(2.0f))).Output();
class Op {
 public:
  explicit Op(std::string_view type);
  Op(Op&&) noexcept;
  ~Op();
  Op&& Input(const Tensor& x) &&;
  Op&& InputList(const std::vector<Tensor>& xs) &&;
  // Any attribute that tf::OpBuilder takes.
  template <class T>
  Op&& Attr(std::string_view name, const T& value) && {
    if (builder_.has_value()) static_cast<void>(std::move(*builder_).Attr(name, value));
    return std::move(*this);
  }
  Op&& TypeListAttr(std::string_view name, const std::vector<tf::DataType>& values) &&;
  Op&& IntListAttr(std::string_view name, const std::vector<int64_t>& values) &&;
  Tensor Output() &&;
  std::vector<Tensor> Outputs() &&;

 private:
  std::string type_;
  bool failed_ = false;
  std::optional<tf::OpBuilder> builder_;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_TENSOR_H_
