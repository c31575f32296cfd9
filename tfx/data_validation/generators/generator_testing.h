// For tests of generators: batches written as text, a generator as an accumulator, and its result as a message.
#ifndef TFX_DATA_VALIDATION_GENERATORS_GENERATOR_TESTING_H_
#define TFX_DATA_VALIDATION_GENERATORS_GENERATOR_TESTING_H_

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "arrow/builder.h"
#include "arrow/json/from_string.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "google/protobuf/text_format.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/testing/accumulator_properties.h"

namespace tfx::tfdv {

// Rows and their places in the input.
struct NumberedRows {
  std::shared_ptr<arrow::RecordBatch> rows;
  std::vector<int64_t> row_numbers;
};

// One array per column.
inline NumberedRows MakeRows(const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns,
                             int64_t first_row = 0) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  NumberedRows result{arrow::RecordBatch::Make(arrow::schema(fields), arrays.empty() ? 0 : arrays[0]->length(), arrays),
                      {}};
  result.row_numbers.resize(result.rows->num_rows());
  std::iota(result.row_numbers.begin(), result.row_numbers.end(), first_row);
  return result;
}

// Lists of numbers or text as JSON: Ints("[[1, 2], [], null]").
inline std::shared_ptr<arrow::Array> Lists(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return *arrow::json::ArrayFromJSONString(arrow::list(type), json);
}
inline std::shared_ptr<arrow::Array> Ints(const std::string& json) { return Lists(arrow::int64(), json); }
inline std::shared_ptr<arrow::Array> Floats(const std::string& json) { return Lists(arrow::float64(), json); }
inline std::shared_ptr<arrow::Array> Strings(const std::string& json) { return Lists(arrow::binary(), json); }

// One value a row, of any bytes.
inline std::shared_ptr<arrow::Array> OneString(const std::vector<std::string>& values) {
  auto bytes = std::make_shared<arrow::BinaryBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), bytes);
  for (const std::string& value : values) {
    EXPECT_TRUE(lists.Append().ok() && bytes->Append(value).ok());
  }
  return *lists.Finish();
}
inline std::shared_ptr<arrow::Array> OneInt(const std::vector<int64_t>& values) {
  auto numbers = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), numbers);
  for (const int64_t value : values) {
    EXPECT_TRUE(lists.Append().ok() && numbers->Append(value).ok());
  }
  return *lists.Finish();
}
inline std::shared_ptr<arrow::Array> OneFloat(const std::vector<double>& values) {
  auto numbers = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), numbers);
  for (const double value : values) {
    EXPECT_TRUE(lists.Append().ok() && numbers->Append(value).ok());
  }
  return *lists.Finish();
}

// A generator as a value, with what tfx/engine/accumulator.h asks for.
class GeneratorAccumulator {
 public:
  explicit GeneratorAccumulator(std::unique_ptr<StatsGenerator> generator) : generator_(std::move(generator)) {}
  GeneratorAccumulator(const GeneratorAccumulator& other) : generator_(other.generator_->Clone()) {}
  GeneratorAccumulator& operator=(const GeneratorAccumulator& other) {
    generator_ = other.generator_->Clone();
    return *this;
  }

  absl::Status Add(const NumberedRows& batch) {
    std::vector<FeatureColumn> features;
    const absl::Status visited = VisitFeatures(*batch.rows, StatsOptions(), [&](const FeatureColumn& column) {
      features.push_back(column);
      return absl::OkStatus();
    });
    if (!visited.ok()) return visited;
    return generator_->Add({.rows = *batch.rows, .features = features, .row_numbers = batch.row_numbers});
  }
  absl::Status Merge(const GeneratorAccumulator& other) { return generator_->Merge(*other.generator_); }
  std::string Serialize() const { return generator_->Serialize(); }
  absl::Status ParseFrom(std::string_view bytes) { return generator_->ParseFrom(bytes); }

  ::tensorflow::metadata::v0::DatasetFeatureStatistics Result() const {
    ::tensorflow::metadata::v0::DatasetFeatureStatistics dataset;
    const absl::Status written = generator_->Write(&dataset);
    EXPECT_TRUE(written.ok()) << written;
    return dataset;
  }

  const StatsGenerator& generator() const { return *generator_; }

 private:
  std::unique_ptr<StatsGenerator> generator_;
};

inline testing::AccumulatorChecks<GeneratorAccumulator, NumberedRows> GeneratorChecks() {
  testing::AccumulatorChecks<GeneratorAccumulator, NumberedRows> checks;
  checks.num_rows = [](const NumberedRows& batch) { return static_cast<size_t>(batch.rows->num_rows()); };
  checks.split = [](const NumberedRows& batch, size_t row) {
    const auto middle = batch.row_numbers.begin() + static_cast<int64_t>(row);
    return std::pair(NumberedRows{batch.rows->Slice(0, static_cast<int64_t>(row)), {batch.row_numbers.begin(), middle}},
                     NumberedRows{batch.rows->Slice(static_cast<int64_t>(row)), {middle, batch.row_numbers.end()}});
  };
  return checks;
}

// What a generator says of all the batches.
inline ::tensorflow::metadata::v0::DatasetFeatureStatistics ResultOf(
    absl::StatusOr<std::unique_ptr<StatsGenerator>> generator, const std::vector<NumberedRows>& batches) {
  EXPECT_TRUE(generator.ok()) << generator.status();
  if (!generator.ok()) return {};
  GeneratorAccumulator accumulator(*std::move(generator));
  for (const NumberedRows& batch : batches) {
    const absl::Status added = accumulator.Add(batch);
    EXPECT_TRUE(added.ok()) << added;
  }
  return accumulator.Result();
}

// The custom statistic of a top-level feature, or null.
inline const ::tensorflow::metadata::v0::CustomStatistic* FindCustomStat(
    const ::tensorflow::metadata::v0::DatasetFeatureStatistics& dataset, const std::string& feature,
    const std::string& name) {
  for (const auto& entry : dataset.features()) {
    if (entry.path().step_size() != 1 || entry.path().step(0) != feature) continue;
    for (const auto& stat : entry.custom_stats()) {
      if (stat.name() == name) return &stat;
    }
  }
  return nullptr;
}

inline std::shared_ptr<const ::tensorflow::metadata::v0::Schema> SchemaFromText(const std::string& text) {
  auto schema = std::make_shared<::tensorflow::metadata::v0::Schema>();
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, schema.get())) << text;
  return schema;
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_GENERATOR_TESTING_H_
