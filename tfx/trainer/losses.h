// Losses with Keras's formulas. The value of a batch is the mean over its rows of the row's loss (times its weight, if
// rows have weights), as Keras's sum_over_batch_size.
//
//   model.Compile({.loss = keras::BinaryCrossentropy({.label_smoothing = 0.1})});   or   .loss = "mse"
#ifndef TFX_TRAINER_LOSSES_H_
#define TFX_TRAINER_LOSSES_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/tensorflow/graph.h"

namespace keras {

// What a loss is computed from.
struct LossInputs {
  tfx::tf::Output label;       // float [batch, width of the output]; int64 [batch] for a loss of class ids
  tfx::tf::Output prediction;  // float [batch, width], the model's output
  // Input of the sigmoid or softmax that made `prediction`, when it was made by one; else invalid. Cross entropies use
  // it, as Keras does, because it loses no digits near 0 and 1.
  tfx::tf::Output logits;
  std::string_view activation;  // "sigmoid", "softmax" or ""; says what `logits` means
};

enum class LabelKind {
  kLikeOutput,  // one number per element of the model's output
  kClassId,     // one integer per row, 0 <= id < width of the output
};

class LossBase {
 public:
  virtual ~LossBase() = default;
  virtual std::string name() const = 0;  // "binary_crossentropy"
  virtual LabelKind label_kind() const { return LabelKind::kLikeOutput; }
  // The loss of each row, [batch].
  virtual tfx::tf::Output PerRow(tfx::tf::Graph& graph, const LossInputs& inputs) const = 0;
  // OK, or INVALID_ARGUMENT when a model with this output width cannot have this loss, or an option is out of range.
  virtual absl::Status Check(int64_t output_width) const { return absl::OkStatus(); }
};

class Loss {
 public:
  Loss() = default;        // none
  Loss(const char* name);  // NOLINT: by Keras's name or alias, with default options; unknown: status()
  Loss(const std::string& name) : Loss(name.c_str()) {}  // NOLINT
  explicit Loss(std::shared_ptr<const LossBase> loss) : loss_(std::move(loss)) {}
  const absl::Status& status() const { return status_; }
  const LossBase* get() const { return loss_.get(); }
  const LossBase* operator->() const { return loss_.get(); }

 private:
  std::shared_ptr<const LossBase> loss_;
  absl::Status status_;
};

struct CrossentropyOptions {
  bool from_logits = false;   // the model's output has no sigmoid / softmax yet
  float label_smoothing = 0;  // 0..1; labels become y (1 - s) + s / classes (s / 2 when binary)
};
// Mean over the output of -(y ln p + (1 - y) ln(1 - p)); p is clipped to [1e-7, 1 - 1e-7] where no logits are known.
Loss BinaryCrossentropy(CrossentropyOptions options = {});
// -sum(y ln p) over the output; p is divided by its sum and clipped to [1e-7, 1 - 1e-7] where no logits are known.
Loss CategoricalCrossentropy(CrossentropyOptions options = {});
struct SparseCrossentropyOptions {
  bool from_logits = false;
};
// -ln p[label]; the label is a class id.
Loss SparseCategoricalCrossentropy(SparseCrossentropyOptions options = {});
Loss MeanSquaredError();
Loss MeanAbsoluteError();
struct HuberOptions {
  float delta = 1;  // > 0
};
Loss Huber(HuberOptions options = {});
// Mean of y_pred - y ln(y_pred + 1e-7).
Loss Poisson();

// Names that Loss takes, sorted, with Keras's short forms (mse, mae).
std::vector<std::string> LossNames();

}  // namespace keras

#endif  // TFX_TRAINER_LOSSES_H_
