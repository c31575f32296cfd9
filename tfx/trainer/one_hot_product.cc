#include "tfx/trainer/one_hot_product.h"

#include <algorithm>

#include "tfx/trainer/graph_ops.h"

namespace keras::internal {
namespace {

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
        graph.Op("Slice")
            .Input(kernel)
            .Input(Ints(graph, {static_cast<int32_t>(dense_begin), 0}))
            .Input(Ints(graph, {static_cast<int32_t>(offset - dense_begin), static_cast<int32_t>(units)}))
            .Output();
    terms.push_back(Binary(graph, "MatMul", ConcatLast(graph, dense), rows));
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

  const tf::Output token = graph.Op("Pack").InputList(tokens).Attr("axis", 1).Output();  // [batch, k]
  const tf::Output zero = graph.Scalar<int64_t>(0);
  const tf::Output last = graph.Const(tf::Tensor::Vector<int64_t>(depths));
  const tf::Output known =
      Binary(graph, "LogicalAnd", Binary(graph, "GreaterEqual", token, zero), Binary(graph, "Less", token, last));
  const tf::Output row = Binary(graph, "AddV2", graph.Op("SelectV2").Input(known).Input(token).Input(zero).Output(),
                                graph.Const(tf::Tensor::Vector<int64_t>(offsets)));
  const tf::Output mask = Binary(graph, "ExpandDims", CastTo(graph, known, kFloat32), graph.Scalar<int32_t>(-1));
  const tf::Output picked = graph.Op("GatherV2").Input(kernel).Input(row).Input(graph.Scalar<int32_t>(0)).Output();
  terms.push_back(
      Reduce(graph, "Sum", Binary(graph, "Mul", picked, mask), {1}));  // [batch, k, units] -> [batch, units]

  tf::Output sum = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) sum = Binary(graph, "AddV2", sum, terms[i]);
  return sum;
}

}  // namespace keras::internal
