#include "tfx/tensorflow/session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/types.pb.h"
#include "tensorflow/core/protobuf/config.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/tensorflow/session_options.h"

namespace tfx::tf {

absl::StatusOr<CSessionOptions> MakeSessionOptions(const SessionOptions& options) {
  ::tensorflow::ConfigProto config;
  config.set_intra_op_parallelism_threads(options.intra_op_threads);
  config.set_inter_op_parallelism_threads(options.inter_op_threads);
  const std::string bytes = config.SerializeAsString();
  CSessionOptions result(TF_NewSessionOptions());
  CStatus status;
  TF_SetConfig(result.get(), bytes.data(), bytes.size(), status);
  RETURN_IF_ERROR(status.ToStatus());
  return result;
}

absl::StatusOr<std::unique_ptr<Session>> Session::Create(const Graph& graph, const SessionOptions& options) {
  RETURN_IF_ERROR(LoadRuntime());
  RETURN_IF_ERROR(graph.status());
  ASSIGN_OR_RETURN(CSessionOptions c_options, MakeSessionOptions(options));
  CStatus status;
  TF_Session* session = TF_NewSession(graph.get(), c_options.get(), status);
  RETURN_IF_ERROR(status.ToStatus());
  return std::unique_ptr<Session>(new Session(session));
}

Session::~Session() {
  CStatus status;
  TF_CloseSession(session_, status);
  TF_DeleteSession(session_, status);
}

absl::StatusOr<std::vector<Tensor>> Session::Run(std::span<const Feed> feeds, std::span<const Output> fetches,
                                                 std::span<const Operation> targets) const {
  std::vector<TF_Output> inputs, outputs;
  std::vector<TF_Tensor*> values;
  std::vector<const TF_Operation*> operations;
  std::vector<Tensor> tensors(fetches.size());
  std::vector<size_t> positions;  // of `outputs` in `tensors`
  inputs.reserve(feeds.size());
  values.reserve(feeds.size());
  outputs.reserve(fetches.size());
  operations.reserve(targets.size());
  for (size_t i = 0; i < feeds.size(); ++i) {
    if (!feeds[i].output.valid()) return absl::InvalidArgumentError(absl::StrCat("feed ", i, " is not a valid output"));
    if (!feeds[i].value.valid()) {
      return absl::InvalidArgumentError(absl::StrCat("the value fed to ", feeds[i].output.name(), " is empty"));
    }
    inputs.push_back({feeds[i].output.op, feeds[i].output.index});
    values.push_back(feeds[i].value.get());
  }
  for (size_t i = 0; i < fetches.size(); ++i) {
    if (!fetches[i].valid()) {
      // The graph's own error says why.
      if (fetches[i].graph != nullptr && !fetches[i].graph->status().ok()) return fetches[i].graph->status();
      return absl::InvalidArgumentError(absl::StrCat("fetch ", i, " is not a valid output"));
    }
    // TensorFlow refuses to fetch what is fed; the answer is plain.
    const auto fed = std::find_if(feeds.begin(), feeds.end(), [&](const Feed& feed) {
      return feed.output.op == fetches[i].op && feed.output.index == fetches[i].index;
    });
    if (fed != feeds.end()) {
      tensors[i] = fed->value;
      continue;
    }
    positions.push_back(i);
    outputs.push_back({fetches[i].op, fetches[i].index});
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].valid()) return absl::InvalidArgumentError(absl::StrCat("target ", i, " is not a valid operation"));
    operations.push_back(targets[i].op);
  }

  if (outputs.empty() && operations.empty()) return tensors;  // nothing to do, which TensorFlow would call an error
  std::vector<TF_Tensor*> results(outputs.size(), nullptr);
  CStatus status;
  TF_SessionRun(session_, /*run_options=*/nullptr, inputs.data(), values.data(), static_cast<int>(inputs.size()),
                outputs.data(), results.data(), static_cast<int>(outputs.size()), operations.data(),
                static_cast<int>(operations.size()), /*run_metadata=*/nullptr, status);
  for (size_t i = 0; i < results.size(); ++i) tensors[positions[i]] = Tensor::Adopt(results[i]);
  RETURN_IF_ERROR(status.ToStatus());
  return tensors;
}

}  // namespace tfx::tf
