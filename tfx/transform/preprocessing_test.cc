// What a preprocessing_fn may do wrong, data that does not fit, and behaviour that the recorded cases do not show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
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

using ::tensorflow::Example;
using ::tensorflow::metadata::v0::Schema;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::tfx::io::Records;

constexpr char kSchema[] = R"(
  feature { name: "fare" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
  feature { name: "company" type: BYTES }
  feature { name: "zip" type: INT })";

Schema ParseSchema(const std::string& text) {
  Schema schema;
  const absl::Status status = ::tfx::io::ParseTextProto(text, "schema", &schema);
  EXPECT_TRUE(status.ok()) << status;
  return schema;
}

std::string Row(float fare, const std::vector<std::string>& companies = {}, const std::vector<int64_t>& zips = {}) {
  Example example;
  auto& features = *example.mutable_features()->mutable_feature();
  features["fare"].mutable_float_list()->add_value(fare);
  for (const std::string& company : companies) features["company"].mutable_bytes_list()->add_value(company);
  for (int64_t zip : zips) features["zip"].mutable_int64_list()->add_value(zip);
  return ::tfx::dataset::SerializeExample(example);
}

Records ToRecords(const std::vector<std::string>& rows) {
  Records records;
  for (const std::string& row : rows) records.Append(row);
  return records;
}

// One shard per row.
std::function<::tfx::ShardSource<Records>()> Source(std::vector<std::string> rows) {
  return [rows] {
    return [rows, next = size_t{0}]() mutable -> absl::StatusOr<std::optional<Records>> {
      if (next >= rows.size()) return std::nullopt;
      return ToRecords({rows[next++]});
    };
  };
}

absl::StatusOr<TransformGraph> Analyze(const PreprocessingFn& fn, std::vector<std::string> rows = {Row(1), Row(3)},
                                       const std::string& schema = kSchema) {
  return AnalyzeDataset(Source(std::move(rows)), ParseSchema(schema), fn);
}

// The transformed rows, read back as Examples.
class TransformTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::tfx::testing::TestFolder() + "/preprocessing_" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  TransformOutput Write(const absl::StatusOr<TransformGraph>& graph) {
    EXPECT_TRUE(graph.ok()) << graph.status();
    if (!graph.ok()) return {};
    const absl::Status status = WriteTransformGraph(*graph, directory_);
    EXPECT_TRUE(status.ok()) << status;
    auto output = TransformOutput::Load(directory_);
    EXPECT_TRUE(output.ok()) << output.status();
    return *output;
  }

  std::vector<Example> Apply(const TransformOutput& output, const std::vector<std::string>& rows,
                             const ImportOptions& options = {}) {
    auto transformer = ExampleTransformer::Create(output, options);
    EXPECT_TRUE(transformer.ok()) << transformer.status();
    auto transformed = (*transformer)->Transform(ToRecords(rows));
    EXPECT_TRUE(transformed.ok()) << transformed.status();
    std::vector<Example> examples(transformed->size());
    for (size_t i = 0; i < examples.size(); ++i) {
      EXPECT_TRUE(examples[i].ParseFromString(std::string((*transformed)[i])));
    }
    return examples;
  }

  std::string directory_;
};

void ExpectError(const absl::StatusOr<TransformGraph>& graph, const std::vector<std::string>& words) {
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.status().code(), absl::StatusCode::kInvalidArgument) << graph.status();
  for (const std::string& word : words) EXPECT_THAT(std::string(graph.status().message()), HasSubstr(word));
}

using PreprocessingErrorTest = TransformTest;

TEST_F(PreprocessingErrorTest, UnknownFeatureGetsTheNearestName) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"x", ScaleToZScore(in["fares"])}};
              }),
              {"'fares'", "did you mean fare?"});
}

TEST_F(PreprocessingErrorTest, NothingReturned) {
  ExpectError(Analyze([](const Features&) { return Features(); }), {"preprocessing_fn returned no features"});
}

TEST_F(PreprocessingErrorTest, OutputOfABadType) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"big", in["fare"] > 2}};
              }),
              {"'big'", "DT_BOOL", "Cast"});
}

TEST_F(PreprocessingErrorTest, OutputThatWasNeverSet) {
  ExpectError(Analyze([](const Features&) { return Features{{"nothing", Tensor()}}; }), {"'nothing'", "never given"});
}

TEST_F(PreprocessingErrorTest, OutputWithoutRows) {
  ExpectError(Analyze([](const Features& in) { return Features{{"max", Max(in["fare"])}}; }), {"'max'", "scalar"});
}

TEST_F(PreprocessingErrorTest, AnalyzerOfTheWrongTypeNamesTheFeature) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"x", ScaleToZScore(in["company"])}};
              }),
              {"company", "DT_STRING", "scale_to_z_score"});
}

TEST_F(PreprocessingErrorTest, MixedTypes) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"x", in["fare"] + Dense(in["zip"], 0)}};
              }),
              {"operator+", "DT_FLOAT", "DT_INT64", "Cast"});
}

TEST_F(PreprocessingErrorTest, TwoVocabulariesOfOneFile) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"a", ComputeAndApplyVocabulary(in["company"], {.vocab_filename = "v"})},
                                {"b", ComputeAndApplyVocabulary(in["zip"], {.vocab_filename = "v"})}};
              }),
              {"'v'", "vocab_filename"});
}

TEST_F(PreprocessingErrorTest, UnknownOpIsNamed) {
  ExpectError(Analyze([](const Features& in) {
                return Features{{"x", Op("NoSuchOp").Input(in["fare"]).Output()}};
              }),
              {"NoSuchOp"});
}

TEST_F(PreprocessingErrorTest, ExceptionOfTheFunction) {
  ExpectError(Analyze([](const Features&) -> Features { throw std::runtime_error("boom"); }), {"boom"});
}

TEST_F(PreprocessingErrorTest, RowWithoutADenseFeatureNamesIt) {
  Example empty;
  ExpectError(Analyze(
                  [](const Features& in) {
                    return Features{{"x", ScaleToZScore(in["fare"])}};
                  },
                  {Row(1), empty.SerializeAsString()}),
              {"fare"});
}

TEST_F(PreprocessingErrorTest, RowWithAValueOfAnotherTypeNamesTheFeature) {
  Example wrong;
  (*wrong.mutable_features()->mutable_feature())["fare"].mutable_int64_list()->add_value(3);
  ExpectError(Analyze(
                  [](const Features& in) {
                    return Features{{"x", ScaleToZScore(in["fare"])}};
                  },
                  {Row(1), wrong.SerializeAsString()}),
              {"fare"});
}

TEST_F(PreprocessingErrorTest, RowWithTooManyValuesNamesTheFeature) {
  ExpectError(Analyze(
                  [](const Features& in) {
                    return Features{{"x", ScaleToZScore(Dense(in["zip"], 0))}};
                  },
                  {Row(1, {}, {1, 2})}),
              {"zip"});
}

TEST_F(PreprocessingErrorTest, BytesThatAreNoExample) {
  EXPECT_FALSE(Analyze(
                   [](const Features& in) {
                     return Features{{"x", ScaleToZScore(in["fare"])}};
                   },
                   {"\xff\xff"})
                   .ok());
}

TEST_F(PreprocessingErrorTest, DenseFeatureThatMayBeMissing) {
  ExpectError(Analyze([](const Features& in) { return in; }, {},
                      R"(feature { name: "f" type: INT presence { min_fraction: 0.5 } shape { dim { size: 1 } } })"),
              {"'f'", "min_fraction"});
}

TEST_F(TransformTest, NoDataGivesTheIdentityScaleAndADummyVocabulary) {
  const TransformOutput output = Write(Analyze(
      [](const Features& in) {
        return Features{{"z", ScaleToZScore(in["fare"])},
                        {"id", ComputeAndApplyVocabulary(Dense(in["company"], ""), {.vocab_filename = "company"})}};
      },
      {}));
  const auto rows = Apply(output, {Row(2.5f, {"a"})});

  EXPECT_EQ(rows[0].features().feature().at("z").float_list().value(0), 2.5f);
  EXPECT_EQ(rows[0].features().feature().at("id").int64_list().value(0), -1);
  EXPECT_EQ(output.VocabularySizeByName("company").value(), 1);
}

TEST_F(TransformTest, VocabularyOfOneTokenCountsFromZero) {
  const TransformOutput output = Write(Analyze(
      [](const Features& in) {
        return Features{
            {"id", ComputeAndApplyVocabulary(in["company"], {.num_oov_buckets = 1, .vocab_filename = "c"})}};
      },
      {Row(1, {"a", "a"}), Row(1)}));
  const auto rows = Apply(output, {Row(1, {"b", "a"}), Row(1)});

  EXPECT_THAT(rows[0].features().feature().at("id").int64_list().value(), ElementsAre(1, 0));
  EXPECT_EQ(rows[1].features().feature().at("id").int64_list().value_size(), 0);
  EXPECT_THAT(output.VocabularyByName("c").value(), ElementsAre("a"));
  EXPECT_EQ(output.NumBucketsForTransformedFeature("id").value(), 2);
}

TEST_F(TransformTest, AnalyzersOfAnalyzersTakeOnePassPerPhase) {
  AnalyzeReport report;
  const AnalyzedDataset dataset{.key = "", .open = Source({Row(1), Row(2), Row(6)})};
  auto graph = AnalyzeDataset(
      {dataset}, ParseSchema(kSchema),
      [](const Features& in) {
        const Tensor centred = in["fare"] - Mean(in["fare"]);
        return Features{{"x", centred / Max(Abs(centred))}, {"y", ScaleTo01(in["fare"])}};
      },
      {}, &report);
  const TransformOutput output = Write(graph);
  const auto rows = Apply(output, {Row(6), Row(3)});

  EXPECT_EQ(report.phases, 2);
  EXPECT_EQ(report.num_analyzers, 3);
  EXPECT_EQ(report.records_read, 6);
  EXPECT_FLOAT_EQ(rows[0].features().feature().at("x").float_list().value(0), 1);
  EXPECT_FLOAT_EQ(rows[1].features().feature().at("x").float_list().value(0), 0);
}

TEST_F(TransformTest, AnalyzerOfALookupReadsTheVocabularyOfThePhaseBefore) {
  const TransformOutput output = Write(Analyze(
      [](const Features& in) {
        const Tensor id = ComputeAndApplyVocabulary(in["company"]);
        return Features{{"scaled", ScaleTo01(id)}};
      },
      {Row(1, {"a"}), Row(1, {"a"}), Row(1, {"b"}), Row(1, {"c"})}));
  const auto rows = Apply(output, {Row(1, {"a", "c", "b"})});

  EXPECT_THAT(rows[0].features().feature().at("scaled").float_list().value(), ElementsAre(0, 0.5, 1));
}

TEST_F(TransformTest, CrossesHashTheJoinedValues) {
  const TransformOutput output = Write(Analyze([](const Features& in) {
    const Tensor company = Dense(in["company"], ""), zip = Dense(in["zip"], 0);
    return Features{{"cross", FeatureCross({company, zip}, {.hash_buckets = 50})},
                    {"joined", HashStrings(StringJoin({company, AsString(zip)}, "_X_"), {.hash_buckets = 50})}};
  }));
  const auto rows = Apply(output, {Row(1, {"a"}, {7})});

  EXPECT_EQ(rows[0].features().feature().at("cross").int64_list().value(0),
            rows[0].features().feature().at("joined").int64_list().value(0));
  EXPECT_EQ(output.NumBucketsForTransformedFeature("cross").value(), 50);
}

TEST_F(TransformTest, ImportLeavesOutWhatDependsOnMissingFeatures) {
  const TransformOutput output = Write(Analyze([](const Features& in) {
    return Features{{"label", Dense(in["zip"], 0)}, {"x", ScaleTo01(in["fare"])}};
  }));
  const auto rows = Apply(output, {Row(1, {}, {5})}, {.without_raw_features = {"zip"}});

  EXPECT_EQ(rows[0].features().feature_size(), 1);
  EXPECT_TRUE(rows[0].features().feature().contains("x"));
  auto impossible = ExampleTransformer::Create(output, {.outputs = {"label"}, .without_raw_features = {"zip"}});
  EXPECT_EQ(impossible.status().code(), absl::StatusCode::kFailedPrecondition);
  auto unknown = ExampleTransformer::Create(output, {.outputs = {"labl"}});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("label"));
}

TEST_F(TransformTest, GraphCanBeImportedTwiceIntoOneGraph) {
  const TransformOutput output = Write(Analyze(
      [](const Features& in) {
        return Features{{"id", ComputeAndApplyVocabulary(Dense(in["company"], ""))}};
      },
      {Row(1, {"a"})}));
  tf::Graph graph;
  const tf::Output serialized = graph.Placeholder(::tensorflow::DT_STRING, {-1}, "examples");
  auto first = output.Import(graph, serialized);
  auto second = output.Import(graph, serialized);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  auto session = tf::Session::Create(graph);
  ASSERT_TRUE(session.ok());
  for (const auto* imported : {&*first, &*second}) {
    ASSERT_EQ(imported->initializers.size(), 1u);
    ASSERT_EQ(imported->assets.size(), 1u);
    EXPECT_TRUE(graph.FindOutput(imported->assets.begin()->first).ok());
    const absl::Status status = (*session)->Run(std::span<const tf::Feed>(), {}, imported->initializers).status();
    ASSERT_TRUE(status.ok()) << status;
  }
  auto ids = (*session)->Run({{serialized, tf::Tensor::Strings({Row(1, {"a"})})}},
                             {first->outputs.at("id").values, second->outputs.at("id").values});
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_EQ((*ids)[0].data<int64_t>()[0], 0);
  EXPECT_EQ((*ids)[1].data<int64_t>()[0], 0);
}

TEST_F(TransformTest, GraphIsNotWrittenOverAnother) {
  auto graph = Analyze([](const Features& in) { return Features{{"x", in["fare"]}}; });
  Write(graph);

  EXPECT_EQ(WriteTransformGraph(*graph, directory_).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(TransformTest, DamagedGraphIsAnError) {
  Write(Analyze([](const Features& in) { return Features{{"x", in["fare"]}}; }));
  ASSERT_TRUE(::tfx::io::WriteFile(directory_ + "/transform_fn/saved_model.pb", "\xff\xff nonsense").ok());

  auto damaged = TransformOutput::Load(directory_);
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(std::string(damaged.status().message()), HasSubstr("saved_model.pb"));
  EXPECT_EQ(TransformOutput::Load(directory_ + "/absent").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TransformTest, DamagedCacheEntriesAreComputedAgain) {
  const auto fn = [](const Features& in) { return Features{{"x", ScaleToZScore(in["fare"])}}; };
  AnalyzerCache cache;
  const AnalyzedDataset dataset{.key = "span-1", .open = Source({Row(1), Row(3)})};
  ASSERT_TRUE(AnalyzeDataset({dataset}, ParseSchema(kSchema), fn, {.output_cache = &cache}).ok());
  ASSERT_TRUE(WriteAnalyzerCache(cache, directory_).ok());
  ASSERT_TRUE(::tfx::io::WriteFile(directory_ + "/span-1/0", "damaged").ok());
  auto stored = ReadAnalyzerCache(directory_);
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->entries["span-1"].empty());

  // A state that is whole on the disk but of another analyzer is refused too.
  for (auto& [key, state] : cache.entries["span-1"]) state = "not a state";
  AnalyzeReport report;
  auto graph = AnalyzeDataset({dataset}, ParseSchema(kSchema), fn, {.input_cache = &cache}, &report);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(report.cache_hits, 0);
  EXPECT_EQ(report.records_read, 2);
}

TEST(DatasetKeyTest, HasTheLastSixComponentsOfThePattern) {
  const std::string long_key = "/a/b/c/d/e/f/g/*";
  EXPECT_THAT(DatasetKey(long_key), HasSubstr("c-d-e-f-g-STAR-"));
}

}  // namespace
}  // namespace tft
