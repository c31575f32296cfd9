// Property values as columns int_value, double_value, string_value, proto_value, bool_value of the property tables.
// A Struct lies in string_value as "mlmd-struct::" and the base64 of its message; a proto in proto_value as the bytes
// of its Any on PostgreSQL and as their base64 elsewhere; exactly one column is not NULL.
#ifndef TFX_METADATA_PROPERTY_VALUE_H_
#define TFX_METADATA_PROPERTY_VALUE_H_

#include <array>
#include <forward_list>
#include <string>
#include <string_view>

#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

inline constexpr int kValueColumns = 5;

// The columns of one value. Their texts are the value's own or, where they had to be encoded, at the front of `texts`;
// both must outlive them.
std::array<SqlValue, kValueColumns> EncodeValue(const ml_metadata::Value& value, SqlDialect dialect,
                                                std::forward_list<std::string>* texts);

// Bytes as the text that PostgreSQL reads as these bytes.
std::string PostgresqlBytes(std::string_view bytes);

// Reads the columns from `first` on. A text that only looks like a Struct is a string. False: the proto does not parse.
bool DecodeValue(const SqlRow& row, int first, SqlDialect dialect, ml_metadata::Value* value);

// The kind of a value; UNKNOWN where none is set.
ml_metadata::PropertyType KindOf(const ml_metadata::Value& value);
bool SameValue(const ml_metadata::Value& a, const ml_metadata::Value& b);

}  // namespace mlmd

#endif  // TFX_METADATA_PROPERTY_VALUE_H_
