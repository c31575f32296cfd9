// Adds the place to an error: which file, component, column or flag it is about. The code and payloads stay.
//
//   return Annotate(ParseHeader(line), absl::StrCat("data.csv line ", n));   // "data.csv line 3: empty column name"
#ifndef TFX_BASE_STATUS_CONTEXT_H_
#define TFX_BASE_STATUS_CONTEXT_H_

#include <string_view>

#include "absl/status/status.h"

namespace tfx {

// OK stays OK. Otherwise the same code, with the message "<context>: <message>".
absl::Status Annotate(const absl::Status& status, std::string_view context);

}  // namespace tfx

#endif  // TFX_BASE_STATUS_CONTEXT_H_
