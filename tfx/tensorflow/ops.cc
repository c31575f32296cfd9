#include "tfx/tensorflow/ops.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tfx::tf::ops {
namespace {

using ::tensorflow::DT_INT32;
using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;

Output Unary(std::string_view op, const Output& x, std::string_view name = "") {
  if (x.graph == nullptr) return {};
  return x.graph->Op(op, name).Input(x).Output();
}

// The graph of the first argument that has one, so that an error is never lost.
Graph* GraphOf(const Output& x, const Output& y) { return x.graph != nullptr ? x.graph : y.graph; }

Output Binary(std::string_view op, const Output& x, const Output& y) {
  Graph* graph = GraphOf(x, y);
  if (graph == nullptr) return {};
  return graph->Op(op).Input(x).Input(y).Output();
}

Output Reduce(std::string_view op, const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  if (x.graph == nullptr) return {};
  return x.graph->Op(op).Input(x).Input(Int32s(*x.graph, axes)).Attr("keep_dims", options.keep_dims).Output();
}

Graph* GraphOf(std::span<const Output> parts) {
  for (const Output& part : parts) {
    if (part.graph != nullptr) return part.graph;
  }
  return nullptr;
}

}  // namespace

Output Int32s(Graph& graph, const std::vector<int32_t>& values) { return graph.Const(Tensor::Vector<int32_t>(values)); }
Output Int64s(Graph& graph, const std::vector<int64_t>& values) { return graph.Const(Tensor::Vector<int64_t>(values)); }
Output Strings(Graph& graph, const std::vector<std::string>& values) { return graph.Const(Tensor::Strings(values)); }
Output String(Graph& graph, std::string_view value) { return graph.Const(Tensor::String(value)); }

Output ScalarLike(const Output& like, double value) {
  if (like.graph == nullptr) return {};
  Graph& graph = *like.graph;
  switch (like.dtype()) {
    case ::tensorflow::DT_FLOAT:
      return graph.Scalar<float>(static_cast<float>(value));
    case ::tensorflow::DT_DOUBLE:
      return graph.Scalar<double>(value);
    case ::tensorflow::DT_INT32:
      return graph.Scalar<int32_t>(static_cast<int32_t>(value));
    case ::tensorflow::DT_INT64:
      return graph.Scalar<int64_t>(static_cast<int64_t>(value));
    case ::tensorflow::DT_INVALID:
      return {like.graph, nullptr, 0};  // the graph knows why
    default:
      return Cast(graph.Scalar<double>(value), like.dtype());
  }
}

Output ZerosLike(const Output& x) { return Unary("ZerosLike", x); }
Output OnesLike(const Output& x) { return Unary("OnesLike", x); }
Output Fill(const Output& dims, const Output& value) { return Binary("Fill", dims, value); }

Output Add(const Output& x, const Output& y) { return Binary("AddV2", x, y); }
Output Sub(const Output& x, const Output& y) { return Binary("Sub", x, y); }
Output Mul(const Output& x, const Output& y) { return Binary("Mul", x, y); }
Output Div(const Output& x, const Output& y) {
  switch (x.dtype()) {
    case ::tensorflow::DT_FLOAT:
    case ::tensorflow::DT_DOUBLE:
    case ::tensorflow::DT_HALF:
    case ::tensorflow::DT_BFLOAT16:
      return Binary("RealDiv", x, y);
    default:
      return Binary("FloorDiv", x, y);
  }
}
Output DivNoNan(const Output& x, const Output& y) { return Binary("DivNoNan", x, y); }
Output FloorMod(const Output& x, const Output& y) { return Binary("FloorMod", x, y); }
Output Pow(const Output& x, const Output& y) { return Binary("Pow", x, y); }
Output Maximum(const Output& x, const Output& y) { return Binary("Maximum", x, y); }
Output Minimum(const Output& x, const Output& y) { return Binary("Minimum", x, y); }
Output SquaredDifference(const Output& x, const Output& y) { return Binary("SquaredDifference", x, y); }
Output Neg(const Output& x) { return Unary("Neg", x); }
Output Abs(const Output& x) { return Unary("Abs", x); }
Output Sign(const Output& x) { return Unary("Sign", x); }
Output Square(const Output& x) { return Unary("Square", x); }
Output Sqrt(const Output& x) { return Unary("Sqrt", x); }
Output Rsqrt(const Output& x) { return Unary("Rsqrt", x); }
Output Exp(const Output& x) { return Unary("Exp", x); }
Output Log(const Output& x) { return Unary("Log", x); }
Output Log1p(const Output& x) { return Unary("Log1p", x); }
Output Floor(const Output& x) { return Unary("Floor", x); }
Output Round(const Output& x) { return Unary("Round", x); }
Output Identity(const Output& x, std::string_view name) { return Unary("Identity", x, name); }
Output StopGradient(const Output& x) { return Unary("StopGradient", x); }
Output Erf(const Output& x) { return Unary("Erf", x); }
Output L2Loss(const Output& x) { return Unary("L2Loss", x); }
Output Add(const Output& x, double y) { return Add(x, ScalarLike(x, y)); }
Output Mul(const Output& x, double y) { return Mul(x, ScalarLike(x, y)); }
Output Maximum(const Output& x, double y) { return Maximum(x, ScalarLike(x, y)); }
Output Minimum(const Output& x, double y) { return Minimum(x, ScalarLike(x, y)); }

Output Relu(const Output& x) { return Unary("Relu", x); }
Output Relu6(const Output& x) { return Unary("Relu6", x); }
Output Elu(const Output& x) { return Unary("Elu", x); }
Output Selu(const Output& x) { return Unary("Selu", x); }
Output Sigmoid(const Output& x) { return Unary("Sigmoid", x); }
Output Tanh(const Output& x) { return Unary("Tanh", x); }
Output Softplus(const Output& x) { return Unary("Softplus", x); }
Output Softsign(const Output& x) { return Unary("Softsign", x); }
Output Softmax(const Output& x) { return Unary("Softmax", x); }
Output LogSoftmax(const Output& x) { return Unary("LogSoftmax", x); }

Output Equal(const Output& x, const Output& y) { return Binary("Equal", x, y); }
Output NotEqual(const Output& x, const Output& y) { return Binary("NotEqual", x, y); }
Output Less(const Output& x, const Output& y) { return Binary("Less", x, y); }
Output LessEqual(const Output& x, const Output& y) { return Binary("LessEqual", x, y); }
Output Greater(const Output& x, const Output& y) { return Binary("Greater", x, y); }
Output GreaterEqual(const Output& x, const Output& y) { return Binary("GreaterEqual", x, y); }
Output GreaterEqual(const Output& x, double y) { return GreaterEqual(x, ScalarLike(x, y)); }
Output LogicalAnd(const Output& x, const Output& y) { return Binary("LogicalAnd", x, y); }
Output LogicalOr(const Output& x, const Output& y) { return Binary("LogicalOr", x, y); }
Output LogicalNot(const Output& x) { return Unary("LogicalNot", x); }
Output IsNan(const Output& x) { return Unary("IsNan", x); }
Output IsFinite(const Output& x) { return Unary("IsFinite", x); }

Output Select(const Output& condition, const Output& x, const Output& y) {
  Graph* graph = condition.graph != nullptr ? condition.graph : GraphOf(x, y);
  if (graph == nullptr) return {};
  return graph->Op("SelectV2").Input(condition).Input(x).Input(y).Output();
}

Output WhereTrue(const Output& condition) { return Unary("Where", condition); }

Output Cast(const Output& x, DataType dtype) {
  if (x.graph == nullptr || (x.valid() && x.dtype() == dtype)) return x;
  return x.graph->Op("Cast").Input(x).Attr("DstT", dtype).Output();
}

Output AsString(const Output& x) { return x.dtype() == DT_STRING ? x : Unary("AsString", x); }

Output StringToNumber(const Output& x, DataType dtype) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("StringToNumber").Input(x).Attr("out_type", dtype).Output();
}

Output ShapeOf(const Output& x, DataType dtype) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Shape").Input(x).Attr("out_type", dtype).Output();
}

Output Size(const Output& x, DataType dtype) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Size").Input(x).Attr("out_type", dtype).Output();
}

Output Reshape(const Output& x, const Shape& shape) {
  if (x.graph == nullptr) return {};
  return Reshape(x, Int64s(*x.graph, shape));
}

Output Reshape(const Output& x, const Output& shape) { return Binary("Reshape", x, shape); }

Output ExpandDims(const Output& x, int axis) {
  if (x.graph == nullptr) return {};
  return Binary("ExpandDims", x, x.graph->Scalar<int32_t>(axis));
}

Output Squeeze(const Output& x, const std::vector<int64_t>& axes) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Squeeze").Input(x).IntListAttr("squeeze_dims", axes).Output();
}

Output Concat(std::span<const Output> parts, int axis) {
  Graph* graph = GraphOf(parts);
  if (graph == nullptr) return {};
  if (parts.size() == 1) return parts[0];
  return graph->Op("ConcatV2").InputList(parts).Input(graph->Scalar<int32_t>(axis)).Output();
}

Output Stack(std::span<const Output> parts, int axis) {
  Graph* graph = GraphOf(parts);
  if (graph == nullptr) return {};
  return graph->Op("Pack").InputList(parts).Attr("axis", axis).Output();
}

Output Split(const Output& x, int index, int num, int axis) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Split").Input(x.graph->Scalar<int32_t>(axis)).Input(x).Attr("num_split", num).OutputAt(index);
}

Output Tile(const Output& x, const Output& multiples) { return Binary("Tile", x, multiples); }

Output Transpose(const Output& x, const std::vector<int32_t>& permutation) {
  if (x.graph == nullptr) return {};
  return Binary("Transpose", x, Int32s(*x.graph, permutation));
}

Output BroadcastTo(const Output& x, const Output& shape) { return Binary("BroadcastTo", x, shape); }

Output Slice(const Output& x, const Output& begin, const Output& size) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Slice").Input(x).Input(begin).Input(size).Output();
}

Output MatMul(const Output& x, const Output& y) { return Binary("MatMul", x, y); }
Output BiasAdd(const Output& x, const Output& bias) { return Binary("BiasAdd", x, bias); }

Output ReduceSum(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("Sum", x, axes, options);
}
Output ReduceMean(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("Mean", x, axes, options);
}
Output ReduceMax(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("Max", x, axes, options);
}
Output ReduceMin(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("Min", x, axes, options);
}
Output ReduceAny(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("Any", x, axes, options);
}
Output ReduceAll(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options) {
  return Reduce("All", x, axes, options);
}

Output ReduceJoin(const Output& strings, const std::vector<int32_t>& axes, std::string_view separator) {
  if (strings.graph == nullptr) return {};
  return strings.graph->Op("ReduceJoin")
      .Input(strings)
      .Input(Int32s(*strings.graph, axes))
      .Attr("separator", separator)
      .Output();
}

Output Gather(const Output& params, const Output& indices, int axis) {
  Graph* graph = GraphOf(params, indices);
  if (graph == nullptr) return {};
  return graph->Op("GatherV2").Input(params).Input(indices).Input(graph->Scalar<int32_t>(axis)).Output();
}

Output GatherNd(const Output& params, const Output& indices) { return Binary("GatherNd", params, indices); }

Output OneHot(const Output& indices, int depth, DataType dtype, double on, double off) {
  if (indices.graph == nullptr) return {};
  Graph& graph = *indices.graph;
  return graph.Op("OneHot")
      .Input(indices)
      .Input(graph.Scalar<int32_t>(depth))
      .Input(Cast(graph.Scalar<double>(on), dtype))
      .Input(Cast(graph.Scalar<double>(off), dtype))
      .Output();
}

Output UnsortedSegmentSum(const Output& data, const Output& segment_ids, const Output& num_segments) {
  Graph* graph = GraphOf(data, segment_ids);
  if (graph == nullptr) return {};
  return graph->Op("UnsortedSegmentSum").Input(data).Input(segment_ids).Input(num_segments).Output();
}

Output Bucketize(const Output& x, const std::vector<float>& boundaries) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("Bucketize").Input(x).FloatListAttr("boundaries", boundaries).Output();
}

Output SparseToDense(const SparseOutput& sparse, const Output& default_value) {
  return SparseToDense(sparse, sparse.dense_shape, default_value);
}

Output SparseToDense(const SparseOutput& sparse, const Output& dense_shape, const Output& default_value) {
  Graph* graph = GraphOf(sparse.indices, sparse.values);
  if (graph == nullptr) return {};
  return graph->Op("SparseToDense")
      .Input(sparse.indices)
      .Input(dense_shape)
      .Input(sparse.values)
      .Input(default_value)
      .Output();
}

Output StringToHashBucketFast(const Output& strings, int64_t num_buckets) {
  if (strings.graph == nullptr) return {};
  return strings.graph->Op("StringToHashBucketFast").Input(strings).Attr("num_buckets", num_buckets).Output();
}

Output StringJoin(std::span<const Output> parts, std::string_view separator) {
  Graph* graph = GraphOf(parts);
  if (graph == nullptr) return {};
  return graph->Op("StringJoin").InputList(parts).Attr("separator", separator).Output();
}

Output VarHandle(Graph& graph, DataType dtype, const Shape& shape, std::string_view name) {
  // Reserved in two steps, as the shared name must be known before the node is made.
  const std::string unique = graph.UniqueName(name);
  return graph.OpExactly("VarHandleOp", unique)
      .Attr("dtype", dtype)
      .Attr("shape", shape)
      .Attr("shared_name", unique)
      .Output();
}

Output ReadVariable(const Output& handle, DataType dtype) {
  if (handle.graph == nullptr) return {};
  return handle.graph->Op("ReadVariableOp").Input(handle).Attr("dtype", dtype).Output();
}

Operation Assign(const Output& handle, const Output& value) {
  Graph* graph = GraphOf(handle, value);
  if (graph == nullptr) return {};
  return graph->Op("AssignVariableOp").Input(handle).Input(value).Finish();
}

Operation AssignAdd(const Output& handle, const Output& value) {
  Graph* graph = GraphOf(handle, value);
  if (graph == nullptr) return {};
  return graph->Op("AssignAddVariableOp").Input(handle).Input(value).Finish();
}

Operation Group(Graph& graph, std::span<const Operation> operations, std::string_view name) {
  OpBuilder builder = graph.Op("NoOp", name);
  for (const Operation& operation : operations) std::move(builder).ControlInput(operation);
  return std::move(builder).Finish();
}

ParsedExamples ParseExample(const Output& serialized, const std::vector<DenseFeature>& dense,
                            const std::vector<SparseFeature>& sparse, std::string_view name) {
  ParsedExamples result;
  if (serialized.graph == nullptr || (dense.empty() && sparse.empty())) return result;
  Graph& graph = *serialized.graph;
  const Output nothing{&graph, nullptr, 0};
  result.dense.assign(dense.size(), nothing);
  result.sparse.assign(sparse.size(), SparseOutput{nothing, nothing, nothing});

  // TensorFlow would silently fill only one of two features with the same key.
  std::set<std::string_view> keys;
  const auto check = [&](const std::string& key) {
    if (keys.insert(key).second) return;
    graph.Fail(absl::InvalidArgumentError(absl::StrCat("ParseExample: the feature '", key, "' is asked for twice")));
  };
  for (const DenseFeature& feature : dense) check(feature.key);
  for (const SparseFeature& feature : sparse) check(feature.key);

  std::vector<std::string> dense_keys, sparse_keys;
  std::vector<DataType> dense_types, sparse_types;
  std::vector<Shape> dense_shapes;
  std::vector<Output> defaults;
  for (const DenseFeature& feature : dense) {
    dense_keys.push_back(feature.key);
    dense_types.push_back(feature.dtype);
    dense_shapes.push_back(feature.shape);
    if (!feature.default_value) {
      defaults.push_back(graph.Const(Tensor::Empty(feature.dtype, {0})));  // no elements: the feature is required
      continue;
    }
    int64_t elements = 1;
    for (const int64_t dimension : feature.shape) elements *= dimension;
    const Output value = graph.Const(*feature.default_value);
    // The kernel wants a default of the feature's own shape.
    if (feature.default_value->num_elements() == elements) {
      defaults.push_back(Reshape(value, feature.shape));
    } else {
      defaults.push_back(Fill(Int64s(graph, feature.shape), value));
    }
  }
  for (const SparseFeature& feature : sparse) {
    sparse_keys.push_back(feature.key);
    sparse_types.push_back(feature.dtype);
  }
  const Graph::Scope scope(graph, name);
  const Output names = Strings(graph, {});
  const std::vector<Output> outputs = graph.Op("ParseExampleV2")
                                          .Input(serialized)
                                          .Input(names)
                                          .Input(Strings(graph, sparse_keys))
                                          .Input(Strings(graph, dense_keys))
                                          .Input(Strings(graph, {}))
                                          .InputList(defaults)
                                          .TypeListAttr("Tdense", dense_types)
                                          .Attr("num_sparse", static_cast<int64_t>(sparse.size()))
                                          .TypeListAttr("sparse_types", sparse_types)
                                          .TypeListAttr("ragged_value_types", {})
                                          .TypeListAttr("ragged_split_types", {})
                                          .ShapeListAttr("dense_shapes", dense_shapes)
                                          .Outputs();
  if (outputs.empty()) return result;
  // Order of the outputs: sparse indices, sparse values, sparse shapes, dense values.
  const size_t n = sparse.size();
  for (size_t i = 0; i < n; ++i) result.sparse[i] = {outputs[i], outputs[n + i], outputs[2 * n + i]};
  for (size_t i = 0; i < dense.size(); ++i) result.dense[i] = outputs[3 * n + i];
  return result;
}

namespace {

Output TableHandle(Graph& graph, DataType key_dtype, DataType value_dtype, std::string_view name) {
  const std::string unique = graph.UniqueName(name);
  return graph.OpExactly("HashTableV2", unique)
      .Attr("key_dtype", key_dtype)
      .Attr("value_dtype", value_dtype)
      .Attr("shared_name", unique)
      .Output();
}

}  // namespace

Table VocabularyTable(const Output& filename, std::string_view name) {
  Table table;
  if (filename.graph == nullptr) return table;
  Graph& graph = *filename.graph;
  constexpr int64_t kWholeLine = -2, kLineNumber = -1;
  table.handle = TableHandle(graph, DT_STRING, DT_INT64, name);
  table.initializer = graph.Op("InitializeTableFromTextFileV2", absl::StrCat(std::string(name), "/init"))
                          .Input(table.handle)
                          .Input(filename)
                          .Attr("key_index", kWholeLine)
                          .Attr("value_index", kLineNumber)
                          .Attr("vocab_size", -1)
                          .Attr("delimiter", "\t")
                          .Finish();
  return table;
}

Table HashTable(const Output& keys, const Output& values, std::string_view name) {
  Table table;
  Graph* graph = GraphOf(keys, values);
  if (graph == nullptr) return table;
  table.key_dtype = keys.dtype();
  table.value_dtype = values.dtype();
  if (!keys.valid() || !values.valid()) {
    graph->Fail(absl::InvalidArgumentError(
        absl::StrCat("HashTable '", std::string(name), "': keys or values are not valid outputs")));
    table.handle = {graph, nullptr, 0};
    table.initializer = {graph, nullptr};
    return table;
  }
  table.handle = TableHandle(*graph, table.key_dtype, table.value_dtype, name);
  table.initializer = graph->Op("InitializeTableV2", absl::StrCat(std::string(name), "/init"))
                          .Input(table.handle)
                          .Input(keys)
                          .Input(values)
                          .Finish();
  return table;
}

Output Lookup(const Table& table, const Output& keys, const Output& default_value) {
  Graph* graph = GraphOf(table.handle, keys);
  if (graph == nullptr) return {};
  return graph->Op("LookupTableFindV2").Input(table.handle).Input(keys).Input(default_value).Output();
}

Output TableSize(const Table& table) { return Unary("LookupTableSizeV2", table.handle); }

Output LookupWithOov(const Table& table, const Output& keys, int64_t num_oov_buckets, int64_t default_value) {
  Graph* graph = GraphOf(table.handle, keys);
  if (graph == nullptr) return {};
  if (num_oov_buckets <= 0) return Lookup(table, keys, graph->Scalar<int64_t>(default_value));
  const Output missing = graph->Scalar<int64_t>(-1);
  const Output found = Lookup(table, keys, missing);
  const Output bucket = StringToHashBucketFast(AsString(keys), num_oov_buckets);
  return Select(Equal(found, missing), Add(bucket, TableSize(table)), found);
}

}  // namespace tfx::tf::ops
