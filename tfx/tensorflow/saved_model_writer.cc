// WriteSavedModel. The layout is that of TensorFlow 1's SavedModelBuilder (no object graph): variables by a SaverDef,
// tables by an init op, assets by asset_file_def. TF Serving, the C API and Python's tf.saved_model.load read it.
#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/variable.pb.h"
#include "tensorflow/core/protobuf/saved_model.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/atomic_directory.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/graph_pruning.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/tensorflow/saved_model.h"

namespace tfx::tf {
namespace {

using ::tensorflow::GraphDef;
using ::tensorflow::MetaGraphDef;
using ::tensorflow::NodeDef;
using ::tensorflow::TensorInfo;

constexpr char kInitOp[] = "__saved_model_init_op";

// The ops that save and restore the variables, and run the initializers.
struct LoaderOps {
  Output prefix;                       // scalar string, fed with <directory>/variables/variables
  Output saved;                        // fetch it to save
  Operation restore;                   // run it to restore
  Operation init;                      // invalid without initializers
  std::vector<Output> reads;           // by variable
  std::vector<Operation> assignments;  // by variable: puts the restored value in
};

absl::StatusOr<DataType> VariableType(const Variable& variable) {
  if (!variable.handle.valid()) {
    return absl::InvalidArgumentError(absl::StrCat("variable '", variable.name, "' has no valid handle"));
  }
  CStatus status;
  TF_DataType dtype;
  TF_OperationGetAttrType(variable.handle.op, "dtype", &dtype, status);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("variable '", variable.name, "': its handle is a ",
                                                   variable.handle.operation().type(), ", not a VarHandleOp"));
  }
  return static_cast<DataType>(dtype);
}

absl::StatusOr<LoaderOps> AddLoaderOps(Graph& graph, const SavedModelSpec& spec) {
  LoaderOps result;
  if (!spec.initializers.empty()) result.init = ops::Group(graph, spec.initializers, "init_op");
  if (spec.variables.empty()) return result;

  const Graph::Scope scope(graph, "save");
  std::vector<std::string> names;
  std::vector<DataType> dtypes;
  for (const Variable& variable : spec.variables) {
    if (variable.name.empty()) return absl::InvalidArgumentError("a variable has no name");
    if (std::find(names.begin(), names.end(), variable.name) != names.end()) {
      return absl::InvalidArgumentError(absl::StrCat("two variables are named '", variable.name, "'"));
    }
    ASSIGN_OR_RETURN(const DataType dtype, VariableType(variable));
    names.push_back(variable.name);
    dtypes.push_back(dtype);
    result.reads.push_back(ops::ReadVariable(variable.handle, dtype));
  }
  result.prefix = graph.Placeholder(::tensorflow::DT_STRING, {}, "prefix");
  const Output tensor_names = ops::Strings(graph, names);
  const Output slices = ops::Strings(graph, std::vector<std::string>(names.size()));
  const Operation save = graph.Op("SaveV2")
                             .Input(result.prefix)
                             .Input(tensor_names)
                             .Input(slices)
                             .InputList(result.reads)
                             .TypeListAttr("dtypes", dtypes)
                             .Finish();
  result.saved = graph.Op("Identity", "saved").Input(result.prefix).ControlInput(save).Output();
  const std::vector<Output> restored = graph.Op("RestoreV2")
                                           .Input(result.prefix)
                                           .Input(tensor_names)
                                           .Input(slices)
                                           .TypeListAttr("dtypes", dtypes)
                                           .Outputs();
  for (size_t i = 0; i < restored.size(); ++i) {
    result.assignments.push_back(ops::Assign(spec.variables[i].handle, restored[i]));
  }
  result.restore = ops::Group(graph, result.assignments, "restore_all");
  return result;
}

TensorInfo Describe(const Output& output) {
  TensorInfo info;
  info.set_name(output.name());
  info.set_dtype(output.dtype());
  const std::optional<Shape> shape = output.shape();
  if (!shape) {
    info.mutable_tensor_shape()->set_unknown_rank(true);
  } else {
    info.mutable_tensor_shape();
    for (const int64_t dimension : *shape) info.mutable_tensor_shape()->add_dim()->set_size(dimension);
  }
  return info;
}

absl::Status CheckSignatures(const Graph& graph, const SavedModelSpec& spec) {
  if (spec.signatures.empty()) return absl::InvalidArgumentError("the model has no signature");
  for (const auto& [name, signature] : spec.signatures) {
    if (name == kInitOp)
      return absl::InvalidArgumentError(absl::StrCat("the signature name ", kInitOp, " is reserved"));
    if (signature.outputs.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("signature '", name, "' has no outputs"));
    }
    for (const auto* ports : {&signature.inputs, &signature.outputs}) {
      for (const auto& [key, output] : *ports) {
        if (output.valid() && output.graph == &graph) continue;
        return absl::InvalidArgumentError(
            absl::StrCat("signature '", name, "': the tensor of '", key, "' is not valid or belongs to another graph"));
      }
    }
  }
  return absl::OkStatus();
}

// What a signature computes must come from its inputs, saved variables and initialised tables, or serving would fail.
absl::Status CheckDependencies(const NodeIndex& nodes, const SavedModelSpec& spec) {
  std::set<std::string> variables, assets;
  for (const Variable& variable : spec.variables) variables.insert(variable.handle.operation().name());
  for (const auto& [tensor, file] : spec.assets) assets.insert(std::string(NodeOfInput(tensor)));
  std::vector<std::string> initializers;
  for (const Operation& initializer : spec.initializers) initializers.push_back(initializer.name());
  const std::set<std::string_view> initialised = nodes.Ancestors(initializers);
  for (const auto& [name, signature] : spec.signatures) {
    std::set<std::string> inputs;
    for (const auto& [key, output] : signature.inputs) inputs.insert(output.operation().name());
    for (const auto& [key, output] : signature.outputs) {
      for (const std::string_view node_name : nodes.Ancestors({output.operation().name()}, inputs)) {
        const NodeDef* node = nodes.Find(node_name);
        const auto error = [&](std::string_view what, std::string_view mend) {
          return absl::InvalidArgumentError(absl::StrCat("signature '", name, "': output '", key, "' depends on the ",
                                                         std::string(what), " '", node->name(), "', ",
                                                         std::string(mend)));
        };
        if (inputs.count(node->name()) > 0) continue;
        if (node->op() == "Placeholder" && assets.count(node->name()) == 0) {
          return error("placeholder", "which is not an input of the signature");
        }
        if (node->op() == "VarHandleOp" && variables.count(node->name()) == 0) {
          return error("variable", "which is not among the variables to save");
        }
        if ((node->op() == "HashTableV2" || node->op() == "HashTable") && initialised.count(node->name()) == 0) {
          return error("lookup table", "which no initializer fills");
        }
      }
    }
  }
  return absl::OkStatus();
}

// Copies the files and returns tensor name -> file name under assets/.
absl::StatusOr<std::map<std::string, std::string>> CopyAssets(const SavedModelSpec& spec,
                                                              const std::string& directory) {
  std::map<std::string, std::string> tensor_to_name, source_to_name;
  std::set<std::string> taken;
  for (const auto& [tensor, source] : spec.assets) {
    const auto known = source_to_name.find(source);
    if (known != source_to_name.end()) {
      tensor_to_name[tensor] = known->second;
      continue;
    }
    const std::string base = io::Basename(source);
    std::string name = base;
    for (int i = 1; !taken.insert(name).second; ++i) name = absl::StrCat(base, "_", i);
    RETURN_IF_ERROR(Annotate(io::CopyFile(source, io::JoinPath(io::JoinPath(directory, "assets"), name)),
                             absl::StrCat("copying the asset of ", tensor)));
    source_to_name[source] = tensor_to_name[tensor] = name;
  }
  return tensor_to_name;
}

void AddVariableDefs(const SavedModelSpec& spec, const LoaderOps& ops, MetaGraphDef* meta_graph) {
  for (size_t i = 0; i < spec.variables.size(); ++i) {
    ::tensorflow::VariableDef definition;
    definition.set_variable_name(spec.variables[i].handle.name());
    // Restoring initialises; so the initial values and what computed them need not be written.
    definition.set_initializer_name(ops.assignments[i].name());
    definition.set_snapshot_name(ops.reads[i].name());
    definition.set_is_resource(true);
    definition.set_trainable(spec.variables[i].trainable);
    const std::string bytes = definition.SerializeAsString();
    auto& collections = *meta_graph->mutable_collection_def();
    collections["variables"].mutable_bytes_list()->add_value(bytes);
    if (spec.variables[i].trainable) collections["trainable_variables"].mutable_bytes_list()->add_value(bytes);
  }
}

absl::StatusOr<GraphDef> PrunedGraph(const GraphDef& whole, const NodeIndex& nodes, const SavedModelSpec& spec,
                                     const LoaderOps& loader, const std::map<std::string, std::string>& asset_names) {
  std::vector<std::string> roots;
  for (const auto& [name, signature] : spec.signatures) {
    for (const auto* ports : {&signature.inputs, &signature.outputs}) {
      for (const auto& [key, output] : *ports) roots.push_back(output.operation().name());
    }
  }
  for (const auto& [tensor, name] : asset_names) roots.emplace_back(NodeOfInput(tensor));
  for (const Operation& operation : {loader.saved.operation(), loader.restore, loader.init}) {
    if (operation.valid()) roots.push_back(operation.name());
  }

  GraphDef pruned;
  *pruned.mutable_versions() = whole.versions();
  *pruned.mutable_library() = whole.library();
  const std::set<std::string_view> keep = nodes.Ancestors(roots);
  for (const NodeDef& node : whole.node()) {
    if (keep.count(node.name()) > 0) *pruned.add_node() = node;
  }
  // The writer's own paths are nobody's business: loaders replace them.
  for (NodeDef& node : *pruned.mutable_node()) {
    for (const auto& [tensor, name] : asset_names) {
      if (NodeOfInput(tensor) != node.name() || node.op() != "Const") continue;
      auto* value = (*node.mutable_attr())["value"].mutable_tensor();
      value->clear_string_val();
      value->add_string_val(name);
    }
  }
  RETURN_IF_ERROR(StripDefaultAttributes(&pruned));
  return pruned;
}

}  // namespace

absl::Status WriteSavedModel(Graph& graph, const Session* session, const SavedModelSpec& spec,
                             const std::string& directory) {
  const auto failed = [&](const absl::Status& status) {
    return Annotate(status, absl::StrCat("writing the model ", directory));
  };
  RETURN_IF_ERROR(failed(graph.status()));
  if (io::Exists(directory)) {
    const auto entries = io::ListDirectory(directory);
    if (!entries.ok() || !entries->empty()) {
      return absl::AlreadyExistsError(absl::StrCat("writing the model ", directory, ": it exists and is not empty"));
    }
  }
  RETURN_IF_ERROR(failed(CheckSignatures(graph, spec)));
  if (!spec.variables.empty() && session == nullptr) {
    return failed(absl::InvalidArgumentError("there are variables, but no session that holds their values"));
  }
  for (const auto& [tensor, source] : spec.assets) RETURN_IF_ERROR(failed(graph.FindOutput(tensor).status()));
  for (const Operation& initializer : spec.initializers) {
    if (!initializer.valid()) return failed(absl::InvalidArgumentError("an initializer is not a valid operation"));
  }
  const absl::StatusOr<LoaderOps> loader = AddLoaderOps(graph, spec);
  RETURN_IF_ERROR(failed(loader.status()));
  RETURN_IF_ERROR(failed(graph.status()));

  ASSIGN_OR_RETURN(const GraphDef whole, graph.ToGraphDef());
  const NodeIndex nodes(whole);
  RETURN_IF_ERROR(failed(CheckDependencies(nodes, spec)));

  absl::StatusOr<io::AtomicDirectory> output = io::AtomicDirectory::Create(directory);
  RETURN_IF_ERROR(failed(output.status()));
  ASSIGN_OR_RETURN(const auto asset_names, CopyAssets(spec, output->path()));

  ::tensorflow::SavedModel saved_model;
  saved_model.set_saved_model_schema_version(1);
  MetaGraphDef& meta_graph = *saved_model.add_meta_graphs();
  auto& info = *meta_graph.mutable_meta_info_def();
  for (const std::string& tag : spec.tags) info.add_tags(tag);
  info.set_tensorflow_version(TF_Version());
  info.set_stripped_default_attrs(true);
  ASSIGN_OR_RETURN(*meta_graph.mutable_graph_def(), PrunedGraph(whole, nodes, spec, *loader, asset_names));
  for (const auto& [name, signature] : spec.signatures) {
    auto& definition = (*meta_graph.mutable_signature_def())[name];
    definition.set_method_name(signature.method_name);
    for (const auto& [key, tensor] : signature.inputs) (*definition.mutable_inputs())[key] = Describe(tensor);
    for (const auto& [key, tensor] : signature.outputs) (*definition.mutable_outputs())[key] = Describe(tensor);
  }
  if (loader->init.valid()) {
    // The C++ loader looks for the signature, Python's for the collection.
    TensorInfo& init = (*(*meta_graph.mutable_signature_def())[kInitOp].mutable_outputs())[kInitOp];
    init.set_name(loader->init.name());
    init.mutable_tensor_shape()->set_unknown_rank(true);
    (*meta_graph.mutable_collection_def())["saved_model_main_op"].mutable_node_list()->add_value(loader->init.name());
  }
  for (const auto& [tensor, name] : asset_names) {
    auto* asset = meta_graph.add_asset_file_def();
    asset->set_filename(name);
    ASSIGN_OR_RETURN(const Output asset_tensor, graph.FindOutput(tensor));
    asset->mutable_tensor_info()->set_name(asset_tensor.name());
  }
  if (!spec.variables.empty()) {
    auto& saver = *meta_graph.mutable_saver_def();
    saver.set_filename_tensor_name(loader->prefix.name());
    saver.set_save_tensor_name(loader->saved.name());
    saver.set_restore_op_name(loader->restore.name());
    saver.set_version(::tensorflow::SaverDef::V2);
    saver.set_max_to_keep(1);
    AddVariableDefs(spec, *loader, &meta_graph);
    const std::string variables = io::JoinPath(output->path(), "variables");
    RETURN_IF_ERROR(failed(io::CreateDirectories(variables)));
    const auto saved = session->Run(
        {{loader->prefix, Tensor::String(io::JoinPath(io::AbsolutePath(variables), "variables"))}}, {loader->saved});
    RETURN_IF_ERROR(failed(saved.status()));
  }
  if (saved_model.ByteSizeLong() > static_cast<size_t>(INT32_MAX)) {
    return failed(absl::InvalidArgumentError("the graph is over 2 GB; keep big constants in variables"));
  }
  RETURN_IF_ERROR(failed(io::WriteBinaryProto(io::JoinPath(output->path(), "saved_model.pb"), saved_model)));
  return failed(output->Commit());
}

}  // namespace tfx::tf
