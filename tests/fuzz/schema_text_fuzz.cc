// Schemas as text: what is read is written and read again as the same schema, and statistics can be validated against
// it and updated to it, whatever it says.
#include "fuzz_driver.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/text_format.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/text_proto.h"

namespace {

using tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using tensorflow::metadata::v0::Schema;

DatasetFeatureStatisticsList Statistics() {
  DatasetFeatureStatisticsList statistics;
  google::protobuf::TextFormat::ParseFromString(R"(datasets { num_examples: 10
    features { path { step: "i" } type: INT num_stats { common_stats { num_non_missing: 8 num_missing: 2 min_num_values: 1
      max_num_values: 2 avg_num_values: 1.5 tot_num_values: 12 } mean: 2 min: -1 max: 9 } }
    features { path { step: "f" } type: FLOAT num_stats { common_stats { num_non_missing: 10 min_num_values: 1
      max_num_values: 1 avg_num_values: 1 tot_num_values: 10 } mean: 0.5 min: 0.1 max: 0.9
      histograms { num_nan: 1 buckets { low_value: 0.1 high_value: 0.9 sample_count: 9 } type: STANDARD } } }
    features { path { step: "s" } type: STRING string_stats { common_stats { num_non_missing: 10 min_num_values: 1
      max_num_values: 1 avg_num_values: 1 tot_num_values: 10 } unique: 2
      rank_histogram { buckets { label: "a" sample_count: 7 } buckets { label: "b" sample_count: 3 } } } } })",
                                                &statistics);
  return statistics;
}

std::string Run(const std::string& input) {
  static const auto* const statistics = new DatasetFeatureStatisticsList(Statistics());
  Schema schema;
  if (const absl::Status parsed = tfx::io::ParseTextProto(input, "fuzz.pbtxt", &schema); !parsed.ok()) {
    const bool names_file = parsed.message().find("fuzz.pbtxt") != absl::string_view::npos;
    return names_file ? "" : "an error without the name: " + parsed.ToString();
  }
  std::string text;
  Schema again;
  // Bytes that are not UTF-8 are printed with escapes, which read back as the same bytes.
  if (!google::protobuf::TextFormat::PrintToString(schema, &text)) return "the schema cannot be printed";
  if (!tfx::io::ParseTextProto(text, "fuzz.pbtxt", &again).ok()) return "the printed schema cannot be read";
  if (tfx::io::SerializeDeterministically(again) != tfx::io::SerializeDeterministically(schema)) {
    return "printed and read again it is another schema";
  }
  const auto anomalies = tfx::tfdv::ValidateStatistics(*statistics, schema);
  if (absl::IsInternal(anomalies.status())) return anomalies.status().ToString();
  const auto updated = tfx::tfdv::UpdateSchema(schema, *statistics);
  if (absl::IsInternal(updated.status())) return updated.status().ToString();
  return "";
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  google::protobuf::SetLogHandler(nullptr);  // millions of lines
  return {
      .seeds =
          {R"(feature { name: "i" type: INT presence { min_fraction: 0.5 min_count: 1 } value_count { min: 1 max: 3 }
                         int_domain { min: 0 max: 10 } drift_comparator { infinity_norm { threshold: 0.1 } } })",
           R"(feature { name: "s" type: BYTES domain: "d" shape { dim { size: 1 } } skew_comparator {
                         jensen_shannon_divergence { threshold: 0.01 } } }
                       string_domain { name: "d" value: "a" value: "b" } default_environment: "TRAINING")",
           R"(feature { name: "f" type: FLOAT float_domain { min: 0 max: 1 disallow_nan: true }
                         lifecycle_stage: DEPRECATED distribution_constraints { min_domain_mass: 0.9 } }
                       sparse_feature { name: "x" index_feature { name: "i" } value_feature { name: "f" } }
                       weighted_feature { name: "w" feature { step: "i" } weight_feature { step: "f" } }
                       tensor_representation_group { key: "" value { tensor_representation { key: "i"
                         value { dense_tensor { column_name: "i" shape { dim { size: 2 } } } } } } })"},
      .words = {"feature",
                "name: \"i\"",
                "{",
                "}",
                "type: STRUCT",
                "struct_domain {",
                "bool_domain { }",
                "min: nan",
                "max: -inf",
                "size: -1",
                "min_fraction: 1e308",
                "value_counts { value_count { min: 1 } }",
                "natural_language_domain { }",
                "image_domain { minimum_image_fraction: 2 }",
                "time_domain { }",
                "in_environment: \"T\"",
                "unique_constraints { min: 9 }",
                "9223372036854775807",
                "value: \"\\377\"",
                "domain: \"d\"",
                "url_domain { }",
                "domain_info: \"x\"",
                "mid_domain { }",
                "threshold: -1"},
      .run = Run};
}
