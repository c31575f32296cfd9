#include "tfx/data_validation/generators/mutual_information.h"

#include <algorithm>
#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/mutual_information_estimate.h"
#include "tfx/data_validation/generators/sklearn_mutual_information.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;

Points RandomPoints(size_t n, size_t num_columns, SeededRandom* random) {
  Points points{.num_columns = num_columns};
  for (size_t i = 0; i < n * num_columns; ++i) points.values.push_back(random->Normal());
  return points;
}

TEST(NeighbourTree, FindsWhatLookingAtEveryPointFinds) {
  SeededRandom random(1);
  for (const size_t columns : {1, 2, 5, 40}) {
    Points points = RandomPoints(300, columns, &random);
    for (size_t i = 0; i < 30 * columns; ++i) points.values[i] = points.values[i + 30 * columns];  // equal points
    const NeighbourTree tree(points);
    for (size_t i = 0; i < points.size(); i += 7) {
      std::vector<std::pair<double, size_t>> others;
      for (size_t j = 0; j < points.size(); ++j) {
        if (j != i) others.emplace_back(tree.Distance(i, j), j);
      }
      std::sort(others.begin(), others.end());
      const std::vector<size_t> nearest = tree.Nearest(i, 4);
      ASSERT_EQ(nearest.size(), 4u);
      for (size_t k = 0; k < 4; ++k) EXPECT_EQ(nearest[k], others[k].second) << columns << " columns, point " << i;
      const double radius = others[20].first;
      const auto within = std::count_if(others.begin(), others.end(), [&](const auto& o) { return o.first <= radius; });
      EXPECT_EQ(tree.CountWithin(i, radius), static_cast<size_t>(within) + 1);
    }
  }
}

TEST(NeighbourTree, ManyEqualPointsAreNoTrouble) {
  const NeighbourTree tree({.num_columns = 2, .values = std::vector<double>(20000, 1.5)});
  EXPECT_EQ(tree.Nearest(5, 2), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(tree.CountWithin(5, 0), 10000u);
  EXPECT_EQ(NeighbourTree({.values = {1.0}}).Nearest(0, 3).size(), 0u);
}

TEST(Digamma, HasItsKnownValues) {
  const double euler = 0.57721566490153286;
  EXPECT_NEAR(Digamma(1), -euler, 1e-12);
  EXPECT_NEAR(Digamma(2), 1 - euler, 1e-12);
  EXPECT_NEAR(Digamma(0.5), -euler - 2 * std::log(2), 1e-12);
  EXPECT_NEAR(Digamma(1000), std::log(1000) - 0.0005 - 1.0 / 12e6, 1e-12);
}

TEST(SeededRandom, IsNormalAndShuffles) {
  SeededRandom random(9);
  double sum = 0, squares = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = random.Normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 20000, 0, 0.03);
  EXPECT_NEAR(squares / 20000, 1, 0.04);
  std::vector<size_t> order = random.Shuffle(100);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

// A pair of normal numbers of correlation r shares -log(1 - r^2) / 2.
TEST(MutualInformationOfNumbers, ComesNearTheTruthForNormalNumbers) {
  for (const double r : {0.0, 0.5, 0.9}) {
    SeededRandom random(17);
    Points x, y;
    for (int i = 0; i < 2000; ++i) {
      const double a = random.Normal(), b = random.Normal();
      x.values.push_back(a);
      y.values.push_back(r * a + std::sqrt(1 - r * r) * b);
    }
    const double truth = -0.5 * std::log(1 - r * r);
    EXPECT_NEAR(MutualInformationOfNumbers(x, y, 3, NeighbourEstimate::kLargerData), truth, 0.06) << r;
    EXPECT_NEAR(MutualInformationOfNumbers(x, y, 3, NeighbourEstimate::kSmallerData), truth, 0.06) << r;
  }
}

// A fair category that moves a uniform number of width 1 by `shift` shares log(2) * min(shift, 1).
TEST(MutualInformationOfNumbersAndCategories, ComesNearTheTruthForShiftedNumbers) {
  for (const double shift : {0.0, 0.5, 1.0, 3.0}) {
    SeededRandom random(23);
    Points x;
    std::vector<int> y;
    for (int i = 0; i < 2000; ++i) {
      y.push_back(static_cast<int>(random.Next() % 2));
      x.values.push_back(static_cast<double>(random.Next() >> 11) * 0x1p-53 + shift * y.back());
    }
    const double truth = std::log(2) * std::min(shift, 1.0);
    for (const auto estimate : {NeighbourEstimate::kLargerData, NeighbourEstimate::kSmallerData}) {
      EXPECT_NEAR(MutualInformationOfNumbersAndCategories(x, y, 3, estimate), truth, 0.05) << shift;
    }
  }
  Points distinct{.values = {1, 2, 3, 4}};
  EXPECT_EQ(MutualInformationOfNumbersAndCategories(distinct, {0, 1, 2, 3}, 3, NeighbourEstimate::kLargerData), 0);
}

TEST(MutualInformationOfCategories, IsThatOfTheCounts) {
  EXPECT_NEAR(MutualInformationOfCategories({0, 0, 1, 1}, {5, 5, 7, 7}), std::log(2), 1e-12);
  EXPECT_NEAR(MutualInformationOfCategories({0, 0, 1, 1}, {5, 7, 5, 7}), 0, 1e-12);
  // Of (0,0), (0,0), (0,1), (1,1): sum of p log(p / (p_x p_y)).
  EXPECT_NEAR(
      MutualInformationOfCategories({0, 0, 0, 1}, {0, 0, 1, 1}),
      0.5 * std::log(0.5 / (0.75 * 0.5)) + 0.25 * std::log(0.25 / (0.75 * 0.5)) + 0.25 * std::log(0.25 / (0.25 * 0.5)),
      1e-12);
}

// 600 rows: the label decides `copy` and half of `noisy`; `random`, `constant` and `id` say nothing.
std::shared_ptr<arrow::RecordBatch> Rows() {
  SeededRandom random(31);
  std::vector<int64_t> label, noisy, other, id;
  std::vector<double> number;
  std::vector<std::string> copy, constant, unique;
  std::string bag = "[", numbers = "[";
  for (int i = 0; i < 600; ++i) {
    label.push_back(static_cast<int64_t>(random.Next() % 2));
    copy.push_back(label.back() == 1 ? "yes" : "no");
    noisy.push_back(random.Next() % 2 == 0 ? label.back() : static_cast<int64_t>(random.Next() % 2));
    other.push_back(static_cast<int64_t>(random.Next() % 2));
    number.push_back(random.Normal() + 4 * static_cast<double>(label.back()));
    constant.push_back("same");
    unique.push_back(std::to_string(i));
    const std::string comma = i == 0 ? "" : ", ";
    bag += comma + (label.back() == 1 ? R"(["a", "b"])" : i % 3 == 0 ? "[]" : R"(["c"])");
    numbers += comma + (label.back() == 1 ? "[1, 2]" : "[8, 9, 9]");
  }
  return MakeRows({{"label", OneInt(label)},
                   {"bag", Strings(bag + "]")},
                   {"constant", OneString(constant)},
                   {"copy", OneString(copy)},
                   {"id", OneString(unique)},
                   {"nothing", std::make_shared<arrow::NullArray>(600)},
                   {"noisy", OneInt(noisy)},
                   {"number", OneFloat(number)},
                   {"numbers", Ints(numbers + "]")},
                   {"random", OneInt(other)}})
      .rows;
}

constexpr char kSchema[] = R"(
  feature { name: "label" type: INT bool_domain {} value_count { min: 1 max: 1 } }
  feature { name: "bag" type: BYTES }
  feature { name: "constant" type: BYTES value_count { max: 1 } }
  feature { name: "copy" type: BYTES shape { dim { size: 1 } } }
  feature { name: "id" type: BYTES value_count { max: 1 } }
  feature { name: "nothing" type: INT value_count { max: 1 } }
  feature { name: "noisy" type: INT int_domain { is_categorical: true } value_count { max: 1 } }
  feature { name: "number" type: FLOAT value_count { max: 1 } }
  feature { name: "numbers" type: INT }
  feature { name: "random" type: INT int_domain { is_categorical: true } value_count { max: 1 } })";

std::map<std::string, std::map<std::string, double>> Computed(
    const absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>>& fn, const arrow::RecordBatch& rows) {
  EXPECT_TRUE(fn.ok()) << fn.status();
  std::map<std::string, std::map<std::string, double>> values;
  if (!fn.ok()) return values;
  const auto stats = (*fn)->Compute(rows);
  EXPECT_TRUE(stats.ok()) << stats.status();
  if (!stats.ok()) return values;
  for (const auto& feature : stats->features()) {
    for (const auto& stat : feature.custom_stats()) values[feature.path().step(0)][stat.name()] = stat.num();
  }
  return values;
}

std::map<std::string, double> Adjusted(const MutualInformationOptions& options, const arrow::RecordBatch& rows) {
  std::map<std::string, double> values;
  for (const auto& [feature, stats] : Computed(MakeMutualInformation(options), rows)) {
    values[feature] = stats.at("adjusted_mutual_information");
  }
  return values;
}

TEST(MutualInformation, TellsWhichFeaturesSayWhat) {
  const auto values = Adjusted({.label_feature = {"label"}, .schema = SchemaFromText(kSchema)}, *Rows());

  ASSERT_EQ(values.size(), 9u) << "all but the label";
  EXPECT_NEAR(values.at("copy"), 1, 0.02) << "one bit";
  EXPECT_NEAR(values.at("number"), 0.9, 0.1) << "nearly one bit: distributions that hardly overlap";
  EXPECT_NEAR(values.at("bag"), 1, 0.1);
  EXPECT_NEAR(values.at("numbers"), 1, 0.1);
  // The label is passed on with probability 3/4: 1 - H(1/4).
  EXPECT_NEAR(values.at("noisy"), 1 + 0.75 * std::log2(0.75) + 0.25 * std::log2(0.25), 0.07);
  EXPECT_NEAR(values.at("random"), 0, 0.02);
  EXPECT_EQ(values.at("constant"), 0);
  EXPECT_EQ(values.at("id"), 0) << "a different value in each row";
  EXPECT_EQ(values.at("nothing"), 0);
}

TEST(MutualInformation, ComparesNumbersWithANumericLabel) {
  const auto values = Adjusted({.label_feature = {"number"}, .schema = SchemaFromText(kSchema)}, *Rows());
  EXPECT_GT(values.at("copy"), 0.8);
  EXPECT_GT(values.at("numbers"), 0.5);
  EXPECT_LT(values.at("random"), 0.1);
}

TEST(MutualInformation, NormalisesByTheLabelItself) {
  const auto values =
      Adjusted({.label_feature = {"label"}, .schema = SchemaFromText(kSchema), .normalize_by_max = true}, *Rows());
  EXPECT_NEAR(values.at("copy"), 1, 1e-9);
  EXPECT_NEAR(values.at("random"), 0, 0.02);
}

TEST(MutualInformation, CutsLongEncodings) {
  const auto values =
      Adjusted({.label_feature = {"label"}, .schema = SchemaFromText(kSchema), .max_encoding_length = 2}, *Rows());
  EXPECT_NEAR(values.at("bag"), 1, 0.1) << "the most frequent word, and the rest together";
  EXPECT_NEAR(values.at("numbers"), 1, 0.1);
}

TEST(MutualInformation, IsTheSameEachTimeAndIgnoresWhatItIsTold) {
  const MutualInformationOptions options{.label_feature = {"label"},
                                         .multivalent_features = {{{"bag"}, {"numbers"}}},
                                         .categorical_features = {{{"label"}, {"noisy"}, {"random"}}},
                                         .features_to_ignore = {{"id"}},
                                         .custom_stats_key = "ami"};
  const auto once = Computed(MakeMutualInformation(options), *Rows());
  EXPECT_EQ(once, Computed(MakeMutualInformation(options), *Rows()));
  EXPECT_FALSE(once.contains("id"));
  EXPECT_TRUE(once.at("copy").contains("ami")) << "strings are categories in any case";
}

TEST(MutualInformation, ALabelThatDiffersInEachRowSaysNothing) {
  const auto values = Adjusted({.label_feature = {"id"}, .schema = SchemaFromText(kSchema)}, *Rows());
  ASSERT_EQ(values.size(), 9u);
  for (const auto& [feature, value] : values) EXPECT_EQ(value, 0) << feature;
}

TEST(MutualInformation, LeavesOutWhatItCannotJudge) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto rows = MakeRows({{"label", OneInt({0, 1, 0, 1, 0, 1})},
                              {"far", OneFloat({1, 2, inf, 4, 5, 6})},
                              {"wide", OneFloat({-1.7e308, 1.7e308, 0, 1, 2, 3})},
                              {"tiny", OneFloat({0, 5e-324, 0, 5e-324, 0, 5e-324})},
                              {"gaps", Floats("[[1], [], null, [null], [2], [3]]")}});
  const MutualInformationOptions options{.label_feature = {"label"},
                                         .multivalent_features = {std::set<FeaturePath>()},
                                         .categorical_features = {{{"label"}}}};
  const auto values = Adjusted(options, *rows.rows);
  EXPECT_FALSE(values.contains("far"));
  for (const char* feature : {"wide", "tiny", "gaps"}) {
    ASSERT_TRUE(values.contains(feature)) << feature;
    EXPECT_TRUE(std::isfinite(values.at(feature))) << feature;
  }
}

TEST(MutualInformation, SaysWhatIsWrong) {
  const auto schema = SchemaFromText(kSchema);
  const auto message = [](const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(message(MakeMutualInformation({.schema = schema}).status()), HasSubstr("label_feature"));
  EXPECT_THAT(message(MakeMutualInformation({.label_feature = {"absent"}, .schema = schema}).status()),
              HasSubstr("absent is not a feature"));
  EXPECT_THAT(message(MakeMutualInformation({.label_feature = {"label"}}).status()), HasSubstr("schema is needed"));
  EXPECT_THAT(
      message(MakeMutualInformation({.label_feature = {"label"}, .schema = schema, .max_encoding_length = 1}).status()),
      HasSubstr("max_encoding_length"));

  const auto few = Rows()->Slice(0, 3);
  MutualInformationOptions options{.label_feature = {"label"}, .schema = schema};
  EXPECT_THAT(message((*MakeMutualInformation(options))->Compute(*few).status()), HasSubstr("3 rows"));
  options.allow_invalid_partitions = true;
  EXPECT_EQ((*MakeMutualInformation(options))->Compute(*few)->features_size(), 0);
  const auto other = MakeRows({{"x", OneInt({1, 2, 3, 4, 5})}});
  EXPECT_THAT(message((*MakeMutualInformation(options))->Compute(*other.rows).status()), HasSubstr("not in the data"));
}

TEST(SkLearnMutualInformation, TellsWhichFeaturesSayWhat) {
  const auto schema = SchemaFromText(kSchema);
  const auto values = Computed(MakeSkLearnMutualInformation({.label_feature = {"label"}, .schema = schema}), *Rows());

  EXPECT_FALSE(values.contains("bag")) << "multivalent";
  EXPECT_FALSE(values.contains("label"));
  const auto& copy = values.at("copy");
  EXPECT_NEAR(copy.at("sklearn_mutual_information"), std::log(2), 0.01) << "nats";
  EXPECT_NEAR(copy.at("sklearn_adjusted_mutual_information"), std::log(2), 0.02);
  EXPECT_NEAR(copy.at("sklearn_normalized_adjusted_mutual_information"), 1, 1e-9);
  EXPECT_NEAR(values.at("number").at("sklearn_mutual_information"), 0.9 * std::log(2), 0.1 * std::log(2));
  EXPECT_NEAR(values.at("random").at("sklearn_adjusted_mutual_information"), 0, 0.02);
  EXPECT_NEAR(values.at("id").at("sklearn_adjusted_mutual_information"), 0, 1e-9);
  EXPECT_EQ(values.at("constant").at("sklearn_normalized_adjusted_mutual_information"), 0);
}

TEST(SkLearnMutualInformation, HandlesNumericLabelsAndMissingValues) {
  const auto schema = SchemaFromText(kSchema);
  const auto values = Computed(MakeSkLearnMutualInformation({.label_feature = {"number"}, .schema = schema}), *Rows());
  EXPECT_FALSE(values.contains("id")) << "a category with a different value in each row";
  EXPECT_GT(values.at("copy").at("sklearn_mutual_information"), 0.5);

  const auto gaps = MakeRows({{"label", Ints("[[0], [1], [], [1], [0], [1]]")},
                              {"number", Floats("[[1], [], null, [4], [5], [null]]")},
                              {"copy", Strings(R"([["a"], [], null, ["b"], ["a"], ["b"]])")}});
  for (const char* label : {"label", "number"}) {
    for (const auto& [feature, stats] :
         Computed(MakeSkLearnMutualInformation({.label_feature = {label}, .schema = schema}), *gaps.rows)) {
      for (const auto& [name, value] : stats) EXPECT_TRUE(std::isfinite(value)) << feature << " " << name;
    }
  }
}

TEST(SkLearnMutualInformation, SaysWhatIsWrong) {
  const auto schema = SchemaFromText(kSchema);
  EXPECT_FALSE(MakeSkLearnMutualInformation({.label_feature = {"label"}}).ok());
  EXPECT_THAT(
      std::string(MakeSkLearnMutualInformation({.label_feature = {"bag"}, .schema = schema}).status().message()),
      HasSubstr("multivalent"));
  const auto other = MakeRows({{"copy", OneString({"a"})}});
  EXPECT_THAT(std::string((*MakeSkLearnMutualInformation({.label_feature = {"label"}, .schema = schema}))
                              ->Compute(*other.rows)
                              .status()
                              .message()),
              HasSubstr("not in the data"));
}

}  // namespace
}  // namespace tfx::tfdv
