// Decodes tf.Examples into the columns of a keras::Dataset.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/api.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/tfrecord.h"
#include "tfx/trainer/dataset_node.h"

namespace keras::internal {
namespace {

constexpr int64_t kRecordsPerChunk = 1024;

const char* KindName(tf::DataType dtype) {
  return dtype == ::tensorflow::DT_FLOAT ? "float_list" : dtype == ::tensorflow::DT_INT64 ? "int64_list" : "bytes_list";
}

// Adds rows [begin, end) of a list's values to the column.
void AppendValues(const arrow::Array& values, int64_t begin, int64_t end, tf::DataType dtype, Column& column) {
  if (dtype == ::tensorflow::DT_FLOAT) {
    const float* data = static_cast<const arrow::FloatArray&>(values).raw_values();
    column.floats.insert(column.floats.end(), data + begin, data + end);
  } else if (dtype == ::tensorflow::DT_INT64) {
    const int64_t* data = static_cast<const arrow::Int64Array&>(values).raw_values();
    column.ints.insert(column.ints.end(), data + begin, data + end);
  } else {
    const auto& data = static_cast<const arrow::BinaryArray&>(values);
    for (int64_t i = begin; i < end; ++i) column.strings.emplace_back(data.GetView(i));
  }
}

int64_t Size(const Column& column, tf::DataType dtype) {
  if (dtype == ::tensorflow::DT_FLOAT) return static_cast<int64_t>(column.floats.size());
  if (dtype == ::tensorflow::DT_INT64) return static_cast<int64_t>(column.ints.size());
  return static_cast<int64_t>(column.strings.size());
}

void AppendDefault(const ColumnSpec& spec, int64_t count, Column& column) {
  if (spec.dtype == ::tensorflow::DT_FLOAT) {
    column.floats.insert(column.floats.end(), count, static_cast<float>(spec.default_number));
  } else if (spec.dtype == ::tensorflow::DT_INT64) {
    column.ints.insert(column.ints.end(), count, static_cast<int64_t>(spec.default_number));
  } else {
    column.strings.insert(column.strings.end(), count, spec.default_string);
  }
}

absl::Status ConvertColumn(const ColumnSpec& spec, const arrow::Array* array, int64_t rows, int64_t first_row,
                           Column& column) {
  const auto row_name = [&](int64_t i) { return absl::StrCat("row ", first_row + i, ": feature \"", spec.name, "\""); };
  const arrow::ListArray* list = nullptr;
  if (array != nullptr && array->type_id() != arrow::Type::NA) {
    if (array->type_id() != arrow::Type::LIST) {
      return absl::InternalError(
          absl::StrCat("feature \"", spec.name, "\" was decoded as ", array->type()->ToString()));
    }
    list = static_cast<const arrow::ListArray*>(array);
    const arrow::Type::type kind = list->value_type()->id();
    const arrow::Type::type wanted = spec.dtype == ::tensorflow::DT_FLOAT   ? arrow::Type::FLOAT
                                     : spec.dtype == ::tensorflow::DT_INT64 ? arrow::Type::INT64
                                                                            : arrow::Type::BINARY;
    if (kind != wanted && kind != arrow::Type::NA) {
      int64_t i = 0;
      while (i < rows && list->IsNull(i)) ++i;
      return absl::InvalidArgumentError(absl::StrCat(row_name(i), " holds ", list->value_type()->ToString(),
                                                     " values where the schema says ", KindName(spec.dtype)));
    }
  }
  const int64_t width = RowWidth(spec);
  for (int64_t i = 0; i < rows; ++i) {
    const bool absent = list == nullptr || list->IsNull(i);
    const int64_t length = absent ? 0 : list->value_length(i);
    if (absent && spec.has_default) {
      AppendDefault(spec, std::max<int64_t>(width, 1), column);
    } else if (width >= 0 && length != width) {
      return absl::InvalidArgumentError(
          absent ? absl::StrCat(row_name(i), " is missing; give it a default in ExampleOptions, or mend the data")
                 : absl::StrCat(row_name(i), " has ", length, " values where the schema's shape needs ", width));
    } else if (length > 0) {
      AppendValues(*list->values(), list->value_offset(i), list->value_offset(i) + length, spec.dtype, column);
    }
    if (width < 0) column.ends.push_back(Size(column, spec.dtype));
  }
  return absl::OkStatus();
}

class ExampleRows : public RowIterator {
 public:
  ExampleRows(std::vector<std::string> files, std::shared_ptr<const Layout> layout)
      : files_(std::move(files)), layout_(std::move(layout)) {
    for (const ColumnSpec& column : layout_->columns) decode_.features.push_back(column.name);
  }

  absl::StatusOr<bool> Next(RowRef* row) override {
    while (chunk_ == nullptr || next_row_ == chunk_->rows) {
      ASSIGN_OR_RETURN(const bool more, NextChunk());
      if (!more) return false;
    }
    row->chunk = chunk_;
    row->row = next_row_++;
    return true;
  }

 private:
  absl::StatusOr<bool> NextChunk() {
    while (true) {
      if (reader_ == nullptr) {
        if (next_file_ == files_.size()) return false;
        ASSIGN_OR_RETURN(reader_, tfx::io::TFRecordReader::Open(files_[next_file_]));
        records_done_ = 0;
      }
      tfx::io::Records records;
      std::string_view record;
      while (static_cast<int64_t>(records.size()) < kRecordsPerChunk) {
        ASSIGN_OR_RETURN(const bool more, reader_->Read(&record));
        if (!more) break;
        records.Append(record);
      }
      if (records.empty()) {
        reader_.reset();
        ++next_file_;
        continue;
      }
      absl::Status status = Decode(records);
      if (!status.ok()) return tfx::Annotate(status, files_[next_file_]);
      records_done_ += static_cast<int64_t>(records.size());
      return true;
    }
  }

  absl::Status Decode(const tfx::io::Records& records) {
    ASSIGN_OR_RETURN(const tfx::dataset::RecordBatchPtr batch, tfx::dataset::DecodeExamples(records, decode_));
    auto chunk = std::make_shared<Chunk>();
    chunk->rows = static_cast<int64_t>(records.size());
    for (const ColumnSpec& spec : layout_->columns) {
      const std::shared_ptr<arrow::Array> array = batch->GetColumnByName(spec.name);
      RETURN_IF_ERROR(ConvertColumn(spec, array.get(), chunk->rows, records_done_, chunk->columns.emplace_back()));
    }
    chunk_ = std::move(chunk);
    next_row_ = 0;
    return absl::OkStatus();
  }

  const std::vector<std::string> files_;
  const std::shared_ptr<const Layout> layout_;
  tfx::dataset::DecodeOptions decode_;
  size_t next_file_ = 0;
  std::unique_ptr<tfx::io::TFRecordReader> reader_;
  int64_t records_done_ = 0;  // of the file that is open
  std::shared_ptr<const Chunk> chunk_;
  int64_t next_row_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowIterator>> ReadExampleRows(std::vector<std::string> files,
                                                             std::shared_ptr<const Layout> layout) {
  return std::make_unique<ExampleRows>(std::move(files), std::move(layout));
}

}  // namespace keras::internal
