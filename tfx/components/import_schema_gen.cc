#include "tfx/components/import_schema_gen.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

class ImportSchemaGenExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const std::string file, properties.String("schema_file"));
    ASSIGN_OR_RETURN(const std::string text, io::ReadFile(file));
    ::tensorflow::metadata::v0::Schema schema;
    RETURN_IF_ERROR(io::ParseTextProto(text, file, &schema));
    RETURN_IF_ERROR(io::WriteFile(io::JoinPath(outputs["schema"].path, "schema.pbtxt"), text));
    outputs.set_summary(absl::StrCat(schema.feature_size(), " features"));
    return absl::OkStatus();
  }
};

}  // namespace

const ComponentDescription<ImportSchemaGen>& ImportSchemaGen::Describe() {
  static const auto& description = *new ComponentDescription<ImportSchemaGen>(
      ComponentDescription<ImportSchemaGen>("ImportSchemaGen", "Takes a schema from a file.")
          .Type("tfx.components.schema_gen.import_schema_gen.component.ImportSchemaGen")
          .RequiredParameter("schema_file", &ImportSchemaGen::schema_file, "Schema in text format.")
          .ReadsFile("schema_file")
          .Output("schema", &Outputs::schema, "schema.pbtxt, the file's bytes.")
          .ExecutorClass("tfx.components.schema_gen.import_schema_gen.executor.Executor",
                         [](const ImportSchemaGen&) { return std::make_unique<ImportSchemaGenExecutor>(); }));
  return description;
}

}  // namespace tfx
