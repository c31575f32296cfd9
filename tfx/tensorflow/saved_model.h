// Reads and writes TensorFlow SavedModels (saved_model.pb, variables/, assets/), without Python.
//
//   ASSIGN_OR_RETURN(auto model, SavedModel::Load("serving_model/1700000000"));
//   ASSIGN_OR_RETURN(auto outputs, model->Run("serving_default", {{"examples", serialized}}));
//
// Format: tensorflow/core/protobuf/saved_model.proto; what the loaders expect is in docs/formats/saved_model.md.
// SavedModel is thread-safe after Load. The writer is thread-compatible.
#ifndef TFX_TENSORFLOW_SAVED_MODEL_H_
#define TFX_TENSORFLOW_SAVED_MODEL_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow/core/protobuf/meta_graph.pb.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/session.h"

namespace tfx::tf {

using TensorMap = std::map<std::string, Tensor>;

class SavedModel {
 public:
  // NOT_FOUND when there is no saved_model.pb, INVALID_ARGUMENT when it has no MetaGraph with just these tags,
  // DATA_LOSS when a file is damaged. The message names the folder.
  static absl::StatusOr<std::unique_ptr<SavedModel>> Load(const std::string& directory,
                                                          const SessionOptions& options = {},
                                                          const std::vector<std::string>& tags = {"serve"});

  const ::tensorflow::MetaGraphDef& meta_graph() const { return meta_graph_; }
  // NOT_FOUND lists the signatures that there are.
  absl::StatusOr<::tensorflow::SignatureDef> Signature(std::string_view name) const;

  // Runs a signature. Every input of the signature must be given, nothing else; returns all its outputs by key, or
  // just those in `outputs` when not empty. INVALID_ARGUMENT names a missing, unknown or mistyped key, or one whose
  // value has not the shape of the signature; UNIMPLEMENTED: a signature with sparse or composite tensors.
  absl::StatusOr<TensorMap> Run(std::string_view signature, const TensorMap& inputs,
                                const std::vector<std::string>& outputs = {}) const;

  Graph& graph() { return *graph_; }
  const Session& session() const { return *session_; }

 private:
  // A signature with its tensors looked up.
  struct Port {
    std::string key;
    Output output;
    DataType dtype;
    std::optional<Shape> shape;  // as the signature states it
  };
  struct Resolved {
    absl::Status status;  // why it cannot be run
    std::vector<Port> inputs;
    std::vector<Port> outputs;
  };
  SavedModel() = default;
  static Resolved Resolve(Graph& graph, const ::tensorflow::SignatureDef& signature);
  absl::Status NoSignature(std::string_view name) const;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Session> session_;
  ::tensorflow::MetaGraphDef meta_graph_;
  std::map<std::string, Resolved, std::less<>> signatures_;
};

// Reads only saved_model.pb; does not load TensorFlow.
absl::StatusOr<::tensorflow::MetaGraphDef> ReadMetaGraph(const std::string& directory,
                                                         const std::vector<std::string>& tags = {"serve"});

// A variable of a graph that is to be saved: a VarHandleOp and the op that initialises it.
struct Variable {
  std::string name;       // its key in the checkpoint
  Output handle;          // VarHandleOp
  Operation initializer;  // AssignVariableOp
  bool trainable = true;
};

struct SignatureSpec {
  std::map<std::string, Output> inputs;
  std::map<std::string, Output> outputs;
  std::string method_name = "tensorflow/serving/predict";
};

struct SavedModelSpec {
  std::map<std::string, SignatureSpec> signatures;
  std::vector<Variable> variables;  // their present values in `session` are saved
  // Name of a scalar string Const or Placeholder ("node:0") -> file to copy into assets/. Loaders put the file's new
  // place into that tensor while the initializers run. Two files of one name become "vocab" and "vocab_1".
  std::map<std::string, std::string> assets;
  std::vector<Operation> initializers;  // run when the model is loaded: table initialisers
  std::vector<std::string> tags = {"serve"};
};

// Writes a SavedModel that TensorFlow's C API, TF Serving and Python's tf.saved_model.load read. `session` may be null
// when there are no variables. Adds the save and restore ops to `graph`; what is written is pruned to the nodes that
// the signatures and initializers need, and without attributes that have their default values. The same graph gives the
// same bytes. Appears whole under `directory` or not at all. ALREADY_EXISTS when `directory` exists and is not empty.
// INVALID_ARGUMENT, naming it, when a signature depends on a Placeholder that is no input of it, on a variable that is
// not in `variables`, or on a table that no initializer fills.
absl::Status WriteSavedModel(Graph& graph, const Session* session, const SavedModelSpec& spec,
                             const std::string& directory);

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_SAVED_MODEL_H_
