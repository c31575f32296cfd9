// What differs inside the evaluations, statistics and schemas of runs, for `tfx run compare`: the slices of a metric,
// the features whose values drifted, the fields of a schema. Every run is compared with the first one.
#ifndef TFX_CLI_RUN_COMPARE_DETAILS_H_
#define TFX_CLI_RUN_COMPARE_DETAILS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/model_analysis/eval_reader.h"

namespace tfx::cli {

// Of one run, by name: "Evaluator.evaluation"; of statistics with the split, "StatisticsGen.statistics of eval".
struct RunDetails {
  std::map<std::string, tfma::EvalResult> evaluations;
  std::map<std::string, ::tensorflow::metadata::v0::DatasetFeatureStatisticsList> statistics;
  std::map<std::string, ::tensorflow::metadata::v0::Schema> schemas;
};

struct DetailOptions {
  int slices = 5;            // of each evaluation, at most; -1: all, 0: none
  std::string slice_metric;  // by which slices are compared; "": the evaluation's first that is no count
  double min_examples = 1;   // slices with fewer in one of the runs are left out
  int features = 5;          // drifted ones of each split, at most; -1: all, 0: none
};

struct DetailDifference {
  std::string name;
  std::vector<std::optional<std::string>> values;  // one a run; nullopt: it has none
};

struct Details {
  std::vector<DetailDifference> slices;  // what became worse most first; slices that not all runs have come last
  std::vector<DetailDifference> drift;   // by evaluation or split, the farthest first; the first run's value is "0"
  std::vector<DetailDifference> schema;  // in the order of the schema
  std::vector<std::string> notes;        // what was left out by the limits, and what could not be compared
};

// INVALID_ARGUMENT where no evaluation has the metric asked for; it names the nearest.
absl::StatusOr<Details> CompareDetails(const std::vector<RunDetails>& runs, const DetailOptions& options);

}  // namespace tfx::cli

#endif  // TFX_CLI_RUN_COMPARE_DETAILS_H_
