// Runs a graph on TensorFlow's kernels.
//
//   ASSIGN_OR_RETURN(auto session, Session::Create(graph));
//   ASSIGN_OR_RETURN(std::vector<Tensor> y, session->Run({{x, value}}, {y}));
//
// Thread-safe: Run may be called from several threads. The graph must outlive the session and may still grow.
#ifndef TFX_TENSORFLOW_SESSION_H_
#define TFX_TENSORFLOW_SESSION_H_

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"

struct TF_Session;

namespace tfx::tf {

struct SessionOptions {
  // Threads inside one op, and ops at a time. Small graphs run fastest with 1 and -1 (every op on the calling thread),
  // which also makes results repeat bit by bit. 0: TensorFlow's choice.
  int intra_op_threads = 1;
  int inter_op_threads = -1;
};

struct Feed {
  Output output;
  Tensor value;
};

class Session {
 public:
  static absl::StatusOr<std::unique_ptr<Session>> Create(const Graph& graph, const SessionOptions& options = {});
  ~Session();

  // Computes `fetches` (in their order) and runs `targets`, with `feeds` put in place of those tensors.
  // The error of a kernel keeps its code and names the node.
  absl::StatusOr<std::vector<Tensor>> Run(std::span<const Feed> feeds, std::span<const Output> fetches,
                                          std::span<const Operation> targets = {}) const;
  absl::StatusOr<std::vector<Tensor>> Run(std::initializer_list<Feed> feeds, std::initializer_list<Output> fetches,
                                          std::initializer_list<Operation> targets = {}) const {
    return Run(std::span<const Feed>(feeds.begin(), feeds.size()),
               std::span<const Output>(fetches.begin(), fetches.size()),
               std::span<const Operation>(targets.begin(), targets.size()));
  }

 private:
  friend class SavedModel;
  explicit Session(TF_Session* session) : session_(session) {}
  TF_Session* session_;
};

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_SESSION_H_
