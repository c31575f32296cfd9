#include "tfx/data_validation/generators/take_rows.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_base.h"
#include "arrow/array/builder_base.h"
#include "arrow/builder.h"

namespace tfx::tfdv {

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> TakeRows(const arrow::RecordBatch& batch,
                                                             absl::Span<const int64_t> rows) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const std::shared_ptr<arrow::Array> column = batch.column(i);
    const auto failed = [&](const arrow::Status& status) {
      return absl::InternalError(
          absl::StrCat("feature ", batch.column_name(i), ": cannot copy rows: ", status.ToString()));
    };
    std::unique_ptr<arrow::ArrayBuilder> builder;
    arrow::Status status = arrow::MakeBuilder(arrow::default_memory_pool(), column->type(), &builder);
    if (!status.ok()) return failed(status);
    const arrow::ArraySpan span(*column->data());
    // Runs of neighbours are copied at once.
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = begin + 1;
      while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
      status = builder->AppendArraySlice(span, rows[begin], static_cast<int64_t>(end - begin));
      if (!status.ok()) return failed(status);
      begin = end;
    }
    std::shared_ptr<arrow::Array> taken;
    status = builder->Finish(&taken);
    if (!status.ok()) return failed(status);
    columns.push_back(std::move(taken));
  }
  return arrow::RecordBatch::Make(batch.schema(), static_cast<int64_t>(rows.size()), std::move(columns));
}

}  // namespace tfx::tfdv
