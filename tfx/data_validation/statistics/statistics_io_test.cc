#include "tfx/data_validation/statistics/statistics_io.h"

#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tfx/data_validation/statistics/merge_statistics.h"
#include "tfx/data_validation/statistics/slicing.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/golden_files.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using List = v0::DatasetFeatureStatisticsList;

class StatisticsFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TestFolder()) / (std::string("statistics_io_") + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string File(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

List Sliced() {
  StatsOptions options;
  options.experimental_slice_functions = {FeatureValueSlicer({{"a", std::nullopt}})};
  auto statistics = StatisticsOf({BatchOf({Ints("a", "[[1], [2], [1, 2]]"), Floats("b", "[[1], [2], null]"),
                                           Strings("c.d", R"([["x"], ["y"], ["x"]])")})},
                                 options);
  EXPECT_TRUE(statistics.ok()) << statistics.status();
  List list = *std::move(statistics);
  v0::CrossFeatureStatistics* cross = list.mutable_datasets(0)->add_cross_features();
  cross->mutable_path_x()->add_step("a");
  cross->mutable_path_y()->add_step("b");
  cross->mutable_num_cross_stats()->set_correlation(0.5);
  return list;
}

TEST_F(StatisticsFiles, EveryFormatGivesBackWhatWasWritten) {
  const List list = Sliced();
  for (const std::string name :
       {"FeatureStats.pb", "stats.pbtxt", "stats.txt", "data_stats.tfrecord", "s.tfrecord.gz"}) {
    ASSERT_TRUE(WriteStatistics(list, File(name), StatisticsFormatOf(name)).ok()) << name;
    const auto loaded = LoadStatistics(File(name));
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(Difference(list, *loaded), "") << name;
  }
}

TEST_F(StatisticsFiles, TextUnderAnyNameIsRecognised) {
  ASSERT_TRUE(WriteStatistics(Sliced(), File("statistics"), StatisticsFormat::kText).ok());
  const auto loaded = LoadStatistics(File("statistics"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(Difference(Sliced(), *loaded), "");
}

TEST_F(StatisticsFiles, ShardsGoTogetherAgain) {
  List list = Sliced();
  list.add_datasets()->set_name("a_empty");
  for (const int num_shards : {1, 2, 5, 40}) {
    const std::string path = File("FeatureStats.tfrecords" + std::to_string(num_shards));
    ASSERT_TRUE(WriteShardedStatistics(list, path, num_shards).ok());
    EXPECT_TRUE(io::Exists(io::ShardedFileName(folder_.string(), io::Basename(path), num_shards - 1, num_shards, "")));
    const auto loaded = LoadStatistics(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    List sorted = list;
    SortStatistics(&sorted);
    EXPECT_EQ(Difference(sorted, *loaded), "") << num_shards;
  }
  EXPECT_EQ(WriteShardedStatistics(list, File("x"), 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadShardedStatistics({}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StatisticsFiles, WhatIsNoStatisticsIsNamed) {
  ASSERT_TRUE(io::WriteFile(File("bad.pb"), "\xff\xff\xff").ok());
  ASSERT_TRUE(io::WriteFile(File("bad.pbtxt"), "datasets {\n  nonsense: 1\n}").ok());
  ASSERT_TRUE(io::WriteFile(File("bad"), "nonsense").ok());
  const auto writer = io::TFRecordWriter::Open(File("two.tfrecord"), io::Compression::kNone);
  ASSERT_TRUE(writer.ok() && (*writer)->Write("").ok() && (*writer)->Write("").ok() && (*writer)->Close().ok());
  const auto damaged = io::TFRecordWriter::Open(File("damaged.tfrecord"), io::Compression::kNone);
  ASSERT_TRUE(damaged.ok() && (*damaged)->Write("\xff\xff").ok() && (*damaged)->Close().ok());

  const auto error = [&](const std::string& name) { return LoadStatistics(File(name)).status(); };
  EXPECT_EQ(error("missing.pb").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error("missing").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error("bad.pb").code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(error("bad.pbtxt").message().find("bad.pbtxt:2"), std::string::npos) << error("bad.pbtxt");
  EXPECT_EQ(error("bad").code(), absl::StatusCode::kDataLoss) << error("bad");
  EXPECT_NE(error("bad").message().find(File("bad")), std::string::npos) << error("bad");
  EXPECT_NE(error("two.tfrecord").message().find("2 records"), std::string::npos) << error("two.tfrecord");
  EXPECT_EQ(error("damaged.tfrecord").code(), absl::StatusCode::kDataLoss) << error("damaged.tfrecord");
}

TEST(GetFeatureStats, FindsByPathAndNamesTheNearest) {
  const List list = Sliced();
  const auto found = GetFeatureStats(list.datasets(0), {"c.d"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->path().step(0), "c.d");
  const auto missing = GetFeatureStats(list.datasets(0), {"c.e"}).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find("did you mean 'c.d'"), std::string::npos) << missing;
}

TEST(GetSliceStats, FindsByNameAndSaysWhatThereIs) {
  const List list = Sliced();
  const auto found = GetSliceStats(list, "a_2");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->num_examples(), 2u);
  const auto missing = GetSliceStats(list, "b").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find("\"All Examples\", \"a_1\", \"a_2\""), std::string::npos) << missing;
}

List FromText(const std::string& text) {
  List list;
  EXPECT_TRUE(io::ParseTextProto(text, "statistics", &list).ok()) << text;
  return list;
}

std::string Merged(const std::vector<std::string>& texts) {
  std::vector<List> lists;
  for (const std::string& text : texts) lists.push_back(FromText(text));
  const auto merged = MergeStatistics(lists);
  return merged.ok() ? Difference(FromText(texts.front()), *merged) : merged.status().ToString();
}

TEST(MergeStatistics, PutsFeaturesOfOneDatasetTogether) {
  const std::vector<List> lists = {
      FromText(
          R"(datasets { num_examples: 3 features { path { step: "a" } type: STRING string_stats { unique: 2 } } })"),
      FromText(R"(datasets { name: "s" num_examples: 1 }
                  datasets { features { path { step: "a" } custom_stats { name: "x" num: 1 } }
                             features { path { step: "b" } type: FLOAT } })"),
      FromText(R"(datasets { num_examples: 3 weighted_num_examples: 1.5
                             features { path { step: "a" } type: STRING string_stats { avg_length: 4 }
                                        custom_stats { name: "y" num: 2 } }
                             cross_features { path_x { step: "a" } path_y { step: "b" } count: 7 } })")};

  const auto merged = MergeStatistics(lists);

  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(Difference(FromText(R"(
    datasets { num_examples: 3 weighted_num_examples: 1.5
               features { path { step: "a" } type: STRING string_stats { unique: 2 avg_length: 4 }
                          custom_stats { name: "x" num: 1 } custom_stats { name: "y" num: 2 } }
               features { path { step: "b" } type: FLOAT }
               cross_features { path_x { step: "a" } path_y { step: "b" } count: 7 } }
    datasets { name: "s" num_examples: 1 })"),
                       *merged),
            "");
}

TEST(MergeStatistics, ContradictionsNameTheirPlace) {
  EXPECT_NE(Merged({"datasets { name: 's' num_examples: 3 }", "datasets { name: 's' num_examples: 4 }"})
                .find("dataset \"s\": num_examples is 3 and 4"),
            std::string::npos);
  EXPECT_NE(Merged({"datasets { weighted_num_examples: 3 }", "datasets { weighted_num_examples: 4 }"})
                .find("weighted_num_examples"),
            std::string::npos);
  EXPECT_NE(Merged({"datasets { features { path { step: 'f' } type: STRING } }",
                    "datasets { features { path { step: 'f' } type: FLOAT } }"})
                .find("feature f: is STRING and FLOAT"),
            std::string::npos);
  EXPECT_NE(Merged({"datasets { features { path { step: 'f' } string_stats {} } }",
                    "datasets { features { path { step: 'f' } num_stats {} } }"})
                .find("two types"),
            std::string::npos);
}

}  // namespace
}  // namespace tfx::tfdv
