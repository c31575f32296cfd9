// Rows and configs for tests.
#ifndef TFX_MODEL_ANALYSIS_TEST_ROWS_H_
#define TFX_MODEL_ANALYSIS_TEST_ROWS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrow/api.h"
#include "gtest/gtest.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfma {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// A list column: T is int64_t, float or std::string; a row without values is null.
template <class T>
std::shared_ptr<arrow::Array> ListColumn(const std::vector<std::vector<T>>& rows) {
  using Builder =
      std::conditional_t<std::is_same_v<T, int64_t>, arrow::Int64Builder,
                         std::conditional_t<std::is_same_v<T, float>, arrow::FloatBuilder, arrow::BinaryBuilder>>;
  auto values = std::make_shared<Builder>();
  arrow::ListBuilder list(arrow::default_memory_pool(), values);
  for (const std::vector<T>& row : rows) {
    EXPECT_TRUE((row.empty() ? list.AppendNull() : list.Append()).ok());
    for (const T& value : row) EXPECT_TRUE(values->Append(value).ok());
  }
  return list.Finish().ValueOrDie();
}

inline BatchPtr MakeBatch(const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.at(0)->length(), arrays);
}

template <class Message>
Message FromText(std::string_view text) {
  Message message;
  const absl::Status status = io::ParseTextProto(text, "test", &message);
  EXPECT_TRUE(status.ok()) << status;
  return message;
}

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_TEST_ROWS_H_
