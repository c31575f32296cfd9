// The values of an Arrow array of strings or bytes of any width.
#ifndef TFX_DATA_VALIDATION_GENERATORS_BINARY_VALUES_H_
#define TFX_DATA_VALIDATION_GENERATORS_BINARY_VALUES_H_

#include <cstdint>
#include <string_view>

#include "arrow/array.h"

namespace tfx::tfdv {

// What stands for text that is not UTF-8 wherever statistics show text.
inline constexpr std::string_view kNotUtf8 = "__BYTES_VALUE__";

// Calls fn(index, std::string_view) for every value that is not null. Nothing for arrays of other types.
template <class Fn>
void ForEachBinary(const arrow::Array& array, Fn fn) {
  const auto visit = [&](const auto& typed) {
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (typed.IsValid(i)) fn(i, std::string_view(typed.GetView(i)));
    }
  };
  switch (array.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return visit(static_cast<const arrow::BinaryArray&>(array));
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return visit(static_cast<const arrow::LargeBinaryArray&>(array));
    default:
      return;
  }
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_BINARY_VALUES_H_
