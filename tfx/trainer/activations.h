// Activation functions by Keras's names.
#ifndef TFX_TRAINER_ACTIVATIONS_H_
#define TFX_TRAINER_ACTIVATIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/tensorflow/graph.h"

namespace keras {

// elu, exponential, gelu, leaky_relu, linear, relu, relu6, selu, sigmoid, silu (= swish), softmax, softplus, softsign,
// tanh. Formulas: keras/src/activations of Keras 3; gelu is the exact one (erf), leaky_relu's slope is 0.2.
std::vector<std::string> ActivationNames();

// OK, or INVALID_ARGUMENT with the nearest name. "" is linear.
absl::Status CheckActivation(std::string_view name);

// `name` must have passed CheckActivation. softmax works on the last axis.
tfx::tf::Output Activate(tfx::tf::Graph& graph, std::string_view name, const tfx::tf::Output& x);

}  // namespace keras

#endif  // TFX_TRAINER_ACTIVATIONS_H_
