#include "tfx/data_validation/example_validation/example_validation.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/data_validation/example_validation/example_files.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/accumulator_properties.h"
#include "tfx/testing/golden_files.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<v0::Schema> ParseSchema(const std::string& text) {
  auto schema = std::make_shared<v0::Schema>();
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, schema.get())) << text;
  return schema;
}

const char kSchema[] = R"pb(
  feature {
    name: "payment"
    type: BYTES
    value_count { min: 1 max: 1 }
    presence { min_fraction: 1 }
    string_domain { value: "cash" value: "card" }
  }
  feature {
    name: "miles"
    type: FLOAT
    presence { min_count: 1 }
    float_domain { min: 0 disallow_nan: true }
  }
)pb";

std::vector<std::string> Summary(const ExampleValidationResult& result) {
  std::vector<std::string> lines;
  for (const AnomalousExample& example : result.examples) {
    for (const auto& [path, info] : example.anomalies) {
      for (const auto& reason : info.reason()) {
        lines.push_back(std::to_string(example.row) + " " + path + " " + v0::AnomalyInfo::Type_Name(reason.type()));
      }
    }
  }
  return lines;
}

absl::StatusOr<ExampleValidationResult> ValidateBatches(const std::vector<PlacedRows>& batches,
                                                        const ExampleValidationOptions& options) {
  auto accumulator = ExampleValidationAccumulator::Make(options);
  if (!accumulator.ok()) return accumulator.status();
  const absl::Status added = accumulator->Add(batches);
  if (!added.ok()) return added;
  return accumulator->Finish();
}

TEST(ValidateExamples, NamesTheRowsAndWhatIsWrongWithThem) {
  const auto batch =
      BatchOf({Strings("payment", R"([["cash"], ["card"], ["bitcoin"], ["cash", "card"], null, ["cash"]])"),
               Floats("miles", "[[1], [-2], [3], [4], [5], [6]]")});

  const auto result = ValidateBatches({{.rows = batch, .first_row = 100}}, {.schema = ParseSchema(kSchema)});

  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->num_examples, 6);
  EXPECT_EQ(result->num_anomalous_examples, 4);
  EXPECT_THAT(Summary(*result),
              ElementsAre("101 miles FLOAT_TYPE_SMALL_FLOAT", "102 payment ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                          "103 payment FEATURE_TYPE_HIGH_NUMBER_VALUES", "104 payment SCHEMA_MISSING_COLUMN"));
  std::map<std::string, int64_t> slices;
  for (const auto& dataset : result->statistics.datasets()) slices[dataset.name()] = dataset.num_examples();
  EXPECT_EQ(slices, (std::map<std::string, int64_t>{{"miles_FLOAT_TYPE_SMALL_FLOAT", 1},
                                                    {"payment_ENUM_TYPE_UNEXPECTED_STRING_VALUES", 1},
                                                    {"payment_FEATURE_TYPE_HIGH_NUMBER_VALUES", 1},
                                                    {"payment_SCHEMA_MISSING_COLUMN", 1}}));
}

// Rows at random, the same as one by one; with constraints that force it and without.
TEST(ValidateExamples, HalvingFindsWhatValidatingEachRowFinds) {
  const std::string constrained = std::string(kSchema) + R"pb(
    feature {
      name: "company"
      type: BYTES
      distribution_constraints { min_domain_mass: 0.5 }
      string_domain { value: "a" }
    }
  )pb";
  std::mt19937 random(7);
  for (const std::string& schema_text : {std::string(kSchema), constrained}) {
    std::string payments, miles, companies;
    const int num_rows = 150;
    for (int row = 0; row < num_rows; ++row) {
      const int kind = static_cast<int>(random() % 20);
      const std::string comma = row == 0 ? "" : ",";
      payments += comma + (kind == 0 ? "null" : kind == 1 ? "[]" : kind == 2 ? R"(["x"])" : R"(["cash"])");
      miles += comma + (kind == 3 ? "[-1]" : kind == 4 ? "[1, -5]" : "[2]");
      companies += comma + (kind == 5 ? R"(["b"])" : kind == 6 ? R"(["a", "b", "b"])" : R"(["a"])");
    }
    const auto batch = BatchOf({Strings("payment", "[" + payments + "]"), Floats("miles", "[" + miles + "]"),
                                Strings("company", "[" + companies + "]")});
    ExampleValidationOptions options{.schema = ParseSchema(schema_text)};
    std::vector<PlacedRows> single_rows;
    for (int row = 0; row < num_rows; ++row) single_rows.push_back({.rows = batch->Slice(row, 1), .first_row = row});

    const auto found = ValidateBatches({{.rows = batch}}, options);
    const auto oracle = ValidateBatches(single_rows, options);

    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_TRUE(oracle.ok()) << oracle.status();
    EXPECT_EQ(Summary(*found), Summary(*oracle));
    EXPECT_GT(found->num_anomalous_examples, 10);
    EXPECT_EQ(found->statistics.datasets_size(), oracle->statistics.datasets_size());
  }
}

TEST(ValidateExamples, CountsWhatItDoesNotName) {
  const auto batch = BatchOf({Strings("payment", R"([["x"], ["x"], ["x"]])"), Floats("miles", "[[1], [1], [1]]")});

  const auto result = ValidateBatches({{.rows = batch}}, {.schema = ParseSchema(kSchema), .max_named_examples = 2});

  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->num_anomalous_examples, 3);
  EXPECT_EQ(result->examples.size(), 2u);
  EXPECT_EQ(result->statistics.datasets(0).num_examples(), 3u);
}

TEST(ValidateExamples, ReadsSerializedExamplesInParallelShards) {
  io::Records records;
  for (int i = 0; i < 40; ++i) {
    ::tensorflow::Example example;
    (*example.mutable_features()->mutable_feature())["payment"].mutable_bytes_list()->add_value(i == 33 ? "?" : "cash");
    records.Append(example.SerializeAsString());
  }
  auto source = [&records, left = 3]() mutable -> absl::StatusOr<std::optional<io::Records>> {
    if (left-- == 0) return std::nullopt;
    return records;
  };

  const auto result = ValidateExamples(source, {.schema = ParseSchema(kSchema)}, Engine({.num_threads = 2}));

  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(Summary(*result), ElementsAre("33 payment ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                                            "73 payment ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                                            "113 payment ENUM_TYPE_UNEXPECTED_STRING_VALUES"));
}

TEST(ValidateExamplesInFiles, CountsRowsOverAllFiles) {
  const std::string folder = testing::TestFolder() + "/example_files";
  ASSERT_TRUE(io::WriteFile(folder + "/a.csv", "payment,miles\ncash,1\ncard,2\n").ok());
  ASSERT_TRUE(io::WriteFile(folder + "/b.csv", "payment,miles\ncash,-3\nbitcoin,4\n,5\n").ok());

  const auto result = ValidateExamplesInFiles({.files = {folder + "/a.csv", folder + "/b.csv"}},
                                              {.schema = ParseSchema(R"pb(
                                                 feature {
                                                   name: "payment"
                                                   type: BYTES
                                                   presence { min_fraction: 1 }
                                                   string_domain { value: "cash" value: "card" }
                                                 }
                                                 feature {
                                                   name: "miles"
                                                   type: INT
                                                   int_domain { min: 0 }
                                                 }
                                               )pb")},
                                              Engine({.num_threads = 2}));

  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->num_examples, 5);
  EXPECT_THAT(Summary(*result),
              ElementsAre("2 miles INT_TYPE_SMALL_INT", "3 payment ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                          "4 payment SCHEMA_MISSING_COLUMN"));
}

TEST(ValidateExamplesInFiles, CountsRowsOfCsvNotLines) {
  const int num_rows = 5000;  // three blocks
  std::string text = "payment,note\n";
  std::vector<std::string> expected(2 * (num_rows / 700 + 1));
  for (int row = 0; row < num_rows; ++row) {
    const bool is_wrong = row % 700 == 5;
    text += (is_wrong ? "bitcoin,\"" : "cash,\"") + std::string(1000, '\n') + "\"\n" + (row % 3 == 0 ? "\r\n\n" : "");
    for (const int copy : {0, 1}) {
      if (!is_wrong) continue;
      expected[copy * (num_rows / 700 + 1) + row / 700] =
          std::to_string(copy * num_rows + row) + " payment ENUM_TYPE_UNEXPECTED_STRING_VALUES";
    }
  }
  const std::string path = testing::TestFolder() + "/lines.csv";
  ASSERT_TRUE(io::WriteFile(path, text).ok());
  for (const int threads : {1, 3}) {
    const auto result = ValidateExamplesInFiles({.files = {path, path}}, {.schema = ParseSchema(R"pb(
                                                                            feature {
                                                                              name: "payment"
                                                                              type: BYTES
                                                                              string_domain { value: "cash" }
                                                                            }
                                                                            feature { name: "note" type: BYTES }
                                                                          )pb")},
                                                Engine({.num_threads = threads}));

    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->num_examples, 2 * num_rows);
    EXPECT_EQ(Summary(*result), expected);
  }
}

TEST(ValidateExamples, NothingWrongIsAnEmptyResult) {
  const auto batch = BatchOf({Strings("payment", R"([["cash"]])"), Floats("miles", "[[1]]")});
  const auto result = ValidateBatches({{.rows = batch}}, {.schema = ParseSchema(kSchema)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->examples, IsEmpty());
  EXPECT_EQ(result->statistics.datasets_size(), 0);
}

TEST(ValidateExamples, OptionsThatDoNotFitAreRefused) {
  EXPECT_THAT(std::string(ExampleValidationAccumulator::Make({}).status().message()), HasSubstr("schema"));
  const DatasetFeatureStatisticsList serving;
  ExampleValidationOptions options{.schema = ParseSchema(kSchema)};
  options.validation.serving_statistics = &serving;
  EXPECT_EQ(ExampleValidationAccumulator::Make(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ValidateInstance, LeavesOutWhatIsAboutDataSets) {
  const auto batch = BatchOf({Strings("payment", R"([null, ["x"]])"), Floats("miles", "[[1], [1]]")});
  const auto anomalies = ValidateInstance(batch, {.schema = ParseSchema(kSchema)});
  ASSERT_TRUE(anomalies.ok()) << anomalies.status();
  ASSERT_EQ(anomalies->anomaly_info_size(), 1);
  const v0::AnomalyInfo& info = anomalies->anomaly_info().at("payment");
  ASSERT_EQ(info.reason_size(), 1) << info.DebugString();
  EXPECT_EQ(info.reason(0).type(), v0::AnomalyInfo::ENUM_TYPE_UNEXPECTED_STRING_VALUES);
  EXPECT_EQ(info.short_description(), "Unexpected string values");
}

TEST(ExampleValidationAccumulator, IsAnAccumulator) {
  using Batches = std::vector<PlacedRows>;
  std::vector<Batches> batches;
  for (int64_t first : {0, 3, 6}) {
    batches.push_back({{.rows = BatchOf({Strings("payment", R"([["cash"], ["x"], ["y", "cash"]])"),
                                         Floats("miles", "[[1], [-1], [2]]")}),
                        .first_row = first}});
  }
  testing::AccumulatorChecks<ExampleValidationAccumulator, Batches> checks;
  checks.num_rows = [](const Batches& b) { return static_cast<size_t>(b[0].rows->num_rows()); };
  checks.split = [](const Batches& b, size_t row) {
    const auto at = static_cast<int64_t>(row);
    return std::pair(Batches{{.rows = b[0].rows->Slice(0, at), .first_row = b[0].first_row}},
                     Batches{{.rows = b[0].rows->Slice(at), .first_row = b[0].first_row + at}});
  };
  checks.same = [](const ExampleValidationAccumulator& a, const ExampleValidationAccumulator& b) {
    const auto one = a.Finish(), other = b.Finish();
    if (!one.ok() || !other.ok()) return ::testing::AssertionFailure() << one.status() << other.status();
    const std::string difference = Difference(one->statistics, other->statistics);
    if (Summary(*one) == Summary(*other) && one->num_examples == other->num_examples &&
        one->num_anomalous_examples == other->num_anomalous_examples && difference.empty()) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "the results differ: " << difference;
  };
  const auto empty = ExampleValidationAccumulator::Make({.schema = ParseSchema(kSchema), .max_named_examples = 4});
  ASSERT_TRUE(empty.ok()) << empty.status();
  testing::CheckAccumulatorProperties(*empty, batches, checks);
}

}  // namespace
}  // namespace tfx::tfdv
