#include "tfx/components/schema_gen.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

class SchemaGenExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* statistics, inputs.Single("statistics"));
    ASSIGN_OR_RETURN(const std::vector<std::string> splits, SplitsToProcess(*statistics, properties));
    const tfdv::InferSchemaOptions options{.infer_feature_shape = properties.IntOr("infer_feature_shape", 1) != 0};

    // The first split gives the schema, the others widen it.
    ::tensorflow::metadata::v0::Schema schema;
    for (size_t i = 0; i < splits.size(); ++i) {
      ASSIGN_OR_RETURN(const auto stats, ReadStatistics(*statistics, splits[i]));
      // Widening a schema by nothing would mark every feature as gone.
      if (stats.datasets_size() == 0 || stats.datasets(0).num_examples() == 0) {
        return absl::FailedPreconditionError(
            absl::StrCat("split '", splits[i], "' of ", statistics->uri,
                         " has no Examples; give it data or name it in exclude_splits"));
      }
      auto result = i == 0 ? tfdv::InferSchema(stats, options) : tfdv::UpdateSchema(schema, stats);
      if (!result.ok()) return Annotate(result.status(), absl::StrCat("split '", splits[i], "'"));
      schema = *std::move(result);
    }
    RETURN_IF_ERROR(io::WriteTextProto(io::JoinPath(outputs["schema"].path, "schema.pbtxt"), schema));
    outputs.set_summary(
        absl::StrCat(schema.feature_size(), " features, ", schema.string_domain_size(), " string domains"));
    return absl::OkStatus();
  }
};

}  // namespace

const ComponentDescription<SchemaGen>& SchemaGen::Describe() {
  static const auto& description = *new ComponentDescription<SchemaGen>(
      ComponentDescription<SchemaGen>("SchemaGen", "Infers a schema from statistics.")
          .Type("tfx.components.schema_gen.component.SchemaGen", ExecutionBaseType::kProcess)
          .Input("statistics", &SchemaGen::statistics, "Statistics to infer from.")
          .Parameter("infer_feature_shape", &SchemaGen::infer_feature_shape, "1: fixed shapes where they fit; 0: none.")
          .Parameter("exclude_splits", &SchemaGen::exclude_splits, "Splits to leave out.")
          .Output("schema", &Outputs::schema, "schema.pbtxt.")
          .ExecutorClass("tfx.components.schema_gen.executor.Executor",
                         [](const SchemaGen&) { return std::make_unique<SchemaGenExecutor>(); }));
  return description;
}

}  // namespace tfx
