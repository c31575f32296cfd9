// An EvalConfig's metrics as a list of shared accumulations and the values made from them, and the accumulator that
// runs the list over batches, slice by slice.
#ifndef TFX_MODEL_ANALYSIS_METRICS_PLAN_H_
#define TFX_MODEL_ANALYSIS_METRICS_PLAN_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tfx/model_analysis/extract.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {

struct MetricsPlan {
  std::vector<InputSpec> inputs;  // distinct
  struct Planned {
    std::string name;
    size_t input;
    std::function<std::unique_ptr<State>()> make;
  };
  std::vector<Planned> accumulations;
  struct Output {
    std::vector<size_t> accumulations;
    std::function<absl::Status(std::span<const State* const>, MetricValues*)> finish;
  };
  std::vector<Output> outputs;
  // Run after the outputs: averages over outputs.
  std::vector<std::function<void(MetricValues*)>> derived;
  std::string baseline_model;
  std::vector<std::string> candidate_models;
  std::set<ModelOutput> model_outputs;
  std::vector<ModelOutput> weighted_outputs;  // whose example weights are used; sorted
  std::set<std::string> features;
};

// `config` with defaults filled. INVALID_ARGUMENT: unknown metric or option, faulty binarize or aggregate settings.
absl::StatusOr<std::shared_ptr<const MetricsPlan>> PlanMetrics(const ::tensorflow_model_analysis::EvalConfig& config,
                                                               const ::tensorflow::metadata::v0::Schema* schema);

// The states of all slices: an accumulator (tfx/engine/accumulator.h) over ExtractBatch. State: what the accumulations
// keep, times the number of slices.
class EvalAccumulator {
 public:
  explicit EvalAccumulator(std::shared_ptr<const MetricsPlan> plan)
      : plan_(std::move(plan)), weights_(plan_->weighted_outputs.size()) {}
  EvalAccumulator(const EvalAccumulator& other);
  EvalAccumulator& operator=(const EvalAccumulator& other);
  EvalAccumulator(EvalAccumulator&&) = default;
  EvalAccumulator& operator=(EvalAccumulator&&) = default;

  // INVALID_ARGUMENT when an example does not fit a metric; names what is missing and the example's number in the data.
  absl::Status Add(const ExtractBatch& batch);
  absl::Status Merge(const EvalAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  struct Slice {
    int64_t num_examples = 0;
    std::vector<std::unique_ptr<State>> states;
  };
  const std::map<SliceKey, Slice>& slices() const { return slices_; }
  int64_t num_examples() const { return num_examples_; }

  // A column of weights may be absent altogether (every weight is 1), but not in some examples only. The first such
  // gap; ask when all examples were added: shards do not know of each other.
  struct WeightGap {
    ModelOutput of;
    int64_t example = 0;  // its number in the data, from 0
  };
  std::optional<WeightGap> FindWeightGap() const;

  // The values of one slice, with the differences between candidates and baseline.
  absl::StatusOr<MetricValues> Finish(const Slice& slice) const;

 private:
  Slice& SliceFor(const SliceKey& key);
  std::shared_ptr<const MetricsPlan> plan_;
  // Of one weighted output; the number of the first example without a weight, -1: none.
  struct Weights {
    bool any = false;
    int64_t first_missing = -1;
  };
  std::map<SliceKey, Slice> slices_;
  std::vector<Weights> weights_;  // as the plan's weighted_outputs
  int64_t num_examples_ = 0;
};

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_METRICS_PLAN_H_
