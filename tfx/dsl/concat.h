// absl::StrCat for a platform whose absl::string_view is not std::string_view: accepts both, strings and numbers.
#ifndef TFX_DSL_CONCAT_H_
#define TFX_DSL_CONCAT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"

namespace tfx {
namespace dsl_internal {
template <typename T>
void AppendPart(std::string& text, const T& part) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    text += std::string_view(part);
  } else if constexpr (requires { text.append(part.data(), part.size()); }) {
    text.append(part.data(), part.size());
  } else {
    absl::StrAppend(&text, part);
  }
}
}  // namespace dsl_internal

template <typename... T>
std::string Concat(const T&... parts) {
  std::string text;
  (dsl_internal::AppendPart(text, parts), ...);
  return text;
}

template <typename... T>
void Append(std::string& text, const T&... parts) {
  (dsl_internal::AppendPart(text, parts), ...);
}

}  // namespace tfx

#endif  // TFX_DSL_CONCAT_H_
