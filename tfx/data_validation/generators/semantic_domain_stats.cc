#include "tfx/data_validation/generators/semantic_domain_stats.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/generators/image_stats.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/nl_domain_inferring_stats.h"
#include "tfx/data_validation/generators/take_rows.h"
#include "tfx/data_validation/generators/time_stats.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

class SemanticDomainStatsGenerator final : public StatsGenerator {
 public:
  SemanticDomainStatsGenerator(const SemanticDomainStatsGeneratorOptions& options, StatsGenerators parts)
      // Another generator with the same seed draws other rows.
      : rate_(options.sample_rate), seed_(options.seed ^ Fingerprint64(name())), parts_(std::move(parts)) {}

  std::string_view name() const override { return "SemanticDomainStatsGenerator"; }

  std::unique_ptr<StatsGenerator> Clone() const override {
    StatsGenerators parts;
    for (const auto& part : parts_) parts.push_back(part->Clone());
    auto clone =
        std::make_unique<SemanticDomainStatsGenerator>(SemanticDomainStatsGeneratorOptions{}, std::move(parts));
    clone->rate_ = rate_;
    clone->seed_ = seed_;
    return clone;
  }

  absl::Status Add(const StatsBatch& batch) override {
    if (rate_ >= 1) return AddToParts(batch);
    std::vector<int64_t> rows, row_numbers;
    for (int64_t row = 0; row < batch.rows.num_rows(); ++row) {
      if (!IsSampled(batch.row_number(row), rate_, seed_)) continue;
      rows.push_back(row);
      row_numbers.push_back(batch.row_number(row));
    }
    if (rows.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::shared_ptr<arrow::RecordBatch> sample, TakeRows(batch.rows, rows));
    StatsOptions options;
    options.feature_allowlist.emplace();
    for (const FeatureColumn& column : batch.features) {
      if (column.path.size() == 1) options.feature_allowlist->push_back(column.path[0]);
    }
    std::vector<FeatureColumn> features;
    RETURN_IF_ERROR(VisitFeatures(*sample, options, [&](const FeatureColumn& column) {
      features.push_back(column);
      return absl::OkStatus();
    }));
    return AddToParts({.rows = *sample, .features = features, .row_numbers = row_numbers});
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<SemanticDomainStatsGenerator>(other));
    for (size_t i = 0; i < parts_.size(); ++i) RETURN_IF_ERROR(parts_[i]->Merge(*same->parts_[i]));
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    for (const auto& part : parts_) out.Bytes(part->Serialize());
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    StatsGenerators parts;
    for (const auto& part : parts_) {
      parts.push_back(part->Clone());
      RETURN_IF_ERROR(parts.back()->ParseFrom(in.Bytes()));
    }
    if (!in.ok()) return absl::DataLossError(absl::StrCat("not a state of ", std::string(name())));
    parts_ = std::move(parts);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    for (const auto& part : parts_) RETURN_IF_ERROR(part->Write(dataset));
    return absl::OkStatus();
  }

 private:
  absl::Status AddToParts(const StatsBatch& batch) {
    for (const auto& part : parts_) RETURN_IF_ERROR(part->Add(batch));
    return absl::OkStatus();
  }

  double rate_;
  uint64_t seed_;
  StatsGenerators parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeSemanticDomainStatsGenerator(
    const SemanticDomainStatsGeneratorOptions& options) {
  if (!(options.sample_rate > 0 && options.sample_rate <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("semantic_domain_stats_sample_rate must be above 0 and at most 1, not ", options.sample_rate));
  }
  StatsGenerators parts(3);
  ASSIGN_OR_RETURN(parts[0], MakeImageStatsGenerator({}));
  ASSIGN_OR_RETURN(parts[1], MakeNLDomainInferringStatsGenerator({}));
  ASSIGN_OR_RETURN(parts[2], MakeTimeStatsGenerator({}));
  return std::make_unique<SemanticDomainStatsGenerator>(options, std::move(parts));
}

}  // namespace tfx::tfdv
