#include "tfx/tensorflow/checkpoint.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/tensorflow/session.h"

namespace tfx::tf {
namespace {

struct ReaderDeleter {
  void operator()(TF_CheckpointReader* reader) const { TF_DeleteCheckpointReader(reader); }
};

}  // namespace

absl::Status WriteCheckpoint(const std::string& prefix, const std::map<std::string, Tensor>& tensors) {
  if (tensors.empty()) return absl::InvalidArgumentError(absl::StrCat("checkpoint ", prefix, ": no tensors to write"));
  RETURN_IF_ERROR(io::CreateDirectories(io::Dirname(prefix)));
  Graph graph;
  RETURN_IF_ERROR(graph.status());
  std::vector<std::string> names;
  std::vector<Output> values;
  const Output filename = graph.Placeholder(::tensorflow::DT_STRING, {}, "prefix");
  std::vector<Feed> feeds = {{filename, Tensor::String(io::AbsolutePath(prefix))}};
  std::vector<DataType> dtypes;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty() || !tensor.valid()) {
      return absl::InvalidArgumentError(absl::StrCat("checkpoint ", prefix, ": tensor '", name, "' is empty"));
    }
    names.push_back(name);
    dtypes.push_back(tensor.dtype());
    values.push_back(graph.Placeholder(tensor.dtype(), tensor.shape(), "value"));
    feeds.push_back({values.back(), tensor});
  }
  const Operation save = graph.Op("SaveV2")
                             .Input(filename)
                             .Input(ops::Strings(graph, names))
                             .Input(ops::Strings(graph, std::vector<std::string>(names.size())))
                             .InputList(values)
                             .TypeListAttr("dtypes", dtypes)
                             .Finish();
  RETURN_IF_ERROR(graph.status());
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Create(graph));
  // SaveV2 writes both files under temporary names and renames them, the index last.
  return Annotate(session->Run(feeds, {}, std::vector<Operation>{save}).status(),
                  absl::StrCat("writing checkpoint ", prefix));
}

absl::StatusOr<std::map<std::string, Tensor>> ReadCheckpoint(const std::string& prefix) {
  if (!io::Exists(absl::StrCat(prefix, ".index"))) {
    return absl::NotFoundError(absl::StrCat("there is no checkpoint ", prefix, ": ", prefix, ".index does not exist"));
  }
  RETURN_IF_ERROR(LoadRuntime());
  CStatus status;
  const auto damaged = [&](std::string_view what) {
    return absl::DataLossError(
        absl::StrCat("checkpoint ", prefix, " is damaged", std::string(what), ": ", status.message()));
  };
  const std::unique_ptr<TF_CheckpointReader, ReaderDeleter> reader(
      TF_NewCheckpointReader(io::AbsolutePath(prefix).c_str(), status));
  if (!status.ok()) return damaged("");
  std::map<std::string, Tensor> tensors;
  for (int i = 0; i < TF_CheckpointReaderSize(reader.get()); ++i) {
    const std::string name = TF_CheckpointReaderGetVariable(reader.get(), i);
    Tensor tensor = Tensor::Adopt(TF_CheckpointReaderGetTensor(reader.get(), name.c_str(), status));
    if (!status.ok()) return damaged(absl::StrCat(" at tensor '", name, "'"));
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

}  // namespace tfx::tf
