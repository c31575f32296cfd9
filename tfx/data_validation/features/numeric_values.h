// The numbers of an Arrow array of any integer or floating type, as doubles.
#ifndef TFX_DATA_VALIDATION_FEATURES_NUMERIC_VALUES_H_
#define TFX_DATA_VALIDATION_FEATURES_NUMERIC_VALUES_H_

#include <limits>
#include <vector>

#include "arrow/array.h"

namespace tfx::tfdv {

// Calls fn(const ArrayOfItsType&) for a numeric array; false when the array is not numeric.
template <class Fn>
bool WithNumericArray(const arrow::Array& array, Fn fn) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      fn(static_cast<const arrow::Int8Array&>(array));
      return true;
    case arrow::Type::INT16:
      fn(static_cast<const arrow::Int16Array&>(array));
      return true;
    case arrow::Type::INT32:
      fn(static_cast<const arrow::Int32Array&>(array));
      return true;
    case arrow::Type::INT64:
      fn(static_cast<const arrow::Int64Array&>(array));
      return true;
    case arrow::Type::UINT8:
      fn(static_cast<const arrow::UInt8Array&>(array));
      return true;
    case arrow::Type::UINT16:
      fn(static_cast<const arrow::UInt16Array&>(array));
      return true;
    case arrow::Type::UINT32:
      fn(static_cast<const arrow::UInt32Array&>(array));
      return true;
    case arrow::Type::UINT64:
      fn(static_cast<const arrow::UInt64Array&>(array));
      return true;
    case arrow::Type::FLOAT:
      fn(static_cast<const arrow::FloatArray&>(array));
      return true;
    case arrow::Type::DOUBLE:
      fn(static_cast<const arrow::DoubleArray&>(array));
      return true;
    default:
      return false;
  }
}

// Null entries become NaN.
inline std::vector<double> ToDoubles(const arrow::Array& array) {
  std::vector<double> numbers(array.length(), std::numeric_limits<double>::quiet_NaN());
  WithNumericArray(array, [&](const auto& typed) {
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (typed.IsValid(i)) numbers[i] = static_cast<double>(typed.Value(i));
    }
  });
  return numbers;
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_NUMERIC_VALUES_H_
