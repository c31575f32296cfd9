#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/schema/feature_path.h"
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

template <class Number>
absl::Status ReadOptional(const Value& value, std::optional<Number>* out) {
  if (IsUnset(value)) return absl::OkStatus();
  return ReadNumber(value, &out->emplace());
}

absl::Status ReadBool(const Value& value, bool* out) {
  if (value.kind_case() == Value::kNullValue) return absl::OkStatus();
  if (value.kind_case() != Value::kBoolValue) return WrongType("true or false");
  *out = value.bool_value();
  return absl::OkStatus();
}

absl::Status ReadTextMap(const google::protobuf::Struct& from, std::map<std::string, std::string>* out) {
  for (const auto& [key, value] : from.fields()) {
    if (value.kind_case() != Value::kStringValue) return WrongType("an object of strings");
    (*out)[key] = value.string_value();
  }
  return absl::OkStatus();
}

absl::Status ReadVocabPaths(const Value& value, StatsOptions* options) {
  if (IsUnset(value)) return absl::OkStatus();
  if (value.kind_case() != Value::kStructValue) return WrongType("an object of paths by vocabulary name");
  return ReadTextMap(value.struct_value(), &options->vocab_paths);
}

absl::Status ReadSlicingSpec(const google::protobuf::Struct& from, SlicingSpec* spec) {
  for (const auto& [key, value] : from.fields()) {
    if (key == "featureKeys" || key == "feature_keys") {
      if (value.kind_case() != Value::kListValue) return WrongType("specs with a list of featureKeys");
      for (const Value& name : value.list_value().values()) spec->feature_keys.push_back(name.string_value());
    } else if (key == "featureValues" || key == "feature_values") {
      RETURN_IF_ERROR(ReadTextMap(value.struct_value(), &spec->feature_values));
    } else if (key == "sliceKeysSql" || key == "slice_keys_sql") {
      RETURN_IF_ERROR(ReadText(value, &spec->slice_keys_sql));
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("a spec has no field ", key, "; it has featureKeys, featureValues and sliceKeysSql"));
    }
  }
  return absl::OkStatus();
}

// The proto tfx_bsl.SlicingConfig as JSON within a JSON string.
absl::Status ReadSlicingConfig(const Value& value, StatsOptions* options) {
  if (IsUnset(value)) return absl::OkStatus();
  google::protobuf::Struct parsed = value.struct_value();
  if (value.kind_case() == Value::kStringValue) {
    RETURN_IF_ERROR(io::ParseJson(value.string_value(), "slicing_config_json", &parsed));
  }
  options->slicing_config.emplace();
  for (const auto& [key, specs] : parsed.fields()) {
    if (key != "slicingSpecs" && key != "slicing_specs") {
      return absl::InvalidArgumentError(absl::StrCat("no field ", key, "; it has slicingSpecs"));
    }
    for (const Value& spec : specs.list_value().values()) {
      RETURN_IF_ERROR(ReadSlicingSpec(spec.struct_value(), &options->slicing_config->slicing_specs.emplace_back()));
    }
  }
  return absl::OkStatus();
}

Value NullValue() {
  Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

Value TextValue(const std::string& text) {
  if (text.empty()) return NullValue();
  Value value;
  value.set_string_value(text);
  return value;
}

Value NumberValue(double number) {
  Value value;
  value.set_number_value(number);
  return value;
}

Value BoolValue(bool flag) {
  Value value;
  value.set_bool_value(flag);
  return value;
}

// A field of the JSON object. Alphabetical by name, leading underscores apart: those mark the storage of properties in
// TFDV's class.
struct JsonOption {
  const char* name;
  // Null: has no JSON form; anything but null is an error.
  std::function<absl::Status(const Value&, StatsOptions*)> read;
  // Null, or no value: not written.
  std::function<std::optional<Value>(const StatsOptions&)> write;
};

template <class Number>
JsonOption NumberOption(const char* name, Number StatsOptions::*field) {
  return {name, [field](const Value& value, StatsOptions* options) { return ReadNumber(value, &(options->*field)); },
          [field](const StatsOptions& options) { return NumberValue(static_cast<double>(options.*field)); }};
}

template <class Number>
JsonOption OptionalOption(const char* name, std::optional<Number> StatsOptions::*field) {
  return {name, [field](const Value& value, StatsOptions* options) { return ReadOptional(value, &(options->*field)); },
          [field](const StatsOptions& options) {
            const std::optional<Number>& number = options.*field;
            return number.has_value() ? NumberValue(static_cast<double>(*number)) : NullValue();
          }};
}

JsonOption BoolOption(const char* name, bool StatsOptions::*field) {
  return {name, [field](const Value& value, StatsOptions* options) { return ReadBool(value, &(options->*field)); },
          [field](const StatsOptions& options) { return BoolValue(options.*field); }};
}

JsonOption TextOption(const char* name, std::string StatsOptions::*field) {
  return {name, [field](const Value& value, StatsOptions* options) { return ReadText(value, &(options->*field)); },
          [field](const StatsOptions& options) { return TextValue(options.*field); }};
}

// An option that TFDV's class lacks: written only where it is not at its default.
template <class Number>
JsonOption OwnOption(const char* name, Number StatsOptions::*field) {
  JsonOption option = NumberOption(name, field);
  option.write = [field](const StatsOptions& options) -> std::optional<Value> {
    if (options.*field == StatsOptions().*field) return std::nullopt;
    return NumberValue(static_cast<double>(options.*field));
  };
  return option;
}

std::optional<Value> WriteNull(const StatsOptions&) { return NullValue(); }

Value WriteNames(const StatsOptions& options) {
  if (!options.feature_allowlist.has_value()) return NullValue();
  Value value;
  value.mutable_list_value();
  for (const std::string& name : *options.feature_allowlist) {
    value.mutable_list_value()->add_values()->set_string_value(name);
  }
  return value;
}

Value WriteTextMap(const std::map<std::string, std::string>& texts) {
  if (texts.empty()) return NullValue();
  Value value;
  for (const auto& [key, text] : texts) {
    (*value.mutable_struct_value()->mutable_fields())[key].set_string_value(text);
  }
  return value;
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "";
  return nlohmann::json::parse(json).dump(2);  // with sorted keys, where a map field has no order
}

std::optional<Value> WriteSlicingConfig(const StatsOptions& options) {
  if (!options.slicing_config.has_value()) return std::nullopt;
  google::protobuf::Struct config;
  for (const SlicingSpec& spec : options.slicing_config->slicing_specs) {
    auto& fields = *(*config.mutable_fields())["slicingSpecs"]
                        .mutable_list_value()
                        ->add_values()
                        ->mutable_struct_value()
                        ->mutable_fields();
    for (const std::string& key : spec.feature_keys) {
      fields["featureKeys"].mutable_list_value()->add_values()->set_string_value(key);
    }
    if (!spec.feature_values.empty()) fields["featureValues"] = WriteTextMap(spec.feature_values);
    if (!spec.slice_keys_sql.empty()) fields["sliceKeysSql"].set_string_value(spec.slice_keys_sql);
  }
  return TextValue(ToJson(config));
}

// {"[\"struct\", \"feature\"]": "weight feature"}
std::optional<Value> WriteOverrides(const StatsOptions& options) {
  if (options.per_feature_weight_override.empty()) return std::nullopt;
  Value value;
  for (const auto& [path, weight] : options.per_feature_weight_override) {
    google::protobuf::ListValue steps;
    const absl::StatusOr<FeaturePath> parsed = ParsePath(path);
    for (const std::string& step : parsed.ok() ? *parsed : FeaturePath{path}) {
      steps.add_values()->set_string_value(step);
    }
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(steps, &json).ok()) continue;
    (*value.mutable_struct_value()->mutable_fields())[json].set_string_value(weight);
  }
  return value;
}

absl::Status ReadTypeName(const Value& value, StatsOptions*) {
  if (IsUnset(value) || value.string_value() == "StatsOptions") return absl::OkStatus();
  return WrongType("\"StatsOptions\"");
}

absl::Status ReadSketchFlag(const Value& value, StatsOptions* options) {
  return ReadBool(value, &options->use_sketch_based_topk_uniques);
}

const std::vector<JsonOption>& JsonOptions() {
  using O = StatsOptions;
  static const auto& options = *new std::vector<JsonOption>{
      {"TYPE_NAME", ReadTypeName, [](const O&) { return TextValue("StatsOptions"); }},
      BoolOption("_add_default_generators", &O::add_default_generators),
      OptionalOption("_desired_batch_size", &O::desired_batch_size),
      BoolOption("enable_semantic_domain_stats", &O::enable_semantic_domain_stats),
      NumberOption("epsilon", &O::epsilon),
      BoolOption("_experimental_filter_read_paths", &O::experimental_filter_read_paths),
      NumberOption("_experimental_num_feature_partitions", &O::experimental_num_feature_partitions),
      NumberOption("_experimental_result_partitions", &O::experimental_result_partitions),
      {"experimental_slice_functions", nullptr, nullptr},
      {"experimental_use_sketch_based_topk_uniques", ReadSketchFlag, nullptr},
      {"_feature_allowlist", ReadNames, WriteNames},
      NumberOption("frequency_threshold", &O::frequency_threshold),
      {"_generators", nullptr, WriteNull},
      BoolOption("infer_type_from_schema", &O::infer_type_from_schema),
      TextOption("label_feature", &O::label_feature),
      OwnOption("max_exact_counts_bytes", &O::max_exact_counts_bytes),
      NumberOption("_num_histogram_buckets", &O::num_histogram_buckets),
      NumberOption("_num_quantiles_histogram_buckets", &O::num_quantiles_histogram_buckets),
      NumberOption("num_rank_histogram_buckets", &O::num_rank_histogram_buckets),
      NumberOption("num_top_values", &O::num_top_values),
      NumberOption("_num_values_histogram_buckets", &O::num_values_histogram_buckets),
      {"_per_feature_stats_config", nullptr, WriteNull},
      {"_per_feature_weight_override", nullptr,
       [](const O& o) { return o.per_feature_weight_override.empty() ? WriteNull(o) : std::nullopt; }},
      {"per_feature_weight_override_json", ReadOverrides, WriteOverrides},
      OptionalOption("_sample_rate", &O::sample_rate),
      OwnOption("sample_seed", &O::sample_seed),
      {"_schema", nullptr, [](const O& o) { return o.schema == nullptr ? WriteNull(o) : std::nullopt; }},
      {"schema_json", ReadSchema,
       [](const O& o) -> std::optional<Value> {
         if (o.schema == nullptr) return std::nullopt;
         return TextValue(ToJson(*o.schema));
       }},
      OptionalOption("_semantic_domain_stats_sample_rate", &O::semantic_domain_stats_sample_rate),
      {"_slice_functions", nullptr, WriteNull},
      {"_slicing_config", nullptr, [](const O& o) { return o.slicing_config ? std::nullopt : WriteNull(o); }},
      {"slicing_config_json", ReadSlicingConfig, WriteSlicingConfig},
      {"tfdv_compat", [](const Value& value, O* o) { return ReadBool(value, &o->tfdv_compat); },
       [](const O& o) { return o.tfdv_compat ? std::optional(BoolValue(true)) : std::nullopt; }},
      BoolOption("_use_sketch_based_topk_uniques", &O::use_sketch_based_topk_uniques),
      {"_vocab_paths", ReadVocabPaths, [](const O& o) { return WriteTextMap(o.vocab_paths); }},
      TextOption("weight_feature", &O::weight_feature),
      NumberOption("weighted_frequency_threshold", &O::weighted_frequency_threshold),
  };
  return options;
}

std::string WithoutUnderscore(const std::string& name) { return name.starts_with('_') ? name.substr(1) : name; }

absl::Status ReadOption(const std::string& name, const Value& value, StatsOptions* options) {
  const auto& known = JsonOptions();
  const auto it =
      std::find_if(known.begin(), known.end(), [&](const JsonOption& o) { return WithoutUnderscore(o.name) == name; });
  if (it == known.end()) {
    std::vector<std::string> names;
    for (const JsonOption& option : known) names.push_back(WithoutUnderscore(option.name));
    return absl::InvalidArgumentError(absl::StrCat("unknown option", DidYouMean(name, names)));
  }
  if (it->read != nullptr) return it->read(value, options);
  if (IsUnset(value)) return absl::OkStatus();
  return absl::InvalidArgumentError("this option has no JSON form; leave it out or give it in code");
}

}  // namespace

absl::StatusOr<StatsOptions> ParseStatsOptionsJson(std::string_view json) {
  google::protobuf::Struct parsed;
  RETURN_IF_ERROR(io::ParseJson(json, "stats_options_json", &parsed));
  StatsOptions options;
  for (const auto& [key, value] : parsed.fields()) {
    RETURN_IF_ERROR(
        Annotate(ReadOption(WithoutUnderscore(key), value, &options), absl::StrCat("stats_options_json: ", key)));
  }
  RETURN_IF_ERROR(CheckStatsOptions(options));
  return options;
}

absl::StatusOr<std::string> StatsOptionsToJson(const StatsOptions& options) {
  const bool has_functions = !options.generators.empty() || !options.experimental_slice_functions.empty();
  const FeaturesEnabled& histograms = options.per_feature_stats_config.histograms;
  if (has_functions || !histograms.paths.empty() || histograms.mode != FeaturesEnabled::Mode::kAllBut) {
    return absl::InvalidArgumentError(
        "generators, experimental_slice_functions and per_feature_stats_config have no JSON form");
  }
  google::protobuf::Struct json;
  for (const JsonOption& option : JsonOptions()) {
    if (option.write == nullptr) continue;
    if (const std::optional<Value> value = option.write(options)) (*json.mutable_fields())[option.name] = *value;
  }
  return io::ToTfxJson(json);
}

}  // namespace tfx::tfdv
