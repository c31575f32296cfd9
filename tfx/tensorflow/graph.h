// Builds TensorFlow graphs over the C API: any op by its name, with shapes and types inferred by TensorFlow.
//
//   Graph graph;
//   Output x = graph.Placeholder(DT_FLOAT, {-1, 3}, "x");
//   Output w = graph.Const(Tensor::FromData<float>({3, 2}, values));
//   Output y = graph.Op("MatMul").Input(x).Input(w).Attr("transpose_b", false).Output();
//   RETURN_IF_ERROR(graph.status());
//
// Errors are sticky, as in TensorFlow's Scope: the first op that cannot be made sets status(), names the op and the
// reason, and everything built on it is an invalid Output. So graph code reads like maths and is checked once.
// Thread-compatible: build from one thread.
#ifndef TFX_TENSORFLOW_GRAPH_H_
#define TFX_TENSORFLOW_GRAPH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/tensor.h"

struct TF_Graph;
struct TF_Operation;
struct TF_OperationDescription;

namespace tensorflow {
class GraphDef;
}

namespace tfx::tf {

class Graph;

// One node of a graph. Cheap to copy; valid as long as its graph.
struct Operation {
  Graph* graph = nullptr;
  TF_Operation* op = nullptr;

  bool valid() const { return op != nullptr; }
  std::string name() const;
  std::string type() const;
  int num_outputs() const;
};

// One output of a node: what other languages call a symbolic tensor.
struct Output {
  Graph* graph = nullptr;
  TF_Operation* op = nullptr;
  int index = 0;

  bool valid() const { return op != nullptr; }
  std::string name() const;  // "node:0"
  DataType dtype() const;
  std::optional<Shape> shape() const;  // -1 for an unknown dimension; nullopt when the rank is unknown
  Operation operation() const { return {graph, op}; }
};

class OpBuilder {
 public:
  OpBuilder(OpBuilder&&) noexcept;
  ~OpBuilder();
  OpBuilder&& Input(const Output& input) &&;
  OpBuilder&& InputList(std::span<const Output> inputs) &&;
  OpBuilder&& ControlInput(const Operation& op) &&;
  OpBuilder&& Attr(std::string_view name, bool value) &&;
  OpBuilder&& Attr(std::string_view name, int value) && {
    return std::move(*this).Attr(name, static_cast<int64_t>(value));
  }
  OpBuilder&& Attr(std::string_view name, int64_t value) &&;
  OpBuilder&& Attr(std::string_view name, float value) &&;
  OpBuilder&& Attr(std::string_view name, const char* value) && {
    return std::move(*this).Attr(name, std::string_view(value));
  }
  OpBuilder&& Attr(std::string_view name, std::string_view value) &&;
  OpBuilder&& Attr(std::string_view name, DataType value) &&;
  OpBuilder&& Attr(std::string_view name, const Shape& value) &&;  // attr type "shape"
  OpBuilder&& Attr(std::string_view name, const Tensor& value) &&;
  OpBuilder&& IntListAttr(std::string_view name, const std::vector<int64_t>& values) &&;
  OpBuilder&& FloatListAttr(std::string_view name, const std::vector<float>& values) &&;
  OpBuilder&& StringListAttr(std::string_view name, const std::vector<std::string>& values) &&;
  OpBuilder&& TypeListAttr(std::string_view name, const std::vector<DataType>& values) &&;
  OpBuilder&& ShapeListAttr(std::string_view name, const std::vector<Shape>& values) &&;

  // Adds the node. Invalid, with Graph::status() set, when TensorFlow refuses it.
  Operation Finish() &&;
  tf::Output Output() && { return std::move(*this).OutputAt(0); }
  tf::Output OutputAt(int index) &&;
  std::vector<tf::Output> Outputs() &&;  // all of them; none after an error

 private:
  friend class Graph;
  OpBuilder(Graph* graph, std::string_view type, std::string name);
  void Refuse(std::string_view reason);
  Graph* graph_;
  std::string type_;
  std::string name_;
  TF_OperationDescription* description_;  // null when the graph is already in error
  int num_inputs_ = 0;                    // for messages; a list counts as one
};

class Graph {
 public:
  Graph();  // loads the runtime; a failure to do so becomes status()
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // The first error met while building.
  const absl::Status& status() const { return status_; }
  void Fail(const absl::Status& status);  // sets status() unless it is already an error

  // `name` goes through UniqueName ("dense/kernel", "dense/kernel_1"); empty means the op's type.
  OpBuilder Op(std::string_view type, std::string_view name = "");
  // The same under just this name, which UniqueName has given: for ops that repeat it in an attribute.
  OpBuilder OpExactly(std::string_view type, std::string_view unique_name);
  Output Placeholder(DataType dtype, const Shape& shape, std::string_view name);  // -1: unknown dimension
  Output PlaceholderOfUnknownRank(DataType dtype, std::string_view name);
  Output Const(const Tensor& value, std::string_view name = "");
  template <class T>
  Output Scalar(T value) {
    return Const(Tensor::Scalar<T>(value));
  }

  // d(sum of ys)/d(xs). An x on which no y depends gets an invalid Output and no error.
  std::vector<Output> Gradients(std::span<const Output> ys, std::span<const Output> xs);

  // Copies the nodes of `def` under `prefix` + "/" in the present scope (no prefix when empty); `inputs` replaces
  // tensors of def ("node:0") by tensors of this graph. Returns the tensors of def named in `outputs`. INVALID_ARGUMENT
  // when an input or output is not in def, or a name is taken; a failure does not set status().
  absl::StatusOr<std::vector<Output>> Import(const ::tensorflow::GraphDef& def, std::string_view prefix,
                                             const std::map<std::string, Output>& inputs = {},
                                             std::span<const std::string> outputs = {});
  absl::StatusOr<::tensorflow::GraphDef> ToGraphDef() const;

  std::optional<Operation> FindOperation(std::string_view name);
  absl::StatusOr<Output> FindOutput(std::string_view tensor_name);  // "node:0" or "node"; NOT_FOUND names it
  // Reserves a name that no node has, in TensorFlow's manner: the present scope, then `name`, then "_1", "_2", ... when
  // that is taken (case is ignored). Characters that TensorFlow does not allow become '_'.
  std::string UniqueName(std::string_view name);

  // Prefix of the names of all nodes made while the scope lives: Scope s(graph, "dense"); made unique like a node.
  class Scope {
   public:
    Scope(Graph& graph, std::string_view name);
    ~Scope();

   private:
    Graph& graph_;
    std::string saved_;
  };
  const std::string& scope() const { return scope_; }

  TF_Graph* get() const { return graph_; }

 private:
  friend class OpBuilder;
  TF_Graph* graph_ = nullptr;
  absl::Status status_;
  std::string scope_;
  std::map<std::string, int> used_names_;
};

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_GRAPH_H_
