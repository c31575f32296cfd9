// Statistics of parts of the data put together in any number and order are those of one run, byte for byte, while the
// sketches are exact; beyond that they follow from the parts and their order, within the bound of the sketch.
#include <algorithm>
#include <cmath>
#include <random>

#include "arrow/builder.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/statistics/partial_statistics.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

// A list<T> column of rows that are null, empty, or hold a few values as make(random, &builder) appends them.
template <class Builder, class Make>
std::shared_ptr<arrow::Array> ListColumn(std::mt19937_64* random, int num_rows, const Make& make) {
  auto values = std::make_shared<Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (int row = 0; row < num_rows; ++row) {
    const uint64_t kind = (*random)() % 10;
    if (kind == 0) {
      EXPECT_TRUE(lists.AppendNull().ok());
      continue;
    }
    EXPECT_TRUE(lists.Append().ok());
    for (uint64_t i = kind == 1 ? 0 : 1 + (*random)() % 3; i > 0; --i) make(values.get());
  }
  return lists.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> Weights(std::mt19937_64* random, int num_rows) {
  auto values = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (int row = 0; row < num_rows; ++row) {
    EXPECT_TRUE(lists.Append().ok());
    // Thirds and tenths of all sizes: sums of doubles would differ with their order.
    const double fraction = static_cast<double>((*random)() % 1000) / 3 + 0.1;
    EXPECT_TRUE(values->Append(std::ldexp(fraction, static_cast<int>((*random)() % 60) - 30)).ok());
  }
  return lists.Finish().ValueOrDie();
}

// Numbers of all kinds, texts, structs of both and nested lists; at most `num_distinct` values of each.
dataset::RecordBatchPtr RandomRows(int num_rows, int num_distinct) {
  std::mt19937_64 random(static_cast<uint64_t>(num_rows));
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  const auto add = [&](const std::string& name, std::shared_ptr<arrow::Array> array) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(std::move(array));
  };
  const auto pick = [&] { return static_cast<int64_t>(random() % static_cast<uint64_t>(num_distinct)); };
  add("double", ListColumn<arrow::DoubleBuilder>(&random, num_rows, [&](arrow::DoubleBuilder* out) {
        const int64_t number = pick();
        EXPECT_TRUE(
            out->Append(std::ldexp(static_cast<double>(number) + 0.1, static_cast<int>(number % 200) - 100)).ok());
      }));
  add("float", ListColumn<arrow::FloatBuilder>(&random, num_rows, [&](arrow::FloatBuilder* out) {
        const int64_t number = pick();
        const float value = number % 50 == 0   ? std::nanf("")
                            : number % 50 == 1 ? -0.0f
                                               : static_cast<float>(number) / 7 - 20;
        EXPECT_TRUE(out->Append(value).ok());
      }));
  add("infinite", ListColumn<arrow::FloatBuilder>(&random, num_rows, [&](arrow::FloatBuilder* out) {
        EXPECT_TRUE(out->Append(pick() % 100 == 0 ? HUGE_VALF : static_cast<float>(pick())).ok());
      }));
  add("int", ListColumn<arrow::Int64Builder>(&random, num_rows, [&](arrow::Int64Builder* out) {
        const int64_t number = pick();
        EXPECT_TRUE(out->Append(number % 2 == 0 ? number * 1000003 - 5000 : INT64_MAX - number * 12345678901).ok());
      }));
  add("string", ListColumn<arrow::BinaryBuilder>(&random, num_rows, [&](arrow::BinaryBuilder* out) {
        const int64_t number = pick();
        EXPECT_TRUE(out->Append(number % 9 == 0 ? std::string("\xff\0b", 3) : "text " + std::to_string(number)).ok());
      }));
  const auto inner_int = ListColumn<arrow::Int64Builder>(
      &random, num_rows, [&](arrow::Int64Builder* out) { EXPECT_TRUE(out->Append(pick() - 30).ok()); });
  const auto inner_text = ListColumn<arrow::BinaryBuilder>(&random, num_rows, [&](arrow::BinaryBuilder* out) {
    EXPECT_TRUE(out->Append(std::to_string(pick() % 13)).ok());
  });
  add("struct", arrow::StructArray::Make({inner_int, inner_text}, std::vector<std::string>{"a", "b"}).ValueOrDie());
  add("w", Weights(&random, num_rows));
  return arrow::RecordBatch::Make(arrow::schema(fields), num_rows, arrays);
}

std::string BytesOf(const absl::StatusOr<DatasetFeatureStatisticsList>& statistics) {
  EXPECT_TRUE(statistics.ok()) << statistics.status();
  return statistics.ok() ? io::SerializeDeterministically(*statistics) : "";
}

// The rows cut at random places, in batches of their own.
std::vector<dataset::RecordBatchPtr> Cut(const dataset::RecordBatchPtr& rows, int num_parts, std::mt19937_64* random) {
  std::vector<int64_t> cuts = {0, rows->num_rows()};
  for (int i = 1; i < num_parts; ++i) cuts.push_back(static_cast<int64_t>((*random)() % (rows->num_rows() + 1)));
  std::sort(cuts.begin(), cuts.end());
  std::vector<dataset::RecordBatchPtr> parts;
  for (size_t i = 0; i + 1 < cuts.size(); ++i) parts.push_back(rows->Slice(cuts[i], cuts[i + 1] - cuts[i]));
  return parts;
}

std::string PartOf(const std::vector<dataset::RecordBatchPtr>& batches, const StatsOptions& options, int num_threads) {
  const auto part = GeneratePartialStatistics(SourceOf(batches), options, Engine({.num_threads = num_threads}));
  EXPECT_TRUE(part.ok()) << part.status();
  return part.value_or("");
}

void CheckPartsOf(const dataset::RecordBatchPtr& rows, const StatsOptions& options) {
  std::mt19937_64 random(9);
  const auto whole = StatisticsOf({rows}, options);
  const std::string expected = BytesOf(whole);
  for (const int num_parts : {1, 2, 3, 8, 40}) {
    SCOPED_TRACE(::testing::Message() << num_parts << " parts");
    const std::vector<dataset::RecordBatchPtr> batches = Cut(rows, num_parts, &random);
    std::vector<std::string> parts;
    for (const auto& batch : batches)
      parts.push_back(PartOf(Cut(batch, 1 + static_cast<int>(random() % 3), &random), options, 2));
    for (int order = 0; order < 4; ++order) {
      const auto merged = FinishPartialStatistics(parts, options);
      ASSERT_TRUE(merged.ok()) << merged.status();
      ASSERT_EQ(BytesOf(merged), expected) << Difference(*whole, *merged, 0).substr(0, 2000);
      std::shuffle(parts.begin(), parts.end(), random);
    }
    // Some are put together first, and those with the others later.
    const size_t middle = random() % parts.size();
    const absl::Span<const std::string> all = parts;
    std::vector<std::string> groups = {*MergePartialStatistics(all.subspan(middle), options)};
    if (middle > 0) groups.push_back(*MergePartialStatistics(all.first(middle), options));
    EXPECT_EQ(BytesOf(FinishPartialStatistics(groups, options)), expected);
    for (const int num_threads : {1, 4}) {
      std::vector<std::string> one = {PartOf(batches, options, num_threads)};
      EXPECT_EQ(BytesOf(FinishPartialStatistics(one, options)), expected) << num_threads << " threads";
    }
  }
}

TEST(MergedParts, AreTheBytesOfOneRun) { CheckPartsOf(RandomRows(3000, 800), {}); }

TEST(MergedParts, AreTheBytesOfOneRunWithWeights) {
  CheckPartsOf(RandomRows(3000, 800), {.weight_feature = "w"});
  CheckPartsOf(RandomRows(500, 70), {.per_feature_weight_override = {{"double", "w"}, {"string", "w"}}});
}

TEST(MergedParts, AreTheBytesOfOneRunInSlices) {
  SlicingSpec by_number;
  by_number.feature_keys = {"int"};
  StatsOptions options{.weight_feature = "w", .slicing_config = SlicingConfig{{by_number}}};
  CheckPartsOf(RandomRows(400, 12), options);
}

TEST(MergedParts, AreTheBytesOfOneRunWithFewValuesInSketches) {
  CheckPartsOf(RandomRows(1500, 700), {.use_sketch_based_topk_uniques = true});
  CheckPartsOf(RandomRows(300, 70), {.weight_feature = "w", .use_sketch_based_topk_uniques = true});
}

// The share of values up to `value`.
double RankOf(const std::vector<double>& sorted, double value) {
  return static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), value) - sorted.begin()) /
         static_cast<double>(sorted.size());
}

TEST(MergedParts, OfMoreValuesThanSketchesHoldFollowFromThePartsAndStayWithinTheBound) {
  std::mt19937_64 random(4);
  auto builder = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), builder);
  std::vector<double> sorted;
  for (int row = 0; row < 60000; ++row) {
    sorted.push_back(std::exp(static_cast<double>(random() % 1000000) / 1e5));
    ASSERT_TRUE(lists.Append().ok() && builder->Append(sorted.back()).ok());
  }
  std::sort(sorted.begin(), sorted.end());
  const std::shared_ptr<arrow::Array> array = lists.Finish().ValueOrDie();
  const auto rows =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("x", array->type())}), array->length(), {array});
  const auto whole = StatisticsOf({rows});
  ASSERT_TRUE(whole.ok());
  const auto& expected = whole->datasets(0).features(0).num_stats();

  std::vector<std::string> parts;
  for (const auto& batch : Cut(rows, 9, &random)) parts.push_back(PartOf({batch}, {}, 2));
  for (int order = 0; order < 3; ++order) {
    const auto merged = FinishPartialStatistics(parts, {});
    EXPECT_EQ(BytesOf(merged), BytesOf(FinishPartialStatistics(parts, {})));
    ASSERT_TRUE(merged.ok());
    const auto& stats = merged->datasets(0).features(0).num_stats();
    // What no sketch stands behind is still the same to the last bit.
    EXPECT_EQ(stats.mean(), expected.mean());
    EXPECT_EQ(stats.std_dev(), expected.std_dev());
    EXPECT_EQ(stats.min(), expected.min());
    EXPECT_EQ(stats.max(), expected.max());
    EXPECT_EQ(stats.common_stats().SerializeAsString(), expected.common_stats().SerializeAsString());
    EXPECT_NEAR(RankOf(sorted, stats.median()), 0.5, 0.01);
    const auto& quantiles = stats.histograms(1).buckets();
    for (int i = 0; i < quantiles.size(); ++i) {
      EXPECT_NEAR(RankOf(sorted, quantiles[i].high_value()), (i + 1) / 10.0, 0.01) << i;
    }
    std::shuffle(parts.begin(), parts.end(), random);
  }
}

}  // namespace
}  // namespace tfx::tfdv
