// Which examples contradict the schema: TFDV's validate_instance, validate_examples_in_tfrecord and _in_csv.
//
//   ASSIGN_OR_RETURN(auto found, ValidateExamples(dataset::ReadRecords(files), {.schema = schema}, engine));
//   for (const AnomalousExample& example : found.examples) ...   // row 17: fare is missing
//
// An example is validated as a data set of its own; what only makes sense for a whole data set (how many examples have
// a feature, distributions, number of examples) is left out. Instead of one by one, examples are validated in batches,
// and a batch with anomalies is halved until the examples are found; the answers are the same. Where the schema asks
// for what a batch may satisfy although an example does not (min_domain_mass, unique_constraints, supported images,
// coverage of natural language), every example is validated by itself, which is slow.
//
// A feature that the schema wants in every example (presence.min_fraction 1; with tfdv_compat: any required feature)
// and that an example lacks is SCHEMA_MISSING_COLUMN.
//
// Memory: batches in flight, the named examples (max_named_examples) and statistics per kind of anomaly and feature.
// The result does not depend on threads or batches. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_VALIDATION_H_
#define TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_VALIDATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/statistics/stats_accumulator.h"
#include "tfx/dataset/examples.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

struct ExampleValidationOptions {
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;  // required
  // environment, severity_overrides, new_features_are_warnings, features_needed, tfdv_compat; data sets to compare with
  // and custom validations must not be set.
  ValidationOptions validation;
  StatsOptions stats_options;         // of the statistics in the result; its schema is the one above
  int64_t max_named_examples = 1000;  // the first ones; others are counted only
};

struct AnomalousExample {
  int64_t row = 0;                                                           // its place in the input, from 0 on
  std::map<std::string, ::tensorflow::metadata::v0::AnomalyInfo> anomalies;  // by path of the feature
};

struct ExampleValidationResult {
  int64_t num_examples = 0;
  int64_t num_anomalous_examples = 0;
  std::vector<AnomalousExample> examples;  // in the order of rows
  // One data set per feature and kind of anomaly, named "<feature>_<ANOMALY_TYPE>": the statistics of those examples.
  ::tensorflow::metadata::v0::DatasetFeatureStatisticsList statistics;
};

// The anomalies of the rows of a batch as a data set, without those that are about presence, distributions and the
// number of examples.
absl::StatusOr<::tensorflow::metadata::v0::Anomalies> ValidateInstance(const dataset::RecordBatchPtr& batch,
                                                                       const ExampleValidationOptions& options);

// Batch: std::vector<PlacedRows>.
class ExampleValidationAccumulator {
 public:
  // INVALID_ARGUMENT: no schema, or options that do not fit.
  static absl::StatusOr<ExampleValidationAccumulator> Make(const ExampleValidationOptions& options);

  absl::Status Add(const std::vector<PlacedRows>& batches);
  absl::Status Merge(const ExampleValidationAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  absl::StatusOr<ExampleValidationResult> Finish() const;

 private:
  struct Plan;
  explicit ExampleValidationAccumulator(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}
  absl::Status AddRows(const PlacedRows& batch, int64_t begin, int64_t end);
  absl::Status Record(const PlacedRows& batch, int64_t row, const ::tensorflow::metadata::v0::Anomalies& anomalies);

  std::shared_ptr<const Plan> plan_;
  int64_t num_examples_ = 0;
  int64_t num_anomalous_ = 0;
  std::vector<AnomalousExample> examples_;
  std::map<std::string, DatasetStatsAccumulator> statistics_;
};

// `examples`: shards of serialized tf.Examples. Errors as GenerateStatistics.
absl::StatusOr<ExampleValidationResult> ValidateExamples(const ShardSource<io::Records>& examples,
                                                         const ExampleValidationOptions& options, const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_VALIDATION_H_
