// The functions of the expression language, one line each in an alphabetical list (functions.cc): signature check at
// bind time, evaluation, documentation, example.
#ifndef TFX_EXPRESSIONS_FUNCTIONS_H_
#define TFX_EXPRESSIONS_FUNCTIONS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/expressions/value.h"

namespace tfx::expressions {

struct Function {
  std::string_view name;     // in capitals
  std::string_view summary;  // for documentation
  std::string_view example;  // an expression without variables that is true
  // The result's type, or an error that says which arguments are taken ("ABS takes one number").
  absl::StatusOr<Type> (*result_type)(absl::Span<const Type> arguments);
  // No argument is NULL: the result of NULL is NULL. OUT_OF_RANGE where there is no result.
  absl::StatusOr<Value> (*evaluate)(absl::Span<const Value> arguments);
};

absl::Span<const Function> AllFunctions();  // sorted by name
// nullptr: no such function. COALESCE, IF, IFNULL and NULLIF are not here: they look at their arguments one by one.
const Function* FindFunction(std::string_view name);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_FUNCTIONS_H_
