// The accumulators behind analyzers: what a pass over the data keeps, and what it comes to.
//
// An AnalyzerState is a polymorphic accumulator of tensors; AnalyzerSet puts all analyzers of a phase into the one
// value type that tfx::Engine::Aggregate folds (contract: tfx/engine/accumulator.h). To add an analyzer: one state
// class, one function in analyzers.h that makes a node for it (Trace::AddAnalyzer). States are thread-compatible.
#ifndef TFX_TRANSFORM_ANALYZER_STATE_H_
#define TFX_TRANSFORM_ANALYZER_STATE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/tensor.h"

namespace tft {

struct AnalyzerResult {
  std::vector<::tfx::tf::Tensor> values;     // one per output; of a vocabulary all but the first, its file name
  std::optional<std::string> file_contents;  // of a vocabulary
};

class AnalyzerState {
 public:
  virtual ~AnalyzerState() = default;
  virtual std::unique_ptr<AnalyzerState> Clone() const = 0;
  // The analyzer's input tensors for one batch of rows. INVALID_ARGUMENT when rows have another shape than before.
  virtual absl::Status Add(std::span<const ::tfx::tf::Tensor> inputs) = 0;
  // `other` is of the same class and options.
  virtual absl::Status Merge(const AnalyzerState& other) = 0;
  virtual std::string Serialize() const = 0;
  virtual absl::Status ParseFrom(std::string_view bytes) = 0;
  virtual absl::StatusOr<AnalyzerResult> Finish() const = 0;
  // Kind and options in text: part of the analyzer cache's key, so that it changes whenever the state's meaning does.
  virtual std::string Attributes() const = 0;
};

// One batch: the inputs of each analyzer of the set, in its order.
using AnalyzerBatch = std::vector<std::vector<::tfx::tf::Tensor>>;

// An accumulator over AnalyzerBatch.
class AnalyzerSet {
 public:
  // `names` go into error messages.
  AnalyzerSet(std::vector<std::string> names, std::vector<std::unique_ptr<AnalyzerState>> states)
      : names_(std::move(names)), states_(std::move(states)) {}
  AnalyzerSet(const AnalyzerSet& other);
  AnalyzerSet& operator=(const AnalyzerSet& other);
  AnalyzerSet(AnalyzerSet&&) = default;
  AnalyzerSet& operator=(AnalyzerSet&&) = default;

  absl::Status Add(const AnalyzerBatch& batch);
  absl::Status Merge(const AnalyzerSet& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  size_t size() const { return states_.size(); }
  const AnalyzerState& state(size_t i) const { return *states_[i]; }

 private:
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<AnalyzerState>> states_;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYZER_STATE_H_
