// For tests of statistics: batches written as JSON, and statistics of a few of them.
#ifndef TFX_DATA_VALIDATION_STATISTICS_STATISTICS_TESTING_H_
#define TFX_DATA_VALIDATION_STATISTICS_STATISTICS_TESTING_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/json/from_string.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "tfx/data_validation/statistics/statistics.h"

namespace tfx::tfdv {

struct JsonColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
};

inline dataset::RecordBatchPtr BatchOf(const std::vector<JsonColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const JsonColumn& column : columns) {
    auto array = arrow::json::ArrayFromJSONString(column.type, column.json);
    EXPECT_TRUE(array.ok()) << column.name << ": " << array.status().ToString();
    if (!array.ok()) continue;
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(*array);
  }
  const int64_t num_rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), num_rows, arrays);
}

inline JsonColumn Ints(const std::string& name, const std::string& json) {
  return {name, arrow::list(arrow::int64()), json};
}
inline JsonColumn Floats(const std::string& name, const std::string& json) {
  return {name, arrow::list(arrow::float32()), json};
}
inline JsonColumn Strings(const std::string& name, const std::string& json) {
  return {name, arrow::list(arrow::binary()), json};
}

inline ShardSource<dataset::RecordBatchPtr> SourceOf(std::vector<dataset::RecordBatchPtr> batches) {
  auto next = std::make_shared<size_t>(0);
  return [batches = std::move(batches), next]() -> absl::StatusOr<std::optional<dataset::RecordBatchPtr>> {
    if (*next == batches.size()) return std::nullopt;
    return batches[(*next)++];
  };
}

inline absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOf(std::vector<dataset::RecordBatchPtr> batches,
                                                                 const StatsOptions& options = {}) {
  return GenerateStatistics(SourceOf(std::move(batches)), options, Engine({.num_threads = 2}));
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATISTICS_TESTING_H_
