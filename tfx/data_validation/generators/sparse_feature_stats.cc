#include "tfx/data_validation/generators/sparse_feature_stats.h"

#include <set>
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

struct SparseFeature {
  FeaturePath path;
  std::vector<FeaturePath> parts;            // the value feature, then the index features by name
  std::vector<LengthDifference> difference;  // of each part to the value feature
};

// `container`: a schema or a struct domain.
template <class Container>
void Collect(const FeaturePath& parent, const Container& container, std::vector<SparseFeature>* features) {
  for (const v0::SparseFeature& sparse : container.sparse_feature()) {
    SparseFeature& feature = features->emplace_back();
    feature.path = ChildPath(parent, sparse.name());
    feature.parts.push_back(ChildPath(parent, sparse.value_feature().name()));
    std::set<std::string> indices;
    for (const auto& index : sparse.index_feature()) indices.insert(index.name());
    for (const std::string& index : indices) feature.parts.push_back(ChildPath(parent, index));
    feature.difference.resize(feature.parts.size());
  }
  for (const v0::Feature& feature : container.feature()) {
    if (feature.type() == v0::STRUCT) Collect(ChildPath(parent, feature.name()), feature.struct_domain(), features);
  }
}

class SparseFeatureStatsGenerator final : public StatsGenerator {
 public:
  explicit SparseFeatureStatsGenerator(std::vector<SparseFeature> features) : features_(std::move(features)) {}

  std::string_view name() const override { return "SparseFeatureStatsGenerator"; }
  std::unique_ptr<StatsGenerator> Clone() const override {
    return std::make_unique<SparseFeatureStatsGenerator>(*this);
  }

  absl::Status Add(const StatsBatch& batch) override {
    for (SparseFeature& feature : features_) {
      const auto lengths = RowLengths(batch, feature.parts);
      if (!lengths.ok()) return Annotate(lengths.status(), Concat("sparse feature ", SerializePath(feature.path)));
      for (size_t part = 0; part < feature.parts.size(); ++part) {
        for (size_t row = 0; row < (*lengths)[part].size(); ++row) {
          feature.difference[part].Add((*lengths)[part][row], (*lengths)[0][row]);
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<SparseFeatureStatsGenerator>(other));
    for (size_t i = 0; i < features_.size(); ++i) {
      for (size_t part = 0; part < features_[i].parts.size(); ++part) {
        features_[i].difference[part].Merge(same->features_[i].difference[part]);
      }
    }
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    for (const SparseFeature& feature : features_) {
      for (const LengthDifference& difference : feature.difference) difference.Write(&out);
    }
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    std::vector<SparseFeature> features = features_;
    for (SparseFeature& feature : features) {
      for (LengthDifference& difference : feature.difference) difference.Read(&in);
    }
    if (!in.ok()) return absl::DataLossError("not a state of SparseFeatureStatsGenerator");
    features_ = std::move(features);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    for (const SparseFeature& feature : features_) {
      v0::FeatureNameStatistics* proto = FindOrAddFeature(feature.path, dataset);
      v0::CustomStatistic* missing_value = proto->add_custom_stats();
      missing_value->set_name("missing_value");
      missing_value->set_num(static_cast<double>(feature.difference[0].num_missing));
      AddRanks(
          "missing_index", feature, [](const LengthDifference& d) { return double(d.num_missing); }, proto);
      AddRanks(
          "max_length_diff", feature, [](const LengthDifference& d) { return d.max_or_zero(); }, proto);
      AddRanks(
          "min_length_diff", feature, [](const LengthDifference& d) { return d.min_or_zero(); }, proto);
    }
    return absl::OkStatus();
  }

 private:
  // One bucket per index feature.
  template <class Number>
  static void AddRanks(const char* name, const SparseFeature& feature, Number number,
                       v0::FeatureNameStatistics* proto) {
    v0::CustomStatistic* statistic = proto->add_custom_stats();
    statistic->set_name(name);
    v0::RankHistogram* histogram = statistic->mutable_rank_histogram();
    for (size_t part = 1; part < feature.parts.size(); ++part) {
      auto* bucket = histogram->add_buckets();
      bucket->set_label(feature.parts[part].back());
      bucket->set_sample_count(number(feature.difference[part]));
    }
  }

  std::vector<SparseFeature> features_;
};

}  // namespace

std::unique_ptr<StatsGenerator> MakeSparseFeatureStatsGenerator(const v0::Schema& schema) {
  std::vector<SparseFeature> features;
  Collect({}, schema, &features);
  if (features.empty()) return nullptr;
  return std::make_unique<SparseFeatureStatsGenerator>(std::move(features));
}

}  // namespace tfx::tfdv
