// Keras's layers. Each function makes a Layer, which is then called on tensors:
//
//   keras::Tensor wide = keras::CategoryEncoding({.num_tokens = 24})(hour);
//   keras::Tensor joined = keras::Concatenate({deep, wide});
//   keras::Tensor output = keras::Dense({.units = 1, .activation = "sigmoid"})(joined);
//
// Every option struct has `name`; when empty, Model names the layer by its type and position: dense, dense_1, ...
// Weight names: <layer>/kernel, <layer>/bias, <layer>/embeddings, <layer>/mean, <layer>/variance, <layer>/gamma, ...
#ifndef TFX_TRAINER_LAYERS_H_
#define TFX_TRAINER_LAYERS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tfx/trainer/layer.h"

namespace keras {

class Dataset;

struct DenseOptions {
  int64_t units = 0;       // > 0; required
  std::string activation;  // a name of activations.h; "" is linear
  bool use_bias = true;
  Initializer kernel_initializer = GlorotUniform();
  Initializer bias_initializer = Zeros();
  Regularizer kernel_regularizer = {};
  std::string name;
};
// activation(x . kernel + bias) on the last axis: [.., n] -> [.., units]. Where x is CategoryEncoding of one value per
// row (or a Concatenate with such parts), rows of the kernel are picked instead of multiplying by zeros.
Layer Dense(DenseOptions options);

struct EmbeddingOptions {
  int64_t input_dim = 0;   // > 0, number of ids; required
  int64_t output_dim = 0;  // > 0; required
  Initializer embeddings_initializer = RandomUniform();
  Regularizer embeddings_regularizer = {};
  std::string name;
};
// int64 ids [batch, n] -> float [batch, n, output_dim]. An id outside 0..input_dim-1 is an error of Fit and Evaluate
// that names layer, feature and value when the layer reads an Input, else TensorFlow's own error naming the layer.
Layer Embedding(EmbeddingOptions options);

enum class Encoding {
  kOneHot,    // [batch] or [batch, 1] -> [batch, num_tokens]
  kMultiHot,  // [batch, n] -> [batch, num_tokens], 1 where the token occurs
  kCount,     // [batch, n] -> [batch, num_tokens], how often it occurs
};
struct CategoryEncodingOptions {
  int64_t num_tokens = 0;  // > 0; required. A vocabulary of one is fine
  Encoding output_mode = Encoding::kMultiHot;
  std::string name;
};
// int64 or int32 tokens -> float. Negative tokens are padding and encode to nothing. A token >= num_tokens is an error
// of Fit and Evaluate that names layer, feature and value, when the layer reads an Input of the model; in the exported
// model it encodes to nothing, so that one strange value does not stop a server.
Layer CategoryEncoding(CategoryEncodingOptions options);

struct NormalizationOptions {
  // One value for all elements of the last axis or one for each; empty: mean 0 and variance 1 until Adapt.
  std::vector<float> mean;
  std::vector<float> variance;  // >= 0
  std::string name;
};
// (x - mean) / max(sqrt(variance), 1e-7) per element of the last axis. Mean and variance are weights that are not
// trained.
Layer Normalization(NormalizationOptions options = {});
// Sets mean and population variance of a Normalization layer from one pass over a finite dataset. Call it before the
// layer is used. INVALID_ARGUMENT when the layer is another one or used already, the feature is absent or not numeric.
absl::Status Adapt(const Layer& normalization, const Dataset& dataset, const std::string& feature);

struct LayerNormalizationOptions {
  float epsilon = 1e-3f;
  std::string name;
};
// gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta over the last axis of each row.
Layer LayerNormalization(LayerNormalizationOptions options = {});

struct ConcatenateOptions {
  int axis = -1;  // -1: the last. Not 0, the batch
  std::string name;
};
Tensor Concatenate(const std::vector<Tensor>& inputs, ConcatenateOptions options = {});

struct NamedOptions {
  std::string name;
};
Tensor Add(const std::vector<Tensor>& inputs, NamedOptions options = {});       // shapes must be equal
Tensor Multiply(const std::vector<Tensor>& inputs, NamedOptions options = {});  // shapes must be equal

struct DropoutOptions {
  float rate = 0.5f;  // fraction dropped, 0 <= rate < 1
  std::string name;
};
// While training sets elements to 0 with probability rate and scales the rest by 1 / (1 - rate).
Layer Dropout(DropoutOptions options);

struct ActivationOptions {
  std::string activation;  // required
  std::string name;
};
Layer Activation(ActivationOptions options);

Layer Flatten(NamedOptions options = {});  // [batch, a, b, ..] -> [batch, a * b * ..]

struct ReshapeOptions {
  tf::Shape target_shape;  // without the batch; one -1 allowed
  std::string name;
};
Layer Reshape(ReshapeOptions options);

Layer GlobalAveragePooling1D(NamedOptions options = {});  // [batch, n, d] -> [batch, d]

struct LambdaOptions {
  // Any TensorFlow ops; must be differentiable by TensorFlow's C gradients where it lies on the way to weights.
  std::function<tf::Output(tf::Graph& graph, std::span<const tf::Output> inputs)> function;  // required
  tf::Shape output_shape;                                                                    // without the batch
  tf::DataType output_dtype = kFloat32;
  std::string name;
};
Layer Lambda(LambdaOptions options);

}  // namespace keras

#endif  // TFX_TRAINER_LAYERS_H_
