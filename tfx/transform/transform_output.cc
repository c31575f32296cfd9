#include "tfx/transform/transform_output.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "tensorflow/core/protobuf/meta_graph.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_transform/annotations.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/saved_model.h"
#include "tfx/transform/graph_slice.h"
#include "tfx/transform/transform_graph_layout.h"

namespace tft {

using ::tensorflow::MetaGraphDef;
using ::tensorflow::NodeDef;
using ::tensorflow::SignatureDef;
using ::tensorflow::TensorInfo;
using ::tensorflow::metadata::v0::Schema;
using ::tfx::io::JoinPath;

struct TransformOutput::Impl {
  Schema raw_schema;
  Schema transformed_schema;
  std::vector<FeatureSpec> raw_specs;
  std::vector<FeatureSpec> transformed_specs;
  std::map<std::string, std::string> asset_map;  // name -> file in assets/
  std::optional<MetaGraphDef> meta;              // absent for Python's TensorFlow 2 form
};

namespace {

std::vector<std::string> TensorsOf(const TensorInfo& info) {
  if (!info.has_coo_sparse()) return {info.name()};
  return {info.coo_sparse().values_tensor_name(), info.coo_sparse().indices_tensor_name(),
          info.coo_sparse().dense_shape_tensor_name()};
}

// A transform_fn that can be put into other graphs, opened up.
class Importer {
 public:
  Importer(const MetaGraphDef& meta, const std::string& assets_dir)
      : meta_(meta),
        signature_(meta.signature_def().at(kTransformSignature)),
        initializers_(InitializersOf(meta)),
        slicer_(meta.graph_def(), initializers_),
        assets_dir_(assets_dir) {}

  // The outputs that `options` ask for and that need no feature outside `available`, and the features that they need.
  struct Plan {
    std::vector<std::string> outputs;
    std::set<std::string> raw_features;
  };
  absl::StatusOr<Plan> MakePlan(const ImportOptions& options, const std::set<std::string>& available) const {
    Plan plan;
    std::vector<std::string> names = options.outputs;
    std::vector<std::string> known;
    for (const auto& [name, info] : signature_.outputs()) known.push_back(name);
    std::sort(known.begin(), known.end());
    for (const std::string& name : names) {
      if (signature_.outputs().count(name) > 0) continue;
      return absl::NotFoundError(
          absl::StrCat("there is no transformed feature '", name, "'", ::tfx::DidYouMean(name, known)));
    }
    if (names.empty()) names = known;
    for (const std::string& name : names) {
      const std::set<std::string> ancestors = slicer_.Ancestors(TensorsOf(signature_.outputs().at(name)));
      std::set<std::string> needed;
      std::string lacking;
      for (const auto& [feature, info] : signature_.inputs()) {
        bool used = false;
        for (const std::string& tensor : TensorsOf(info)) used = used || ancestors.count(NodeName(tensor)) > 0;
        if (!used) continue;
        needed.insert(feature);
        if (available.count(feature) == 0) lacking = feature;
      }
      if (!lacking.empty() && options.outputs.empty()) continue;
      if (!lacking.empty()) {
        return absl::FailedPreconditionError(
            absl::StrCat("transformed feature '", name, "' needs the raw feature '", lacking, "', which is not there"));
      }
      plan.outputs.push_back(name);
      plan.raw_features.insert(needed.begin(), needed.end());
    }
    return plan;
  }

  absl::StatusOr<ImportedTransform> Import(tf::Graph& graph, const std::map<std::string, GraphTensor>& raw,
                                           const Plan& plan, const std::string& prefix) const {
    std::vector<std::string> fetched;
    for (const std::string& name : plan.outputs) {
      const std::vector<std::string> tensors = TensorsOf(signature_.outputs().at(name));
      fetched.insert(fetched.end(), tensors.begin(), tensors.end());
    }
    std::set<std::string> keep = slicer_.Ancestors(fetched);
    std::map<std::string, tf::Output> inputs;
    for (const std::string& feature : plan.raw_features) {
      RETURN_IF_ERROR(AddInput(feature, raw.at(feature), keep, inputs));
    }
    ::tensorflow::GraphDef slice = slicer_.Slice(keep);
    for (NodeDef& node : *slice.mutable_node()) {
      for (const auto& asset : meta_.asset_file_def()) {
        if (NodeName(asset.tensor_info().name()) != node.name()) continue;
        auto* value = (*node.mutable_attr())["value"].mutable_tensor();
        value->clear_string_val();
        value->add_string_val(JoinPath(assets_dir_, asset.filename()));
      }
    }
    // UniqueName gives the name with the graph's scope, Import puts the scope before its prefix itself.
    const std::string full_prefix = graph.UniqueName(prefix.empty() ? "transform" : prefix);
    ASSIGN_OR_RETURN(std::vector<tf::Output> tensors,
                     graph.Import(slice, full_prefix.substr(graph.scope().size()), inputs, fetched));
    ImportedTransform imported;
    size_t next = 0;
    for (const std::string& name : plan.outputs) {
      GraphTensor& output = imported.outputs[name];
      output.values = tensors[next++];
      if (!signature_.outputs().at(name).has_coo_sparse()) continue;
      output.indices = tensors[next++];
      output.dense_shape = tensors[next++];
    }
    for (const auto& asset : meta_.asset_file_def()) {
      if (keep.count(NodeName(asset.tensor_info().name())) == 0) continue;
      imported.assets[absl::StrCat(full_prefix, "/", NodeName(asset.tensor_info().name()), ":0")] =
          JoinPath(assets_dir_, asset.filename());
    }
    for (const std::string& initializer : initializers_) {
      if (keep.count(initializer) == 0) continue;
      const std::optional<tf::Operation> op = graph.FindOperation(absl::StrCat(full_prefix, "/", initializer));
      if (!op.has_value())
        return absl::InternalError(absl::StrCat("importing a transform lost its node ", initializer));
      imported.initializers.push_back(*op);
    }
    return imported;
  }

 private:
  static std::vector<std::string> InitializersOf(const MetaGraphDef& meta) {
    auto it = meta.collection_def().find("table_initializer");
    if (it == meta.collection_def().end()) return {};
    return {it->second.node_list().value().begin(), it->second.node_list().value().end()};
  }

  // Maps the placeholders of a raw feature to `tensor` and drops them from the nodes to import.
  absl::Status AddInput(const std::string& feature, const GraphTensor& tensor, std::set<std::string>& keep,
                        std::map<std::string, tf::Output>& inputs) const {
    const TensorInfo& info = signature_.inputs().at(feature);
    const std::vector<std::string> names = TensorsOf(info);
    if (tensor.is_sparse() != info.has_coo_sparse()) {
      return absl::InvalidArgumentError(absl::StrCat("raw feature '", feature, "' must be ",
                                                     info.has_coo_sparse() ? "a sparse" : "a dense", " tensor"));
    }
    if (!tensor.values.valid() || tensor.values.dtype() != info.dtype()) {
      return absl::InvalidArgumentError(
          absl::StrCat("raw feature '", feature, "' must be of type ", ::tensorflow::DataType_Name(info.dtype())));
    }
    const std::vector<tf::Output> parts = {tensor.values, tensor.indices, tensor.dense_shape};
    for (size_t i = 0; i < names.size(); ++i) {
      // Only tensors that the slice reads: TensorFlow refuses others.
      if (keep.erase(NodeName(names[i])) > 0) inputs[names[i]] = parts[i];
    }
    return absl::OkStatus();
  }

  const MetaGraphDef& meta_;
  const SignatureDef& signature_;
  const std::vector<std::string> initializers_;
  const GraphSlicer slicer_;
  const std::string assets_dir_;
};

absl::Status NoGraph(const std::string& directory) {
  return absl::UnimplementedError(absl::StrCat(
      JoinPath(directory, kTransformFnDir),
      " is no transform graph with the tag 'transform': graphs written by Python's TFX in its TensorFlow 2 form "
      "cannot be imported; run Transform again with tfx-cpp, or in Python with force_tf_compat_v1=True"));
}

}  // namespace

absl::StatusOr<TransformOutput> TransformOutput::Load(const std::string& transform_graph_dir) {
  auto impl = std::make_shared<Impl>();
  const std::string transformed_dir = JoinPath(transform_graph_dir, kTransformedMetadataDir);
  RETURN_IF_ERROR(::tfx::io::ReadTextProto(JoinPath(transformed_dir, "schema.pbtxt"), &impl->transformed_schema));
  RETURN_IF_ERROR(::tfx::io::ReadTextProto(JoinPath(JoinPath(transform_graph_dir, kRawMetadataDir), "schema.pbtxt"),
                                           &impl->raw_schema));
  absl::StatusOr<std::vector<FeatureSpec>> raw = FeatureSpecFromSchema(impl->raw_schema);
  if (!raw.ok()) return ::tfx::Annotate(raw.status(), transform_graph_dir);
  impl->raw_specs = *std::move(raw);
  absl::StatusOr<std::vector<FeatureSpec>> transformed = FeatureSpecFromSchema(impl->transformed_schema);
  if (!transformed.ok()) return ::tfx::Annotate(transformed.status(), transform_graph_dir);
  impl->transformed_specs = *std::move(transformed);

  const std::string map_path = JoinPath(transformed_dir, "asset_map");
  if (::tfx::io::Exists(map_path)) {
    ASSIGN_OR_RETURN(const std::string text, ::tfx::io::ReadFile(map_path));
    const nlohmann::json map = nlohmann::json::parse(text, nullptr, false);
    if (!map.is_object()) return absl::InvalidArgumentError(absl::StrCat(map_path, ": not a JSON object"));
    for (const auto& [name, file] : map.items()) {
      if (!file.is_string())
        return absl::InvalidArgumentError(absl::StrCat(map_path, ": '", name, "' is not a string"));
      impl->asset_map[name] = file.get<std::string>();
    }
  }
  absl::StatusOr<MetaGraphDef> meta =
      tf::ReadMetaGraph(JoinPath(transform_graph_dir, kTransformFnDir), {kTransformTag});
  if (meta.ok() && meta->signature_def().count(kTransformSignature) > 0) {
    impl->meta = *std::move(meta);
  } else if (!meta.ok() && !absl::IsInvalidArgument(meta.status())) {
    return meta.status();
  }
  TransformOutput output;
  output.directory_ = transform_graph_dir;
  output.impl_ = std::move(impl);
  return output;
}

std::string TransformOutput::transform_savedmodel_dir() const { return JoinPath(directory_, kTransformFnDir); }
const Schema& TransformOutput::raw_schema() const { return impl_->raw_schema; }
const Schema& TransformOutput::transformed_schema() const { return impl_->transformed_schema; }
const std::vector<FeatureSpec>& TransformOutput::raw_feature_spec() const { return impl_->raw_specs; }
const std::vector<FeatureSpec>& TransformOutput::transformed_feature_spec() const { return impl_->transformed_specs; }

std::vector<std::string> TransformOutput::vocabulary_names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : impl_->asset_map) names.push_back(name);
  return names;
}

absl::StatusOr<std::string> TransformOutput::VocabularyFileByName(std::string_view name) const {
  auto it = impl_->asset_map.find(std::string(name));
  if (it == impl_->asset_map.end()) {
    return absl::NotFoundError(absl::StrCat(directory_, " has no vocabulary '", std::string(name),
                                            "'; it has: ", absl::StrJoin(vocabulary_names(), ", ")));
  }
  return JoinPath(JoinPath(transform_savedmodel_dir(), "assets"), it->second);
}

absl::StatusOr<std::vector<std::string>> TransformOutput::VocabularyByName(std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string file, VocabularyFileByName(name));
  ASSIGN_OR_RETURN(const std::string text, ::tfx::io::ReadFile(file));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

absl::StatusOr<int64_t> TransformOutput::VocabularySizeByName(std::string_view name) const {
  for (const auto& any : impl_->transformed_schema.annotation().extra_metadata()) {
    ::tensorflow::transform::annotations::VocabularyMetadata vocabulary;
    if (any.Is<::tensorflow::transform::annotations::VocabularyMetadata>() && any.UnpackTo(&vocabulary) &&
        vocabulary.file_name() == name) {
      return vocabulary.filtered_vocabulary_size();
    }
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> lines, VocabularyByName(name));
  return static_cast<int64_t>(lines.size());
}

absl::StatusOr<int64_t> TransformOutput::NumBucketsForTransformedFeature(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& feature : impl_->transformed_schema.feature()) {
    names.push_back(feature.name());
    if (feature.name() != name) continue;
    if (!feature.has_int_domain() || feature.int_domain().min() != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("transformed feature '", feature.name(), "' has no integer domain that starts at 0"));
    }
    return feature.int_domain().max() + 1;
  }
  return absl::NotFoundError(
      absl::StrCat("there is no transformed feature '", std::string(name), "'", ::tfx::DidYouMean(name, names)));
}

absl::StatusOr<ImportedTransform> TransformOutput::Import(tf::Graph& graph, const tf::Output& serialized,
                                                          const ImportOptions& options) const {
  if (!impl_->meta.has_value()) return NoGraph(directory_);
  const Importer importer(*impl_->meta, JoinPath(transform_savedmodel_dir(), "assets"));
  std::set<std::string> available;
  for (const FeatureSpec& spec : impl_->raw_specs) available.insert(spec.name);
  for (const std::string& name : options.without_raw_features) available.erase(name);
  ASSIGN_OR_RETURN(const Importer::Plan plan, importer.MakePlan(options, available));
  std::vector<FeatureSpec> specs;
  for (const FeatureSpec& spec : impl_->raw_specs) {
    if (plan.raw_features.count(spec.name) > 0) specs.push_back(spec);
  }
  const std::map<std::string, GraphTensor> raw = ParseExamples(graph, serialized, specs);
  RETURN_IF_ERROR(graph.status());
  return importer.Import(graph, raw, plan, options.prefix);
}

absl::StatusOr<ImportedTransform> TransformOutput::ImportFromRaw(tf::Graph& graph,
                                                                 const std::map<std::string, GraphTensor>& raw,
                                                                 const ImportOptions& options) const {
  if (!impl_->meta.has_value()) return NoGraph(directory_);
  const Importer importer(*impl_->meta, JoinPath(transform_savedmodel_dir(), "assets"));
  std::set<std::string> available;
  for (const auto& [name, tensor] : raw) available.insert(name);
  for (const std::string& name : options.without_raw_features) available.erase(name);
  ASSIGN_OR_RETURN(const Importer::Plan plan, importer.MakePlan(options, available));
  return importer.Import(graph, raw, plan, options.prefix);
}

}  // namespace tft
