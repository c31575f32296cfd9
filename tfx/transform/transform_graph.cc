#include "tfx/transform/transform_graph.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tensorflow/core/protobuf/meta_graph.pb.h"
#include "tensorflow/core/protobuf/saved_model.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/atomic_directory.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/transform/graph_slice.h"
#include "tfx/transform/transform_graph_layout.h"

namespace tft {
namespace {

using ::tensorflow::AssetFileDef;
using ::tensorflow::MetaGraphDef;
using ::tensorflow::NodeDef;
using ::tensorflow::TensorInfo;
using ::tfx::io::JoinPath;

void SetShape(const ::tfx::tf::Shape& shape, TensorInfo* info) {
  for (int64_t dimension : shape) info->mutable_tensor_shape()->add_dim()->set_size(dimension);
}

TensorInfo ToTensorInfo(const NamedTensor& tensor) {
  TensorInfo info;
  info.set_dtype(tensor.dtype);
  info.mutable_tensor_shape();
  SetShape(tensor.shape, &info);
  if (tensor.is_sparse()) {
    info.mutable_coo_sparse()->set_values_tensor_name(tensor.values);
    info.mutable_coo_sparse()->set_indices_tensor_name(tensor.indices);
    info.mutable_coo_sparse()->set_dense_shape_tensor_name(tensor.dense_shape);
  } else {
    info.set_name(tensor.values);
  }
  return info;
}

// The TensorFlow 1 form that TFT's loaders know: tag and signature by TFT's names, tables in a collection. The init op
// besides is for loaders that look only for that.
absl::StatusOr<::tensorflow::SavedModel> ToSavedModel(const TransformGraph& transform) {
  ::tensorflow::SavedModel model;
  model.set_saved_model_schema_version(1);
  MetaGraphDef& meta = *model.add_meta_graphs();
  meta.mutable_meta_info_def()->add_tags(kTransformTag);
  ASSIGN_OR_RETURN(const std::string version, ::tfx::tf::RuntimeVersion());
  meta.mutable_meta_info_def()->set_tensorflow_version(version);
  meta.mutable_meta_info_def()->set_stripped_default_attrs(true);
  *meta.mutable_graph_def() = transform.graph;

  auto& signature = (*meta.mutable_signature_def())[kTransformSignature];
  signature.set_method_name("tensorflow/serving/predict");
  for (const auto& [name, tensor] : transform.inputs) (*signature.mutable_inputs())[name] = ToTensorInfo(tensor);
  for (const auto& [name, tensor] : transform.outputs) (*signature.mutable_outputs())[name] = ToTensorInfo(tensor);

  auto& collections = *meta.mutable_collection_def();
  if (!transform.vocabularies.empty()) {
    for (const VocabularyAsset& vocabulary : transform.vocabularies) {
      AssetFileDef* asset = meta.add_asset_file_def();
      asset->mutable_tensor_info()->set_name(vocabulary.tensor);
      asset->set_filename(vocabulary.file_name);
      collections["asset_filepaths"].mutable_node_list()->add_value(vocabulary.tensor);
      collections["saved_model_assets"].mutable_any_list()->add_value()->PackFrom(*asset);
    }
  }
  if (!transform.initializers.empty()) {
    NodeDef* init = meta.mutable_graph_def()->add_node();
    init->set_name("transform_init_op");
    init->set_op("NoOp");
    for (const std::string& initializer : transform.initializers) {
      init->add_input("^" + initializer);
      collections["table_initializer"].mutable_node_list()->add_value(initializer);
    }
    collections["saved_model_main_op"].mutable_node_list()->add_value(init->name());
  }
  return model;
}

}  // namespace

absl::Status WriteTransformGraph(const TransformGraph& transform, const std::string& directory) {
  for (const char* part : {kTransformFnDir, kTransformedMetadataDir, kRawMetadataDir}) {
    if (::tfx::io::Exists(JoinPath(directory, part))) {
      return absl::AlreadyExistsError(absl::StrCat(JoinPath(directory, part), " exists already"));
    }
  }
  ASSIGN_OR_RETURN(const ::tensorflow::SavedModel model, ToSavedModel(transform));
  RETURN_IF_ERROR(::tfx::io::CreateDirectories(directory));
  ASSIGN_OR_RETURN(auto fn, ::tfx::io::AtomicDirectory::Create(JoinPath(directory, kTransformFnDir)));
  nlohmann::json asset_map = nlohmann::json::object();
  for (const VocabularyAsset& vocabulary : transform.vocabularies) {
    RETURN_IF_ERROR(
        ::tfx::io::WriteFile(JoinPath(JoinPath(fn.path(), "assets"), vocabulary.file_name), vocabulary.contents));
    asset_map[vocabulary.key] = vocabulary.file_name;
  }
  RETURN_IF_ERROR(::tfx::io::WriteBinaryProto(JoinPath(fn.path(), "saved_model.pb"), model));

  ASSIGN_OR_RETURN(auto transformed, ::tfx::io::AtomicDirectory::Create(JoinPath(directory, kTransformedMetadataDir)));
  RETURN_IF_ERROR(
      ::tfx::io::WriteTextProto(JoinPath(transformed.path(), "schema.pbtxt"), transform.transformed_schema));
  const std::string map_text = asset_map.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  RETURN_IF_ERROR(::tfx::io::WriteFile(JoinPath(transformed.path(), "asset_map"), map_text));

  ASSIGN_OR_RETURN(auto raw, ::tfx::io::AtomicDirectory::Create(JoinPath(directory, kRawMetadataDir)));
  RETURN_IF_ERROR(::tfx::io::WriteTextProto(JoinPath(raw.path(), "schema.pbtxt"), transform.raw_schema));

  RETURN_IF_ERROR(raw.Commit());
  RETURN_IF_ERROR(transformed.Commit());
  return fn.Commit();  // last: with it the transform is whole
}

}  // namespace tft
