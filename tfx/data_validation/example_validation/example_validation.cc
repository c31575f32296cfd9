#include "tfx/data_validation/example_validation/example_validation.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/anomaly_reason.h"
#include "tfx/data_validation/generators/take_rows.h"
#include "tfx/data_validation/statistics/generate.h"
#include "tfx/data_validation/statistics/mixed_examples.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// What says something about a data set only (the list is TFDV's).
bool IsAboutDataSets(AnomalyInfo::Type type) {
  switch (type) {
    case AnomalyInfo::FEATURE_TYPE_LOW_FRACTION_PRESENT:
    case AnomalyInfo::FEATURE_TYPE_LOW_NUMBER_PRESENT:
    case AnomalyInfo::FEATURE_TYPE_NOT_PRESENT:
    case AnomalyInfo::SCHEMA_TRAINING_SERVING_SKEW:
    case AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING:
    case AnomalyInfo::COMPARATOR_TREATMENT_DATA_MISSING:
    case AnomalyInfo::COMPARATOR_L_INFTY_HIGH:
    case AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH:
    case AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH:
    case AnomalyInfo::NO_DATA_IN_SPAN:
    case AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES:
    case AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES:
    case AnomalyInfo::DATASET_LOW_NUM_EXAMPLES:
    case AnomalyInfo::DATASET_HIGH_NUM_EXAMPLES:
      return true;
    default:
      return false;
  }
}

// A batch may be free of anomalies of which one of its examples, by itself, is not.
bool NeedsEachExample(const google::protobuf::RepeatedPtrField<v0::Feature>& features) {
  return std::any_of(features.begin(), features.end(), [](const v0::Feature& feature) {
    return feature.has_unique_constraints() || feature.has_distribution_constraints() ||
           feature.image_domain().has_minimum_supported_image_fraction() || feature.has_natural_language_domain() ||
           NeedsEachExample(feature.struct_domain().feature());
  });
}

// The schema with what it says about the presence of single examples: the features that every example must have.
void KeepPresenceOfExamples(bool tfdv_compat, v0::Schema* schema) {
  for (v0::Feature& feature : *schema->mutable_feature()) {
    const v0::FeaturePresence& presence = feature.presence();
    const bool everywhere =
        presence.min_fraction() >= 1 || (tfdv_compat && (presence.min_fraction() > 0 || presence.min_count() > 0));
    feature.clear_presence();
    if (everywhere) feature.mutable_presence()->set_min_fraction(1);
  }
}

bool IsAbsence(AnomalyInfo::Type type) {
  return type == AnomalyInfo::SCHEMA_MISSING_COLUMN || type == AnomalyInfo::FEATURE_TYPE_NOT_PRESENT ||
         type == AnomalyInfo::FEATURE_TYPE_LOW_FRACTION_PRESENT;
}

// A column that has no value in these rows is no column of theirs.
void DropAbsentFeatures(v0::DatasetFeatureStatistics* dataset) {
  auto* features = dataset->mutable_features();
  features->erase(std::remove_if(features->begin(), features->end(),
                                 [](const v0::FeatureNameStatistics& feature) {
                                   const v0::CommonStatistics& common =
                                       feature.has_num_stats()      ? feature.num_stats().common_stats()
                                       : feature.has_bytes_stats()  ? feature.bytes_stats().common_stats()
                                       : feature.has_struct_stats() ? feature.struct_stats().common_stats()
                                                                    : feature.string_stats().common_stats();
                                   return feature.custom_stats().empty() && common.num_non_missing() == 0;
                                 }),
                  features->end());
}

// Every value of a batch is seen, not the most frequent ones alone.
StatsOptions InstanceOptions(const ExampleValidationOptions& options) {
  StatsOptions instance = options.stats_options;
  instance.schema = options.schema;
  instance.num_top_values = 0;
  instance.num_rank_histogram_buckets = std::numeric_limits<int>::max();
  instance.frequency_threshold = 1;
  instance.weight_feature.clear();
  instance.per_feature_weight_override.clear();
  instance.sample_rate.reset();
  instance.slicing_config.reset();
  instance.experimental_slice_functions.clear();
  instance.generators.clear();
  instance.label_feature.clear();
  return instance;
}

// Which findings stay: those that make the examples of a batch suspicious, or those of the batch.
enum class Keep { kSuspicions, kFindings };

absl::StatusOr<v0::Anomalies> Validate(const dataset::RecordBatchPtr& rows, Keep keep,
                                       const std::shared_ptr<const StatsPlan>& plan, const v0::Schema& schema,
                                       const ValidationOptions& options) {
  DatasetStatsAccumulator accumulator(plan);
  RETURN_IF_ERROR(accumulator.Add(rows));
  v0::DatasetFeatureStatisticsList statistics;
  ASSIGN_OR_RETURN(*statistics.add_datasets(), accumulator.ToProto());
  DropAbsentFeatures(statistics.mutable_datasets(0));
  ASSIGN_OR_RETURN(v0::Anomalies anomalies, ValidateStatistics(statistics, schema, options));
  anomalies.clear_baseline();
  anomalies.clear_dataset_anomaly_info();
  anomalies.clear_drift_skew_info();
  for (auto it = anomalies.mutable_anomaly_info()->begin(); it != anomalies.mutable_anomaly_info()->end();) {
    AnomalyReasons kept;
    for (AnomalyReason& reason : ReasonsOf(it->second)) {
      if (!IsAboutDataSets(reason.type) || (keep == Keep::kSuspicions && IsAbsence(reason.type))) {
        kept.push_back(std::move(reason));
      }
    }
    if (kept.empty()) {
      it = anomalies.mutable_anomaly_info()->erase(it);
      continue;
    }
    const v0::Path path = it->second.path();
    it->second = ToAnomalyInfo(std::move(kept), it->second.severity());
    *it->second.mutable_path() = path;
    ++it;
  }
  return anomalies;
}

absl::Status CheckOptions(const ExampleValidationOptions& options) {
  if (options.schema == nullptr) return absl::InvalidArgumentError("validating examples needs a schema");
  if (options.max_named_examples < 0) return absl::InvalidArgumentError("max_named_examples must not be negative");
  const ValidationOptions& validation = options.validation;
  if (validation.previous_span_statistics != nullptr || validation.serving_statistics != nullptr ||
      validation.previous_version_statistics != nullptr || validation.custom_validation_config != nullptr) {
    return absl::InvalidArgumentError(
        "examples cannot be compared with other data sets or meet custom validations; validate their statistics");
  }
  return absl::OkStatus();
}

}  // namespace

struct ExampleValidationAccumulator::Plan {
  std::shared_ptr<const v0::Schema> schema;
  ValidationOptions validation;
  int64_t max_named_examples = 0;
  bool each_example = false;
  std::shared_ptr<const StatsPlan> instance;    // of rows under suspicion
  std::shared_ptr<const StatsPlan> statistics;  // of the result
};

absl::StatusOr<v0::Anomalies> ValidateInstance(const dataset::RecordBatchPtr& batch,
                                               const ExampleValidationOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (batch == nullptr) return absl::InvalidArgumentError("no batch");
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(InstanceOptions(options)));
  return Validate(batch, Keep::kFindings, plan, *options.schema, options.validation);
}

absl::StatusOr<ExampleValidationAccumulator> ExampleValidationAccumulator::Make(
    const ExampleValidationOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  auto plan = std::make_shared<Plan>();
  auto schema = std::make_shared<v0::Schema>(*options.schema);
  KeepPresenceOfExamples(options.validation.tfdv_compat, schema.get());
  plan->schema = std::move(schema);
  plan->validation = options.validation;
  plan->max_named_examples = options.max_named_examples;
  plan->each_example = NeedsEachExample(options.schema->feature());
  ASSIGN_OR_RETURN(plan->instance, MakeStatsPlan(InstanceOptions(options)));
  StatsOptions statistics = options.stats_options;
  statistics.schema = options.schema;
  ASSIGN_OR_RETURN(plan->statistics, MakeStatsPlan(statistics));
  return ExampleValidationAccumulator(std::move(plan));
}

absl::Status ExampleValidationAccumulator::Add(const std::vector<PlacedRows>& batches) {
  for (const PlacedRows& batch : batches) {
    if (batch.rows == nullptr) return absl::InvalidArgumentError("no batch");
    num_examples_ += batch.rows->num_rows();
    if (!plan_->each_example) {
      RETURN_IF_ERROR(AddRows(batch, 0, batch.rows->num_rows()));
      continue;
    }
    for (int64_t row = 0; row < batch.rows->num_rows(); ++row) RETURN_IF_ERROR(AddRows(batch, row, row + 1));
  }
  return absl::OkStatus();
}

absl::Status ExampleValidationAccumulator::AddRows(const PlacedRows& batch, int64_t begin, int64_t end) {
  if (begin == end) return absl::OkStatus();
  std::vector<int64_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), begin);
  ASSIGN_OR_RETURN(const dataset::RecordBatchPtr some, TakeRows(*batch.rows, rows));
  ASSIGN_OR_RETURN(const v0::Anomalies anomalies,
                   Validate(some, Keep::kSuspicions, plan_->instance, *plan_->schema, plan_->validation));
  if (anomalies.anomaly_info().empty()) return absl::OkStatus();
  if (end - begin == 1) return Record(batch, begin, anomalies);
  const int64_t middle = begin + (end - begin) / 2;
  RETURN_IF_ERROR(AddRows(batch, begin, middle));
  return AddRows(batch, middle, end);
}

absl::Status ExampleValidationAccumulator::Record(const PlacedRows& batch, int64_t row,
                                                  const v0::Anomalies& anomalies) {
  const int64_t number = batch.row_numbers.empty() ? batch.first_row + row : batch.row_numbers[row];
  ++num_anomalous_;
  AnomalousExample example{.row = number};
  std::map<std::string, bool> slices;
  for (const auto& [path, info] : anomalies.anomaly_info()) {
    example.anomalies[path] = info;
    for (const AnomalyInfo::Reason& reason : info.reason()) {
      slices[absl::StrCat(path, "_", AnomalyInfo::Type_Name(reason.type()))] = true;
    }
  }
  if (static_cast<int64_t>(examples_.size()) < plan_->max_named_examples) examples_.push_back(std::move(example));
  ASSIGN_OR_RETURN(const dataset::RecordBatchPtr one, TakeRows(*batch.rows, {row}));
  for (const auto& [slice, unused] : slices) {
    RETURN_IF_ERROR(statistics_.try_emplace(slice, plan_->statistics).first->second.Add(one, {number}));
  }
  return absl::OkStatus();
}

absl::Status ExampleValidationAccumulator::Merge(const ExampleValidationAccumulator& other) {
  num_examples_ += other.num_examples_;
  num_anomalous_ += other.num_anomalous_;
  examples_.insert(examples_.end(), other.examples_.begin(), other.examples_.end());
  std::stable_sort(examples_.begin(), examples_.end(),
                   [](const AnomalousExample& a, const AnomalousExample& b) { return a.row < b.row; });
  if (static_cast<int64_t>(examples_.size()) > plan_->max_named_examples) examples_.resize(plan_->max_named_examples);
  for (const auto& [slice, statistics] : other.statistics_) {
    const auto [it, is_new] = statistics_.try_emplace(slice, statistics);
    if (!is_new) RETURN_IF_ERROR(it->second.Merge(statistics));
  }
  return absl::OkStatus();
}

std::string ExampleValidationAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(static_cast<uint64_t>(num_examples_));
  out.Integer(static_cast<uint64_t>(num_anomalous_));
  out.Integer(examples_.size());
  for (const AnomalousExample& example : examples_) {
    out.Integer(static_cast<uint64_t>(example.row));
    out.Integer(example.anomalies.size());
    for (const auto& [path, info] : example.anomalies) {
      out.Bytes(path);
      out.Bytes(info.SerializeAsString());
    }
  }
  out.Integer(statistics_.size());
  for (const auto& [slice, statistics] : statistics_) {
    out.Bytes(slice);
    out.Bytes(statistics.Serialize());
  }
  return out.Take();
}

absl::Status ExampleValidationAccumulator::ParseFrom(std::string_view bytes) {
  const absl::Status bad = absl::DataLossError("not a state of an example validation");
  sketches::StateReader in(bytes);
  ExampleValidationAccumulator parsed(plan_);
  parsed.num_examples_ = static_cast<int64_t>(in.Integer());
  parsed.num_anomalous_ = static_cast<int64_t>(in.Integer());
  parsed.examples_.resize(in.Count(16));
  for (AnomalousExample& example : parsed.examples_) {
    example.row = static_cast<int64_t>(in.Integer());
    const uint64_t num_anomalies = in.Count(16);
    for (uint64_t i = 0; i < num_anomalies; ++i) {
      const std::string path(in.Bytes());
      const std::string_view info = in.Bytes();
      if (!example.anomalies[path].ParseFromArray(info.data(), static_cast<int>(info.size()))) return bad;
    }
  }
  const uint64_t num_slices = in.Count(16);
  for (uint64_t i = 0; i < num_slices; ++i) {
    const std::string slice(in.Bytes());
    RETURN_IF_ERROR(parsed.statistics_.try_emplace(slice, plan_->statistics).first->second.ParseFrom(in.Bytes()));
  }
  if (!in.ok()) return bad;
  *this = std::move(parsed);
  return absl::OkStatus();
}

absl::StatusOr<ExampleValidationResult> ExampleValidationAccumulator::Finish() const {
  ExampleValidationResult result{
      .num_examples = num_examples_, .num_anomalous_examples = num_anomalous_, .examples = examples_};
  for (const auto& [slice, statistics] : statistics_) {
    ASSIGN_OR_RETURN(*result.statistics.add_datasets(), statistics.ToProto());
    result.statistics.mutable_datasets(result.statistics.datasets_size() - 1)->set_name(slice);
  }
  return result;
}

absl::StatusOr<ExampleValidationResult> ValidateExamples(const ShardSource<io::Records>& examples,
                                                         const ExampleValidationOptions& options,
                                                         const Engine& engine) {
  ASSIGN_OR_RETURN(const ExampleValidationAccumulator empty, ExampleValidationAccumulator::Make(options));
  using Shard = NumberedShard<io::Records>;
  const auto numbered = NumberRows(examples, [](const io::Records& records) { return records.size(); });
  ASSIGN_OR_RETURN(const ExampleValidationAccumulator total,
                   engine.Aggregate(
                       numbered,
                       [](const Shard& shard) {
                         return DecodeMixedExamples(shard.shard, dataset::DecodeOptions(), shard.first_row);
                       },
                       empty));
  return total.Finish();
}

}  // namespace tfx::tfdv
