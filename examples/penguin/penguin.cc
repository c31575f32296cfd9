// The penguin pipeline: which of three species, from four measurements. A multi-class model on imported TFRecords with
// splits of their own and a schema kept by hand; everything in one file.
//
//   penguin run --data_root=DIR --pipeline_root=DIR
#include <array>
#include <string>
#include <vector>

#include "tfx/tfx.h"

namespace {

constexpr std::array kFeatureKeys = {"culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"};
constexpr const char* kLabelKey = "species";
constexpr int kSpecies = 3;
constexpr int kTrainBatchSize = 20;
constexpr int kEvalBatchSize = 10;

std::string TransformedName(const std::string& key) { return key + "_xf"; }

tft::Features PreprocessingFn(const tft::Features& inputs) {
  tft::Features outputs;
  for (const char* key : kFeatureKeys) outputs[TransformedName(key)] = tft::ScaleToZScore(inputs[key]);
  outputs[kLabelKey] = inputs[kLabelKey];
  return outputs;
}

absl::Status RunFn(const tfx::FnArgs& args) {
  ASSIGN_OR_RETURN(const tft::TransformOutput transform_output, tft::TransformOutput::Load(args.transform_graph_path));
  const keras::ExampleOptions columns = {.label_key = kLabelKey};
  const auto train = keras::Dataset::FromTransformedExamples(args.train_files, args.transform_graph_path, columns)
                         .Cache()
                         .Shuffle({.seed = args.seed})
                         .Repeat()
                         .Batch(kTrainBatchSize);
  const auto eval = keras::Dataset::FromTransformedExamples(args.eval_files, args.transform_graph_path, columns)
                        .Repeat()
                        .Batch(kEvalBatchSize);

  std::vector<keras::Tensor> inputs;
  for (const char* key : kFeatureKeys) inputs.push_back(keras::Input({.name = TransformedName(key)}));
  keras::Tensor hidden = keras::Concatenate(inputs);
  for (int layer = 0; layer < 2; ++layer) hidden = keras::Dense({.units = 8, .activation = "relu"})(hidden);
  const keras::Tensor logits = keras::Dense({.units = kSpecies})(hidden);
  keras::Model model(inputs, logits, {.name = "penguin", .seed = args.seed});
  model.Compile({.optimizer = keras::Adam(1e-2),
                 .loss = keras::SparseCategoricalCrossentropy({.from_logits = true}),
                 .metrics = {keras::SparseCategoricalAccuracy()}});
  RETURN_IF_ERROR(model.Fit(train, {.steps_per_epoch = args.train_steps,
                                    .validation_data = eval,
                                    .validation_steps = args.eval_steps,
                                    .callbacks = {keras::TensorBoard(args.model_run_dir)}}));
  return tfx::SaveModel(model, transform_output, args.serving_model_dir);
}

constexpr char kEvalConfig[] = R"pb(
  model_specs { signature_name: "serving_default" label_key: "species" }
  slicing_specs {}
  slicing_specs { feature_keys: "species" }
  metrics_specs {
    metrics { class_name: "ExampleCount" }
    metrics {
      class_name: "SparseCategoricalAccuracy"
      threshold {
        value_threshold { lower_bound { value: 0.6 } }
        change_threshold {
          direction: HIGHER_IS_BETTER
          absolute { value: -1e-10 }
        }
      }
    }
  }
)pb";

tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
  tfx::Pipeline p{.name = "penguin", .root = flags["pipeline_root"], .enable_cache = true};

  auto example_gen =
      p.Add(tfx::ImportExampleGen{.input_base = flags["data_root"] + "/data",
                                  .input_config = {.splits = {{"train", "Split-train/*"}, {"eval", "Split-eval/*"}}}});
  auto statistics_gen = p.Add(tfx::StatisticsGen{.examples = example_gen.examples});
  auto schema_gen = p.Add(tfx::ImportSchemaGen{.schema_file = flags["data_root"] + "/schema/schema.pbtxt"});
  p.Add(tfx::ExampleValidator{.statistics = statistics_gen.statistics, .schema = schema_gen.schema});
  auto transform = p.Add(tfx::Transform{
      .preprocessing_fn = PreprocessingFn, .examples = example_gen.examples, .schema = schema_gen.schema});
  auto trainer = p.Add(tfx::Trainer{.run_fn = RunFn,
                                    .examples = transform.transformed_examples,
                                    .transform_graph = transform.transform_graph,
                                    .schema = schema_gen.schema,
                                    .train_args = {.num_steps = flags.GetInt("train_steps")},
                                    .eval_args = {.num_steps = 5}});
  auto baseline =
      p.Add(tfx::Resolver{.strategy = tfx::LatestBlessedModelStrategy{}}, {.id = "latest_blessed_model_resolver"});
  auto evaluator = p.Add(tfx::Evaluator{.examples = example_gen.examples,
                                        .model = trainer.model,
                                        .baseline_model = baseline.model,
                                        .eval_config = kEvalConfig});
  p.Add(tfx::Pusher{.model = trainer.model,
                    .model_blessing = evaluator.blessing,
                    .push_destination = tfx::Filesystem{.base_directory = flags["serving_model_dir"]}});
  return p;
}

}  // namespace

int main(int argc, char** argv) {
  return tfx::Main(argc, argv, CreatePipeline,
                   {.doc = "Classifies penguins by four measurements.",
                    .flags = {{.name = "train_steps", .default_value = "100", .doc = "Batches to train on."}}});
}
