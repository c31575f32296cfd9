// The taxi transform against the recorded run of Python TFX.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

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
#include "tfx/transform/taxi_preprocessing_fn.h"
#include "tfx/transform/transform_dataset.h"
#include "tfx/transform/transform_graph.h"
#include "tfx/transform/transform_output.h"

namespace tft {
namespace {

using ::tensorflow::metadata::v0::Schema;
using ::tfx::io::JoinPath;
using ::tfx::io::Records;

class TaxiGoldenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* golden = std::getenv("TFX_GOLDEN_DIR");
    if (golden == nullptr || !::tfx::io::Exists(absl::StrCat(golden, "/tfx/taxi_1.16"))) {
      GTEST_SKIP() << "TFX_GOLDEN_DIR has no tfx/taxi_1.16";
    }
    golden_ = absl::StrCat(golden, "/tfx");
    run_ = golden_ + "/taxi_1.16/pipelines/chicago_taxi_native_keras";
    work_ = ::tfx::testing::TestFolder() + "/taxi_transform_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(work_);
    ASSERT_TRUE(::tfx::io::ReadTextProto(run_ + "/SchemaGen/schema/4/schema.pbtxt", &schema_).ok());
  }
  void TearDown() override {
    if (!work_.empty()) std::filesystem::remove_all(work_);
  }

  ::tfx::ShardSource<Records> Raw(const std::string& split) const {
    auto files = ::tfx::dataset::SplitFiles(run_ + "/CsvExampleGen/examples/1", split);
    EXPECT_TRUE(files.ok()) << files.status();
    return ::tfx::dataset::ReadRecords(*files, {.records_per_shard = 1000});
  }

  void AnalyzeAndWrite(const std::string& directory, int threads = 2) {
    auto graph = AnalyzeDataset([&] { return Raw("train"); }, schema_, TaxiPreprocessingFn,
                                {.engine = ::tfx::Engine({.num_threads = threads})});
    ASSERT_TRUE(graph.ok()) << graph.status();
    const absl::Status written = WriteTransformGraph(*graph, directory);
    ASSERT_TRUE(written.ok()) << written;
  }

  std::vector<std::string> TransformedRows(const TransformOutput& output, const std::string& split, int threads = 2) {
    std::vector<std::string> rows;
    const absl::Status status =
        TransformDataset(::tfx::Engine({.num_threads = threads}), Raw(split), output, [&](Records records) {
          for (size_t i = 0; i < records.size(); ++i) {
            rows.emplace_back(records[i]);
          }
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }

  std::string golden_, run_, work_;
  Schema schema_;
};

TEST_F(TaxiGoldenTest, VocabulariesAreEqualLineByLine) {
  AnalyzeAndWrite(work_);
  for (const char* name :
       {"vocab_compute_and_apply_vocabulary_vocabulary", "vocab_compute_and_apply_vocabulary_1_vocabulary"}) {
    auto expected = ::tfx::io::ReadFile(absl::StrCat(run_, "/Transform/transform_graph/6/transform_fn/assets/", name));
    auto actual = ::tfx::io::ReadFile(absl::StrCat(work_, "/transform_fn/assets/", name));
    ASSERT_TRUE(expected.ok()) << expected.status();
    ASSERT_TRUE(actual.ok()) << actual.status();
    EXPECT_EQ(*actual, *expected);
  }
}

TEST_F(TaxiGoldenTest, TransformedSchemaIsEqual) {
  AnalyzeAndWrite(work_);
  Schema expected, actual;
  const std::string file = "transformed_metadata/schema.pbtxt";
  ASSERT_TRUE(::tfx::io::ReadTextProto(JoinPath(run_ + "/Transform/transform_graph/6", file), &expected).ok());
  ASSERT_TRUE(::tfx::io::ReadTextProto(JoinPath(work_, file), &actual).ok());
  std::string difference;
  ::google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(expected, actual)) << difference;
  auto map = ::tfx::io::ReadFile(JoinPath(work_, "transformed_metadata/asset_map"));
  ASSERT_TRUE(map.ok());
  auto expected_map = ::tfx::io::ReadFile(run_ + "/Transform/transform_graph/6/transformed_metadata/asset_map");
  EXPECT_EQ(nlohmann::json::parse(*map), nlohmann::json::parse(*expected_map));
}

TEST_F(TaxiGoldenTest, BoundConstantsAreThoseOfTheRecordedGraph) {
  auto graph = AnalyzeDataset([&] { return Raw("train"); }, schema_, TaxiPreprocessingFn);
  ASSERT_TRUE(graph.ok()) << graph.status();
  std::vector<double> moments;
  std::vector<std::vector<double>> boundaries;
  for (const auto& node : graph->graph.node()) {
    if (node.name().find("analyzer_result") == std::string::npos) continue;
    const auto& value = node.attr().at("value").tensor();
    if (node.name().find("bucketize") != std::string::npos) {
      boundaries.emplace_back(value.float_val().begin(), value.float_val().end());
    } else {
      ASSERT_EQ(value.float_val_size(), 1) << node.name();
      moments.push_back(value.float_val(0));
    }
  }
  auto text = ::tfx::io::ReadFile(golden_ + "/dumps/transform_fn_captured_constants.json");
  ASSERT_TRUE(text.ok());
  std::vector<double> expected_moments;
  std::vector<std::vector<double>> expected_boundaries;
  for (const auto& capture : nlohmann::json::parse(*text)) {
    const std::string name = capture["capture"];
    if (name.rfind("scale_to_z_score", 0) == 0 && capture["value"].is_number()) {
      expected_moments.push_back(capture["value"]);
    }
    if (name.rfind("bucketize", 0) == 0 && capture["value"].is_array() && capture["value"][0].is_array()) {
      std::vector<double> row = capture["value"][0];
      if (row.size() == 9) expected_boundaries.push_back(row);
    }
  }
  // The graph keeps mean and variance in the order mean, var of each feature, as the recorded captures do.
  ASSERT_EQ(expected_moments.size(), 6u);
  ASSERT_EQ(moments.size(), 6u);
  for (size_t i = 0; i < moments.size(); ++i) {
    EXPECT_NEAR(moments[i], expected_moments[i], 1e-6 * std::abs(expected_moments[i])) << i;
  }
  ASSERT_GE(expected_boundaries.size(), 4u);
  std::sort(expected_boundaries.begin(), expected_boundaries.end());
  expected_boundaries.erase(std::unique(expected_boundaries.begin(), expected_boundaries.end()),
                            expected_boundaries.end());
  std::sort(boundaries.begin(), boundaries.end());
  EXPECT_EQ(boundaries, expected_boundaries);
}

// A transformed Example in text, floats rounded so that differences in the last digits do not show.
std::string Canonical(const std::string& bytes, bool with_buckets) {
  ::tensorflow::Example example;
  EXPECT_TRUE(example.ParseFromString(bytes));
  std::map<std::string, std::string> fields;
  for (const auto& [name, feature] : example.features().feature()) {
    const bool bucket = name.find("itude_xf") != std::string::npos;
    if (bucket && !with_buckets) continue;
    if (feature.has_int64_list()) {
      fields[name] = absl::StrJoin(feature.int64_list().value(), ",");
    } else {
      for (float v : feature.float_list().value()) absl::StrAppend(&fields[name], std::lround(v * 1e4), ",");
    }
  }
  std::string text;
  for (const auto& [name, value] : fields) absl::StrAppend(&text, name, "=", value, ";");
  return text;
}

TEST_F(TaxiGoldenTest, TransformedExamplesAreEqualAsMultisets) {
  AnalyzeAndWrite(work_);
  auto output = TransformOutput::Load(work_);
  ASSERT_TRUE(output.ok()) << output.status();
  for (const std::string split : {"train", "eval"}) {
    const std::vector<std::string> rows = TransformedRows(*output, split);
    auto files = ::tfx::dataset::SplitFiles(run_ + "/Transform/transformed_examples/6", split);
    ASSERT_TRUE(files.ok()) << files.status();
    auto source = ::tfx::dataset::ReadRecords(*files);
    std::map<std::string, int> difference;  // exact buckets
    std::map<std::string, int> without_buckets;
    size_t expected_rows = 0;
    while (true) {
      auto shard = source();
      ASSERT_TRUE(shard.ok()) << shard.status();
      if (!shard->has_value()) break;
      for (size_t i = 0; i < (*shard)->size(); ++i) {
        ++difference[Canonical(std::string((**shard)[i]), true)];
        ++without_buckets[Canonical(std::string((**shard)[i]), false)];
        ++expected_rows;
      }
    }
    ASSERT_EQ(rows.size(), expected_rows);
    for (const std::string& row : rows) {
      --difference[Canonical(row, true)];
      --without_buckets[Canonical(row, false)];
    }
    auto unmatched = [](const std::map<std::string, int>& counts) {
      int sum = 0;
      for (const auto& [row, count] : counts) sum += std::max(count, 0);
      return sum;
    };
    // Rounding to 1e-4 can still fall on two sides of a step.
    EXPECT_LE(unmatched(without_buckets), static_cast<int>(expected_rows / 200)) << split;
    EXPECT_LE(unmatched(difference), static_cast<int>(expected_rows / 100)) << split;
    RecordProperty(absl::StrCat(split, "_unmatched"), unmatched(difference));
    std::cout << split << ": " << expected_rows << " rows, unmatched " << unmatched(without_buckets) << " without and "
              << unmatched(difference) << " with buckets\n";
  }
}

std::map<std::string, std::string> Tree(const std::string& directory) {
  std::map<std::string, std::string> tree;
  auto files = ::tfx::io::ListRecursively(directory);
  EXPECT_TRUE(files.ok()) << files.status();
  for (const auto& file : *files) {
    tree[file.path.substr(directory.size())] = *::tfx::io::ReadFile(file.path);
  }
  return tree;
}

TEST_F(TaxiGoldenTest, ThreadsChangeNoByte) {
  std::map<std::string, std::string> first_tree;
  std::vector<std::string> first_rows;
  for (int threads : {1, 2, 4}) {
    const std::string directory = absl::StrCat(work_, "/", threads);
    AnalyzeAndWrite(directory, threads);
    auto output = TransformOutput::Load(directory);
    ASSERT_TRUE(output.ok()) << output.status();
    auto tree = Tree(directory);
    auto rows = TransformedRows(*output, "eval", threads);
    if (threads == 1) {
      first_tree = tree;
      first_rows = rows;
      EXPECT_GE(tree.size(), 5u);
    }
    EXPECT_EQ(tree, first_tree) << threads;
    EXPECT_EQ(rows, first_rows) << threads;
  }
}

TEST_F(TaxiGoldenTest, CacheReplacesReadingOfKnownSpans) {
  AnalyzerCache cache;
  AnalyzeReport report;
  const AnalyzedDataset train{.key = "train", .open = [&] { return Raw("train"); }};
  const AnalyzedDataset eval{.key = "eval", .open = [&] { return Raw("eval"); }};
  auto first = AnalyzeDataset({train}, schema_, TaxiPreprocessingFn, {.output_cache = &cache}, &report);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(report.records_read, 10036);
  EXPECT_EQ(report.phases, 1);
  EXPECT_EQ(report.num_analyzers, 9);
  ASSERT_TRUE(WriteAnalyzerCache(cache, work_).ok());

  auto stored = ReadAnalyzerCache(work_);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->entries, cache.entries);
  AnalyzerCache next;
  auto both = AnalyzeDataset({train, eval}, schema_, TaxiPreprocessingFn,
                             {.input_cache = &*stored, .output_cache = &next}, &report);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(report.records_read, 4966);
  EXPECT_EQ(report.cache_hits, 9);
  EXPECT_EQ(next.entries.size(), 2u);

  auto without = AnalyzeDataset({train, eval}, schema_, TaxiPreprocessingFn);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(::tfx::io::SerializeDeterministically(both->graph), ::tfx::io::SerializeDeterministically(without->graph));

  // Another function above the analyzers misses only where the path differs.
  auto changed = AnalyzeDataset(
      {train}, schema_,
      [](const Features& inputs) {
        Features outputs = TaxiPreprocessingFn(inputs);
        outputs["fare_xf"] = ScaleToZScore(Dense(inputs["fare"], 0.0f) + 1.0f);
        return outputs;
      },
      {.input_cache = &*stored}, &report);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(report.cache_hits, 9);  // the taxi function's own
  EXPECT_EQ(report.num_analyzers, 10);
  EXPECT_EQ(report.records_read, 10036);
}

}  // namespace
}  // namespace tft
