// What differs between two schemas, for people and programs: `tfx data diff A B`.
//
//   for (const SchemaChange& change : DiffSchemas(old_schema, new_schema)) std::cout << ToText(change) << "\n";
//
//   - feature 'fare': type: FLOAT presence { min_fraction: 1 min_count: 1 } shape { dim { size: 1 } }
//   + feature 'tips': type: FLOAT presence { min_count: 1 }
//   ~ feature 'age': presence.min_fraction: 1 -> 0.9
//   ~ string_domain 'company': value: + "Blue Ribbon" - "Checker"
//
// Features, sparse and weighted features are matched by path and string domains by name, so their order does not
// matter; a list of values that differs by order alone is said to be reordered. A field that is unset and one that is
// set to its default differ, as they do in the file. Every field of the message is compared. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_SCHEMA_SCHEMA_DIFF_H_
#define TFX_DATA_VALIDATION_SCHEMA_SCHEMA_DIFF_H_

#include <string>
#include <vector>

#include "tfx/data_validation/schema/message_diff.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct SchemaChange {
  enum class Kind { kAdded, kRemoved, kChanged };
  Kind kind = Kind::kChanged;
  // "feature 'a.b'", "sparse_feature 'x'", "weighted_feature 'x'", "string_domain 'x'"; "schema" for the rest.
  std::string subject;
  // What changed. Of an addition or removal: `field` is empty, and `after` or `before` the whole subject.
  FieldDifference difference;
};

// Changes of the features first, in the order of `before`, additions behind them in the order of `after`; then sparse
// features, weighted features, string domains and the other parts. Empty: the schemas say the same.
std::vector<SchemaChange> DiffSchemas(const ::tensorflow::metadata::v0::Schema& before,
                                      const ::tensorflow::metadata::v0::Schema& after);

// One line, without the line end.
std::string ToText(const SchemaChange& change);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SCHEMA_SCHEMA_DIFF_H_
