// Computes the metrics of models over examples, by slice: what TFMA's run_model_analysis does.
//
//   ASSIGN_OR_RETURN(EvalConfig config, LoadEvalConfig("eval_config.pbtxt"));
//   ASSIGN_OR_RETURN(EvalResult result, RunModelAnalysis({.eval_config = config,
//                                                         .model_directories = {{"", "serving_model/1700000000"}},
//                                                         .examples = dataset::ReadRecords(files)}));
//   RETURN_IF_ERROR(WriteEvalResult(result, uri));      // eval_writer.h
//   bool blessed = !result.validation || result.validation->validation_ok();
//
// One pass over the examples; memory grows with slices x metrics, not with rows (save for samples that a metric keeps).
// The result depends on the data and the config, never on the number of threads.
#ifndef TFX_MODEL_ANALYSIS_ANALYZE_H_
#define TFX_MODEL_ANALYSIS_ANALYZE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/record_batch.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tensorflow_model_analysis/proto/metrics_for_slice.pb.h"
#include "tensorflow_model_analysis/proto/validation_result.pb.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfma {

struct AnalysisOptions {
  ::tensorflow_model_analysis::EvalConfig eval_config;  // defaults are filled by RunModelAnalysis
  // SavedModel folders by model spec name. One model: under "" or its spec's name. A baseline: under "baseline" (or the
  // name of the spec with is_baseline). A spec with prediction_key(s) needs no model.
  std::map<std::string, std::string> model_directories;
  ShardSource<io::Records> examples;                           // serialized tf.Examples
  const ::tensorflow::metadata::v0::Schema* schema = nullptr;  // domain of the label for CalibrationPlot; may be null
  // A baseline may be missing: its change thresholds are dropped. TFX's Evaluator always sets it.
  bool rubber_stamp = false;
  EngineOptions engine;
};

struct EvalResult {
  ::tensorflow_model_analysis::EvalConfig eval_config;                          // with defaults
  std::vector<::tensorflow_model_analysis::MetricsForSlice> metrics;            // by slice key, the overall slice first
  std::vector<::tensorflow_model_analysis::PlotsForSlice> plots;                // slices that have plots
  std::vector<::tensorflow_model_analysis::AttributionsForSlice> attributions;  // one per slice, as TFMA writes them
  std::optional<::tensorflow_model_analysis::ValidationResult> validation;      // only with thresholds or rubber_stamp
  std::map<std::string, std::string> model_locations;
  int64_t num_examples = 0;
};

// INVALID_ARGUMENT: the config is faulty, a metric is unknown (names the nearest), a label is missing (names feature
// and model spec) or out of a metric's range. NOT_FOUND: a model, signature or output is not there. No examples: a
// result without slices.
absl::StatusOr<EvalResult> RunModelAnalysis(const AnalysisOptions& options);

// One model's prediction for the rows of a file, in order: row-major, `width` numbers per row.
struct Predictions {
  std::vector<float> values;
  int64_t width = 1;
};

// Runs the model of the spec (default signature "serving_default") over all examples. Errors as RunModelAnalysis.
absl::StatusOr<Predictions> Predict(const ::tensorflow_model_analysis::ModelSpec& spec,
                                    const std::string& model_directory, const ShardSource<io::Records>& examples,
                                    const EngineOptions& engine = {});

// Metrics of predictions that are there already: labels, predictions and weights are columns named by label_key,
// prediction_key and example_weight_key of the model specs. Batches of list columns (tfx/dataset) or plain columns.
struct PredictionAnalysisOptions {
  ::tensorflow_model_analysis::EvalConfig eval_config;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  const ::tensorflow::metadata::v0::Schema* schema = nullptr;
  bool rubber_stamp = false;
  EngineOptions engine;
};
absl::StatusOr<EvalResult> EvaluatePredictions(const PredictionAnalysisOptions& options);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_ANALYZE_H_
