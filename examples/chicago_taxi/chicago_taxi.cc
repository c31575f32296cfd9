// The Chicago taxi pipeline: will the passenger tip more than a fifth of the fare?
//
//   chicago_taxi run --data_root=DIR --pipeline_root=DIR
#include "taxi_features.h"

namespace {

// Quality is measured over all trips, per hour of the day, and per day of each month. A model is blessed when it is
// right at least six times in ten, separates the classes at all, and is no worse than the one in production.
constexpr char kEvalConfig[] = R"pb(
  model_specs {
    signature_name: "serving_default"
    label_key: "tips_xf"
    preprocessing_function_names: "transform_features"
  }
  slicing_specs {}
  slicing_specs { feature_keys: "trip_start_hour" }
  slicing_specs { feature_keys: "trip_start_day" feature_keys: "trip_start_month" }
  metrics_specs {
    metrics { class_name: "ExampleCount" }
    metrics {
      class_name: "BinaryAccuracy"
      threshold {
        value_threshold { lower_bound { value: 0.6 } }
        change_threshold {
          direction: HIGHER_IS_BETTER
          absolute { value: -1e-10 }
        }
      }
    }
    metrics {
      class_name: "AUC"
      threshold { value_threshold { lower_bound { value: 0.6 } } }
    }
    metrics { class_name: "AUCPrecisionRecall" }
    metrics { class_name: "Precision" }
    metrics { class_name: "Recall" }
    metrics { class_name: "BinaryCrossentropy" }
    metrics { class_name: "MeanLabel" }
    metrics { class_name: "MeanPrediction" }
    metrics { class_name: "Calibration" }
    metrics { class_name: "CalibrationPlot" }
    metrics { class_name: "ConfusionMatrixPlot" }
  }
)pb";

tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
  tfx::Pipeline p{.name = "chicago_taxi", .root = flags["pipeline_root"], .enable_cache = true};

  auto example_gen = p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"]});
  auto statistics_gen = p.Add(tfx::StatisticsGen{.examples = example_gen.examples});
  auto schema_gen = p.Add(tfx::SchemaGen{.statistics = statistics_gen.statistics});
  p.Add(tfx::ExampleValidator{.statistics = statistics_gen.statistics, .schema = schema_gen.schema});
  auto transform = p.Add(tfx::Transform{.preprocessing_fn = chicago_taxi::PreprocessingFn,
                                        .examples = example_gen.examples,
                                        .schema = schema_gen.schema});
  auto trainer = p.Add(tfx::Trainer{.run_fn = chicago_taxi::RunFn,
                                    .examples = transform.transformed_examples,
                                    .transform_graph = transform.transform_graph,
                                    .schema = schema_gen.schema,
                                    .train_args = {.num_steps = flags.GetInt("train_steps")},
                                    .eval_args = {.num_steps = 150}});
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

int main(int argc, char** argv) { return tfx::Main(argc, argv, CreatePipeline); }
