// A schema from statistics, and a schema brought up to date with statistics: TFDV's infer_schema and update_schema.
// Rules: each feature's type from its kind, presence, shape or value count, then the first domain that fits (semantic,
// bool, int texts, string). Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_INFERENCE_H_
#define TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_INFERENCE_H_

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"

namespace tfx::tfdv {

struct InferSchemaOptions {
  bool infer_feature_shape = true;   // fixed shape instead of value_count where every example has as many values
  int max_string_domain_size = 100;  // strings with more distinct values get no domain
};

// Uses the only dataset, or the one named "All Examples". Features without statistics of their kind are left out.
// INVALID_ARGUMENT: no such dataset; features identified by name and by path in one dataset.
absl::StatusOr<::tensorflow::metadata::v0::Schema> InferSchema(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics, const InferSchemaOptions& options = {});

struct UpdateSchemaOptions {
  int max_string_domain_size = 100;
  bool tfdv_compat = false;  // as ValidationOptions::tfdv_compat
};

// The schema, changed as little as needed for the statistics to pass: new features are added as InferSchema would
// (without shapes), each anomaly is mended (validation.h), required features without statistics become DEPRECATED.
absl::StatusOr<::tensorflow::metadata::v0::Schema> UpdateSchema(
    const ::tensorflow::metadata::v0::Schema& schema,
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
    const UpdateSchemaOptions& options = {});

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_INFERENCE_H_
