#include "tfx/data_validation/generators/partitioned_stats.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "tfx/base/digest.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/row_sample.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// Least first. `values` not empty.
struct Summary {
  explicit Summary(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t n = values.size();
    min = values.front();
    max = values.back();
    mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
    median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    std_dev = std::sqrt(squares / static_cast<double>(n));
  }
  double min, max, mean, median, std_dev;
};

class NonStreamingCustomStatsGenerator final : public StatsGenerator {
 public:
  explicit NonStreamingCustomStatsGenerator(const NonStreamingCustomStatsGeneratorOptions& options)
      : options_(options), parts_(options.num_partitions, RowSample(options.max_examples_per_partition)) {}

  std::string_view name() const override { return options_.name; }
  std::unique_ptr<StatsGenerator> Clone() const override {
    return std::make_unique<NonStreamingCustomStatsGenerator>(*this);
  }

  absl::Status Add(const StatsBatch& batch) override {
    if (batch.rows.num_rows() == 0) return absl::OkStatus();
    RETURN_IF_ERROR(types_.Add(*batch.rows.schema()));
    std::vector<std::vector<int64_t>> rows(parts_.size());
    std::vector<std::vector<RowSample::Id>> ids(parts_.size());
    // One hash says where a row goes, another whether it stays there.
    const uint64_t part_seed = options_.seed ^ Fingerprint64("partition");
    const uint64_t sample_seed = options_.seed ^ Fingerprint64("sample");
    for (int64_t row = 0; row < batch.rows.num_rows(); ++row) {
      const int64_t number = batch.row_number(row);
      const size_t part = RowKey(number, part_seed) % parts_.size();
      rows[part].push_back(row);
      ids[part].push_back({RowKey(number, sample_seed), number});
    }
    for (size_t part = 0; part < parts_.size(); ++part) {
      RETURN_IF_ERROR(parts_[part].Add(batch.rows, rows[part], ids[part]));
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<NonStreamingCustomStatsGenerator>(other));
    RETURN_IF_ERROR(types_.Add(arrow::Schema(same->types_.fields())));
    for (size_t part = 0; part < parts_.size(); ++part) RETURN_IF_ERROR(parts_[part].Merge(same->parts_[part]));
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    for (const RowSample& part : parts_) out.Bytes(part.Serialize(types_));
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    NonStreamingCustomStatsGenerator parsed(options_);
    for (RowSample& part : parsed.parts_) RETURN_IF_ERROR(part.ParseFrom(in.Bytes(), &parsed.types_));
    if (!in.ok()) return absl::DataLossError(absl::StrCat("not a state of ", options_.name));
    *this = std::move(parsed);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    std::map<FeaturePath, std::map<std::string, std::vector<double>>> values;
    for (const RowSample& part : parts_) {
      ASSIGN_OR_RETURN(const std::shared_ptr<arrow::RecordBatch> rows, part.Rows(types_));
      if (rows == nullptr) continue;
      auto stats = options_.stats_fn->Compute(*rows);
      RETURN_IF_ERROR(Annotate(stats.status(), options_.name));
      for (const auto& feature : stats->features()) {
        for (const auto& stat : feature.custom_stats()) {
          values[PathFromProto(feature.path())][stat.name()].push_back(stat.num());
        }
      }
    }
    for (const auto& [path, stats] : values) {
      for (const auto& [name, partition_values] : stats) {
        if (static_cast<int>(partition_values.size()) < options_.min_partitions_stat_presence) continue;
        const Summary summary(partition_values);
        auto* feature = FindOrAddFeature(path, dataset);
        const std::pair<const char*, double> numbers[] = {
            {"min_", summary.min},         {"max_", summary.max},
            {"mean_", summary.mean},       {"median_", summary.median},
            {"std_dev_", summary.std_dev}, {"num_partitions_", static_cast<double>(partition_values.size())}};
        for (const auto& [prefix, number] : numbers) {
          auto* stat = feature->add_custom_stats();
          stat->set_name(absl::StrCat(prefix, name));
          stat->set_num(number);
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  NonStreamingCustomStatsGeneratorOptions options_;
  ColumnTypes types_;
  std::vector<RowSample> parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNonStreamingCustomStatsGenerator(
    const NonStreamingCustomStatsGeneratorOptions& options) {
  if (options.stats_fn == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(options.name, ": stats_fn is needed"));
  const std::pair<const char*, int64_t> sizes[] = {
      {"num_partitions", options.num_partitions},
      {"min_partitions_stat_presence", options.min_partitions_stat_presence},
      {"max_examples_per_partition", options.max_examples_per_partition}};
  for (const auto& [option, value] : sizes) {
    if (value < 1) {
      return absl::InvalidArgumentError(absl::StrCat(options.name, ": ", option, " must be at least 1, not ", value));
    }
  }
  return std::make_unique<NonStreamingCustomStatsGenerator>(options);
}

}  // namespace tfx::tfdv
