#include "tfx/data_validation/generators/weighted_feature_stats.h"

#include <string>
#include <utility>
#include <vector>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/row_lengths.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct WeightedFeature {
  std::string name;
  FeaturePath weight;
  FeaturePath value;
  LengthDifference of_weight;
  LengthDifference of_value;
};

class WeightedFeatureStatsGenerator final : public StatsGenerator {
 public:
  explicit WeightedFeatureStatsGenerator(const v0::Schema& schema) {
    for (const v0::WeightedFeature& feature : schema.weighted_feature()) {
      features_.push_back(
          {feature.name(), PathFromProto(feature.weight_feature()), PathFromProto(feature.feature()), {}, {}});
    }
  }

  std::string_view name() const override { return "WeightedFeatureStatsGenerator"; }
  std::unique_ptr<StatsGenerator> Clone() const override {
    return std::make_unique<WeightedFeatureStatsGenerator>(*this);
  }

  absl::Status Add(const StatsBatch& batch) override {
    for (WeightedFeature& feature : features_) {
      const auto lengths = RowLengths(batch, {feature.weight, feature.value});
      if (!lengths.ok()) return Annotate(lengths.status(), Concat("weighted feature ", feature.name));
      for (size_t row = 0; row < (*lengths)[0].size(); ++row) {
        const int64_t weight = (*lengths)[0][row], value = (*lengths)[1][row];
        feature.of_weight.Add(weight, value);
        feature.of_value.Add(value, weight);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<WeightedFeatureStatsGenerator>(other));
    for (size_t i = 0; i < features_.size(); ++i) {
      features_[i].of_weight.Merge(same->features_[i].of_weight);
      features_[i].of_value.Merge(same->features_[i].of_value);
    }
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    for (const WeightedFeature& feature : features_) {
      feature.of_weight.Write(&out);
      feature.of_value.Write(&out);
    }
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    std::vector<WeightedFeature> features = features_;
    for (WeightedFeature& feature : features) {
      feature.of_weight.Read(&in);
      feature.of_value.Read(&in);
    }
    if (!in.ok()) return absl::DataLossError("not a state of WeightedFeatureStatsGenerator");
    features_ = std::move(features);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    for (const WeightedFeature& feature : features_) {
      v0::FeatureNameStatistics* proto = FindOrAddFeature({feature.name}, dataset);
      auto add = [&](const char* name, double number) {
        v0::CustomStatistic* statistic = proto->add_custom_stats();
        statistic->set_name(name);
        statistic->set_num(number);
      };
      add("missing_weight", static_cast<double>(feature.of_weight.num_missing));
      add("missing_value", static_cast<double>(feature.of_value.num_missing));
      add("min_weight_length_diff", feature.of_weight.min_or_zero());
      add("max_weight_length_diff", feature.of_weight.max_or_zero());
    }
    return absl::OkStatus();
  }

 private:
  std::vector<WeightedFeature> features_;
};

}  // namespace

std::unique_ptr<StatsGenerator> MakeWeightedFeatureStatsGenerator(const v0::Schema& schema) {
  if (schema.weighted_feature().empty()) return nullptr;
  return std::make_unique<WeightedFeatureStatsGenerator>(schema);
}

}  // namespace tfx::tfdv
