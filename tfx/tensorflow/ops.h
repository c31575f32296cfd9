// Graph code that reads like maths: one free function per op that everybody needs. Any other op is graph.Op("Name").
//
//   namespace ops = tfx::tf::ops;
//   Output logits = ops::Add(ops::MatMul(x, w), b);
//   Output loss = ops::ReduceMean(ops::Square(ops::Sub(ops::Sigmoid(logits), y)), {0, 1});
//
// Functions take the graph from their first argument. An invalid argument, or one that TensorFlow refuses, makes the
// graph's status() an error and the result invalid (see graph.h). Broadcasting is TensorFlow's (numpy's).
// Thread-compatible.
#ifndef TFX_TENSORFLOW_OPS_H_
#define TFX_TENSORFLOW_OPS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/tensorflow/graph.h"

namespace tfx::tf::ops {

// ---- Constants ----
Output Int32s(Graph& graph, const std::vector<int32_t>& values);  // shape [n]
Output Int64s(Graph& graph, const std::vector<int64_t>& values);  // shape [n]
Output Strings(Graph& graph, const std::vector<std::string>& values);
Output String(Graph& graph, std::string_view value);
// A scalar of the numeric type of `like`.
Output ScalarLike(const Output& like, double value);
Output ZerosLike(const Output& x);
Output OnesLike(const Output& x);
// Tensor of shape `dims` (a rank-1 integer tensor) filled with the scalar `value`.
Output Fill(const Output& dims, const Output& value);

// ---- Element by element ----
Output Add(const Output& x, const Output& y);
Output Sub(const Output& x, const Output& y);
Output Mul(const Output& x, const Output& y);
Output Div(const Output& x, const Output& y);       // integers round down, as Python's //
Output DivNoNan(const Output& x, const Output& y);  // 0 where y is 0
Output FloorMod(const Output& x, const Output& y);
Output Pow(const Output& x, const Output& y);
Output Maximum(const Output& x, const Output& y);
Output Minimum(const Output& x, const Output& y);
Output SquaredDifference(const Output& x, const Output& y);
Output Neg(const Output& x);
Output Abs(const Output& x);
Output Sign(const Output& x);
Output Square(const Output& x);
Output Sqrt(const Output& x);
Output Rsqrt(const Output& x);
Output Exp(const Output& x);
Output Log(const Output& x);
Output Log1p(const Output& x);
Output Floor(const Output& x);
Output Round(const Output& x);  // half to even
Output Identity(const Output& x, std::string_view name = "");
Output StopGradient(const Output& x);
Output Erf(const Output& x);
Output L2Loss(const Output& x);  // scalar: half of the sum of squares
// With a scalar of the numeric type of x.
Output Add(const Output& x, double y);
Output Mul(const Output& x, double y);
Output Maximum(const Output& x, double y);
Output Minimum(const Output& x, double y);

Output Relu(const Output& x);
Output Relu6(const Output& x);
Output Elu(const Output& x);
Output Selu(const Output& x);
Output Sigmoid(const Output& x);
Output Tanh(const Output& x);
Output Softplus(const Output& x);
Output Softsign(const Output& x);
Output Softmax(const Output& x);     // over the last axis
Output LogSoftmax(const Output& x);  // over the last axis

// ---- Comparison and logic (results are DT_BOOL) ----
Output Equal(const Output& x, const Output& y);
Output NotEqual(const Output& x, const Output& y);
Output Less(const Output& x, const Output& y);
Output LessEqual(const Output& x, const Output& y);
Output Greater(const Output& x, const Output& y);
Output GreaterEqual(const Output& x, const Output& y);
Output GreaterEqual(const Output& x, double y);
Output LogicalAnd(const Output& x, const Output& y);
Output LogicalOr(const Output& x, const Output& y);
Output LogicalNot(const Output& x);
Output IsNan(const Output& x);
Output IsFinite(const Output& x);
Output Select(const Output& condition, const Output& x, const Output& y);  // SelectV2: broadcasts
Output WhereTrue(const Output& condition);  // int64 [number of true x rank]: their indices

// ---- Types ----
Output Cast(const Output& x, DataType dtype);  // x itself when it has that type
template <class T>
Output Cast(const Output& x) {
  return Cast(x, DataTypeOf<T>::value);
}
Output AsString(const Output& x);
Output StringToNumber(const Output& x, DataType dtype);

// ---- Shapes ----
Output ShapeOf(const Output& x, DataType dtype = ::tensorflow::DT_INT64);  // rank-1 tensor of `dtype`
Output Size(const Output& x, DataType dtype = ::tensorflow::DT_INT64);     // scalar
Output Reshape(const Output& x, const Shape& shape);                       // one dimension may be -1
Output Reshape(const Output& x, const Output& shape);
Output ExpandDims(const Output& x, int axis);
Output Squeeze(const Output& x, const std::vector<int64_t>& axes = {});  // empty: every dimension of size 1
Output Concat(std::span<const Output> parts, int axis);                  // the part itself when there is one
Output Stack(std::span<const Output> parts, int axis);
Output Split(const Output& x, int index, int num, int axis);  // part `index` of `num` equal ones
Output Tile(const Output& x, const Output& multiples);
Output Transpose(const Output& x, const std::vector<int32_t>& permutation);
Output BroadcastTo(const Output& x, const Output& shape);
// From `begin`, `size` elements per dimension (-1: to the end); both rank-1 integer tensors with one entry per
// dimension.
Output Slice(const Output& x, const Output& begin, const Output& size);

// ---- Sums and products ----
Output MatMul(const Output& x, const Output& y);
Output BiasAdd(const Output& x, const Output& bias);  // bias [n] to the last axis of x
// Over `axes` (negative: from the end; empty: nothing is reduced). `keep_dims` as in numpy.
struct ReduceOptions {
  bool keep_dims = false;
};
Output ReduceSum(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceMean(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceMax(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceMin(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceAny(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceAll(const Output& x, const std::vector<int32_t>& axes, ReduceOptions options = {});
Output ReduceJoin(const Output& strings, const std::vector<int32_t>& axes, std::string_view separator);

// ---- Lookup by position ----
Output Gather(const Output& params, const Output& indices, int axis = 0);
Output GatherNd(const Output& params, const Output& indices);
// Rows of zeros with `on` at the index; an index outside [0, depth) gives a row of `off`. Result [..., depth] of
// `dtype`.
Output OneHot(const Output& indices, int depth, DataType dtype = ::tensorflow::DT_FLOAT, double on = 1, double off = 0);
Output UnsortedSegmentSum(const Output& data, const Output& segment_ids, const Output& num_segments);
// Number of `boundaries` (rising) that are <= x: int32, as Keras and TFT's apply_buckets count.
Output Bucketize(const Output& x, const std::vector<float>& boundaries);

// ---- Sparse ----
struct SparseOutput {
  Output indices;      // int64 [n x rank]
  Output values;       // [n]
  Output dense_shape;  // int64 [rank]
};
// Missing elements become `default_value` (a scalar of the type of the values).
Output SparseToDense(const SparseOutput& sparse, const Output& default_value);
// The same with another shape than the sparse tensor's own (an int64 rank-1 tensor). Indices must be in order.
Output SparseToDense(const SparseOutput& sparse, const Output& dense_shape, const Output& default_value);

// ---- Strings ----
Output StringToHashBucketFast(const Output& strings, int64_t num_buckets);  // Fingerprint64 mod num_buckets
Output StringJoin(std::span<const Output> parts, std::string_view separator);

// ---- Variables ----
// `name` is the node's name (made unique) and, as it comes out, the shared name of the variable.
Output VarHandle(Graph& graph, DataType dtype, const Shape& shape, std::string_view name);
Output ReadVariable(const Output& handle, DataType dtype);
Operation Assign(const Output& handle, const Output& value);
Operation AssignAdd(const Output& handle, const Output& value);

// A node that does nothing after all of `operations` are done.
Operation Group(Graph& graph, std::span<const Operation> operations, std::string_view name = "group");

// ---- tf.Example ----
// A feature with exactly the shape; without default_value (a tensor of that shape or a scalar) it must be present.
struct DenseFeature {
  std::string key;
  DataType dtype;  // DT_FLOAT, DT_INT64 or DT_STRING
  Shape shape;     // of one Example: [] for a single value
  std::optional<Tensor> default_value;
};
// A feature with any number of values: SparseOutput of shape [batch x longest].
struct SparseFeature {
  std::string key;
  DataType dtype;  // DT_FLOAT, DT_INT64 or DT_STRING
};
struct ParsedExamples {
  std::vector<Output> dense;         // [batch, shape...], in the order asked for
  std::vector<SparseOutput> sparse;  // in the order asked for
};
// Parses a string tensor [batch] of serialized tf.Examples (ParseExampleV2). Keys must differ. Without
// features the result is empty.
ParsedExamples ParseExample(const Output& serialized, const std::vector<DenseFeature>& dense,
                            const std::vector<SparseFeature>& sparse, std::string_view name = "parse_example");

// ---- Lookup tables ----
struct Table {
  Output handle;
  Operation initializer;  // run it once per session; belongs into SavedModelSpec::initializers
  DataType key_dtype = ::tensorflow::DT_STRING;
  DataType value_dtype = ::tensorflow::DT_INT64;
};
// String -> line number (from 0) of a file with one key per line. `filename` is a scalar string tensor, usually a Const
// that is also an asset (SavedModelSpec::assets). Every call makes one table of its own.
Table VocabularyTable(const Output& filename, std::string_view name);
// From rank-1 tensors of equal length.
Table HashTable(const Output& keys, const Output& values, std::string_view name);
Output Lookup(const Table& table, const Output& keys, const Output& default_value);
Output TableSize(const Table& table);  // int64 scalar
// The index in the vocabulary; else vocabulary size + StringToHashBucketFast(key) % num_oov_buckets; with no buckets
// `default_value`. int64, shape of keys. This is tf.lookup.StaticVocabularyTable as TFT's apply_vocabulary uses it.
Output LookupWithOov(const Table& table, const Output& keys, int64_t num_oov_buckets, int64_t default_value = -1);

}  // namespace tfx::tf::ops

#endif  // TFX_TENSORFLOW_OPS_H_
