#include "tfx/trainer/model_graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/ops.h"

namespace keras {

using internal::Node;

absl::StatusOr<ModelGraph> ModelGraph::Make(const std::vector<Tensor>& inputs, const Tensor& output) {
  ModelGraph model;
  RETURN_IF_ERROR(output.status());
  model.output_ = output.shared_node();
  std::set<std::string> names;
  for (const Tensor& input : inputs) {
    RETURN_IF_ERROR(input.status());
    if (input.node()->layer != nullptr) {
      return absl::InvalidArgumentError("a tensor given as input of the model is no keras::Input");
    }
    if (!names.insert(input.node()->input_name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two inputs of the model are named \"", input.node()->input_name, "\""));
    }
    model.inputs_.push_back({input.node()->input_name, input.spec(), input.node()});
  }

  // Everything that the output is made from.
  std::set<const Node*> seen;
  std::vector<std::shared_ptr<const Node>> open = {model.output_};
  while (!open.empty()) {
    std::shared_ptr<const Node> node = std::move(open.back());
    open.pop_back();
    if (!seen.insert(node.get()).second) continue;
    for (const auto& input : node->inputs) open.push_back(input);
    if (node->layer != nullptr) {
      model.nodes_.push_back(std::move(node));
    } else if (std::none_of(model.inputs_.begin(), model.inputs_.end(),
                            [&](const Input& input) { return input.node == node.get(); })) {
      return absl::InvalidArgumentError(absl::StrCat("the output needs input \"", node->input_name,
                                                     "\", which is not in the model's list of inputs"));
    }
  }
  for (const Input& input : model.inputs_) {
    if (!seen.contains(input.node)) {
      return absl::InvalidArgumentError(absl::StrCat("input \"", input.name, "\" is not used by the output"));
    }
  }
  std::sort(model.nodes_.begin(), model.nodes_.end(), [](const auto& a, const auto& b) { return a->id < b->id; });

  std::map<const LayerBase*, int> index;
  std::map<std::string, int> uses_of_type;
  std::set<std::string> layer_names;
  for (const auto& node : model.nodes_) {
    if (!node->layer->name().empty() && !index.contains(node->layer.get())) {
      if (!layer_names.insert(node->layer->name()).second) {
        return absl::InvalidArgumentError(absl::StrCat("two layers are named \"", node->layer->name(), "\""));
      }
      index[node->layer.get()] = -1;
    }
  }
  index.clear();
  for (const auto& node : model.nodes_) {
    if (!index.emplace(node->layer.get(), static_cast<int>(model.layers_.size())).second) continue;
    LayerEntry entry{node->layer, node->layer->name(), static_cast<int>(model.weights_.size()), node->spec};
    while (entry.name.empty()) {
      const int use = uses_of_type[node->layer->type()]++;
      std::string name = use == 0 ? node->layer->type() : absl::StrCat(node->layer->type(), "_", use);
      if (layer_names.insert(name).second) entry.name = std::move(name);
    }
    for (const WeightSpec& weight : node->layer->weights()) {
      model.weights_.push_back({absl::StrCat(entry.name, "/", weight.name), weight});
    }
    model.layers_.push_back(std::move(entry));
  }
  for (const auto& node : model.nodes_) {
    if (node->layer->token_limit() < 0) continue;
    for (const auto& read : node->inputs) {
      for (size_t i = 0; i < model.inputs_.size(); ++i) {
        if (model.inputs_[i].node == read.get()) {
          model.token_checks_.push_back(
              {static_cast<int>(i), node->layer->token_limit(), model.layers_[model.LayerIndex(*node)].name});
        }
      }
    }
  }
  return model;
}

int ModelGraph::LayerIndex(const Node& node) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (layers_[i].layer == node.layer) return static_cast<int>(i);
  }
  return -1;
}

absl::StatusOr<ModelGraph::Lowered> ModelGraph::Lower(tf::Graph& graph, const std::vector<tf::Output>& inputs,
                                                      const std::vector<tf::Output>& weights, bool training,
                                                      const tf::Output& step_seed) const {
  internal::LoweringTables tables;
  std::map<const Node*, tf::Output> values;
  for (size_t i = 0; i < inputs_.size(); ++i) values[inputs_[i].node] = inputs[i];
  int use = 0;
  for (const auto& node : nodes_) {
    const LayerEntry& entry = layers_[LayerIndex(*node)];
    tf::Graph::Scope scope(graph, entry.name);
    CallContext context;
    context.graph_ = &graph;
    context.training_ = training;
    context.tables_ = &tables;
    context.weights_.assign(weights.begin() + entry.first_weight,
                            weights.begin() + entry.first_weight + static_cast<int64_t>(entry.layer->weights().size()));
    if (training && step_seed.valid()) {
      // Each use of a layer draws other numbers.
      context.step_seed_ = tf::ops::Add(step_seed, tf::ops::Int64s(graph, {0, use}));
    }
    ++use;
    std::vector<tf::Output> arguments;
    for (const auto& input : node->inputs) arguments.push_back(values[input.get()]);
    values[node.get()] = entry.layer->Call(context, arguments);
    if (!graph.status().ok()) {
      return absl::Status(graph.status().code(),
                          absl::StrCat("layer \"", entry.name, "\": ", graph.status().message()));
    }
  }
  Lowered lowered;
  lowered.output = values[output_.get()];
  lowered.uses_step_seed = tables.uses_step_seed;
  if (const auto found = tables.logits.find(internal::KeyOf(lowered.output)); found != tables.logits.end()) {
    lowered.logits = found->second;
  }
  for (const tf::Output& input : inputs) {
    // A tensor that is fed cannot be fetched as well.
    if (internal::KeyOf(input) == internal::KeyOf(lowered.output)) lowered.output = tf::ops::Identity(input);
  }
  if (!lowered.output.valid()) return absl::InternalError("the model's output was not built");
  return lowered;
}

std::vector<ModelGraph::Use> ModelGraph::uses() const {
  std::vector<Use> uses;
  for (const auto& node : nodes_) {
    Use use{LayerIndex(*node), node->spec, {}};
    for (const auto& input : node->inputs) {
      use.reads.push_back(input->layer == nullptr ? input->input_name : layers_[LayerIndex(*input)].name);
    }
    uses.push_back(std::move(use));
  }
  return uses;
}

}  // namespace keras
