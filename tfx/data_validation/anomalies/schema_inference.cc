#include "tfx/data_validation/anomalies/schema_inference.h"

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/domain_inference.h"
#include "tfx/data_validation/anomalies/feature_check.h"
#include "tfx/data_validation/anomalies/presence_inference.h"
#include "tfx/data_validation/anomalies/required_features.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct UpdatePlan {
  ShapeInference shape = ShapeInference::kNone;
  int max_string_domain_size = 100;
  bool tfdv_compat = false;
};

class SchemaUpdate {
 public:
  SchemaUpdate(const UpdatePlan& plan, Schema* schema) : plan_(plan), schema_(schema) {}

  absl::Status UpdateTree(const FeatureView& stats) {
    RETURN_IF_ERROR(UpdateOne(stats));
    if (IsDeprecatedPath(stats.path())) return absl::OkStatus();
    for (const FeatureView* child : stats.children()) RETURN_IF_ERROR(UpdateTree(*child));
    return absl::OkStatus();
  }

 private:
  absl::Status UpdateOne(const FeatureView& stats) {
    Feature* feature = FindFeature(schema_, stats.path());
    SparseFeature* sparse = FindSparseFeature(schema_, stats.path());
    if (WeightedFeature* weighted = FindWeightedFeature(schema_, stats.path())) {
      if ((feature != nullptr || sparse != nullptr) && !IsDeprecated(*weighted)) {
        Deprecate(weighted);
        if (feature != nullptr) Deprecate(feature);
        if (sparse != nullptr) Deprecate(sparse);
      } else {
        CheckWeightedFeature(stats, weighted);
      }
      return absl::OkStatus();
    }
    if (sparse != nullptr && !IsDeprecated(*sparse)) {
      if (feature != nullptr && !IsDeprecated(*feature)) {
        Deprecate(sparse);
        Deprecate(feature);
      } else {
        CheckSparseFeature(stats, sparse);
      }
      return absl::OkStatus();
    }
    SchemaEdit edit = SchemaEdit::InPlace(schema_);
    if (feature != nullptr) {
      FeatureCheckContext context{
          .stats = stats, .feature = feature, .schema = &edit, .tfdv_compat = plan_.tfdv_compat};
      CheckFeature(context);
      return absl::OkStatus();
    }
    return Create(stats, &edit);
  }

  absl::Status Create(const FeatureView& stats, SchemaEdit* edit) {
    const FeaturePath& path = stats.path();
    Feature* feature = nullptr;
    if (path.size() == 1) {
      feature = schema_->add_feature();
    } else {
      Feature* parent = FindFeature(schema_, FeaturePath(path.begin(), path.end() - 1));
      if (parent == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("feature ", SerializePath(path), " has statistics, but the struct around it has none"));
      }
      feature = parent->mutable_struct_domain()->add_feature();
    }
    feature->set_name(path.back());
    feature->set_type(stats.schema_type());
    InferPresenceAndShape(stats, plan_.shape, feature);
    if (stats.proto().has_validation_derived_source()) {
      feature->set_lifecycle_stage(v0::VALIDATION_DERIVED);
      *feature->mutable_validation_derived_source() = stats.proto().validation_derived_source();
    }
    InferDomain(stats, plan_.max_string_domain_size, edit, feature);
    return absl::OkStatus();
  }

  bool IsDeprecatedPath(const FeaturePath& path) const {
    const Schema& schema = *schema_;
    if (const Feature* feature = FindFeature(schema, path)) return IsDeprecated(*feature);
    const SparseFeature* sparse = FindSparseFeature(schema, path);
    return sparse != nullptr && IsDeprecated(*sparse);
  }

  UpdatePlan plan_;
  Schema* schema_;
};

absl::StatusOr<Schema> Update(const Schema& schema, const v0::DatasetFeatureStatistics& statistics,
                              const UpdatePlan& plan) {
  ASSIGN_OR_RETURN(const std::unique_ptr<DatasetView> view,
                   DatasetView::Create(statistics, DatasetView::HasWeights(statistics)));
  Schema updated = schema;
  SchemaUpdate update(plan, &updated);
  for (const FeatureView* feature : view->root_features()) RETURN_IF_ERROR(update.UpdateTree(*feature));
  for (const FeaturePath& path : MissingRequiredFeatures(updated, *view, std::nullopt)) {
    Deprecate(FindFeature(&updated, path));
  }
  return updated;
}

}  // namespace

absl::StatusOr<Schema> InferSchema(const v0::DatasetFeatureStatisticsList& statistics,
                                   const InferSchemaOptions& options) {
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset, DefaultDataset(statistics));
  // What has no statistics of its kind, such as a sparse feature, is no feature of its own.
  v0::DatasetFeatureStatistics with_statistics = *dataset;
  with_statistics.clear_features();
  for (const v0::FeatureNameStatistics& feature : dataset->features()) {
    if (feature.stats_case() != v0::FeatureNameStatistics::STATS_NOT_SET) *with_statistics.add_features() = feature;
  }
  return Update({}, with_statistics,
                {.shape = options.infer_feature_shape ? ShapeInference::kFixedShape : ShapeInference::kNone,
                 .max_string_domain_size = options.max_string_domain_size});
}

absl::StatusOr<Schema> UpdateSchema(const Schema& schema, const v0::DatasetFeatureStatisticsList& statistics,
                                    const UpdateSchemaOptions& options) {
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset, DefaultDataset(statistics));
  return Update(schema, *dataset,
                {.max_string_domain_size = options.max_string_domain_size, .tfdv_compat = options.tfdv_compat});
}

}  // namespace tfx::tfdv
