// Recorded cases of TensorFlow Transform (golden/tft): every call that our API knows must give the recorded result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "nlohmann/json.hpp"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/test_folder.h"
#include "tfx/transform/analyze.h"
#include "tfx/transform/transform_dataset.h"
#include "tfx/transform/transform_output.h"

namespace tft {
namespace {

using ::nlohmann::json;
using ::tensorflow::metadata::v0::Schema;
using ::tfx::io::Records;

struct Counts {
  int passed = 0;
  int failed = 0;
  int unsupported = 0;
};

std::optional<double> Number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::nan("");
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

void Flatten(const json& value, std::vector<json>& out) {
  if (value.is_array()) {
    for (const json& element : value) Flatten(element, out);
  } else {
    out.push_back(value);
  }
}

tf::DataType TypeOf(const std::string& name) {
  static const std::map<std::string, tf::DataType> kTypes = {
      {"float32", ::tensorflow::DT_FLOAT}, {"float64", ::tensorflow::DT_DOUBLE}, {"int64", ::tensorflow::DT_INT64},
      {"int32", ::tensorflow::DT_INT32},   {"int16", ::tensorflow::DT_INT16},    {"uint8", ::tensorflow::DT_UINT8},
      {"string", ::tensorflow::DT_STRING}};
  auto it = kTypes.find(name);
  return it == kTypes.end() ? ::tensorflow::DT_INVALID : it->second;
}

Schema SchemaOf(const json& feature_spec) {
  Schema schema;
  for (const auto& [name, spec] : feature_spec.items()) {
    auto* feature = schema.add_feature();
    feature->set_name(name);
    feature->set_type(spec["dtype"] == "string"  ? ::tensorflow::metadata::v0::BYTES
                      : spec["dtype"] == "int64" ? ::tensorflow::metadata::v0::INT
                                                 : ::tensorflow::metadata::v0::FLOAT);
    if (spec["kind"] != "fixed_len") continue;
    feature->mutable_presence()->set_min_fraction(1);
    feature->mutable_shape();
    for (int64_t d : spec["shape"]) feature->mutable_shape()->add_dim()->set_size(d);
  }
  return schema;
}

std::vector<json> ReadLines(const std::string& path) {
  std::vector<json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(json::parse(line));
  }
  return lines;
}

Records ToExamples(const std::vector<json>& rows, const json& feature_spec) {
  Records records;
  for (const json& row : rows) {
    ::tensorflow::Example example;
    for (const auto& [name, spec] : feature_spec.items()) {
      if (!row.contains(name)) continue;
      std::vector<json> values;
      Flatten(row[name], values);
      auto& feature = (*example.mutable_features()->mutable_feature())[name];
      for (const json& value : values) {
        if (spec["dtype"] == "string") {
          feature.mutable_bytes_list()->add_value(value.get<std::string>());
        } else if (spec["dtype"] == "int64") {
          feature.mutable_int64_list()->add_value(value.get<int64_t>());
        } else {
          feature.mutable_float_list()->add_value(static_cast<float>(Number(value).value_or(0)));
        }
      }
    }
    records.Append(::tfx::dataset::SerializeExample(example));
  }
  return records;
}

::tfx::ShardSource<Records> Shards(const Records& records, size_t batch) {
  return [&records, batch, next = size_t{0}]() mutable -> absl::StatusOr<std::optional<Records>> {
    if (next >= records.size()) return std::nullopt;
    Records shard;
    for (const size_t end = std::min(records.size(), next + batch); next < end; ++next) shard.Append(records[next]);
    return shard;
  };
}

class GoldenCase {
 public:
  explicit GoldenCase(const std::string& directory) : directory_(directory) {
    std::ifstream(directory + "/spec.json") >> spec_;
    if (std::filesystem::exists(directory + "/analyzers.json")) {
      std::ifstream(directory + "/analyzers.json") >> analyzers_;
    }
  }

  void Run(Counts& counts) {
    const Schema schema = SchemaOf(spec_["feature_spec"]);
    const Records input = ToExamples(ReadLines(directory_ + "/input.jsonl"), spec_["feature_spec"]);
    const size_t batch = spec_.value("batch_size", 1000);
    auto graph = AnalyzeDataset([&] { return Shards(input, batch); }, schema,
                                [this](const Features& inputs) { return Build(inputs); });
    counts.unsupported += unsupported_;
    const bool must_fail = std::filesystem::exists(directory_ + "/error.json");
    if (must_fail && unsupported_ == 0) {
      EXPECT_FALSE(graph.ok()) << directory_ << " must be an error";
      ++(graph.ok() ? counts.failed : counts.passed);
      return;
    }
    if (outputs_ == 0) return;
    if (!graph.ok()) {
      ADD_FAILURE() << directory_ << ": " << graph.status();
      ++counts.failed;
      return;
    }
    const std::string work =
        absl::StrCat(::tfx::testing::TestFolder(), "/golden_case_", spec_["id"].get<std::string>());
    std::filesystem::remove_all(work);
    ASSERT_TRUE(WriteTransformGraph(*graph, work).ok());
    CheckVocabularies(*graph, counts);
    CheckRows(work, counts);
    std::filesystem::remove_all(work);
  }

 private:
  // ---- Building the calls ----
  std::optional<Tensor> Argument(const json& value) {
    if (!value.is_string() || !absl::StartsWith(value.get<std::string>(), "$")) return std::nullopt;
    auto it = tensors_.find(value.get<std::string>().substr(1));
    if (it == tensors_.end()) return std::nullopt;
    return it->second;
  }

  template <class T>
  static std::optional<T> Optional(const json& kwargs, const char* name) {
    if (!kwargs.contains(name) || kwargs[name].is_null()) return std::nullopt;
    return kwargs[name].get<T>();
  }

  static bool Knows(const json& kwargs, const std::set<std::string>& names) {
    for (const auto& [name, value] : kwargs.items()) {
      if (names.count(name) == 0) return false;
    }
    return true;
  }

  // The call's result; nullopt when our API has no such call.
  std::optional<Tensor> Call(const json& call) {
    const std::string function = call["function"];
    const json& kwargs = call["kwargs"];
    const json& args = call["args"];
    if (function == "tf.constant") {
      std::vector<json> values;
      Flatten(args[0], values);
      if (args[1] == "int64") {
        std::vector<int64_t> v(values.begin(), values.end());
        return Constant(v);
      }
      std::vector<float> v(values.begin(), values.end());
      return Constant(v);
    }
    if (function == "tft.experimental.get_vocabulary_size_by_name") {
      return VocabularySizeByName(args[0].get<std::string>());
    }
    if (args.empty()) return std::nullopt;
    const std::optional<Tensor> first = Argument(args[0]);
    if (!first.has_value()) return std::nullopt;
    const Tensor& x = *first;
    const AnalyzerOptions analyzer{.reduce_instance_dims = kwargs.value("reduce_instance_dims", true)};
    const ScaleOptions scale{.elementwise = kwargs.value("elementwise", false)};
    if (function == "tf.abs") return Abs(x);
    if (function == "tf.cast") return CastTo(x, TypeOf(args[1]));
    if (function == "column") return Column(x, args[1]);
    using Reducer = Tensor (*)(const Tensor&, const AnalyzerOptions&);
    static const std::map<std::string, Reducer> kReducers = {{"tft.min", Min},   {"tft.max", Max},   {"tft.sum", Sum},
                                                             {"tft.size", Size}, {"tft.mean", Mean}, {"tft.var", Var}};
    if (auto it = kReducers.find(function); it != kReducers.end()) {
      if (!Knows(kwargs, {"reduce_instance_dims"})) return std::nullopt;
      return it->second(x, analyzer);
    }
    if (function == "tft.quantiles" || function == "tft.bucketize") {
      std::optional<Tensor> weights;
      if (kwargs.contains("weights")) {
        weights = Argument(kwargs["weights"]);
        if (!weights.has_value()) return std::nullopt;
      }
      if (function == "tft.quantiles") {
        return Quantiles(x, {.num_buckets = kwargs["num_buckets"],
                             .epsilon = kwargs["epsilon"],
                             .weights = weights,
                             .reduce_instance_dims = analyzer.reduce_instance_dims});
      }
      return Bucketize(x, {.num_buckets = kwargs["num_buckets"],
                           .epsilon = Optional<double>(kwargs, "epsilon"),
                           .weights = weights,
                           .elementwise = scale.elementwise});
    }
    if (function == "tft.vocabulary") return CallVocabulary(x, kwargs);
    if (function == "tft.compute_and_apply_vocabulary") {
      if (!Knows(kwargs, {"vocab_filename", "num_oov_buckets", "default_value", "top_k", "frequency_threshold",
                          "fingerprint_shuffle", "store_frequency", "reserved_tokens"})) {
        return std::nullopt;
      }
      return ComputeAndApplyVocabulary(
          x, {.default_value = kwargs.value("default_value", -1),
              .top_k = Optional<int64_t>(kwargs, "top_k"),
              .frequency_threshold = Optional<double>(kwargs, "frequency_threshold"),
              .num_oov_buckets = kwargs.value("num_oov_buckets", 0),
              .vocab_filename = kwargs.value("vocab_filename", ""),
              .fingerprint_shuffle = kwargs.value("fingerprint_shuffle", false),
              .store_frequency = kwargs.value("store_frequency", false),
              .reserved_tokens = kwargs.value("reserved_tokens", std::vector<std::string>{})});
    }
    if (function == "tft.apply_vocabulary") {
      const std::optional<Tensor> vocabulary = Argument(args[1]);
      if (!vocabulary.has_value()) return std::nullopt;
      return ApplyVocabulary(
          x, *vocabulary,
          {.default_value = kwargs.value("default_value", -1), .num_oov_buckets = kwargs.value("num_oov_buckets", 0)});
    }
    if (function == "tft.apply_buckets") {
      const std::optional<Tensor> boundaries = Argument(kwargs["bucket_boundaries"]);
      return boundaries.has_value() ? std::optional<Tensor>(ApplyBuckets(x, *boundaries)) : std::nullopt;
    }
    if (function == "tft.scale_to_z_score" && Knows(kwargs, {"elementwise"})) return ScaleToZScore(x, scale);
    if (function == "tft.scale_to_0_1") return ScaleTo01(x, scale);
    if (function == "tft.scale_by_min_max") {
      return ScaleByMinMax(x, {.output_min = kwargs.value("output_min", 0.0f),
                               .output_max = kwargs.value("output_max", 1.0f),
                               .elementwise = scale.elementwise});
    }
    if (function == "tft.hash_strings") {
      HashStringsOptions options{.hash_buckets = kwargs["hash_buckets"]};
      if (kwargs.contains("key")) {
        const std::vector<uint64_t> key = kwargs["key"]["ints"];
        if (key.size() != 2) return std::nullopt;  // our type has just two
        options.key = {key[0], key[1]};
      }
      return HashStrings(x, options);
    }
    if (function == "tft.ngrams" || function == "tft.bag_of_words") {
      const NgramsOptions options{.min_size = args[1]["ints"][0], .max_size = args[1]["ints"][1], .separator = args[2]};
      return function == "tft.ngrams" ? Ngrams(x, options) : BagOfWords(x, options);
    }
    if (function == "tft.deduplicate_tensor_per_row") return DeduplicateTensorPerRow(x);
    if (function == "tft.word_count") return WordCount(x);
    if (function == "tft.sparse_tensor_to_dense_with_shape") {
      const json fill = kwargs.value("default_value", json(0));
      return ToDense(x, fill.is_string() ? Operand(fill.get<std::string>()) : Operand(fill.get<double>()),
                     {.columns = args[1][1]});
    }
    return std::nullopt;
  }

  std::optional<Tensor> CallVocabulary(const Tensor& x, const json& kwargs) {
    if (!Knows(kwargs,
               {"vocab_filename", "top_k", "frequency_threshold", "store_frequency", "reserved_tokens", "weights",
                "fingerprint_shuffle", "coverage_top_k", "coverage_frequency_threshold", "key_fn", "name"}) ||
        (kwargs.contains("top_k") && kwargs["top_k"].is_string())) {
      return std::nullopt;
    }
    VocabularyOptions options{.top_k = Optional<int64_t>(kwargs, "top_k"),
                              .frequency_threshold = Optional<double>(kwargs, "frequency_threshold"),
                              .vocab_filename = kwargs.value("vocab_filename", ""),
                              .store_frequency = kwargs.value("store_frequency", false),
                              .reserved_tokens = kwargs.value("reserved_tokens", std::vector<std::string>{}),
                              .fingerprint_shuffle = kwargs.value("fingerprint_shuffle", false),
                              .coverage_top_k = Optional<int64_t>(kwargs, "coverage_top_k"),
                              .coverage_frequency_threshold = Optional<double>(kwargs, "coverage_frequency_threshold"),
                              .name = kwargs.value("name", "")};
    if (kwargs.contains("weights")) {
      options.weights = Argument(kwargs["weights"]);
      if (!options.weights.has_value()) return std::nullopt;
    }
    if (kwargs.contains("key_fn")) options.key_fn = [](std::string_view t) { return std::string(t.substr(0, 1)); };
    return Vocabulary(x, options);
  }

  static Tensor Column(const Tensor& x, int column) {
    return Op("GatherV2")
        .Input(x)
        .Input(Constant(tf::Tensor::Scalar<int32_t>(column)))
        .Input(Constant(tf::Tensor::Scalar<int32_t>(1)))
        .Output();
  }

  // A value of the whole data set, repeated for each row so that it can be an output.
  Tensor Repeated(const Tensor& value, const std::vector<int64_t>& shape) {
    const Tensor& any = any_input_;
    const Tensor batch = any.is_sparse() ? Tensor(any.dense_shape())
                                         : Op("Shape").Input(any).Attr("out_type", ::tensorflow::DT_INT64).Output();
    const Tensor rows = Op("StridedSlice")
                            .Input(batch)
                            .Input(Constant<int32_t>({0}))
                            .Input(Constant<int32_t>({1}))
                            .Input(Constant<int32_t>({1}))
                            .Output();
    std::vector<int64_t> one_row = shape;
    one_row.insert(one_row.begin(), 1);
    const Tensor multiples = Op("ConcatV2")
                                 .InputList({rows, Constant(std::vector<int64_t>(shape.size(), 1))})
                                 .Input(Constant(tf::Tensor::Scalar<int32_t>(0)))
                                 .Attr("Tidx", ::tensorflow::DT_INT32)
                                 .Output();
    return Op("Tile").Input(Reshape(value, one_row)).Input(multiples).Output();
  }

  static Tensor ForOutput(const Tensor& x) {
    switch (x.dtype()) {
      case ::tensorflow::DT_FLOAT:
      case ::tensorflow::DT_INT64:
      case ::tensorflow::DT_STRING:
        return x;
      case ::tensorflow::DT_DOUBLE:
        return CastTo(x, ::tensorflow::DT_FLOAT);
      default:
        return CastTo(x, ::tensorflow::DT_INT64);
    }
  }

  Features Build(const Features& inputs) {
    tensors_.clear();
    any_input_ = inputs.begin()->second;
    for (const auto& [name, tensor] : inputs) tensors_[name] = tensor;
    Features outputs;
    outputs_ = unsupported_ = 0;
    // Something is always returned, so that cases with vocabularies only have an output.
    outputs["always"] = Repeated(Constant(tf::Tensor::Scalar<int64_t>(1)), {});
    for (const json& call : spec_["calls"]) {
      const std::string name = call["output"];
      const std::optional<Tensor> result = Call(call);
      if (!result.has_value()) {
        ++unsupported_;
        continue;
      }
      ++outputs_;
      tensors_[name] = *result;
      if (call["emit"] == "rows") {
        outputs[name] = ForOutput(*result);
      } else if (call["emit"] == "analyzer" && analyzers_.contains(name)) {
        outputs[name] = ForOutput(Repeated(*result, analyzers_[name]["shape"]));
      }
    }
    return outputs;
  }

  // ---- Comparing ----
  void CheckVocabularies(const TransformGraph& graph, Counts& counts) {
    for (const VocabularyAsset& vocabulary : graph.vocabularies) {
      auto expected = ::tfx::io::ReadFile(absl::StrCat(directory_, "/vocabulary/", vocabulary.file_name, ".txt"));
      if (!expected.ok()) continue;
      EXPECT_EQ(vocabulary.contents, *expected) << directory_ << " " << vocabulary.file_name;
      ++(vocabulary.contents == *expected ? counts.passed : counts.failed);
    }
  }

  static bool Equal(const ::tensorflow::Feature& actual, const json& expected_value, std::string& why) {
    const json& values = expected_value.is_object() ? expected_value["values"] : expected_value;
    std::vector<json> expected;
    Flatten(values, expected);
    const size_t size = static_cast<size_t>(actual.bytes_list().value_size() + actual.int64_list().value_size() +
                                            actual.float_list().value_size());
    why = absl::StrCat("got ", actual.ShortDebugString(), ", expected ", expected_value.dump());
    if (size != expected.size()) return false;
    for (size_t i = 0; i < size; ++i) {
      if (actual.has_bytes_list()) {
        if (actual.bytes_list().value(i) != expected[i].get<std::string>()) return false;
      } else if (actual.has_int64_list()) {
        if (expected[i].is_number_integer()
                ? actual.int64_list().value(i) != expected[i].get<int64_t>()
                : static_cast<double>(actual.int64_list().value(i)) != *Number(expected[i])) {
          return false;
        }
      } else {
        const double a = actual.float_list().value(i), b = static_cast<float>(*Number(expected[i]));
        if (std::isnan(a) != std::isnan(b)) return false;
        if (std::isnan(a) || a == b) continue;
        if (!(std::abs(a - b) <= 1e-6 + 1e-5 * std::abs(b))) return false;
      }
    }
    return true;
  }

  // Of many rows a sketch gives other values than TFT's when batches are cut elsewhere; both keep the stated bound.
  bool AreQuantilesWithinBound(const std::string& output, const ::tensorflow::Feature& actual) {
    if (spec_["kind"] != "quantiles_large") return false;
    for (const json& call : spec_["calls"]) {
      if (call["output"] != output || call["kwargs"].contains("weights")) continue;
      std::vector<double> values;
      for (const json& row : ReadLines(directory_ + "/input.jsonl")) {
        values.push_back(row[call["args"][0].get<std::string>().substr(1)]);
      }
      std::sort(values.begin(), values.end());
      const double rows = static_cast<double>(values.size());
      const int buckets = call["kwargs"]["num_buckets"];
      for (int i = 1; i < buckets; ++i) {
        const double boundary = actual.float_list().value(i - 1);
        // One float32 step beside the value itself.
        const double low = std::lower_bound(values.begin(), values.end(), boundary - 1e-6) - values.begin();
        const double high = std::upper_bound(values.begin(), values.end(), boundary + 1e-6) - values.begin();
        const double wanted = i * rows / buckets, slack = call["kwargs"]["epsilon"].get<double>() * rows;
        if (high < wanted - slack || low > wanted + slack) return false;
      }
      return true;
    }
    return false;
  }

  void CheckRows(const std::string& work, Counts& counts) {
    auto output = TransformOutput::Load(work);
    ASSERT_TRUE(output.ok()) << output.status();
    auto transformer = ExampleTransformer::Create(*output);
    ASSERT_TRUE(transformer.ok()) << transformer.status();
    std::string input_file = directory_ + "/transform_input.jsonl";
    if (!std::filesystem::exists(input_file)) input_file = directory_ + "/input.jsonl";
    auto transformed = (*transformer)->Transform(ToExamples(ReadLines(input_file), spec_["feature_spec"]));
    if (!transformed.ok()) {
      ADD_FAILURE() << directory_ << ": " << transformed.status();
      ++counts.failed;
      return;
    }
    std::vector<::tensorflow::Example> rows(transformed->size());
    for (size_t i = 0; i < rows.size(); ++i) ASSERT_TRUE(rows[i].ParseFromString(std::string((*transformed)[i])));
    const std::vector<json> expected = ReadLines(directory_ + "/transformed.jsonl");
    std::string why;
    for (const FeatureSpec& spec : output->transformed_feature_spec()) {
      if (spec.name == "always" || rows.empty()) continue;
      // TFT adds uint8 in uint8 within a batch, which wraps around at 256; we do not.
      if (spec.name == "sum_uint8") continue;
      bool same = true;
      if (analyzers_.contains(spec.name)) {
        const auto& actual = rows[0].features().feature().at(spec.name);
        same = Equal(actual, analyzers_[spec.name]["value"], why) || AreQuantilesWithinBound(spec.name, actual);
      } else {
        ASSERT_EQ(rows.size(), expected.size()) << directory_;
        for (size_t i = 0; same && i < rows.size(); ++i) {
          if (!expected[i].contains(spec.name)) continue;
          same = Equal(rows[i].features().feature().at(spec.name), expected[i][spec.name], why);
          if (!same) absl::StrAppend(&why, " in row ", i);
        }
        same = CheckSchema(*output, spec.name) && same;
      }
      EXPECT_TRUE(same) << directory_ << " output " << spec.name << ": " << why;
      ++(same ? counts.passed : counts.failed);
    }
  }

  // The inferred feature, domain included.
  bool CheckSchema(const TransformOutput& output, const std::string& name) {
    Schema expected;
    const std::string path = directory_ + "/transformed_schema.pbtxt";
    if (!std::filesystem::exists(path)) return true;
    EXPECT_TRUE(::tfx::io::ReadTextProto(path, &expected).ok());
    for (const auto& wanted : expected.feature()) {
      if (wanted.name() != name) continue;
      for (const auto& actual : output.transformed_schema().feature()) {
        if (actual.name() != name) continue;
        const bool same = ::google::protobuf::util::MessageDifferencer::Equals(wanted, actual);
        EXPECT_TRUE(same) << directory_ << ": wanted " << wanted.ShortDebugString() << ", got "
                          << actual.ShortDebugString();
        return same;
      }
    }
    return true;
  }

  const std::string directory_;
  json spec_;
  json analyzers_ = json::object();
  std::map<std::string, Tensor> tensors_;
  Tensor any_input_;
  int outputs_ = 0;
  int unsupported_ = 0;
};

TEST(GoldenCasesTest, KnownCallsGiveTheRecordedResults) {
  const char* golden = std::getenv("TFX_GOLDEN_DIR");
  if (golden == nullptr || !std::filesystem::exists(absl::StrCat(golden, "/tft/index.json"))) {
    GTEST_SKIP() << "TFX_GOLDEN_DIR has no tft";
  }
  Counts total;
  std::set<std::string> directories;
  for (const auto& entry : std::filesystem::directory_iterator(absl::StrCat(golden, "/tft"))) {
    if (std::filesystem::exists(entry.path() / "spec.json")) directories.insert(entry.path());
  }
  for (const std::string& directory : directories) GoldenCase(directory).Run(total);
  std::cout << total.passed << " of " << total.passed + total.failed << " results equal the recorded ones; "
            << total.unsupported << " calls are not in our API\n";
  EXPECT_GT(total.passed, 150);
  EXPECT_EQ(total.failed, 0);
}

}  // namespace
}  // namespace tft
