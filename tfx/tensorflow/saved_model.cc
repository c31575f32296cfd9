#include "tfx/tensorflow/saved_model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tensorflow/core/framework/types.pb.h"
#include "tensorflow/core/protobuf/saved_model.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/tensorflow/session_options.h"

namespace tfx::tf {
namespace {

using ::tensorflow::DataType_Name;
using ::tensorflow::MetaGraphDef;
using ::tensorflow::SignatureDef;
using ::tensorflow::TensorInfo;

std::string Braced(const std::set<std::string>& names) { return absl::StrCat("{", absl::StrJoin(names, ", "), "}"); }

template <class Map>
std::string Keys(const Map& map) {
  std::set<std::string> keys;
  for (const auto& [key, value] : map) keys.insert(key);
  return keys.empty() ? "none" : absl::StrJoin(keys, ", ");
}

std::string ShapeText(const Shape& shape) {
  return absl::StrCat("[",
                      absl::StrJoin(shape, ", ",
                                    [](std::string* out, int64_t dimension) {
                                      absl::StrAppend(out, dimension < 0 ? "?" : std::to_string(dimension));
                                    }),
                      "]");
}

bool Fits(const Shape& value, const Shape& expected) {
  return std::equal(value.begin(), value.end(), expected.begin(), expected.end(),
                    [](int64_t have, int64_t want) { return want < 0 || have == want; });
}

// TensorFlow says NOT_FOUND or OUT_OF_RANGE of files that belong to the model and are missing or cut off: since
// saved_model.pb is there, the model is damaged.
absl::Status LoadError(const absl::Status& status, const std::string& directory) {
  absl::StatusCode code = status.code();
  const std::string_view message(status.message().data(), status.message().size());
  if (message.find("Op type not registered") != std::string_view::npos) {
    code = absl::StatusCode::kUnimplemented;
  } else if (code == absl::StatusCode::kNotFound || code == absl::StatusCode::kOutOfRange) {
    code = absl::StatusCode::kDataLoss;
  }
  return absl::Status(code, absl::StrCat("cannot load the model ", directory, ": ", std::string(message)));
}

}  // namespace

absl::StatusOr<MetaGraphDef> ReadMetaGraph(const std::string& directory, const std::vector<std::string>& tags) {
  const std::string path = io::JoinPath(directory, "saved_model.pb");
  if (!io::Exists(path)) {
    return absl::NotFoundError(absl::StrCat("there is no SavedModel in ", directory, ": it has no saved_model.pb"));
  }
  ::tensorflow::SavedModel saved_model;
  RETURN_IF_ERROR(io::ReadBinaryProto(path, &saved_model));
  const std::set<std::string> wanted(tags.begin(), tags.end());
  std::vector<std::string> available;
  for (MetaGraphDef& meta_graph : *saved_model.mutable_meta_graphs()) {
    const auto& found = meta_graph.meta_info_def().tags();
    const std::set<std::string> have(found.begin(), found.end());
    if (have == wanted) return std::move(meta_graph);
    available.push_back(Braced(have));
  }
  if (available.empty()) return absl::DataLossError(absl::StrCat(path, " has no MetaGraph: it is empty or cut off"));
  return absl::InvalidArgumentError(absl::StrCat(directory, " has no MetaGraph with the tags ", Braced(wanted),
                                                 "; there is ", absl::StrJoin(available, ", ")));
}

SavedModel::Resolved SavedModel::Resolve(Graph& graph, const SignatureDef& signature) {
  Resolved resolved;
  const auto resolve = [&](const auto& tensors, std::vector<Port>& ports) {
    // Sorted: protobuf's maps have no order.
    const std::map<std::string, TensorInfo> sorted(tensors.begin(), tensors.end());
    for (const auto& [key, info] : sorted) {
      if (info.encoding_case() != TensorInfo::kName) {
        resolved.status = absl::UnimplementedError(
            absl::StrCat("'", key, "' is a sparse or composite tensor; only plain tensors are supported"));
        return;
      }
      absl::StatusOr<Output> output = graph.FindOutput(info.name());
      if (!output.ok()) {
        resolved.status = Annotate(output.status(), absl::StrCat("'", key, "'"));
        return;
      }
      Port port{key, *output, info.dtype(), std::nullopt};
      if (info.has_tensor_shape() && !info.tensor_shape().unknown_rank()) {
        port.shape.emplace();
        for (const auto& dimension : info.tensor_shape().dim()) port.shape->push_back(dimension.size());
      }
      ports.push_back(std::move(port));
    }
  };
  resolve(signature.inputs(), resolved.inputs);
  resolve(signature.outputs(), resolved.outputs);
  return resolved;
}

absl::StatusOr<std::unique_ptr<SavedModel>> SavedModel::Load(const std::string& directory,
                                                             const SessionOptions& options,
                                                             const std::vector<std::string>& tags) {
  // Our own look at the file comes first: its errors are clearer than TensorFlow's and cost no start of TensorFlow.
  ASSIGN_OR_RETURN(MetaGraphDef meta_graph, ReadMetaGraph(directory, tags));
  RETURN_IF_ERROR(LoadRuntime());
  std::unique_ptr<SavedModel> model(new SavedModel);
  model->graph_ = std::make_unique<Graph>();
  RETURN_IF_ERROR(model->graph_->status());
  ASSIGN_OR_RETURN(const CSessionOptions c_options, MakeSessionOptions(options));
  std::vector<const char*> c_tags;
  for (const std::string& tag : tags) c_tags.push_back(tag.c_str());
  CStatus status;
  // Absolute, so that asset paths stay right when the working directory changes.
  TF_Session* session = TF_LoadSessionFromSavedModel(
      c_options.get(), /*run_options=*/nullptr, io::AbsolutePath(directory).c_str(), c_tags.data(),
      static_cast<int>(c_tags.size()), model->graph_->get(), /*meta_graph_def=*/nullptr, status);
  if (!status.ok()) return LoadError(status.ToStatus(), directory);
  model->session_.reset(new Session(session));
  model->meta_graph_ = std::move(meta_graph);
  for (const auto& [name, signature] : model->meta_graph_.signature_def()) {
    model->signatures_.emplace(name, Resolve(*model->graph_, signature));
  }
  return model;
}

absl::Status SavedModel::NoSignature(std::string_view name) const {
  return absl::NotFoundError(absl::StrCat("the model has no signature '", std::string(name),
                                          "'; it has: ", Keys(meta_graph_.signature_def())));
}

absl::StatusOr<SignatureDef> SavedModel::Signature(std::string_view name) const {
  const auto found = meta_graph_.signature_def().find(std::string(name));
  if (found == meta_graph_.signature_def().end()) return NoSignature(name);
  return found->second;
}

absl::StatusOr<TensorMap> SavedModel::Run(std::string_view signature, const TensorMap& inputs,
                                          const std::vector<std::string>& outputs) const {
  const auto found = signatures_.find(signature);
  if (found == signatures_.end()) return NoSignature(signature);
  const Resolved& resolved = found->second;
  const std::string context = absl::StrCat("signature '", std::string(signature), "'");
  if (!resolved.status.ok()) return Annotate(resolved.status, context);

  std::vector<Feed> feeds;
  for (const Port& port : resolved.inputs) {
    const auto input = inputs.find(port.key);
    if (input == inputs.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(context, " needs the input '", port.key, "'; given: ", Keys(inputs)));
    }
    const Tensor& value = input->second;
    if (value.dtype() != port.dtype) {
      return absl::InvalidArgumentError(absl::StrCat(context, ": input '", port.key, "' must be ",
                                                     DataType_Name(port.dtype), ", not ",
                                                     DataType_Name(value.dtype())));
    }
    if (port.shape && !Fits(value.shape(), *port.shape)) {
      return absl::InvalidArgumentError(absl::StrCat(context, ": input '", port.key, "' must have shape ",
                                                     ShapeText(*port.shape), ", not ", ShapeText(value.shape())));
    }
    feeds.push_back({port.output, value});
  }
  if (feeds.size() != inputs.size()) {
    for (const auto& [key, value] : inputs) {
      const bool known =
          std::any_of(resolved.inputs.begin(), resolved.inputs.end(), [&](const Port& p) { return p.key == key; });
      if (known) continue;
      const auto& definition = meta_graph_.signature_def().at(std::string(signature));
      return absl::InvalidArgumentError(
          absl::StrCat(context, " has no input '", key, "'; its inputs: ", Keys(definition.inputs())));
    }
  }

  std::vector<const Port*> wanted;
  if (outputs.empty()) {
    for (const Port& port : resolved.outputs) wanted.push_back(&port);
  }
  for (const std::string& key : outputs) {
    const auto port =
        std::find_if(resolved.outputs.begin(), resolved.outputs.end(), [&](const Port& p) { return p.key == key; });
    if (port == resolved.outputs.end()) {
      const auto& definition = meta_graph_.signature_def().at(std::string(signature));
      return absl::InvalidArgumentError(
          absl::StrCat(context, " has no output '", key, "'; its outputs: ", Keys(definition.outputs())));
    }
    wanted.push_back(&*port);
  }
  std::vector<Output> fetches;
  for (const Port* port : wanted) fetches.push_back(port->output);
  absl::StatusOr<std::vector<Tensor>> values = session_->Run(feeds, fetches);
  if (!values.ok()) return Annotate(values.status(), context);
  TensorMap result;
  for (size_t i = 0; i < wanted.size(); ++i) result.emplace(wanted[i]->key, std::move((*values)[i]));
  return result;
}

}  // namespace tfx::tf
