// Generators against the recorded results of the Python library: their custom statistics and cross features.
#include <algorithm>
#include <cmath>
#include <string>

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_from_json.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct GoldenCase {
  const char* name;
  const char* generator;
  const char* arguments;  // {dir} stands for the folder of the case
};

constexpr GoldenCase kCases[] = {
    {"cross_features", "CrossFeatureStatsGenerator", R"({"sample_rate": 1.0, "feature_crosses": null})"},
    {"cross_features_listed", "CrossFeatureStatsGenerator",
     R"({"sample_rate": 1.0, "feature_crosses": [["a", "b"], ["c", "a"]]})"},
    {"lift_int_label", "LiftStatsGenerator", R"({"y_path": "bit", "output_custom_stats": true})"},
    {"lift_numeric_boundaries", "LiftStatsGenerator",
     R"({"y_path": "y", "y_boundaries": [0.0, 1.5, 3.0], "x_paths": ["k", "color"]})"},
    {"lift_string_label", "LiftStatsGenerator", R"({"y_path": "label", "output_custom_stats": true})"},
    {"lift_top_bottom", "LiftStatsGenerator",
     R"({"y_path": "label", "x_paths": ["k", "color", "m"], "top_k_per_y": 2, "bottom_k_per_y": 1, "min_x_count": 20,
         "output_custom_stats": true})"},
    {"lift_weighted", "LiftStatsGenerator", R"({"y_path": "label", "weight": "w", "output_custom_stats": true})"},
    {"nl_vocab_text", "NLStatsGenerator", R"({"vocab_paths": {"vocab": "{dir}/vocab.txt"}})"},
    {"nl_vocab_tfrecord", "NLStatsGenerator", R"({"vocab_paths": {"vocab": "{dir}/vocab.tfrecord.gz"}})"},
    {"semantic_image", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_image_few", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_image_schema", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_only", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_text", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_text_below", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_time", "SemanticDomainStatsGenerator", "{}"},
    {"semantic_time_few", "SemanticDomainStatsGenerator", "{}"},
};

std::string ArgumentsIn(const GoldenCase& golden, const std::string& dir) {
  std::string arguments = golden.arguments;
  if (const size_t at = arguments.find("{dir}"); at != std::string::npos) arguments.replace(at, 5, dir);
  return arguments;
}

// The rows of a case cut into batches.
std::vector<NumberedRows> ReadRows(const std::string& dir, size_t rows_per_batch) {
  auto reader = io::TFRecordReader::Open(dir + "/input.tfrecord.gz");
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<NumberedRows> batches;
  io::Records records;
  int64_t first_row = 0;
  const auto flush = [&] {
    if (records.empty()) return;
    auto rows = dataset::DecodeExamples(records);
    EXPECT_TRUE(rows.ok()) << rows.status();
    NumberedRows batch{*rows, std::vector<int64_t>((*rows)->num_rows())};
    std::iota(batch.row_numbers.begin(), batch.row_numbers.end(), first_row);
    first_row += (*rows)->num_rows();
    batches.push_back(std::move(batch));
    records = io::Records();
  };
  std::string_view record;
  while (*(*reader)->Read(&record)) {
    records.Append(record);
    if (records.size() == rows_per_batch) flush();
  }
  flush();
  return batches;
}

// What generators write; features and cross features by path, features without anything left out.
v0::DatasetFeatureStatistics GeneratorPart(const v0::DatasetFeatureStatistics& dataset) {
  v0::DatasetFeatureStatistics part;
  for (const auto& feature : dataset.features()) {
    if (feature.custom_stats().empty()) continue;
    auto* copy = part.add_features();
    *copy->mutable_path() = feature.path();
    *copy->mutable_custom_stats() = feature.custom_stats();
  }
  *part.mutable_cross_features() = dataset.cross_features();
  const auto path_of = [](const auto& a) { return std::vector<std::string>(a.step().begin(), a.step().end()); };
  std::sort(part.mutable_features()->begin(), part.mutable_features()->end(),
            [&](const auto& a, const auto& b) { return path_of(a.path()) < path_of(b.path()); });
  std::sort(part.mutable_cross_features()->begin(), part.mutable_cross_features()->end(),
            [&](const auto& a, const auto& b) {
              return std::pair(path_of(a.path_x()), path_of(a.path_y())) <
                     std::pair(path_of(b.path_x()), path_of(b.path_y()));
            });
  return part;
}

// TFDV subtracts sums of products in float32, which leaves 1e-7 where a feature is constant and the covariance is 0.
void AcceptRoundedCovariances(const v0::DatasetFeatureStatistics& expected, v0::DatasetFeatureStatistics* actual) {
  for (int i = 0; i < std::min(expected.cross_features_size(), actual->cross_features_size()); ++i) {
    const auto& other = expected.cross_features(i).num_cross_stats();
    if (!expected.cross_features(i).has_num_cross_stats() || !actual->cross_features(i).has_num_cross_stats()) continue;
    auto* stats = actual->mutable_cross_features(i)->mutable_num_cross_stats();
    if (std::fabs(stats->covariance() - other.covariance()) < 2e-6) stats->set_covariance(other.covariance());
    if (std::fabs(stats->correlation() - other.correlation()) < 2e-6) stats->set_correlation(other.correlation());
  }
}

TEST(Generators, EqualTheRecordedStatistics) {
  const std::string root = GoldenDirectory("tfdv/stats");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";

  for (const GoldenCase& golden : kCases) {
    SCOPED_TRACE(golden.name);
    const std::string dir = root + "/" + golden.name;
    std::shared_ptr<v0::Schema> schema;
    if (io::Exists(dir + "/schema.pbtxt")) {
      schema = std::make_shared<v0::Schema>();
      ASSERT_TRUE(io::ReadTextProto(dir + "/schema.pbtxt", schema.get()).ok());
    }
    v0::DatasetFeatureStatisticsList recorded;
    ASSERT_TRUE(io::ReadTextProto(dir + "/stats.pbtxt", &recorded).ok());
    ASSERT_EQ(recorded.datasets_size(), 1);
    const v0::DatasetFeatureStatistics expected = GeneratorPart(recorded.datasets(0));

    for (const size_t rows_per_batch : {size_t{1000}, size_t{17}}) {
      v0::DatasetFeatureStatistics actual = GeneratorPart(ResultOf(
          MakeGeneratorFromJson(golden.generator, ArgumentsIn(golden, dir), schema), ReadRows(dir, rows_per_batch)));
      AcceptRoundedCovariances(expected, &actual);

      EXPECT_EQ(Difference(expected, actual), "") << "in batches of " << rows_per_batch;
    }
  }
}

}  // namespace
}  // namespace tfx::tfdv
