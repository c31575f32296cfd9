// The taxi model without a pusher, trained on from the newest model of earlier runs: what pipeline_behaviour_test runs
// to see a warm start.
#include "taxi_features.h"

namespace {

constexpr char kEvalConfig[] = R"pb(
  model_specs { label_key: "tips_xf" preprocessing_function_names: "transform_features" }
  slicing_specs {}
  metrics_specs { metrics { class_name: "AUC" } }
)pb";

tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
  tfx::Pipeline p{.name = "warm_start", .root = flags["pipeline_root"], .enable_cache = true};
  auto example_gen = p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"]});
  auto statistics_gen = p.Add(tfx::StatisticsGen{.examples = example_gen.examples});
  auto schema_gen = p.Add(tfx::SchemaGen{.statistics = statistics_gen.statistics});
  auto transform = p.Add(tfx::Transform{.preprocessing_fn = chicago_taxi::PreprocessingFn,
                                        .examples = example_gen.examples,
                                        .schema = schema_gen.schema});
  auto newest = p.Add(tfx::Resolver{.strategy = tfx::LatestArtifactStrategy<tfx::Model>{}}, {.id = "warm_start"});
  auto trainer = p.Add(tfx::Trainer{.run_fn = chicago_taxi::RunFn,
                                    .examples = transform.transformed_examples,
                                    .transform_graph = transform.transform_graph,
                                    .schema = schema_gen.schema,
                                    .base_model = newest.artifacts,
                                    .train_args = {.num_steps = flags.GetInt("train_steps")},
                                    .eval_args = {.num_steps = 1}});
  p.Add(tfx::Evaluator{.examples = example_gen.examples, .model = trainer.model, .eval_config = kEvalConfig});
  return p;
}

}  // namespace

int main(int argc, char** argv) { return tfx::Main(argc, argv, CreatePipeline); }
