// Early return on absl::Status and absl::StatusOr, as in Abseil's and TensorFlow's own code.
//
//   RETURN_IF_ERROR(WriteFile(path, bytes));
//   ASSIGN_OR_RETURN(std::string text, ReadFile(path));
#ifndef TFX_BASE_STATUS_MACROS_H_
#define TFX_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define TFX_STATUS_CONCAT_INNER_(a, b) a##b
#define TFX_STATUS_CONCAT_(a, b) TFX_STATUS_CONCAT_INNER_(a, b)

#ifndef RETURN_IF_ERROR
#define RETURN_IF_ERROR(expr)                                                     \
  do {                                                                            \
    if (absl::Status tfx_status_ = (expr); !tfx_status_.ok()) return tfx_status_; \
  } while (false)
#endif

#ifndef ASSIGN_OR_RETURN
#define ASSIGN_OR_RETURN(lhs, expr) TFX_ASSIGN_OR_RETURN_(TFX_STATUS_CONCAT_(tfx_statusor_, __LINE__), lhs, expr)
#define TFX_ASSIGN_OR_RETURN_(statusor, lhs, expr)         \
  auto statusor = (expr);                                  \
  if (!statusor.ok()) return std::move(statusor).status(); \
  lhs = *std::move(statusor)
#endif

#endif  // TFX_BASE_STATUS_MACROS_H_
