#include "tfx/trainer/save_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/saved_model.h"
#include "tfx/tensorflow/session.h"
#include "tfx/trainer/model.h"
#include "tfx/transform/feature_spec.h"
#include "tfx/transform/transform_output.h"

namespace tfx {
namespace {

using ::tft::GraphTensor;

// The model's forward pass on `inputs`, its weights added to `spec` and set in a session of this graph.
absl::StatusOr<tf::Output> AddModel(const keras::Model& model, tf::Graph& graph,
                                    const std::map<std::string, tf::Output>& inputs, tf::SavedModelSpec& spec,
                                    std::unique_ptr<tf::Session>& session) {
  ASSIGN_OR_RETURN(const keras::GraphModel added, model.AddToGraph(graph, inputs));
  ASSIGN_OR_RETURN(const auto weights, model.GetWeights());
  ASSIGN_OR_RETURN(session, tf::Session::Create(graph));
  std::vector<tf::Feed> feeds;
  for (size_t i = 0; i < model.weights().size(); ++i) {
    const keras::WeightInfo& weight = model.weights()[i];
    feeds.push_back({added.weight_feeds[i], weights.at(weight.name)});
    spec.variables.push_back({.name = weight.name,
                              .handle = added.weight_handles[i],
                              .initializer = added.initializers[i],
                              .trainable = weight.trainable});
  }
  if (!feeds.empty()) RETURN_IF_ERROR(session->Run(feeds, {}, added.initializers).status());
  return added.output;
}

// A dense tensor for the model: sparse features are filled up, integers with -1 (CategoryEncoding and Embedding skip
// it).
tf::Output Densify(tf::Graph& graph, const GraphTensor& tensor) {
  if (!tensor.is_sparse()) return tensor.values;
  tf::Output padding;
  if (tensor.values.dtype() == keras::kInt64) {
    padding = graph.Scalar<int64_t>(-1);
  } else if (tensor.values.dtype() == keras::kFloat32) {
    padding = graph.Scalar<float>(0);
  } else {
    padding = graph.Const(tf::Tensor::String(""));
  }
  return graph.Op("SparseToDense")
      .Input(tensor.indices)
      .Input(tensor.dense_shape)
      .Input(tensor.values)
      .Input(padding)
      .Attr("validate_indices", true)
      .Output();
}

// A signature's tensors are told apart by key, so each output gets a node of its own.
tf::Output Named(tf::Graph& graph, const tf::Output& output, const std::string& name) {
  return graph.Op("Identity", name).Input(output).Output();
}

absl::Status CheckInputsAreTransformed(const keras::Model& model, const tft::TransformOutput& transform_output) {
  std::vector<std::string> made;
  for (const tft::FeatureSpec& spec : transform_output.transformed_feature_spec()) made.push_back(spec.name);
  for (const std::string& input : model.input_names()) {
    if (std::find(made.begin(), made.end(), input) != made.end()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("input \"", input, "\" of the model is no feature that Transform makes", DidYouMean(input, made),
                     " (features: ", absl::StrJoin(made, ", "), ")"));
  }
  return absl::OkStatus();
}

absl::Status Save(const keras::Model& model, const tft::TransformOutput& transform_output, const std::string& directory,
                  const SaveModelOptions& options) {
  RETURN_IF_ERROR(model.status());
  RETURN_IF_ERROR(CheckInputsAreTransformed(model, transform_output));
  tf::Graph graph;
  RETURN_IF_ERROR(graph.status());
  tf::SavedModelSpec spec;
  std::unique_ptr<tf::Session> session;
  const auto keep = [&](const tft::ImportedTransform& imported) {
    spec.assets.insert(imported.assets.begin(), imported.assets.end());
    spec.initializers.insert(spec.initializers.end(), imported.initializers.begin(), imported.initializers.end());
  };

  const tf::Output examples = graph.Placeholder(::tensorflow::DT_STRING, {-1}, "serving_default_examples");
  ASSIGN_OR_RETURN(const tft::ImportedTransform serving,
                   transform_output.Import(graph, examples, {.outputs = model.input_names(), .prefix = "transform"}));
  keep(serving);
  std::map<std::string, tf::Output> inputs;
  for (const auto& [name, tensor] : serving.outputs) inputs[name] = Densify(graph, tensor);
  ASSIGN_OR_RETURN(const tf::Output output, AddModel(model, graph, inputs, spec, session));
  spec.signatures["serving_default"] = {.inputs = {{options.input_key, examples}},
                                        .outputs = {{options.output_key, Named(graph, output, "outputs")}}};

  if (options.transform_features_signature) {
    // A copy of its own, so that serving_default parses no label.
    const tf::Output raw = graph.Placeholder(::tensorflow::DT_STRING, {-1}, "transform_features_examples");
    ASSIGN_OR_RETURN(const tft::ImportedTransform all,
                     transform_output.Import(graph, raw, {.prefix = "transform_features"}));
    keep(all);
    tf::SignatureSpec signature;
    signature.inputs[options.input_key] = raw;
    for (const auto& [name, tensor] : all.outputs) {
      signature.outputs[name] = Named(graph, Densify(graph, tensor), "transform_features_" + name);
    }
    spec.signatures["transform_features"] = std::move(signature);
  }
  RETURN_IF_ERROR(graph.status());
  return tf::WriteSavedModel(graph, session.get(), spec, directory);
}

absl::Status SaveRaw(const keras::Model& model, const std::string& directory, const SaveModelOptions& options) {
  RETURN_IF_ERROR(model.status());
  tf::Graph graph;
  RETURN_IF_ERROR(graph.status());
  tf::SavedModelSpec spec;
  std::unique_ptr<tf::Session> session;
  const std::vector<std::string> names = model.input_names();
  std::vector<tft::FeatureSpec> features;
  for (size_t i = 0; i < names.size(); ++i) {
    const keras::TensorSpec& input = model.input_specs()[i];
    tft::FeatureSpec feature{.name = names[i], .dtype = input.dtype};
    feature.shape.assign(input.shape.begin() + 1, input.shape.end());
    feature.is_sparse = std::count(feature.shape.begin(), feature.shape.end(), -1) > 0;
    if (feature.is_sparse) feature.shape.clear();
    features.push_back(std::move(feature));
  }
  std::sort(features.begin(), features.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const tf::Output examples = graph.Placeholder(::tensorflow::DT_STRING, {-1}, "serving_default_examples");
  std::map<std::string, tf::Output> inputs;
  tf::SignatureSpec raw;
  for (const auto& [name, tensor] : tft::ParseExamples(graph, examples, features)) {
    inputs[name] = Densify(graph, tensor);
  }
  ASSIGN_OR_RETURN(const tf::Output output, AddModel(model, graph, inputs, spec, session));
  spec.signatures["serving_default"] = {.inputs = {{options.input_key, examples}},
                                        .outputs = {{options.output_key, Named(graph, output, "outputs")}}};
  // A second forward pass, on placeholders; it shares the variables of the first.
  std::map<std::string, tf::Output> fed;
  for (size_t i = 0; i < names.size(); ++i) {
    const keras::TensorSpec& input = model.input_specs()[i];
    fed[names[i]] = graph.Placeholder(input.dtype, input.shape, "serving_raw_" + names[i]);
  }
  ASSIGN_OR_RETURN(const keras::GraphModel again, model.AddToGraph(graph, fed));
  raw.inputs = fed;
  raw.outputs[options.output_key] = Named(graph, again.output, "serving_raw_outputs");
  spec.signatures["serving_raw"] = std::move(raw);
  RETURN_IF_ERROR(graph.status());
  return tf::WriteSavedModel(graph, session.get(), spec, directory);
}

}  // namespace

absl::Status SaveModel(const keras::Model& model, const tft::TransformOutput& transform_output,
                       const std::string& serving_model_dir, const SaveModelOptions& options) {
  return Annotate(Save(model, transform_output, serving_model_dir, options),
                  absl::StrCat("SaveModel to ", serving_model_dir));
}

absl::Status SaveModel(const keras::Model& model, const std::string& serving_model_dir,
                       const SaveModelOptions& options) {
  return Annotate(SaveRaw(model, serving_model_dir, options), absl::StrCat("SaveModel to ", serving_model_dir));
}

}  // namespace tfx
