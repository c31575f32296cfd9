// A pipeline of one's own, outside the tfx-cpp tree: data in, statistics and schema out, and a component made here.
#include <memory>

#include "tfx/io/file_system.h"
#include "tfx/tfx.h"

namespace {

// A component is a struct, a description and an executor.
struct CountFeatures {
  tfx::Channel<tfx::Schema> schema;

  struct Outputs {
    tfx::Channel<tfx::String> report;
  };
  static const tfx::ComponentDescription<CountFeatures>& Describe();
};

class CountFeaturesExecutor : public tfx::Executor {
 public:
  absl::Status Do(const tfx::ExecutorInputs& inputs, tfx::ExecutorOutputs& outputs,
                  const tfx::ExecutionProperties& properties, const tfx::ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const tfx::Artifact* schema, inputs.Single("schema"));
    ASSIGN_OR_RETURN(const std::string text, tfx::io::ReadFile(schema->uri + "/schema.pbtxt"));
    int features = 0;
    for (size_t at = text.find("\nfeature {"); at != std::string::npos; at = text.find("\nfeature {", at + 1))
      ++features;
    if (text.starts_with("feature {")) ++features;
    outputs.set_summary(std::to_string(features) + " features");
    return tfx::io::WriteFile(outputs["report"].path, std::to_string(features));
  }
};

const tfx::ComponentDescription<CountFeatures>& CountFeatures::Describe() {
  static const auto& description = *new tfx::ComponentDescription<CountFeatures>(
      tfx::ComponentDescription<CountFeatures>("CountFeatures", "Counts the features of a schema.")
          .Type("standalone.CountFeatures")
          .Input("schema", &CountFeatures::schema, "Schema to count in.")
          .Output("report", &Outputs::report, "The number.")
          .ExecutorClass("standalone.CountFeaturesExecutor",
                         [](const CountFeatures&) { return std::make_unique<CountFeaturesExecutor>(); }));
  return description;
}

tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
  tfx::Pipeline p{.name = "count_features", .root = flags["pipeline_root"], .enable_cache = true};
  auto example_gen = p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"]});
  auto statistics_gen = p.Add(tfx::StatisticsGen{.examples = example_gen.examples});
  auto schema_gen = p.Add(tfx::SchemaGen{.statistics = statistics_gen.statistics});
  p.Add(CountFeatures{.schema = schema_gen.schema});
  return p;
}

}  // namespace

int main(int argc, char** argv) { return tfx::Main(argc, argv, CreatePipeline); }
