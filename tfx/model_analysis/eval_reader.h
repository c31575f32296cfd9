// Reads evaluations back, ours or TFMA's (older names "metrics", "plots" too), for the CLI and reports.
//
//   ASSIGN_OR_RETURN(EvalResult result, LoadEvalResult(uri));
//   for (const SliceMetric& s : WorstSlices(result, "auc", {.count = 5})) ...
#ifndef TFX_MODEL_ANALYSIS_EVAL_READER_H_
#define TFX_MODEL_ANALYSIS_EVAL_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/model_analysis/analyze.h"
#include "tfx/model_analysis/metric.h"
#include "tfx/model_analysis/slicing.h"

namespace tfx::tfma {

// NOT_FOUND when the folder has no metrics file; DATA_LOSS names a damaged file. Plots are read only when asked for.
enum class ReadPlots { kNo, kYes };
absl::StatusOr<EvalResult> LoadEvalResult(std::string_view directory, ReadPlots plots = ReadPlots::kNo);

struct SliceMetric {
  SliceKey slice;
  double value = 0;
  std::optional<double> example_count;
};

struct WorstSlicesOptions {
  int count = 10;
  std::string model_name;   // "": the only model, or the candidate (the first that is not the baseline)
  double min_examples = 0;  // slices with fewer are left out
  // Losses and errors are worst when high, other metrics when low. Unset: decided by the metric's name.
  std::optional<bool> higher_is_worse;
};

// Whether the metric is a loss, an error or a rate of errors, by its name.
bool HigherIsWorse(std::string_view metric);

// Worst first; NaN values and the overall slice are left out; ties by slice key.
std::vector<SliceMetric> WorstSlices(const EvalResult& result, std::string_view metric,
                                     const WorstSlicesOptions& options = {});

// A number of one slice (the overall one by default). nullopt when absent or not a number.
std::optional<double> FindMetric(const EvalResult& result, std::string_view metric, const SliceKey& slice = {},
                                 std::string_view model_name = "");

// The names of the metrics that are numbers, in the order of the file's first slice.
std::vector<std::string> NumericMetricNames(const EvalResult& result);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_EVAL_READER_H_
