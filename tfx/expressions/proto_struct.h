// Lets expressions read protobuf messages by reflection: `feature.string_stats.common_stats.num_missing < 3`.
//
//   ASSIGN_OR_RETURN(Expression check, Expression::BindCondition(tree, {{"feature", ProtoType(Stats::descriptor())}}));
//   ASSIGN_OR_RETURN(std::optional<bool> holds, check.EvaluateCondition({ProtoValue(stats)}));
//
// Field access follows GoogleSQL:
// - A singular scalar that is not set reads as its default; a message that is not set is NULL, and so is all below it.
// - `has_x` of a field x with presence is BOOL (unless the message has a field of that name).
// - All integers are INT64; an unsigned value above int64's range is OUT_OF_RANGE. float and double are FLOAT64, string
//   and bytes STRING, enums ENUM.
// - A repeated field is an array: x[0], ARRAY_LENGTH(x), v IN UNNEST(x), EXISTS(SELECT 1 FROM UNNEST(x) AS e WHERE
// ...).
// - A map also takes a key: m['key']; integer and bool keys by their text. No such key: NULL.
#ifndef TFX_EXPRESSIONS_PROTO_STRUCT_H_
#define TFX_EXPRESSIONS_PROTO_STRUCT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "tfx/expressions/value.h"

namespace tfx::expressions {

// The descriptor must outlive the type and all expressions bound to it.
Type ProtoType(const google::protobuf::Descriptor* descriptor);

// A handle to a message of the type's descriptor; the message must outlive the evaluation.
Value ProtoValue(const google::protobuf::Message& message);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_PROTO_STRUCT_H_
