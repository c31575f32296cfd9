#include "tfx/data_validation/generators/generator_from_json.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/cross_feature_stats.h"
#include "tfx/data_validation/generators/empty_value_stats.h"
#include "tfx/data_validation/generators/image_stats.h"
#include "tfx/data_validation/generators/lift_stats.h"
#include "tfx/data_validation/generators/mutual_information.h"
#include "tfx/data_validation/generators/natural_language_stats.h"
#include "tfx/data_validation/generators/nl_domain_inferring_stats.h"
#include "tfx/data_validation/generators/partitioned_stats.h"
#include "tfx/data_validation/generators/semantic_domain_stats.h"
#include "tfx/data_validation/generators/sklearn_mutual_information.h"
#include "tfx/data_validation/generators/sparse_feature_stats.h"
#include "tfx/data_validation/generators/time_stats.h"
#include "tfx/data_validation/generators/weighted_feature_stats.h"

namespace tfx::tfdv {
namespace {

using nlohmann::json;
using SchemaPtr = std::shared_ptr<const ::tensorflow::metadata::v0::Schema>;
using Made = absl::StatusOr<std::unique_ptr<StatsGenerator>>;

absl::Status Needed(const char* what) { return absl::InvalidArgumentError(absl::StrCat("must be ", what)); }

absl::Status Read(const json& value, std::string* out) {
  if (!value.is_string()) return Needed("a string");
  *out = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status Read(const json& value, bool* out) {
  if (!value.is_boolean()) return Needed("true or false");
  *out = value.get<bool>();
  return absl::OkStatus();
}

absl::Status Read(const json& value, double* out) {
  if (!value.is_number()) return Needed("a number");
  *out = value.get<double>();
  return absl::OkStatus();
}

// Integers of any width; 1.0 is one too, as JSON does not tell them apart.
template <class Integer>
requires std::is_integral_v<Integer> absl::Status Read(const json& value, Integer* out) {
  constexpr double kSafe = 9007199254740992;  // doubles are exact up to here
  const double number = value.is_number() ? value.get<double>() : 0.5;
  const double least = std::max(static_cast<double>(std::numeric_limits<Integer>::min()), -kSafe);
  const double greatest = std::min(static_cast<double>(std::numeric_limits<Integer>::max()), kSafe);
  if (number != std::floor(number)) return Needed("an integer");
  if (number < least || number > greatest) return Needed("an integer of usual size");
  *out = static_cast<Integer>(number);
  return absl::OkStatus();
}

// A name or a list of steps.
absl::Status Read(const json& value, FeaturePath* out) {
  out->clear();
  if (value.is_string()) out->push_back(value.get<std::string>());
  if (!value.is_string() && !value.is_array()) return Needed("a feature name or a list of steps");
  if (value.is_array()) {
    for (const json& step : value) {
      if (!step.is_string()) return Needed("a feature name or a list of steps");
      out->push_back(step.get<std::string>());
    }
  }
  return absl::OkStatus();
}

template <class Value>
absl::Status ReadList(const json& value, std::vector<Value>* out) {
  if (!value.is_array()) return Needed("a list");
  for (size_t i = 0; i < value.size(); ++i) {
    RETURN_IF_ERROR(Annotate(Read(value[i], &out->emplace_back()), absl::StrCat("element ", i)));
  }
  return absl::OkStatus();
}

absl::Status Read(const json& value, std::vector<double>* out) { return ReadList(value, out); }
absl::Status Read(const json& value, std::vector<FeaturePath>* out) { return ReadList(value, out); }

absl::Status Read(const json& value, std::set<FeaturePath>* out) {
  std::vector<FeaturePath> paths;
  RETURN_IF_ERROR(ReadList(value, &paths));
  *out = {paths.begin(), paths.end()};
  return absl::OkStatus();
}

absl::Status Read(const json& value, std::map<std::string, std::string>* out) {
  if (!value.is_object()) return Needed("an object of strings");
  for (const auto& [key, entry] : value.items()) RETURN_IF_ERROR(Annotate(Read(entry, &(*out)[key]), key));
  return absl::OkStatus();
}

absl::Status Read(const json& value, std::vector<std::pair<std::string, std::string>>* out) {
  if (!value.is_array()) return Needed("a list of pairs of feature names");
  for (const json& pair : value) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return Needed("a list of pairs of feature names");
    }
    out->emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
  return absl::OkStatus();
}

template <class Value>
absl::Status Read(const json& value, std::optional<Value>* out) {
  return Read(value, &out->emplace());
}

using Argument = std::pair<std::string, std::function<absl::Status(const json&)>>;

template <class Value>
Argument Into(const char* name, Value* out) {
  return {name, [out](const json& value) { return Read(value, out); }};
}

// Objects of Python that have no JSON form: only null.
Argument OnlyInCode(const char* name) {
  return {name, [](const json&) { return absl::InvalidArgumentError("can only be given in code; leave it out"); }};
}

absl::Status ReadArguments(const json& values, const std::vector<Argument>& arguments) {
  if (!values.is_object()) return absl::InvalidArgumentError("the arguments must be a JSON object");
  for (const auto& [name, value] : values.items()) {
    const auto known = std::find_if(arguments.begin(), arguments.end(),
                                    [&name = name](const Argument& argument) { return argument.first == name; });
    if (known == arguments.end()) {
      std::vector<std::string> names;
      for (const Argument& argument : arguments) names.push_back(argument.first);
      return absl::InvalidArgumentError(absl::StrCat("unknown argument ", name, DidYouMean(name, names)));
    }
    if (value.is_null()) continue;
    RETURN_IF_ERROR(Annotate(known->second(value), name));
  }
  return absl::OkStatus();
}

Made CrossFeature(const json& values, const SchemaPtr&) {
  CrossFeatureStatsGeneratorOptions options;
  std::string name;
  RETURN_IF_ERROR(ReadArguments(values, {Into("feature_crosses", &options.feature_crosses), Into("name", &name),
                                         Into("sample_rate", &options.sample_rate), Into("seed", &options.seed)}));
  return MakeCrossFeatureStatsGenerator(options);
}

Made EmptyValueCounter(const json& values, const SchemaPtr&) {
  std::string name;
  RETURN_IF_ERROR(ReadArguments(values, {Into("name", &name)}));
  return MakeEmptyValueCounterGenerator();
}

Made Image(const json& values, const SchemaPtr&) {
  ImageStatsGeneratorOptions options;
  std::string name;
  RETURN_IF_ERROR(
      ReadArguments(values, {Into("enable_size_stats", &options.enable_size_stats), OnlyInCode("image_decoder"),
                             Into("is_image_ratio_threshold", &options.is_image_ratio_threshold), Into("name", &name),
                             Into("values_threshold", &options.values_threshold)}));
  return MakeImageStatsGenerator(options);
}

Made Lift(const json& values, const SchemaPtr& schema) {
  LiftStatsGeneratorOptions options{.schema = schema};
  std::string name;
  RETURN_IF_ERROR(ReadArguments(
      values, {Into("bottom_k_per_y", &options.bottom_k_per_y), Into("max_state_bytes", &options.max_state_bytes),
               Into("max_y_values", &options.max_y_values), Into("min_x_count", &options.min_x_count),
               Into("name", &name), Into("output_custom_stats", &options.output_custom_stats),
               Into("per_feature_weight_override", &options.per_feature_weight_override),
               Into("top_k_per_y", &options.top_k_per_y), Into("weight", &options.weight_feature),
               Into("x_paths", &options.x_paths), Into("y_boundaries", &options.y_boundaries),
               Into("y_path", &options.y_path)}));
  return MakeLiftStatsGenerator(options);
}

Made NLDomainInferring(const json& values, const SchemaPtr&) {
  NLDomainInferringStatsGeneratorOptions options;
  RETURN_IF_ERROR(
      ReadArguments(values, {Into("avg_word_length_max", &options.avg_word_length_max),
                             Into("avg_word_length_min", &options.avg_word_length_min), OnlyInCode("classifier"),
                             Into("crop_at_length", &options.crop_at_length), Into("match_ratio", &options.match_ratio),
                             Into("min_words_per_value", &options.min_words_per_value),
                             Into("values_threshold", &options.values_threshold)}));
  return MakeNLDomainInferringStatsGenerator(options);
}

Made NL(const json& values, const SchemaPtr& schema) {
  NLStatsGeneratorOptions options{.schema = schema};
  RETURN_IF_ERROR(
      ReadArguments(values, {Into("num_histogram_buckets", &options.num_histogram_buckets),
                             Into("num_quantiles_histogram_buckets", &options.num_quantiles_histogram_buckets),
                             Into("num_rank_histogram_buckets", &options.num_rank_histogram_buckets),
                             Into("vocab_paths", &options.vocab_paths)}));
  return MakeNLStatsGenerator(options);
}

using MadeFn = absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>>;

MadeFn MutualInformationFn(const json& values, const SchemaPtr& schema) {
  MutualInformationOptions options{.schema = schema};
  RETURN_IF_ERROR(ReadArguments(
      values,
      {Into("allow_invalid_partitions", &options.allow_invalid_partitions),
       Into("categorical_features", &options.categorical_features), Into("custom_stats_key", &options.custom_stats_key),
       Into("features_to_ignore", &options.features_to_ignore), Into("label_feature", &options.label_feature),
       Into("max_encoding_length", &options.max_encoding_length),
       Into("multivalent_features", &options.multivalent_features), Into("normalize_by_max", &options.normalize_by_max),
       Into("seed", &options.seed)}));
  return MakeMutualInformation(options);
}

MadeFn SkLearnMutualInformationFn(const json& values, const SchemaPtr& schema) {
  SkLearnMutualInformationOptions options{.schema = schema};
  RETURN_IF_ERROR(ReadArguments(values, {Into("label_feature", &options.label_feature), Into("seed", &options.seed)}));
  return MakeSkLearnMutualInformation(options);
}

absl::Status ReadStatsFn(const json& value, const SchemaPtr& schema, std::shared_ptr<const PartitionedStatsFn>* out) {
  const std::pair<const char*, MadeFn (*)(const json&, const SchemaPtr&)> known[] = {
      {"MutualInformation", MutualInformationFn}, {"SkLearnMutualInformation", SkLearnMutualInformationFn}};
  for (const auto& [name, make] : known) {
    if (!value.is_object() || value.size() != 1 || !value.contains(name)) continue;
    auto made = make(value[name].is_null() ? json::object() : value[name], schema);
    RETURN_IF_ERROR(Annotate(made.status(), name));
    *out = *std::move(made);
    return absl::OkStatus();
  }
  return Needed("an object with the one key MutualInformation or SkLearnMutualInformation");
}

Made NonStreaming(const json& values, const SchemaPtr& schema) {
  NonStreamingCustomStatsGeneratorOptions options;
  int64_t batch_size = 0;  // of TFDV's pipeline; no result depends on it
  RETURN_IF_ERROR(ReadArguments(
      values, {Into("batch_size", &batch_size),
               Into("max_examples_per_partition", &options.max_examples_per_partition),
               Into("min_partitions_stat_presence", &options.min_partitions_stat_presence),
               Into("name", &options.name),
               Into("num_partitions", &options.num_partitions),
               Into("seed", &options.seed),
               {"stats_fn", [&](const json& value) { return ReadStatsFn(value, schema, &options.stats_fn); }}}));
  return MakeNonStreamingCustomStatsGenerator(options);
}

Made SemanticDomain(const json& values, const SchemaPtr&) {
  SemanticDomainStatsGeneratorOptions options;
  RETURN_IF_ERROR(ReadArguments(values, {Into("sample_rate", &options.sample_rate), Into("seed", &options.seed)}));
  return MakeSemanticDomainStatsGenerator(options);
}

// A generator that says nothing without something in the schema.
Made FromSchema(const json& values, const SchemaPtr& schema, const char* needed,
                std::unique_ptr<StatsGenerator> (*make)(const ::tensorflow::metadata::v0::Schema&)) {
  std::string name;
  RETURN_IF_ERROR(ReadArguments(values, {Into("name", &name)}));
  if (schema != nullptr) {
    if (auto generator = make(*schema)) return generator;
  }
  return absl::InvalidArgumentError(absl::StrCat("needs a schema with ", needed));
}

Made SparseFeature(const json& values, const SchemaPtr& schema) {
  return FromSchema(values, schema, "a sparse_feature", MakeSparseFeatureStatsGenerator);
}

Made Time(const json& values, const SchemaPtr&) {
  TimeStatsGeneratorOptions options;
  std::string name;
  RETURN_IF_ERROR(ReadArguments(values, {Into("match_ratio", &options.match_ratio), Into("name", &name),
                                         Into("values_threshold", &options.values_threshold)}));
  return MakeTimeStatsGenerator(options);
}

Made WeightedFeature(const json& values, const SchemaPtr& schema) {
  return FromSchema(values, schema, "a weighted_feature", MakeWeightedFeatureStatsGenerator);
}

struct Entry {
  const char* name;
  const char* documentation;
  const char* example;
  Made (*make)(const json&, const SchemaPtr&);
};

// Alphabetical.
constexpr Entry kEntries[] = {
    {"CrossFeatureStatsGenerator", "Covariance and correlation of pairs of numeric features.",
     R"({"sample_rate": 1.0, "feature_crosses": [["fare", "trip_miles"]]})", CrossFeature},
    {"EmptyValueCounterGenerator", "Counts of values that stand for nothing: -1, empty strings, empty lists.", "{}",
     EmptyValueCounter},
    {"ImageStatsGenerator", "Which features hold images, of which formats, and how large they are.",
     R"({"enable_size_stats": true})", Image},
    {"LiftStatsGenerator", "How much a value of a feature raises or lowers the share of a label.",
     R"({"y_path": "tips", "y_boundaries": [1, 5], "x_paths": ["company"], "top_k_per_y": 10})", Lift},
    {"NLDomainInferringStatsGenerator", "Which features hold natural language.", R"({"match_ratio": 0.9})",
     NLDomainInferring},
    {"NLStatsGenerator", "Tokens and sequences of the features that the schema calls natural language.",
     R"({"vocab_paths": {"words": "words.txt"}})", NL},
    {"NonStreamingCustomStatsGenerator", "Mutual information of each feature with a label, estimated from parts.",
     R"({"stats_fn": {"MutualInformation": {"label_feature": "tips"}}, "num_partitions": 10})", NonStreaming},
    {"SemanticDomainStatsGenerator", "Images, natural language and points in time, looked for in one sample of rows.",
     R"({"sample_rate": 0.1})", SemanticDomain},
    {"SparseFeatureStatsGenerator", "Whether the parts of the schema's sparse features fit together.", "{}",
     SparseFeature},
    {"TimeStatsGenerator", "Which features hold points in time, and how they are written.", R"({"match_ratio": 0.9})",
     Time},
    {"WeightedFeatureStatsGenerator", "Whether the weights of the schema's weighted features fit their values.", "{}",
     WeightedFeature},
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeGeneratorFromJson(std::string_view name, std::string_view json_args,
                                                                      const SchemaPtr& schema) {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) {
    names.emplace_back(entry.name);
    if (name != entry.name) continue;
    json values = json_args.empty() ? json::object()
                                    : json::parse(json_args.begin(), json_args.end(), /*cb=*/nullptr,
                                                  /*allow_exceptions=*/false);
    if (values.is_null()) values = json::object();
    if (values.is_discarded()) {
      return absl::InvalidArgumentError(absl::StrCat(entry.name, ": the arguments are not JSON"));
    }
    auto made = entry.make(values, schema);
    RETURN_IF_ERROR(Annotate(made.status(), entry.name));
    return made;
  }
  const std::string wanted(name);
  return absl::InvalidArgumentError(absl::StrCat("unknown generator ", wanted, DidYouMean(wanted, names)));
}

std::vector<GeneratorDescription> GeneratorDescriptions() {
  std::vector<GeneratorDescription> descriptions;
  for (const Entry& entry : kEntries) descriptions.push_back({entry.name, entry.documentation, entry.example});
  return descriptions;
}

}  // namespace tfx::tfdv
