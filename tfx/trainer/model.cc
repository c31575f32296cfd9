// Building and compiling a model, its weights, and its description.
#include "tfx/trainer/model.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/trainer/model_impl.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;

int64_t NumElements(const tf::Shape& shape) {
  int64_t n = 1;
  for (int64_t size : shape) n *= size;
  return n;
}

std::string ShapeText(const tf::Shape& shape) {
  return absl::StrCat("[",
                      absl::StrJoin(shape, ", ",
                                    [](std::string* out, int64_t size) {
                                      absl::StrAppend(out, size < 0 ? std::string("?") : absl::StrCat(size));
                                    }),
                      "]");
}

uint64_t WeightSeed(uint64_t seed,
                    const std::string& name) {  // FNV-1a over seed and name, so that layers do not share draws
  uint64_t hash = 0xcbf29ce484222325ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

Metric ResolveAccuracy(const LossBase& loss, int64_t output_width) {
  const auto renamed = [](const Metric& metric) {
    return Metric(
        "accuracy", [metric] { return metric.New(); }, metric.label_kind());
  };
  if (loss.label_kind() == LabelKind::kClassId) return renamed(SparseCategoricalAccuracy());
  if (loss.name() == "binary_crossentropy" || output_width == 1) return renamed(BinaryAccuracy());
  return renamed(CategoricalAccuracy());
}

// Placeholder shape of an input: one number per row comes as [batch, 1].
tf::Shape FeedShape(const TensorSpec& spec) { return spec.shape.size() == 1 ? tf::Shape{-1, 1} : spec.shape; }

}  // namespace

Variable MakeVariable(tf::Graph& graph, const std::string& name, const tf::Shape& shape) {
  Variable v;
  v.name = name;
  v.shape = shape;
  v.handle = graph.Op("VarHandleOp", name)
                 .Attr("dtype", kFloat32)
                 .Attr("shape", shape)
                 .Attr("shared_name", std::string_view(name))
                 .Output();
  v.read = graph.Op("ReadVariableOp", name + "/Read").Input(v.handle).Attr("dtype", kFloat32).Output();
  v.feed = graph.Placeholder(kFloat32, shape, name + "/Initial");
  v.assign = graph.Op("AssignVariableOp", name + "/Assign").Input(v.handle).Input(v.feed).Finish();
  return v;
}

absl::Status Model::Impl::Build(const std::vector<Tensor>& input_tensors, const Tensor& output_tensor) {
  ASSIGN_OR_RETURN(ModelGraph made, ModelGraph::Make(input_tensors, output_tensor));
  model = std::make_unique<ModelGraph>(std::move(made));
  if (model->output_spec().dtype != kFloat32 || model->output_spec().shape.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat("the output must be float32 of shape [batch, n], not ",
                                                   ShapeText(model->output_spec().shape), "; end with a Dense layer"));
  }
  if (options.num_threads < 1) {
    return absl::InvalidArgumentError(absl::StrCat("num_threads = ", options.num_threads, " must be >= 1"));
  }
  graph = std::make_unique<tf::Graph>();
  RETURN_IF_ERROR(graph->status());
  for (const ModelGraph::Input& input : model->inputs()) {
    const tf::Output feed = graph->Placeholder(input.spec.dtype, FeedShape(input.spec), input.name);
    input_feeds.push_back(feed);
    inputs.push_back(input.spec.shape.size() == 1 ? ops::Reshape(feed, {-1}) : feed);
    input_specs.push_back(input.spec);
  }
  std::vector<tf::Output> reads;
  for (const ModelGraph::Weight& weight : model->weights()) {
    variables.push_back(MakeVariable(*graph, weight.name, weight.spec.shape));
    reads.push_back(variables.back().read);
    weight_infos.push_back({weight.name, weight.spec.shape, weight.spec.trainable});
  }
  ASSIGN_OR_RETURN(const ModelGraph::Lowered lowered, model->Lower(*graph, inputs, reads, false, {}));
  output = lowered.output;
  logits = lowered.logits;
  tf::SessionOptions session_options;
  session_options.intra_op_threads = options.num_threads;
  ASSIGN_OR_RETURN(session, tf::Session::Create(*graph, session_options));

  std::vector<std::pair<const Variable*, tf::Tensor>> values;
  for (size_t i = 0; i < variables.size(); ++i) {
    const WeightSpec& spec = model->weights()[i].spec;
    const std::vector<float> initial = spec.initializer(spec.shape, WeightSeed(options.seed, variables[i].name));
    values.emplace_back(&variables[i], tf::Tensor::FromData<float>(spec.shape, initial));
  }
  return Assign(values);
}

absl::Status Model::Impl::Compile(CompileOptions compile) {
  Training t;
  RETURN_IF_ERROR(compile.optimizer.status());
  RETURN_IF_ERROR(compile.loss.status());
  if (compile.loss.get() == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("Compile needs a loss; known: ", absl::StrJoin(LossNames(), ", ")));
  }
  RETURN_IF_ERROR(tfx::Annotate(compile.optimizer->Check(), absl::StrCat("optimizer ", compile.optimizer->name())));
  const int64_t width = model->output_spec().shape.back();
  if (model->output_spec().shape.size() != 2 || width < 1) {
    return absl::InvalidArgumentError(absl::StrCat("to be trained the model's output must be [batch, n], not ",
                                                   ShapeText(model->output_spec().shape),
                                                   "; add a Flatten or Dense layer"));
  }
  RETURN_IF_ERROR(tfx::Annotate(compile.loss->Check(width), absl::StrCat("loss ", compile.loss->name())));
  t.optimizer = compile.optimizer;
  t.loss = compile.loss;
  t.label_kind = compile.loss->label_kind();
  for (const Metric& metric : compile.metrics) {
    RETURN_IF_ERROR(metric.status());
    t.metrics.push_back(metric.is_generic_accuracy() ? ResolveAccuracy(*t.loss.get(), width) : metric);
    if (t.metrics.back().label_kind() != t.label_kind) {
      return absl::InvalidArgumentError(absl::StrCat("metric ", metric.name(), " and loss ", t.loss->name(),
                                                     " do not fit: one needs class ids as labels, the other does not"));
    }
  }

  tf::Graph& g = *graph;
  const std::string scope_name = compiles == 0 ? "training" : absl::StrCat("training_", compiles);
  ++compiles;
  tf::Graph::Scope scope(g, scope_name);
  t.label = t.label_kind == LabelKind::kClassId ? g.Placeholder(kInt64, {-1}, "label")
                                                : g.Placeholder(kFloat32, {-1, width}, "label");
  const tf::Output one = g.Const(tf::Tensor::Vector<float>({1}));
  t.row_weight = g.Op("PlaceholderWithDefault", "row_weight").Input(one).Attr("shape", tf::Shape{-1}).Output();
  t.step_seed = g.Placeholder(kInt64, {2}, "step_seed");
  t.learning_rate = g.Placeholder(kFloat32, {}, "learning_rate");

  std::vector<tf::Output> reads;
  for (const Variable& v : variables) reads.push_back(v.read);
  ASSIGN_OR_RETURN(const ModelGraph::Lowered lowered, model->Lower(g, inputs, reads, true, t.step_seed));
  t.train_output = lowered.output;
  t.feeds_step_seed = lowered.uses_step_seed;

  std::vector<tf::Output> penalties;
  for (size_t i = 0; i < variables.size(); ++i) {
    const Regularizer& r = model->weights()[i].spec.regularizer;
    if (r.l1 > 0) {
      std::vector<int32_t> axes(variables[i].shape.size());
      std::iota(axes.begin(), axes.end(), 0);
      penalties.push_back(ops::Mul(ops::ReduceSum(ops::Abs(reads[i]), axes), r.l1));
    }
    if (r.l2 > 0) penalties.push_back(ops::Mul(ops::L2Loss(reads[i]), 2 * r.l2));
  }
  const auto mean_loss = [&](const tf::Output& prediction, const internal::Logits& known) {
    const tf::Output rows = t.loss->PerRow(
        g, {.label = t.label, .prediction = prediction, .logits = known.output, .activation = known.activation});
    tf::Output mean = ops::ReduceMean(ops::Mul(rows, t.row_weight), {0});
    for (const tf::Output& penalty : penalties) mean = ops::Add(mean, penalty);
    return mean;
  };
  t.train_loss = mean_loss(t.train_output, lowered.logits);
  t.eval_loss = mean_loss(output, logits);

  std::vector<size_t> trained;
  std::vector<tf::Output> xs;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!model->weights()[i].spec.trainable) continue;
    trained.push_back(i);
    xs.push_back(reads[i]);
  }
  RETURN_IF_ERROR(g.status());
  if (!xs.empty()) {
    const std::vector<tf::Output> all_gradients = g.Gradients(std::vector<tf::Output>{t.train_loss}, xs);
    RETURN_IF_ERROR(tfx::Annotate(g.status(), "gradients of the loss"));
    std::vector<tf::Output> gradients;
    std::vector<size_t> reached;  // weights on which the loss does not depend stay as they are
    for (size_t i = 0; i < trained.size(); ++i) {
      if (!all_gradients[i].valid()) continue;
      gradients.push_back(all_gradients[i]);
      reached.push_back(trained[i]);
    }
    gradients = t.optimizer->Transform(g, std::move(gradients));
    for (const HostScalar& scalar : t.optimizer->scalars())
      t.scalars.push_back(g.Placeholder(kFloat32, {}, scalar.name));
    const std::vector<SlotSpec> slot_specs = t.optimizer->slots();
    std::vector<std::pair<float, size_t>> initial;
    std::vector<tf::Operation> updates;
    for (size_t i = 0; i < reached.size(); ++i) {
      const Variable& v = variables[reached[i]];
      ApplyInputs apply{v.handle, gradients[i], {}, t.learning_rate, t.scalars};
      for (const SlotSpec& slot : slot_specs) {
        Variable made = MakeVariable(g, absl::StrCat(v.name, "/", slot.name), v.shape);
        // In a checkpoint slots are named alike whichever Compile made them.
        made.name = absl::StrCat("optimizer/", v.name, "/", slot.name);
        apply.slots.push_back(made.handle);
        t.slots.push_back(std::move(made));
        initial.emplace_back(slot.initial, t.slots.size() - 1);
      }
      updates.push_back(t.optimizer->Apply(g, apply));
    }
    tf::OpBuilder group = g.Op("NoOp", "step");
    for (const tf::Operation& update : updates) std::move(group).ControlInput(update);
    t.step = std::move(group).Finish();
    RETURN_IF_ERROR(tfx::Annotate(g.status(), absl::StrCat("optimizer ", t.optimizer->name())));
    std::vector<std::pair<const Variable*, tf::Tensor>> values;
    for (const auto& [value, slot] : initial) {
      tf::Tensor tensor = tf::Tensor::Empty(kFloat32, t.slots[slot].shape);
      std::fill(tensor.mutable_data<float>().begin(), tensor.mutable_data<float>().end(), value);
      values.emplace_back(&t.slots[slot], std::move(tensor));
    }
    RETURN_IF_ERROR(Assign(values));
  }
  iterations = 0;
  training = std::move(t);
  return g.status();
}

absl::Status Model::Impl::Assign(const std::vector<std::pair<const Variable*, tf::Tensor>>& values) const {
  if (values.empty()) return absl::OkStatus();
  std::vector<tf::Feed> feeds;
  std::vector<tf::Operation> targets;
  for (const auto& [variable, value] : values) {
    feeds.push_back({variable->feed, value});
    targets.push_back(variable->assign);
  }
  return session->Run(feeds, {}, targets).status();
}

absl::StatusOr<std::vector<tf::Tensor>> Model::Impl::Read(const std::vector<const Variable*>& wanted) const {
  if (wanted.empty()) return std::vector<tf::Tensor>();
  std::vector<tf::Output> fetches;
  for (const Variable* v : wanted) fetches.push_back(v->read);
  ASSIGN_OR_RETURN(std::vector<tf::Tensor> values, session->Run(std::span<const tf::Feed>(), fetches));
  // What TensorFlow hands out may be the variable's own memory, which the next step would change under the caller.
  for (tf::Tensor& value : values) value = tf::Tensor::FromData<float>(value.shape(), value.data<float>());
  return values;
}

absl::Status Model::Impl::CheckReady(bool compiled) const {
  RETURN_IF_ERROR(status);
  if (compiled && !training.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("model \"", options.name, "\": call Compile before Fit or Evaluate"));
  }
  return absl::OkStatus();
}

Model::Model(std::vector<Tensor> inputs, Tensor output, ModelOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->status = tfx::Annotate(impl_->Build(inputs, output), absl::StrCat("model \"", impl_->options.name, "\""));
}

Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

absl::Status Model::status() const { return impl_->status; }
const std::string& Model::name() const { return impl_->options.name; }

void Model::Compile(CompileOptions options) {
  if (!impl_->status.ok()) return;
  impl_->status =
      tfx::Annotate(impl_->Compile(std::move(options)), absl::StrCat("model \"", impl_->options.name, "\": Compile"));
}

const std::vector<Logs>& Model::history() const { return impl_->history; }
int64_t Model::iterations() const { return impl_->iterations; }

std::vector<std::string> Model::input_names() const {
  std::vector<std::string> names;
  if (impl_->model == nullptr) return names;
  for (const ModelGraph::Input& input : impl_->model->inputs()) names.push_back(input.name);
  return names;
}

const std::vector<TensorSpec>& Model::input_specs() const { return impl_->input_specs; }
TensorSpec Model::output_spec() const { return impl_->model == nullptr ? TensorSpec{} : impl_->model->output_spec(); }
const std::vector<WeightInfo>& Model::weights() const { return impl_->weight_infos; }

const tf::Graph& Model::graph() const {
  static const auto* const kNone = new tf::Graph;
  return impl_->graph == nullptr ? *kNone : *impl_->graph;
}

absl::StatusOr<tf::Tensor> Model::GetWeight(const std::string& name) const {
  RETURN_IF_ERROR(impl_->status);
  std::vector<std::string> names;
  for (const Variable& v : impl_->variables) {
    if (v.name == name) {
      ASSIGN_OR_RETURN(std::vector<tf::Tensor> values, impl_->Read({&v}));
      return values[0];
    }
    names.push_back(v.name);
  }
  return absl::NotFoundError(absl::StrCat("the model has no weight \"", name, "\"", tfx::DidYouMean(name, names),
                                          " (weights: ", absl::StrJoin(names, ", "), ")"));
}

absl::Status Model::SetWeight(const std::string& name, const tf::Tensor& value) {
  RETURN_IF_ERROR(GetWeight(name).status());
  for (const Variable& v : impl_->variables) {
    if (v.name != name) continue;
    if (!value.valid() || value.dtype() != kFloat32 || value.shape() != v.shape) {
      return absl::InvalidArgumentError(
          absl::StrCat("weight \"", name, "\" is float32 of shape ", ShapeText(v.shape),
                       value.valid() ? absl::StrCat(", not ", ShapeText(value.shape())) : ""));
    }
    return impl_->Assign({{&v, value}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, tf::Tensor>> Model::GetWeights() const {
  RETURN_IF_ERROR(impl_->status);
  std::vector<const Variable*> all;
  for (const Variable& v : impl_->variables) all.push_back(&v);
  ASSIGN_OR_RETURN(std::vector<tf::Tensor> values, impl_->Read(all));
  std::map<std::string, tf::Tensor> result;
  for (size_t i = 0; i < all.size(); ++i) result[all[i]->name] = std::move(values[i]);
  return result;
}

absl::StatusOr<GraphModel> Model::AddToGraph(tf::Graph& graph, const std::map<std::string, tf::Output>& inputs) const {
  RETURN_IF_ERROR(impl_->status);
  GraphModel result;
  std::vector<tf::Output> arguments;
  for (const ModelGraph::Input& input : impl_->model->inputs()) {
    const auto found = inputs.find(input.name);
    if (found == inputs.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("no tensor was given for input \"", input.name, "\" of the model"));
    }
    tf::Output x = found->second;
    RETURN_IF_ERROR(graph.status());
    if ((x.dtype() == kString) != (input.spec.dtype == kString)) {
      return absl::InvalidArgumentError(absl::StrCat("input \"", input.name, "\" of the model is ",
                                                     input.spec.dtype == kString ? "a string" : "a number",
                                                     ", but the tensor given is not"));
    }
    // Static sizes must agree, [batch] and [batch, 1] aside.
    if (const std::optional<tf::Shape> shape = x.shape(); shape.has_value()) {
      int64_t given = 1, wanted = 1;
      for (size_t i = 1; i < shape->size(); ++i) given = (*shape)[i] < 0 || given < 0 ? -1 : given * (*shape)[i];
      for (size_t i = 1; i < input.spec.shape.size(); ++i) {
        wanted = input.spec.shape[i] < 0 || wanted < 0 ? -1 : wanted * input.spec.shape[i];
      }
      if (given >= 0 && wanted >= 0 && given != wanted) {
        return absl::InvalidArgumentError(absl::StrCat("input \"", input.name, "\" of the model has shape ",
                                                       ShapeText(input.spec.shape), ", which ", ShapeText(*shape),
                                                       " does not fit"));
      }
    }
    x = ops::Cast(x, input.spec.dtype);
    if (std::count(input.spec.shape.begin(), input.spec.shape.end(), -1) == 1) {
      x = ops::Reshape(x, input.spec.shape);
    }
    arguments.push_back(x);
  }
  std::vector<tf::Output> reads;
  for (const Variable& v : impl_->variables) {
    Variable copy;
    // A second forward pass in the same graph works on the variables of the first.
    const std::optional<tf::Operation> handle = graph.FindOperation(v.name);
    const std::optional<tf::Operation> feed = graph.FindOperation(v.name + "/Initial");
    const std::optional<tf::Operation> assign = graph.FindOperation(v.name + "/Assign");
    if (handle.has_value() && feed.has_value() && assign.has_value() && handle->type() == "VarHandleOp") {
      copy.handle = {&graph, handle->op, 0};
      copy.feed = {&graph, feed->op, 0};
      copy.assign = *assign;
      copy.read = graph.Op("ReadVariableOp", v.name + "/Read").Input(copy.handle).Attr("dtype", kFloat32).Output();
    } else {
      copy = MakeVariable(graph, v.name, v.shape);
    }
    reads.push_back(copy.read);
    result.weight_handles.push_back(copy.handle);
    result.weight_feeds.push_back(copy.feed);
    result.initializers.push_back(copy.assign);
  }
  RETURN_IF_ERROR(graph.status());
  ASSIGN_OR_RETURN(const ModelGraph::Lowered lowered, impl_->model->Lower(graph, arguments, reads, false, {}));
  result.output = lowered.output;
  return result;
}

std::string Model::Summary() const {
  std::string text = absl::StrCat("Model: \"", impl_->options.name, "\"\n");
  if (!impl_->status.ok()) return absl::StrCat(text, "Error: ", impl_->status.ToString(), "\n");
  absl::StrAppend(&text, absl::StrFormat("%-32s %-18s %10s  %s\n", "Layer (type)", "Output shape", "Weights", "Reads"));
  for (const ModelGraph::Input& input : impl_->model->inputs()) {
    absl::StrAppend(&text,
                    absl::StrFormat("%-32s %-18s %10d\n", input.name + " (input)", ShapeText(input.spec.shape), 0));
  }
  int64_t trained = 0, fixed = 0;
  std::vector<bool> counted(impl_->model->layers().size());
  for (const ModelGraph::Use& use : impl_->model->uses()) {
    const ModelGraph::LayerEntry& entry = impl_->model->layers()[use.layer];
    int64_t weights = 0;
    if (!counted[use.layer]) {
      for (const WeightSpec& weight : entry.layer->weights()) {
        weights += NumElements(weight.shape);
        (weight.trainable ? trained : fixed) += NumElements(weight.shape);
      }
    }
    counted[use.layer] = true;
    absl::StrAppend(&text,
                    absl::StrFormat("%-32s %-18s %10d  %s\n", absl::StrCat(entry.name, " (", entry.layer->type(), ")"),
                                    ShapeText(use.output.shape), weights, absl::StrJoin(use.reads, ", ")));
  }
  absl::StrAppend(&text, "Trained weights: ", trained, "; fixed: ", fixed, "\n");
  return text;
}

}  // namespace keras
