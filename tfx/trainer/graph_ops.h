// Short forms for the graph code of layers, losses and optimizers.
#ifndef TFX_TRAINER_GRAPH_OPS_H_
#define TFX_TRAINER_GRAPH_OPS_H_

#include <string_view>
#include <vector>

#include "tfx/tensorflow/graph.h"

namespace keras::internal {

namespace tf = ::tfx::tf;

inline tf::Output Unary(tf::Graph& graph, std::string_view op, const tf::Output& x) {
  return graph.Op(op).Input(x).Output();
}

inline tf::Output Binary(tf::Graph& graph, std::string_view op, const tf::Output& x, const tf::Output& y) {
  return graph.Op(op).Input(x).Input(y).Output();
}

inline tf::Output Binary(tf::Graph& graph, std::string_view op, const tf::Output& x, float y) {
  return Binary(graph, op, x, graph.Scalar<float>(y));
}

inline tf::Output Ints(tf::Graph& graph, const std::vector<int32_t>& values) {
  return graph.Const(tf::Tensor::Vector<int32_t>(values));
}

// Sum, Mean, Max, ... over `axes`.
inline tf::Output Reduce(tf::Graph& graph, std::string_view op, const tf::Output& x, const std::vector<int32_t>& axes,
                         bool keep_dims = false) {
  return graph.Op(op).Input(x).Input(Ints(graph, axes)).Attr("keep_dims", keep_dims).Output();
}

inline tf::Output ReshapeTo(tf::Graph& graph, const tf::Output& x, const tf::Shape& shape) {
  return Binary(graph, "Reshape", x, graph.Const(tf::Tensor::Vector<int64_t>(shape)));
}

inline tf::Output CastTo(tf::Graph& graph, const tf::Output& x, tf::DataType dtype) {
  if (x.valid() && x.dtype() == dtype) return x;
  return graph.Op("Cast").Input(x).Attr("DstT", dtype).Output();
}

inline tf::Output ConcatLast(tf::Graph& graph, const std::vector<tf::Output>& parts, int axis = -1) {
  if (parts.size() == 1) return parts[0];
  return graph.Op("ConcatV2").InputList(parts).Input(graph.Scalar<int32_t>(axis)).Output();
}

}  // namespace keras::internal

#endif  // TFX_TRAINER_GRAPH_OPS_H_
