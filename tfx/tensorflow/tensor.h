// A TensorFlow tensor in host memory, shared by reference: copies are cheap and see the same data.
//
//   Tensor x = Tensor::Vector<float>({1, 2, 3});            // shape [3]
//   Tensor s = Tensor::Strings({"a", "b"});                  // shape [2], DT_STRING
//   std::span<const float> values = x.data<float>();
//
// Making a tensor loads the TensorFlow runtime; when that fails the tensor is invalid, and what it is given to
// (Graph::Const, Session::Run) reports why. Reading elements as another type than the tensor's, or giving a number of
// values that does not fit the shape, is a mistake of the program and aborts with a message: check dtype() of tensors
// that come from somebody's model.
// Thread-compatible: reading from several threads is safe while nobody writes.
#ifndef TFX_TENSORFLOW_TENSOR_H_
#define TFX_TENSORFLOW_TENSOR_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensorflow/core/framework/types.pb.h"

struct TF_Tensor;

namespace tfx::tf {

using ::tensorflow::DataType;

// The DataType of a C++ element type: float, double, int32_t, int64_t, uint8_t, bool.
template <class T>
struct DataTypeOf;
template <>
struct DataTypeOf<float> {
  static constexpr DataType value = ::tensorflow::DT_FLOAT;
};
template <>
struct DataTypeOf<double> {
  static constexpr DataType value = ::tensorflow::DT_DOUBLE;
};
template <>
struct DataTypeOf<int32_t> {
  static constexpr DataType value = ::tensorflow::DT_INT32;
};
template <>
struct DataTypeOf<int64_t> {
  static constexpr DataType value = ::tensorflow::DT_INT64;
};
template <>
struct DataTypeOf<uint8_t> {
  static constexpr DataType value = ::tensorflow::DT_UINT8;
};
template <>
struct DataTypeOf<bool> {
  static constexpr DataType value = ::tensorflow::DT_BOOL;
};

using Shape = std::vector<int64_t>;  // row-major; [] is a scalar

class Tensor {
 public:
  Tensor() = default;  // no tensor: valid() is false

  // Zero-filled (strings empty).
  static Tensor Empty(DataType dtype, const Shape& shape);
  template <class T>
  static Tensor Scalar(T value) {
    return FromData<T>({}, std::span<const T>(&value, 1));
  }
  template <class T>
  static Tensor Vector(const std::vector<T>& values) {
    return FromData<T>({static_cast<int64_t>(values.size())}, std::span<const T>(values));
  }
  // Copies `values`, whose size must be the product of `shape`.
  template <class T>
  static Tensor FromData(const Shape& shape, std::span<const T> values) {
    Tensor t = Empty(DataTypeOf<T>::value, shape);
    std::span<T> out = t.mutable_data<T>();
    if (t.valid()) CheckCount(values.size(), out.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = values[i];
    return t;
  }
  static Tensor String(std::string_view value);
  static Tensor Strings(std::span<const std::string_view> values) {
    return Strings({static_cast<int64_t>(values.size())}, values);
  }
  static Tensor Strings(const std::vector<std::string>& values);
  static Tensor Strings(const Shape& shape, std::span<const std::string_view> values);
  // Takes ownership.
  static Tensor Adopt(TF_Tensor* tensor);

  bool valid() const { return tensor_ != nullptr; }
  DataType dtype() const;
  Shape shape() const;
  int64_t num_elements() const;

  // The elements, row-major. T must be the type of the tensor.
  template <class T>
  std::span<const T> data() const {
    return {static_cast<const T*>(raw(DataTypeOf<T>::value)), static_cast<size_t>(num_elements())};
  }
  template <class T>
  std::span<T> mutable_data() {
    return {static_cast<T*>(raw(DataTypeOf<T>::value)), static_cast<size_t>(num_elements())};
  }
  template <class T>
  T scalar() const {
    return data<T>()[0];
  }  // the first element
  // Element i of a DT_STRING tensor; valid as long as the tensor.
  std::string_view string_at(int64_t i) const;
  void set_string(int64_t i, std::string_view value);
  std::vector<std::string> strings() const;

  TF_Tensor* get() const { return tensor_.get(); }

 private:
  static void CheckCount(size_t values, size_t elements);
  // The elements; null for an invalid tensor. Aborts when the tensor is of another type.
  void* raw(DataType dtype) const;
  std::shared_ptr<TF_Tensor> tensor_;
};

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_TENSOR_H_
