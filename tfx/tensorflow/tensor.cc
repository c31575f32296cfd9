#include "tfx/tensorflow/tensor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/runtime.h"

namespace tfx::tf {
namespace {

// Bytes of one element; 0 for types that this class does not make.
size_t ElementSize(DataType dtype) {
  switch (dtype) {
    case ::tensorflow::DT_BOOL:
    case ::tensorflow::DT_INT8:
    case ::tensorflow::DT_UINT8:
      return 1;
    case ::tensorflow::DT_BFLOAT16:
    case ::tensorflow::DT_HALF:
    case ::tensorflow::DT_INT16:
    case ::tensorflow::DT_UINT16:
      return 2;
    case ::tensorflow::DT_FLOAT:
    case ::tensorflow::DT_INT32:
    case ::tensorflow::DT_UINT32:
      return 4;
    case ::tensorflow::DT_DOUBLE:
    case ::tensorflow::DT_INT64:
    case ::tensorflow::DT_UINT64:
      return 8;
    case ::tensorflow::DT_STRING:
      return sizeof(TF_TString);
    default:
      return 0;
  }
}

[[noreturn]] void Die(const char* what, std::string_view why) {
  std::fprintf(stderr, "tfx::tf::Tensor: %s: %.*s\n", what, static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace

Tensor Tensor::Empty(DataType dtype, const Shape& shape) {
  if (!LoadRuntime().ok()) return Tensor();
  const size_t size = ElementSize(dtype);
  if (size == 0) Die("cannot make a tensor of type", ::tensorflow::DataType_Name(dtype));
  size_t count = 1;
  for (const int64_t dimension : shape) {
    if (dimension < 0) Die("negative dimension", std::to_string(dimension));
    count *= static_cast<size_t>(dimension);
  }
  TF_Tensor* tensor =
      TF_AllocateTensor(static_cast<TF_DataType>(dtype), shape.data(), static_cast<int>(shape.size()), count * size);
  if (tensor == nullptr) Die("out of memory for elements", std::to_string(count));
  if (count > 0) std::memset(TF_TensorData(tensor), 0, count * size);
  if (dtype == ::tensorflow::DT_STRING) {
    auto* strings = static_cast<TF_TString*>(TF_TensorData(tensor));
    for (size_t i = 0; i < count; ++i) TF_StringInit(&strings[i]);
  }
  return Adopt(tensor);
}

Tensor Tensor::Adopt(TF_Tensor* tensor) {
  Tensor result;
  if (tensor != nullptr) {
    result.tensor_ = std::shared_ptr<TF_Tensor>(tensor, [](TF_Tensor* t) { TF_DeleteTensor(t); });
  }
  return result;
}

Tensor Tensor::String(std::string_view value) { return Strings({}, std::span<const std::string_view>(&value, 1)); }

Tensor Tensor::Strings(const std::vector<std::string>& values) {
  Tensor result = Empty(::tensorflow::DT_STRING, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i) result.set_string(static_cast<int64_t>(i), values[i]);
  return result;
}

Tensor Tensor::Strings(const Shape& shape, std::span<const std::string_view> values) {
  Tensor result = Empty(::tensorflow::DT_STRING, shape);
  if (!result.valid()) return result;
  CheckCount(values.size(), static_cast<size_t>(result.num_elements()));
  for (size_t i = 0; i < values.size(); ++i) result.set_string(static_cast<int64_t>(i), values[i]);
  return result;
}

DataType Tensor::dtype() const {
  return valid() ? static_cast<DataType>(TF_TensorType(tensor_.get())) : ::tensorflow::DT_INVALID;
}

Shape Tensor::shape() const {
  Shape shape;
  if (!valid()) return shape;
  const int rank = TF_NumDims(tensor_.get());
  shape.reserve(rank);
  for (int i = 0; i < rank; ++i) shape.push_back(TF_Dim(tensor_.get(), i));
  return shape;
}

int64_t Tensor::num_elements() const { return valid() ? TF_TensorElementCount(tensor_.get()) : 0; }

std::string_view Tensor::string_at(int64_t i) const {
  const TF_TString* strings = static_cast<const TF_TString*>(raw(::tensorflow::DT_STRING));
  return {TF_StringGetDataPointer(&strings[i]), TF_StringGetSize(&strings[i])};
}

void Tensor::set_string(int64_t i, std::string_view value) {
  if (void* strings = raw(::tensorflow::DT_STRING)) {
    TF_StringCopy(&static_cast<TF_TString*>(strings)[i], value.data(), value.size());
  }
}

std::vector<std::string> Tensor::strings() const {
  std::vector<std::string> result;
  const int64_t count = num_elements();
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) result.emplace_back(string_at(i));
  return result;
}

void Tensor::CheckCount(size_t values, size_t elements) {
  if (values == elements) return;
  Die("values do not fit the shape", std::to_string(values) + " values for " + std::to_string(elements) + " elements");
}

void* Tensor::raw(DataType expected) const {
  if (!valid()) return nullptr;
  if (dtype() != expected) {
    Die("wrong element type",
        ::tensorflow::DataType_Name(dtype()) + " tensor read as " + ::tensorflow::DataType_Name(expected));
  }
  return TF_TensorData(tensor_.get());
}

}  // namespace tfx::tf
