// Fit, Evaluate and Predict: datasets through the session.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/trainer/model_impl.h"

namespace keras {
namespace {

const char* TypeName(tf::DataType dtype) {
  return dtype == kFloat32 ? "float32" : dtype == kInt64 ? "int64" : dtype == kString ? "string" : "of another type";
}

tf::Tensor ToFloat(const tf::Tensor& tensor, const tf::Shape& shape) {
  tf::Tensor result = tf::Tensor::Empty(kFloat32, shape);
  std::span<float> out = result.mutable_data<float>();
  if (tensor.dtype() == kInt64) {
    std::transform(tensor.data<int64_t>().begin(), tensor.data<int64_t>().end(), out.begin(),
                   [](int64_t v) { return static_cast<float>(v); });
  } else {
    std::copy(tensor.data<float>().begin(), tensor.data<float>().end(), out.begin());
  }
  return result;
}

// The batch's rows with the static shape that the placeholder has; the tensor itself where it has that shape already.
tf::Tensor Reshaped(const tf::Tensor& tensor, const tf::Shape& shape) {
  if (tensor.shape() == shape) return tensor;
  if (tensor.dtype() == kFloat32) return tf::Tensor::FromData<float>(shape, tensor.data<float>());
  if (tensor.dtype() == kInt64) return tf::Tensor::FromData<int64_t>(shape, tensor.data<int64_t>());
  std::vector<std::string_view> views;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) views.push_back(tensor.string_at(i));
  return tf::Tensor::Strings(shape, views);
}

Dataset Prefetched(const Dataset& dataset) { return dataset.prefetches() ? dataset : dataset.Prefetch(); }

std::string LogsText(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs)
    absl::StrAppend(&text, text.empty() ? "" : "  ", name, " ", absl::StrFormat("%.4f", value));
  return text;
}

}  // namespace

RunningLogs::RunningLogs(const std::vector<Metric>& metrics) {
  for (const Metric& metric : metrics) metrics_.emplace_back(metric.name(), metric.New());
}

void RunningLogs::AddLoss(double loss, int64_t rows) {
  loss_ += loss * static_cast<double>(rows);
  rows_ += rows;
}

void RunningLogs::AddPredictions(const tf::Tensor& prediction, const tf::Tensor& label, const tf::Tensor& weight) {
  if (metrics_.empty()) return;
  tf::Tensor float_label = label;
  if (label.dtype() == kInt64) float_label = ToFloat(label, label.shape());
  MetricBatch batch;
  batch.rows = prediction.shape()[0];
  if (batch.rows == 0) return;
  batch.predictions = prediction.data<float>();
  batch.width = prediction.num_elements() / batch.rows;
  batch.labels = float_label.data<float>();
  batch.label_width = label.num_elements() / batch.rows;
  if (weight.valid()) batch.weights = weight.data<float>();
  for (auto& [name, state] : metrics_) state->Update(batch);
}

Logs RunningLogs::Result() const {
  Logs logs;
  logs["loss"] = rows_ == 0 ? 0 : loss_ / static_cast<double>(rows_);
  for (const auto& [name, state] : metrics_) logs[name] = state->Result();
  return logs;
}

absl::StatusOr<Model::Impl::Binding> Model::Impl::Bind(const Dataset& dataset, bool needs_label) const {
  RETURN_IF_ERROR(dataset.status());
  if (dataset.batch_size() == 0) {
    return absl::InvalidArgumentError("the dataset has no batches yet; call .Batch(size), 40 for example");
  }
  Binding binding;
  binding.weights = dataset.has_weight();
  std::vector<std::string> names;
  for (const ColumnSpec& column : dataset.columns()) names.push_back(column.name);
  for (const ModelGraph::Input& input : model->inputs()) {
    const auto found = std::find(names.begin(), names.end(), input.name);
    if (found == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the dataset has no feature for input \"", input.name,
                                                     "\" of the model", tfx::DidYouMean(input.name, names),
                                                     " (features: ", absl::StrJoin(names, ", "), ")"));
    }
    const int column = static_cast<int>(found - names.begin());
    const ColumnSpec& spec = dataset.columns()[column];
    const bool converts = spec.dtype == kInt64 && input.spec.dtype == kFloat32;
    if (spec.dtype != input.spec.dtype && !converts) {
      return absl::InvalidArgumentError(absl::StrCat("feature \"", input.name, "\" is ", TypeName(spec.dtype),
                                                     " in the dataset, but the model's input is ",
                                                     TypeName(input.spec.dtype)));
    }
    int64_t wanted = 1, given = 1;  // numbers per row, -1: any
    for (size_t i = 1; i < input.spec.shape.size(); ++i) {
      wanted = input.spec.shape[i] < 0 || wanted < 0 ? -1 : wanted * input.spec.shape[i];
    }
    for (int64_t size : spec.shape) given = size < 0 || given < 0 ? -1 : given * size;
    if (wanted >= 0 && given != wanted) {
      return absl::InvalidArgumentError(absl::StrCat(
          "feature \"", input.name, "\" has ", given < 0 ? std::string("a varying number of") : absl::StrCat(given),
          " values per row, but the model's input takes ", wanted, given < 0 ? "; give the Input .shape = {-1}" : ""));
    }
    binding.columns.push_back(column);
  }
  if (!needs_label) return binding;
  const ColumnSpec* label = dataset.label();
  if (label == nullptr) {
    return absl::InvalidArgumentError(
        "the dataset has no label; give ExampleOptions a label_key (features: " + absl::StrJoin(names, ", ") + ")");
  }
  if (label->dtype == kString) {
    return absl::InvalidArgumentError(absl::StrCat(
        "label \"", label->name, "\" is a string; make it a number in preprocessing_fn, with a vocabulary"));
  }
  int64_t given = 1;
  for (int64_t size : label->shape) given = size < 0 || given < 0 ? -1 : given * size;
  const int64_t wanted = training->label_kind == LabelKind::kClassId ? 1 : model->output_spec().shape.back();
  if (given != wanted) {
    return absl::InvalidArgumentError(absl::StrCat(
        "label \"", label->name, "\" has ", given < 0 ? std::string("a varying number of") : absl::StrCat(given),
        " values per row, but loss ", training->loss->name(), " on an output of ", model->output_spec().shape.back(),
        " needs ", wanted));
  }
  if (training->label_kind == LabelKind::kClassId && label->dtype != kInt64) {
    return absl::InvalidArgumentError(
        absl::StrCat("label \"", label->name, "\" must be int64 class ids for loss ", training->loss->name()));
  }
  return binding;
}

absl::Status Model::Impl::CheckTokens(int input, const tf::Tensor& values) const {
  for (const ModelGraph::TokenCheck& check : model->token_checks()) {
    if (check.input != input) continue;
    const std::span<const int64_t> tokens = values.data<int64_t>();
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] < check.limit) continue;
      return absl::InvalidArgumentError(absl::StrCat("layer \"", check.layer, "\": feature \"",
                                                     model->inputs()[input].name, "\" holds token ", tokens[i],
                                                     ", but the layer has tokens 0 to ", check.limit - 1, " only"));
    }
  }
  return absl::OkStatus();
}

absl::Status Model::Impl::FeedInputs(const BatchTensors& batch, const Binding& binding,
                                     std::vector<tf::Feed>& feeds) const {
  for (size_t i = 0; i < binding.columns.size(); ++i) {
    const tf::Tensor& value = batch.features[binding.columns[i]];
    const TensorSpec& spec = model->inputs()[i].spec;
    tf::Shape shape = spec.shape.size() == 1 ? tf::Shape{-1, 1} : spec.shape;
    shape[0] = batch.rows;
    const tf::Shape given = value.shape();
    if (std::count(shape.begin() + 1, shape.end(), -1) > 0) shape = given;  // as it comes
    if (spec.dtype == kFloat32 && value.dtype() == kInt64) {
      feeds.push_back({input_feeds[i], ToFloat(value, shape)});
    } else {
      feeds.push_back({input_feeds[i], given == shape ? value : Reshaped(value, shape)});
    }
    if (spec.dtype == kInt64) RETURN_IF_ERROR(CheckTokens(static_cast<int>(i), value));
  }
  return absl::OkStatus();
}

absl::StatusOr<tf::Tensor> Model::Impl::FeedLabel(const BatchTensors& batch, const std::string& name,
                                                  std::vector<tf::Feed>& feeds) const {
  const int64_t width = model->output_spec().shape.back();
  tf::Tensor label;
  if (training->label_kind == LabelKind::kClassId) {
    label = Reshaped(batch.label, {batch.rows});
    for (int64_t id : label.data<int64_t>()) {
      if (id >= 0 && id < width) continue;
      return absl::InvalidArgumentError(absl::StrCat("label \"", name, "\" holds class ", id,
                                                     ", but the model's output has ", "classes 0 to ", width - 1,
                                                     " only"));
    }
  } else {
    label = batch.label.dtype() == kInt64 ? ToFloat(batch.label, {batch.rows, width})
                                          : Reshaped(batch.label, {batch.rows, width});
  }
  feeds.push_back({training->label, label});
  return label;
}

void Model::Impl::FeedWeight(const BatchTensors& batch, const Binding& binding, std::vector<tf::Feed>& feeds) const {
  if (binding.weights) feeds.push_back({training->row_weight, batch.weight});
}

absl::StatusOr<std::vector<tf::Tensor>> Model::Impl::Step(std::vector<tf::Feed>& feeds, bool with_output) {
  const double learning_rate = training->optimizer->learning_rate().At(iterations);
  feeds.push_back({training->learning_rate, tf::Tensor::Scalar<float>(static_cast<float>(learning_rate))});
  const std::vector<HostScalar> scalars = training->optimizer->scalars();
  for (size_t i = 0; i < training->scalars.size(); ++i) {
    const double value = scalars[i].value(iterations, learning_rate);
    feeds.push_back({training->scalars[i], tf::Tensor::Scalar<float>(static_cast<float>(value))});
  }
  if (training->feeds_step_seed) {
    feeds.push_back(
        {training->step_seed, tf::Tensor::Vector<int64_t>({static_cast<int64_t>(options.seed), iterations << 16})});
  }
  std::vector<tf::Output> fetches = {training->train_loss};
  if (with_output) fetches.push_back(training->train_output);
  std::vector<tf::Operation> targets;
  if (training->step.valid()) targets.push_back(training->step);
  ASSIGN_OR_RETURN(std::vector<tf::Tensor> results, session->Run(feeds, fetches, targets));
  ++iterations;
  return results;
}

absl::Status Model::Impl::NotFinite(double loss, int64_t step, const BatchTensors& batch,
                                    const std::vector<ColumnSpec>& columns) const {
  std::string cause;
  for (size_t i = 0; i < batch.features.size(); ++i) {
    if (batch.features[i].dtype() != kFloat32) continue;
    const std::span<const float> values = batch.features[i].data<float>();
    if (std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) continue;
    absl::StrAppend(&cause, cause.empty() ? " The batch has values that are not finite in feature \"" : ", \"",
                    columns[i].name, "\"");
  }
  if (!cause.empty()) cause += ": fill or drop them in preprocessing_fn.";
  return absl::AbortedError(absl::StrCat(
      "loss is ", std::isnan(loss) ? "NaN" : "infinite", " at step ", step, ".", cause,
      cause.empty()
          ? " Try a smaller learning rate, keras::Clip(optimizer, {.global_norm = 1}), or scaled inputs; check that "
            "the loss fits the output (from_logits) and the labels."
          : ""));
}

absl::Status Model::Fit(const Dataset& train, const FitOptions& options) {
  Impl& m = *impl_;
  RETURN_IF_ERROR(m.CheckReady(true));
  const std::string place = absl::StrCat("model \"", m.options.name, "\": Fit");
  if (options.epochs < 1) return absl::InvalidArgumentError(absl::StrCat(place, ": epochs must be >= 1"));
  absl::StatusOr<Impl::Binding> binding = m.Bind(train, true);
  if (!binding.ok()) return tfx::Annotate(binding.status(), place);
  const bool validates = options.validation_data.is_set();
  if (validates) {
    if (absl::Status status = m.Bind(options.validation_data, true).status(); !status.ok()) {
      return tfx::Annotate(status, place + ": validation_data");
    }
    if (options.validation_steps == 0 && options.validation_data.is_infinite()) {
      return absl::InvalidArgumentError(place + ": validation_data repeats for ever; give validation_steps");
    }
  }
  if (options.steps_per_epoch == 0 && train.is_infinite()) {
    return absl::InvalidArgumentError(place + ": the dataset repeats for ever; give steps_per_epoch");
  }
  const Dataset source = Prefetched(train);
  const std::string label_name = train.label()->name;

  FitState state;
  state.epoch = options.initial_epoch;
  state.callbacks = options.callbacks;
  state.steps_per_epoch = options.steps_per_epoch;
  std::vector<CallbackPtr> callbacks = options.callbacks;
  if (std::find(callbacks.begin(), callbacks.end(), nullptr) != callbacks.end()) {
    return absl::InvalidArgumentError(place + ": a callback is null");
  }
  std::stable_partition(callbacks.begin(), callbacks.end(), [](const CallbackPtr& c) { return !c->RunsLast(); });
  const bool step_logs =
      std::any_of(callbacks.begin(), callbacks.end(), [](const CallbackPtr& c) { return c->WantsStepLogs(); });
  for (const CallbackPtr& callback : callbacks)
    RETURN_IF_ERROR(tfx::Annotate(callback->OnTrainBegin(*this, state), place));

  std::unique_ptr<BatchIterator> batches;
  if (options.steps_per_epoch > 0) {
    ASSIGN_OR_RETURN(batches, source.Iterate(0));
    RETURN_IF_ERROR(tfx::Annotate(batches->Skip(state.step).status(), place));
  }
  BatchTensors batch;
  std::vector<tf::Feed> feeds;
  for (; state.epoch < options.epochs && !state.stop_training; ++state.epoch) {
    for (const CallbackPtr& callback : callbacks)
      RETURN_IF_ERROR(tfx::Annotate(callback->OnEpochBegin(*this, state), place));
    const auto start = std::chrono::steady_clock::now();
    if (options.steps_per_epoch == 0) {
      ASSIGN_OR_RETURN(batches, source.Iterate(state.epoch));
      RETURN_IF_ERROR(tfx::Annotate(batches->Skip(state.step_in_epoch).status(), place));
    }
    RunningLogs running(m.training->metrics);
    const int64_t resumed_at = state.step_in_epoch;
    while (!state.stop_training && (options.steps_per_epoch == 0 || state.step_in_epoch < options.steps_per_epoch)) {
      absl::StatusOr<bool> more = batches->Next(&batch);
      if (!more.ok()) return tfx::Annotate(more.status(), place);
      if (!*more) {
        if (options.steps_per_epoch == 0 && (running.rows() > 0 || resumed_at > 0)) break;
        return absl::OutOfRangeError(running.rows() == 0 && state.step == 0
                                         ? place + ": the dataset has no rows"
                                         : absl::StrCat(place, ": the dataset ended after ", state.step,
                                                        " batches, but epochs * steps_per_epoch = ",
                                                        options.epochs * options.steps_per_epoch, "; let it Repeat()"));
      }
      feeds.clear();
      RETURN_IF_ERROR(tfx::Annotate(m.FeedInputs(batch, *binding, feeds), place));
      absl::StatusOr<tf::Tensor> label = m.FeedLabel(batch, label_name, feeds);
      if (!label.ok()) return tfx::Annotate(label.status(), place);
      m.FeedWeight(batch, *binding, feeds);
      absl::StatusOr<std::vector<tf::Tensor>> results = m.Step(feeds, running.has_metrics());
      if (!results.ok()) return tfx::Annotate(results.status(), absl::StrCat(place, ": step ", state.step + 1));
      const double loss = (*results)[0].scalar<float>();
      ++state.step;
      ++state.step_in_epoch;
      if (options.terminate_on_nan && !std::isfinite(loss)) {
        return tfx::Annotate(m.NotFinite(loss, state.step, batch, train.columns()), place);
      }
      running.AddLoss(loss, batch.rows);
      if (running.has_metrics()) running.AddPredictions((*results)[1], *label, batch.weight);
      if (callbacks.empty()) continue;
      const Logs logs = step_logs ? running.Result() : Logs();
      for (const CallbackPtr& callback : callbacks) {
        RETURN_IF_ERROR(tfx::Annotate(callback->OnStepEnd(*this, state, logs), place));
      }
    }
    Logs logs = running.Result();
    logs["learning_rate"] = m.training->optimizer->learning_rate().At(m.iterations);
    if (validates) {
      absl::StatusOr<Logs> validation = Evaluate(options.validation_data, {.steps = options.validation_steps});
      if (!validation.ok()) return tfx::Annotate(validation.status(), place + ": validation_data");
      for (const auto& [name, value] : *validation) logs["val_" + name] = value;
    }
    m.history.push_back(logs);
    if (options.progress != nullptr) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      *options.progress << absl::StrFormat("Epoch %d/%d - %d steps - %.1fs - %s\n", state.epoch + 1, options.epochs,
                                           state.step_in_epoch, seconds, LogsText(logs))
                        << std::flush;
    }
    const int64_t steps = state.step_in_epoch;
    for (const CallbackPtr& callback : callbacks)
      RETURN_IF_ERROR(tfx::Annotate(callback->OnEpochEnd(*this, state, logs), place));
    if (steps == state.step_in_epoch) state.step_in_epoch = 0;
  }
  for (const CallbackPtr& callback : callbacks)
    RETURN_IF_ERROR(tfx::Annotate(callback->OnTrainEnd(*this, state), place));
  return absl::OkStatus();
}

absl::StatusOr<Logs> Model::Evaluate(const Dataset& dataset, const EvaluateOptions& options) const {
  const Impl& m = *impl_;
  RETURN_IF_ERROR(m.CheckReady(true));
  const std::string place = absl::StrCat("model \"", m.options.name, "\": Evaluate");
  absl::StatusOr<Impl::Binding> binding = m.Bind(dataset, true);
  if (!binding.ok()) return tfx::Annotate(binding.status(), place);
  if (options.steps == 0 && dataset.is_infinite()) {
    return absl::InvalidArgumentError(place + ": the dataset repeats for ever; give steps");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> batches, Prefetched(dataset).Iterate(0));
  RunningLogs running(m.training->metrics);
  BatchTensors batch;
  std::vector<tf::Feed> feeds;
  std::vector<tf::Output> fetches = {m.training->eval_loss};
  if (running.has_metrics()) fetches.push_back(m.output);
  for (int64_t step = 0; options.steps == 0 || step < options.steps; ++step) {
    absl::StatusOr<bool> more = batches->Next(&batch);
    if (!more.ok()) return tfx::Annotate(more.status(), place);
    if (!*more) break;
    feeds.clear();
    RETURN_IF_ERROR(tfx::Annotate(m.FeedInputs(batch, *binding, feeds), place));
    absl::StatusOr<tf::Tensor> label = m.FeedLabel(batch, dataset.label()->name, feeds);
    if (!label.ok()) return tfx::Annotate(label.status(), place);
    m.FeedWeight(batch, *binding, feeds);
    absl::StatusOr<std::vector<tf::Tensor>> results = m.session->Run(feeds, fetches);
    if (!results.ok()) return tfx::Annotate(results.status(), place);
    running.AddLoss((*results)[0].scalar<float>(), batch.rows);
    if (running.has_metrics()) running.AddPredictions((*results)[1], *label, batch.weight);
  }
  if (running.rows() == 0) return absl::OutOfRangeError(place + ": the dataset has no rows");
  return running.Result();
}

absl::StatusOr<tf::Tensor> Model::Predict(const Dataset& dataset) const {
  const Impl& m = *impl_;
  RETURN_IF_ERROR(m.CheckReady(false));
  const std::string place = absl::StrCat("model \"", m.options.name, "\": Predict");
  absl::StatusOr<Impl::Binding> binding = m.Bind(dataset, false);
  if (!binding.ok()) return tfx::Annotate(binding.status(), place);
  if (dataset.is_infinite()) return absl::InvalidArgumentError(place + ": the dataset repeats for ever");
  ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> batches, Prefetched(dataset).Iterate(0));
  BatchTensors batch;
  std::vector<tf::Feed> feeds;
  const std::vector<tf::Output> fetches = {m.output};
  tf::Shape shape = m.model->output_spec().shape;
  shape[0] = 0;
  std::vector<float> values;
  while (true) {
    absl::StatusOr<bool> more = batches->Next(&batch);
    if (!more.ok()) return tfx::Annotate(more.status(), place);
    if (!*more) break;
    feeds.clear();
    RETURN_IF_ERROR(tfx::Annotate(m.FeedInputs(batch, *binding, feeds), place));
    absl::StatusOr<std::vector<tf::Tensor>> results = m.session->Run(feeds, fetches);
    if (!results.ok()) return tfx::Annotate(results.status(), place);
    const std::span<const float> part = (*results)[0].data<float>();
    values.insert(values.end(), part.begin(), part.end());
    const int64_t rows = shape[0] + batch.rows;
    shape = (*results)[0].shape();
    shape[0] = rows;
  }
  return tf::Tensor::FromData<float>(shape, values);
}

absl::StatusOr<tf::Tensor> Model::Predict(const std::map<std::string, tf::Tensor>& inputs) const {
  return Predict(Dataset::FromTensors(inputs).Batch(1024));
}

absl::StatusOr<double> Model::TrainOnBatch(const std::map<std::string, tf::Tensor>& inputs, const tf::Tensor& label) {
  Impl& m = *impl_;
  RETURN_IF_ERROR(m.CheckReady(true));
  if (inputs.empty() || !inputs.begin()->second.valid() || inputs.begin()->second.shape().empty()) {
    return absl::InvalidArgumentError("TrainOnBatch needs tensors with a batch dimension");
  }
  const Dataset dataset =
      Dataset::FromTensors(inputs, label).Batch(std::max<int64_t>(1, inputs.begin()->second.shape()[0]));
  ASSIGN_OR_RETURN(const Impl::Binding binding, m.Bind(dataset, true));
  ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> batches, dataset.Iterate());
  BatchTensors batch;
  ASSIGN_OR_RETURN(const bool more, batches->Next(&batch));
  if (!more) return absl::OutOfRangeError("TrainOnBatch: the batch has no rows");
  std::vector<tf::Feed> feeds;
  RETURN_IF_ERROR(m.FeedInputs(batch, binding, feeds));
  RETURN_IF_ERROR(m.FeedLabel(batch, "label", feeds).status());
  ASSIGN_OR_RETURN(const std::vector<tf::Tensor> results, m.Step(feeds, false));
  return results[0].scalar<float>();
}

}  // namespace keras
