// x . kernel without building x, where x has one-hot parts.
//
// A wide model multiplies rows of thousands of zeros and a few ones with its kernel. The product is the sum of the
// kernel rows at the ones, so those rows are gathered instead; the gradient then touches these rows only as well. Equal
// to the plain product up to the order of additions.
#ifndef TFX_TRAINER_ONE_HOT_PRODUCT_H_
#define TFX_TRAINER_ONE_HOT_PRODUCT_H_

#include "tfx/tensorflow/graph.h"
#include "tfx/trainer/layer_node.h"

namespace keras::internal {

// [batch, n] . [n, units]; invalid when x has no part that is known to be a one-hot encoding.
tf::Output OneHotProduct(const LoweringTables& tables, tf::Graph& graph, const tf::Output& x, const tf::Output& kernel);

}  // namespace keras::internal

#endif  // TFX_TRAINER_ONE_HOT_PRODUCT_H_
