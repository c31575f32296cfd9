#include "tfx/tensorflow/graph.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/graph.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/runtime.h"

namespace tfx::tf {
namespace {

using ::tensorflow::GraphDef;

struct TensorName {
  std::string node;
  int index = 0;
};

// "node:1" or "node".
absl::StatusOr<TensorName> ParseTensorName(std::string_view name) {
  const size_t colon = name.rfind(':');
  TensorName result{std::string(name.substr(0, colon)), 0};
  const bool indexed = colon != std::string_view::npos;
  const std::string index(indexed ? name.substr(colon + 1) : "0");
  if (result.node.empty() || !absl::SimpleAtoi(index, &result.index) || result.index < 0) {
    return absl::InvalidArgumentError(absl::StrCat("'", std::string(name), "' is not a tensor name like node:0"));
  }
  return result;
}

// TensorFlow's rule for names, with what breaks it replaced.
std::string AllowedName(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (!absl::ascii_isalnum(c) && std::string_view("_.\\/>-").find(c) == std::string_view::npos) c = '_';
  }
  if (result.empty() || (!absl::ascii_isalnum(result[0]) && result[0] != '.')) result.insert(0, 1, '.');
  return result;
}

// The operations on which `ys` depend, themselves included.
std::set<const TF_Operation*> Ancestors(std::span<const Output> ys) {
  std::set<const TF_Operation*> seen;
  std::vector<TF_Operation*> pending;
  for (const Output& y : ys) pending.push_back(y.op);
  while (!pending.empty()) {
    TF_Operation* op = pending.back();
    pending.pop_back();
    if (!seen.insert(op).second) continue;
    for (int i = 0; i < TF_OperationNumInputs(op); ++i) pending.push_back(TF_OperationInput({op, i}).oper);
  }
  return seen;
}

}  // namespace

std::string Operation::name() const { return valid() ? TF_OperationName(op) : ""; }
std::string Operation::type() const { return valid() ? TF_OperationOpType(op) : ""; }
int Operation::num_outputs() const { return valid() ? TF_OperationNumOutputs(op) : 0; }

std::string Output::name() const { return valid() ? absl::StrCat(TF_OperationName(op), ":", index) : ""; }

DataType Output::dtype() const {
  return valid() ? static_cast<DataType>(TF_OperationOutputType({op, index})) : ::tensorflow::DT_INVALID;
}

std::optional<Shape> Output::shape() const {
  if (!valid()) return std::nullopt;
  CStatus status;
  const int rank = TF_GraphGetTensorNumDims(graph->get(), {op, index}, status);
  if (!status.ok() || rank < 0) return std::nullopt;
  Shape shape(rank);
  TF_GraphGetTensorShape(graph->get(), {op, index}, shape.data(), rank, status);
  if (!status.ok()) return std::nullopt;
  return shape;
}

Graph::Graph() {
  status_ = LoadRuntime();
  if (status_.ok()) graph_ = TF_NewGraph();
}

Graph::~Graph() {
  if (graph_ != nullptr) TF_DeleteGraph(graph_);
}

void Graph::Fail(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

OpBuilder Graph::Op(std::string_view type, std::string_view name) {
  return OpBuilder(this, type, status_.ok() ? UniqueName(name.empty() ? type : name) : std::string(name));
}

OpBuilder Graph::OpExactly(std::string_view type, std::string_view unique_name) {
  return OpBuilder(this, type, std::string(unique_name));
}

Output Graph::Placeholder(DataType dtype, const Shape& shape, std::string_view name) {
  return Op("Placeholder", name).Attr("dtype", dtype).Attr("shape", shape).Output();
}

Output Graph::PlaceholderOfUnknownRank(DataType dtype, std::string_view name) {
  return Op("Placeholder", name).Attr("dtype", dtype).Output();
}

Output Graph::Const(const Tensor& value, std::string_view name) {
  if (!value.valid()) {
    const absl::Status runtime = LoadRuntime();
    Fail(runtime.ok() ? absl::InvalidArgumentError(absl::StrCat("Const '", std::string(name), "': the tensor is empty"))
                      : runtime);
    return {this, nullptr, 0};
  }
  return Op("Const", name).Attr("dtype", value.dtype()).Attr("value", value).Output();
}

std::vector<Output> Graph::Gradients(std::span<const Output> ys, std::span<const Output> xs) {
  std::vector<Output> result(xs.size(), Output{this, nullptr, 0});
  if (!status_.ok()) return result;
  for (const auto* list : {&ys, &xs}) {
    for (const Output& output : *list) {
      if (output.valid() && output.graph == this) continue;
      Fail(absl::InvalidArgumentError("Gradients: an output is not valid or belongs to another graph"));
      return result;
    }
  }
  // TensorFlow refuses an x that no y depends on, so ask only for the others.
  const std::set<const TF_Operation*> ancestors = Ancestors(ys);
  std::vector<size_t> positions;
  std::vector<TF_Output> c_xs, c_ys;
  for (size_t i = 0; i < xs.size(); ++i) {
    if (ancestors.count(xs[i].op) == 0) continue;
    positions.push_back(i);
    c_xs.push_back({xs[i].op, xs[i].index});
  }
  if (c_xs.empty()) return result;
  for (const Output& y : ys) c_ys.push_back({y.op, y.index});
  std::vector<TF_Output> c_gradients(c_xs.size(), TF_Output{nullptr, 0});
  const std::string prefix = UniqueName("gradients");
  CStatus status;
  TF_AddGradientsWithPrefix(graph_, prefix.c_str(), c_ys.data(), static_cast<int>(c_ys.size()), c_xs.data(),
                            static_cast<int>(c_xs.size()), /*dx=*/nullptr, status, c_gradients.data());
  if (!status.ok()) {
    Fail(Annotate(status.ToStatus(), absl::StrCat("gradients of ", ys[0].name())));
    return result;
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    result[positions[i]] = {this, c_gradients[i].oper, c_gradients[i].oper == nullptr ? 0 : c_gradients[i].index};
  }
  return result;
}

absl::StatusOr<std::vector<Output>> Graph::Import(const GraphDef& def, std::string_view prefix,
                                                  const std::map<std::string, Output>& inputs,
                                                  std::span<const std::string> outputs) {
  RETURN_IF_ERROR(status_);
  struct Deleter {
    void operator()(TF_ImportGraphDefOptions* o) const { TF_DeleteImportGraphDefOptions(o); }
    void operator()(TF_ImportGraphDefResults* r) const { TF_DeleteImportGraphDefResults(r); }
  };
  std::unique_ptr<TF_ImportGraphDefOptions, Deleter> options(TF_NewImportGraphDefOptions());
  std::string full_prefix = absl::StrCat(scope_, std::string(prefix));
  if (!full_prefix.empty() && full_prefix.back() == '/') full_prefix.pop_back();
  if (!full_prefix.empty()) TF_ImportGraphDefOptionsSetPrefix(options.get(), full_prefix.c_str());
  for (const auto& [name, output] : inputs) {
    ASSIGN_OR_RETURN(const TensorName tensor, ParseTensorName(name));
    if (!output.valid() || output.graph != this) {
      return absl::InvalidArgumentError(
          absl::StrCat("Import: the tensor given for ", name, " is not valid or belongs to another graph"));
    }
    TF_ImportGraphDefOptionsAddInputMapping(options.get(), tensor.node.c_str(), tensor.index,
                                            {output.op, output.index});
  }
  // TensorFlow would refuse to return a tensor that `inputs` replaces: such an output is simply the replacement.
  std::vector<Output> result(outputs.size(), Output{this, nullptr, 0});
  std::vector<size_t> positions;
  for (size_t i = 0; i < outputs.size(); ++i) {
    ASSIGN_OR_RETURN(const TensorName tensor, ParseTensorName(outputs[i]));
    const std::string canonical = absl::StrCat(tensor.node, ":", tensor.index);
    auto replaced = inputs.find(canonical);
    if (replaced == inputs.end() && tensor.index == 0) replaced = inputs.find(tensor.node);
    if (replaced != inputs.end()) {
      result[i] = replaced->second;
      continue;
    }
    TF_ImportGraphDefOptionsAddReturnOutput(options.get(), tensor.node.c_str(), tensor.index);
    positions.push_back(i);
  }
  std::string bytes;
  if (!def.SerializeToString(&bytes)) return absl::InvalidArgumentError("Import: the GraphDef is over 2 GB");
  CStatus status;
  std::unique_ptr<TF_ImportGraphDefResults, Deleter> results(
      TF_GraphImportGraphDefWithResults(graph_, CopyToBuffer(bytes).get(), options.get(), status));
  if (!status.ok()) return Annotate(status.ToStatus(), "importing a graph");
  int num_missing = 0;
  const char** missing_names = nullptr;
  int* missing_indexes = nullptr;
  TF_ImportGraphDefResultsMissingUnusedInputMappings(results.get(), &num_missing, &missing_names, &missing_indexes);
  if (num_missing > 0) {
    return absl::InvalidArgumentError(absl::StrCat("importing a graph: it has no tensor ", missing_names[0], ":",
                                                   missing_indexes[0], ", for which an input was given"));
  }
  int num_outputs = 0;
  TF_Output* returned = nullptr;
  TF_ImportGraphDefResultsReturnOutputs(results.get(), &num_outputs, &returned);
  for (int i = 0; i < num_outputs; ++i) result[positions[i]] = {this, returned[i].oper, returned[i].index};
  return result;
}

absl::StatusOr<GraphDef> Graph::ToGraphDef() const {
  RETURN_IF_ERROR(status_);
  BufferPtr buffer(TF_NewBuffer());
  CStatus status;
  TF_GraphToGraphDef(graph_, buffer.get(), status);
  RETURN_IF_ERROR(status.ToStatus());
  GraphDef def;
  if (buffer->length > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !def.ParseFromArray(buffer->data, static_cast<int>(buffer->length))) {
    return absl::InternalError("TensorFlow's GraphDef does not parse");
  }
  return def;
}

std::optional<Operation> Graph::FindOperation(std::string_view name) {
  if (graph_ == nullptr) return std::nullopt;
  TF_Operation* op = TF_GraphOperationByName(graph_, std::string(name).c_str());
  if (op == nullptr) return std::nullopt;
  return Operation{this, op};
}

absl::StatusOr<Output> Graph::FindOutput(std::string_view tensor_name) {
  RETURN_IF_ERROR(status_);
  ASSIGN_OR_RETURN(const TensorName tensor, ParseTensorName(tensor_name));
  const std::optional<Operation> op = FindOperation(tensor.node);
  if (!op) return absl::NotFoundError(absl::StrCat("the graph has no node '", tensor.node, "'"));
  if (tensor.index >= op->num_outputs()) {
    return absl::NotFoundError(absl::StrCat("the graph has no tensor '", std::string(tensor_name), "': node '",
                                            tensor.node, "' has ", op->num_outputs(), " outputs"));
  }
  return Output{this, op->op, tensor.index};
}

std::string Graph::UniqueName(std::string_view name) {
  const std::string base = AllowedName(absl::StrCat(scope_, std::string(name)));
  const auto key = [](const std::string& candidate) { return absl::AsciiStrToLower(candidate); };
  const auto taken = [&](const std::string& candidate) {
    return used_names_.count(key(candidate)) > 0 ||
           (graph_ != nullptr && TF_GraphOperationByName(graph_, candidate.c_str()) != nullptr);
  };
  std::string candidate = base;
  if (taken(base)) {
    int& suffix = used_names_[key(base)];
    do {
      candidate = absl::StrCat(base, "_", ++suffix);
    } while (taken(candidate));
  }
  used_names_.emplace(key(candidate), 0);
  return candidate;
}

Graph::Scope::Scope(Graph& graph, std::string_view name) : graph_(graph), saved_(graph.scope_) {
  graph_.scope_ = absl::StrCat(graph.UniqueName(name), "/");
}

Graph::Scope::~Scope() { graph_.scope_ = saved_; }

}  // namespace tfx::tf
