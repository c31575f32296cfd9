#include "tfx/trainer/one_hot_product.h"

#include <algorithm>

#include "tfx/tensorflow/ops.h"

namespace keras::internal {
namespace {

namespace ops = ::tfx::tf::ops;

// The parts of `x` in order, concatenations of concatenations opened.
void Flatten(const LoweringTables& tables, const tf::Output& x, int64_t width, std::vector<ConcatenatedPart>& parts) {
  const auto found = tables.concatenated.find(KeyOf(x));
  if (found == tables.concatenated.end()) {
    parts.push_back({x, width});
    return;
  }
  for (const ConcatenatedPart& part : found->second) Flatten(tables, part.output, part.width, parts);
}

}  // namespace

tf::Output OneHotProduct(const LoweringTables& tables, tf::Graph& graph, const tf::Output& x,
                         const tf::Output& kernel) {
  const std::optional<tf::Shape> kernel_shape = kernel.valid() ? kernel.shape() : std::nullopt;
  if (!kernel_shape.has_value() || kernel_shape->size() != 2 || !x.valid()) return {};
  const int64_t units = (*kernel_shape)[1];
  std::vector<ConcatenatedPart> parts;
  Flatten(tables, x, (*kernel_shape)[0], parts);

  std::vector<tf::Output> terms;
  std::vector<tf::Output> tokens;
  std::vector<int64_t> depths, offsets;
  std::vector<tf::Output> dense;  // neighbours that are multiplied as one
  int64_t dense_begin = 0, offset = 0;
  const auto multiply_dense = [&] {
    if (dense.empty()) return;
    // int32: the gradient of Slice in TensorFlow's C++ knows no other type.
    const tf::Output rows =
        ops::Slice(kernel, ops::Int32s(graph, {static_cast<int32_t>(dense_begin), 0}),
                   ops::Int32s(graph, {static_cast<int32_t>(offset - dense_begin), static_cast<int32_t>(units)}));
    terms.push_back(ops::MatMul(ops::Concat(dense, -1), rows));
    dense.clear();
  };
  for (const ConcatenatedPart& part : parts) {
    const auto encoded = tables.encoded.find(KeyOf(part.output));
    if (encoded == tables.encoded.end()) {
      if (dense.empty()) dense_begin = offset;
      dense.push_back(part.output);
    } else {
      multiply_dense();
      tokens.push_back(encoded->second.token);
      depths.push_back(encoded->second.depth);
      offsets.push_back(offset);
    }
    offset += part.width;
  }
  if (tokens.empty()) return {};
  multiply_dense();

  const tf::Output token = ops::Stack(tokens, 1);  // [batch, k]
  const tf::Output zero = graph.Scalar<int64_t>(0);
  const tf::Output last = ops::Int64s(graph, depths);
  const tf::Output known = ops::LogicalAnd(ops::GreaterEqual(token, zero), ops::Less(token, last));
  const tf::Output row = ops::Add(ops::Select(known, token, zero), ops::Int64s(graph, offsets));
  const tf::Output mask = ops::ExpandDims(ops::Cast(known, kFloat32), -1);
  const tf::Output picked = ops::Gather(kernel, row);
  terms.push_back(ops::ReduceSum(ops::Mul(picked, mask), {1}));  // [batch, k, units] -> [batch, units]

  tf::Output sum = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) sum = ops::Add(sum, terms[i]);
  return sum;
}

}  // namespace keras::internal
