// keras::Model: a graph of layers that can be trained, evaluated, applied and saved.
//
//   keras::Model model({miles, fare}, output, {.seed = args.seed});
//   model.Compile({.optimizer = keras::Adam(1e-3), .loss = keras::BinaryCrossentropy(), .metrics = {keras::AUC()}});
//   RETURN_IF_ERROR(model.Fit(train, {.epochs = 1, .steps_per_epoch = 1000, .validation_data = eval, .validation_steps
//   = 150})); ASSIGN_OR_RETURN(keras::Logs logs, model.Evaluate(eval));
//
// Behind it: one TensorFlow graph with forward pass, gradients and optimizer, one session, one Run per step.
// Errors of building and compiling are sticky: status() has the first, and every later call returns it.
// Same seed, data and number of threads: the same weights, bit by bit.
// Thread-compatible.
#ifndef TFX_TRAINER_MODEL_H_
#define TFX_TRAINER_MODEL_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/trainer/callbacks.h"
#include "tfx/trainer/data.h"
#include "tfx/trainer/layer.h"
#include "tfx/trainer/losses.h"
#include "tfx/trainer/metrics.h"
#include "tfx/trainer/optimizers.h"

namespace keras {

struct ModelOptions {
  std::string name = "model";
  uint64_t seed = 0;    // of weights and dropout
  int num_threads = 1;  // of TensorFlow's kernels. 1 is fastest for models of some thousand weights
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Loss loss;  // required for Fit and Evaluate
  std::vector<Metric> metrics;
};

struct FitOptions {
  int64_t epochs = 1;  // >= 1
  // Batches per epoch; the dataset is then read on from epoch to epoch (let it Repeat). 0: one pass per epoch.
  int64_t steps_per_epoch = 0;
  int64_t initial_epoch = 0;
  Dataset validation_data;       // evaluated after each epoch; none when left out
  int64_t validation_steps = 0;  // batches of it; 0: all (it must end then)
  std::vector<CallbackPtr> callbacks;
  // Stop with an error naming the step as soon as the loss is NaN or infinite.
  bool terminate_on_nan = true;
  std::ostream* progress = nullptr;  // one line per epoch
};

struct EvaluateOptions {
  int64_t steps = 0;  // batches; 0: all
};

struct LoadWeightsOptions {
  // Leave weights alone that the source lacks or has in another shape, instead of failing. At least one must fit.
  bool skip_mismatch = false;
};

// A weight of the model as the graph knows it.
struct WeightInfo {
  std::string name;  // "dense/kernel"
  tf::Shape shape;
  bool trainable = true;
};

// What a model needs and makes in a graph that is not its own; see Model::AddToGraph.
struct GraphModel {
  tf::Output output;                        // [batch, ...]
  std::vector<tf::Output> weight_handles;   // VarHandleOp, as Model::weights()
  std::vector<tf::Output> weight_feeds;     // placeholders to feed with Model::GetWeight when running `initializers`
  std::vector<tf::Operation> initializers;  // AssignVariableOp of each
};

class Model {
 public:
  // Inputs are told apart by their names. Unused inputs are an error, as are inputs that the output needs and that are
  // not listed.
  Model(std::vector<Tensor> inputs, Tensor output, ModelOptions options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  absl::Status status() const;
  const std::string& name() const;

  // May be called again, for another optimizer or loss; the weights stay, optimizer slots start afresh.
  void Compile(CompileOptions options);

  // INVALID_ARGUMENT names the input that the dataset lacks (nearest name suggested), a missing label key, a shape or
  // type that does not fit; OUT_OF_RANGE when the dataset ends before steps_per_epoch * epochs batches, or has no rows;
  // ABORTED when the loss is not a finite number, naming the step and what to try.
  absl::Status Fit(const Dataset& train, const FitOptions& options = {});
  const std::vector<Logs>& history() const;  // one entry per epoch of all Fits

  // "loss" and the metrics over the whole dataset; loss is the mean over rows.
  absl::StatusOr<Logs> Evaluate(const Dataset& dataset, const EvaluateOptions& options = {}) const;
  // Outputs of all rows, [rows, ...]. `dataset` needs no label.
  absl::StatusOr<tf::Tensor> Predict(const Dataset& dataset) const;
  absl::StatusOr<tf::Tensor> Predict(const std::map<std::string, tf::Tensor>& inputs) const;
  // One optimizer step on one batch; the loss before it. Callers check nothing: same errors as Fit.
  absl::StatusOr<double> TrainOnBatch(const std::map<std::string, tf::Tensor>& inputs, const tf::Tensor& label);

  // Layers, output shapes, numbers of weights, as a table like Keras's.
  std::string Summary() const;

  std::vector<std::string> input_names() const;
  const std::vector<TensorSpec>& input_specs() const;  // as input_names()
  TensorSpec output_spec() const;
  const std::vector<WeightInfo>& weights() const;                       // in the order of the layers
  absl::StatusOr<tf::Tensor> GetWeight(const std::string& name) const;  // NOT_FOUND with the nearest name
  absl::Status SetWeight(const std::string& name, const tf::Tensor& value);
  absl::StatusOr<std::map<std::string, tf::Tensor>> GetWeights() const;

  int64_t iterations() const;  // optimizer steps done since Compile or as restored
  // Weights, optimizer slots and iterations, by checkpoint name: "dense/kernel", "optimizer/dense/kernel/m",
  // "iterations".
  absl::StatusOr<std::map<std::string, tf::Tensor>> GetState() const;
  absl::Status SetState(const std::map<std::string, tf::Tensor>& state);

  absl::Status SaveWeights(const std::string& checkpoint_prefix) const;
  // Warm start. `path` is a SavedModel directory, a checkpoint prefix, or a directory with a `checkpoint` file. Weights
  // are found by name; those that Keras's Python saved are found by the names in its object graph.
  absl::Status LoadWeights(const std::string& path, const LoadWeightsOptions& options = {});

  // Adds the model's forward pass (not training) to another graph, on tensors there by input name. For export.
  // Inputs are cast and reshaped ([batch] and [batch, 1] are taken for one another). Called again on the same graph,
  // the weights of the first call are shared.
  absl::StatusOr<GraphModel> AddToGraph(tf::Graph& graph, const std::map<std::string, tf::Output>& inputs) const;
  // The graph behind the model, for TensorBoard.
  const tf::Graph& graph() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keras

#endif  // TFX_TRAINER_MODEL_H_
