#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

using google::protobuf::Value;

bool IsUnset(const Value& value) {
  return value.kind_case() == Value::kNullValue || value.kind_case() == Value::KIND_NOT_SET ||
         (value.kind_case() == Value::kBoolValue && !value.bool_value());
}

absl::Status WrongType(const char* needed) { return absl::InvalidArgumentError(absl::StrCat("must be ", needed)); }

template <class Number>
absl::Status ReadNumber(const Value& value, Number* out) {
  if (value.kind_case() == Value::kNullValue) return absl::OkStatus();
  if (value.kind_case() != Value::kNumberValue) return WrongType("a number");
  if (!(value.number_value() >= -9e15 && value.number_value() <= 9e15)) return WrongType("a number of usual size");
  *out = static_cast<Number>(value.number_value());
  return absl::OkStatus();
}

absl::Status ReadText(const Value& value, std::string* out) {
  if (value.kind_case() == Value::kNullValue) return absl::OkStatus();
  if (value.kind_case() != Value::kStringValue) return WrongType("a string");
  *out = value.string_value();
  return absl::OkStatus();
}

absl::Status ReadSchema(const Value& value, StatsOptions* options) {
  if (IsUnset(value)) return absl::OkStatus();
  // TFDV writes the schema as JSON within a JSON string.
  std::string json = value.string_value();
  if (value.kind_case() == Value::kStructValue &&
      !google::protobuf::util::MessageToJsonString(value.struct_value(), &json).ok()) {
    return WrongType("a schema");
  }
  auto schema = std::make_shared<::tensorflow::metadata::v0::Schema>();
  RETURN_IF_ERROR(io::ParseJson(json, "schema_json", schema.get()));
  options->schema = std::move(schema);
  return absl::OkStatus();
}

absl::Status ReadNames(const Value& value, StatsOptions* options) {
  if (IsUnset(value)) return absl::OkStatus();
  if (value.kind_case() != Value::kListValue) return WrongType("a list of feature names");
  options->feature_allowlist.emplace();
  for (const Value& name : value.list_value().values()) {
    if (name.kind_case() != Value::kStringValue) return WrongType("a list of feature names");
    options->feature_allowlist->push_back(name.string_value());
  }
  return absl::OkStatus();
}

// {"[\"struct\", \"feature\"]": "weight feature"}, or the same within a string.
absl::Status ReadOverrides(const Value& value, StatsOptions* options) {
  if (IsUnset(value)) return absl::OkStatus();
  google::protobuf::Struct parsed = value.struct_value();
  if (value.kind_case() == Value::kStringValue) {
    RETURN_IF_ERROR(io::ParseJson(value.string_value(), "per_feature_weight_override_json", &parsed));
  } else if (value.kind_case() != Value::kStructValue) {
    return WrongType("an object of weight features by path");
  }
  for (const auto& [key, weight] : parsed.fields()) {
    google::protobuf::ListValue steps;
    RETURN_IF_ERROR(io::ParseJson(key, "per_feature_weight_override_json", &steps));
    FeaturePath path;
    for (const Value& step : steps.values()) path.push_back(step.string_value());
    options->per_feature_weight_override[SerializePath(path)] = weight.string_value();
  }
  return absl::OkStatus();
}

struct JsonOption {
  const char* name;
  // Null: not available; setting it to anything but its default is UNIMPLEMENTED.
  std::function<absl::Status(const Value&, StatsOptions*)> read;
  std::optional<double> harmless_number;  // the default of an option that is not available
};

template <class Number>
auto NumberInto(Number StatsOptions::*field) {
  return [field](const Value& value, StatsOptions* options) { return ReadNumber(value, &(options->*field)); };
}

absl::Status Ignore(const Value&, StatsOptions*) { return absl::OkStatus(); }

// Alphabetical, leading underscores apart.
const std::vector<JsonOption>& JsonOptions() {
  static const auto& options = *new std::vector<JsonOption>{
      {"TYPE_NAME", Ignore},
      {"add_default_generators",
       [](const Value& value, StatsOptions*) {
         if (value.kind_case() == Value::kBoolValue && !value.bool_value()) {
           return absl::UnimplementedError("statistics without the default generators are not available");
         }
         return absl::OkStatus();
       }},
      {"desired_batch_size", Ignore},  // results do not depend on batches here
      {"enable_semantic_domain_stats", nullptr},
      {"epsilon", NumberInto(&StatsOptions::epsilon)},
      {"experimental_filter_read_paths", Ignore},
      {"experimental_num_feature_partitions", Ignore},
      {"experimental_result_partitions", nullptr, 1},
      {"experimental_slice_functions", nullptr},
      {"experimental_use_sketch_based_topk_uniques",
       [](const Value& value, StatsOptions* options) {
         options->use_sketch_based_topk_uniques = value.bool_value();
         return absl::OkStatus();
       }},
      {"feature_allowlist", ReadNames},
      {"frequency_threshold", NumberInto(&StatsOptions::frequency_threshold)},
      {"generators", nullptr},
      {"infer_type_from_schema", Ignore},  // of CSV columns, before statistics
      {"label_feature", nullptr},
      {"num_histogram_buckets", NumberInto(&StatsOptions::num_histogram_buckets)},
      {"num_quantiles_histogram_buckets", NumberInto(&StatsOptions::num_quantiles_histogram_buckets)},
      {"num_rank_histogram_buckets", NumberInto(&StatsOptions::num_rank_histogram_buckets)},
      {"num_top_values", NumberInto(&StatsOptions::num_top_values)},
      {"num_values_histogram_buckets", NumberInto(&StatsOptions::num_values_histogram_buckets)},
      {"per_feature_stats_config", nullptr},
      {"per_feature_weight_override", nullptr},
      {"per_feature_weight_override_json", ReadOverrides},
      {"sample_rate", nullptr},
      {"schema", nullptr},
      {"schema_json", ReadSchema},
      {"semantic_domain_stats_sample_rate", nullptr},
      {"slice_functions", nullptr},
      {"slicing_config", nullptr},
      {"slicing_config_json", nullptr},
      {"use_sketch_based_topk_uniques",
       [](const Value& value, StatsOptions* options) {
         options->use_sketch_based_topk_uniques = value.bool_value();
         return absl::OkStatus();
       }},
      {"vocab_paths", nullptr},
      {"weight_feature",
       [](const Value& value, StatsOptions* options) { return ReadText(value, &options->weight_feature); }},
      {"weighted_frequency_threshold", NumberInto(&StatsOptions::weighted_frequency_threshold)},
  };
  return options;
}

absl::Status ReadOption(const std::string& name, const Value& value, StatsOptions* options) {
  const auto& known = JsonOptions();
  const auto it = std::find_if(known.begin(), known.end(), [&](const JsonOption& o) { return o.name == name; });
  if (it == known.end()) {
    std::vector<std::string> names;
    for (const JsonOption& option : known) names.push_back(option.name);
    return absl::InvalidArgumentError(absl::StrCat("unknown option", DidYouMean(name, names)));
  }
  if (it->read != nullptr) return it->read(value, options);
  const bool harmless =
      IsUnset(value) || (it->harmless_number.has_value() && value.kind_case() == Value::kNumberValue &&
                         value.number_value() == *it->harmless_number);
  if (harmless) return absl::OkStatus();
  return absl::UnimplementedError("this option is not available; leave it out");
}

}  // namespace

absl::StatusOr<StatsOptions> ParseStatsOptionsJson(std::string_view json) {
  google::protobuf::Struct parsed;
  RETURN_IF_ERROR(io::ParseJson(json, "stats_options_json", &parsed));
  StatsOptions options;
  for (const auto& [key, value] : parsed.fields()) {
    // Attributes behind properties carry an underscore in TFDV's JSON.
    const std::string name = key.starts_with('_') ? key.substr(1) : key;
    RETURN_IF_ERROR(Annotate(ReadOption(name, value, &options), absl::StrCat("stats_options_json: ", key)));
  }
  RETURN_IF_ERROR(CheckStatsOptions(options));
  return options;
}

}  // namespace tfx::tfdv
