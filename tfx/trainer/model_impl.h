// Behind model.h: one graph and one session, and the names of the places in them.
#ifndef TFX_TRAINER_MODEL_IMPL_H_
#define TFX_TRAINER_MODEL_IMPL_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tfx/tensorflow/session.h"
#include "tfx/trainer/model.h"
#include "tfx/trainer/model_graph.h"

namespace keras {

// A tensor that lives in the session from step to step.
struct Variable {
  std::string name;
  tf::Shape shape;
  tf::Output handle;
  tf::Output read;
  tf::Output feed;  // placeholder; running `assign` sets the variable to it
  tf::Operation assign;
};

Variable MakeVariable(tf::Graph& graph, const std::string& name, const tf::Shape& shape);

// What Compile adds to the graph.
struct Training {
  Optimizer optimizer;
  Loss loss;
  std::vector<Metric> metrics;  // "accuracy" resolved
  LabelKind label_kind = LabelKind::kLikeOutput;
  tf::Output label, row_weight, step_seed, learning_rate;
  std::vector<tf::Output> scalars;
  bool feeds_step_seed = false;
  tf::Output train_output, train_loss;
  tf::Output eval_loss;
  tf::Operation step;
  std::vector<Variable> slots;
};

struct Model::Impl {
  absl::Status status;
  ModelOptions options;
  std::unique_ptr<ModelGraph> model;
  std::unique_ptr<tf::Graph> graph;
  std::unique_ptr<tf::Session> session;
  std::vector<tf::Output> input_feeds;  // placeholders, as model->inputs()
  std::vector<tf::Output> inputs;       // the same in their exact shapes
  std::vector<Variable> variables;      // as model->weights()
  tf::Output output;                    // not training
  internal::Logits logits;
  std::vector<WeightInfo> weight_infos;
  std::vector<TensorSpec> input_specs;
  std::optional<Training> training;
  int64_t compiles = 0;
  int64_t iterations = 0;
  std::vector<Logs> history;

  absl::Status Build(const std::vector<Tensor>& inputs, const Tensor& output);
  absl::Status Compile(CompileOptions options);
  absl::Status Assign(const std::vector<std::pair<const Variable*, tf::Tensor>>& values) const;
  absl::StatusOr<std::vector<tf::Tensor>> Read(const std::vector<const Variable*>& variables) const;

  // Where the tensors of a dataset go. Errors as Model::Fit.
  struct Binding {
    std::vector<int> columns;  // column of each input
    bool weights = false;
  };
  absl::StatusOr<Binding> Bind(const Dataset& dataset, bool needs_label) const;
  absl::Status FeedInputs(const BatchTensors& batch, const Binding& binding, std::vector<tf::Feed>& feeds) const;
  absl::StatusOr<tf::Tensor> FeedLabel(const BatchTensors& batch, const std::string& name,
                                       std::vector<tf::Feed>& feeds) const;
  void FeedWeight(const BatchTensors& batch, const Binding& binding, std::vector<tf::Feed>& feeds) const;
  absl::Status CheckTokens(int input, const tf::Tensor& values) const;
  // One optimizer step; the loss before it, and the predictions when `with_output`.
  absl::StatusOr<std::vector<tf::Tensor>> Step(std::vector<tf::Feed>& feeds, bool with_output);
  absl::Status NotFinite(double loss, int64_t step, const BatchTensors& batch,
                         const std::vector<ColumnSpec>& columns) const;
  absl::Status CheckReady(bool compiled) const;
};

// Running values of the loss and the metrics of one epoch or evaluation.
class RunningLogs {
 public:
  explicit RunningLogs(const std::vector<Metric>& metrics);
  bool has_metrics() const { return !metrics_.empty(); }
  void AddLoss(double loss, int64_t rows);
  // `label` is float or int64.
  void AddPredictions(const tf::Tensor& prediction, const tf::Tensor& label, const tf::Tensor& weight);
  int64_t rows() const { return rows_; }
  Logs Result() const;

 private:
  std::vector<std::pair<std::string, std::unique_ptr<MetricState>>> metrics_;
  double loss_ = 0;
  int64_t rows_ = 0;
};

}  // namespace keras

#endif  // TFX_TRAINER_MODEL_IMPL_H_
