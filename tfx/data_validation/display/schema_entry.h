// What the schema says of a feature, in the words of TFDV's display_schema and as text.
#ifndef TFX_DATA_VALIDATION_DISPLAY_SCHEMA_ENTRY_H_
#define TFX_DATA_VALIDATION_DISPLAY_SCHEMA_ENTRY_H_

#include <string>
#include <vector>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/display/display_model.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

// present is false where the schema has neither a feature, a sparse feature nor a weighted feature of the path. `text`
// holds at most `max_text_bytes` bytes.
DisplaySchemaEntry SchemaEntry(const ::tensorflow::metadata::v0::Schema& schema, const FeaturePath& path,
                               size_t max_text_bytes);

// The feature's entry in text format, line by line, followed by the schema's string domain that it names; children of a
// struct domain are left out. Empty: no entry.
std::vector<std::string> SchemaEntryLines(const ::tensorflow::metadata::v0::Schema& schema, const FeaturePath& path);

// The dataset_constraints of the schema in text format.
std::vector<std::string> DatasetConstraintsLines(const ::tensorflow::metadata::v0::Schema& schema);

// How `before` becomes `after`: a longest common subsequence, with `context` unchanged lines around changes, "..."
// for stretches left out, at most `max_lines` lines. Empty: no difference.
std::vector<DiffLine> LineDiff(const std::vector<std::string>& before, const std::vector<std::string>& after,
                               int context, int max_lines);

// Paths of all features of the schema, structs before their children, in the schema's order.
std::vector<FeaturePath> SchemaPaths(const ::tensorflow::metadata::v0::Schema& schema);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_SCHEMA_ENTRY_H_
