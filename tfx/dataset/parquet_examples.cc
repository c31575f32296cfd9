#include "tfx/dataset/parquet_examples.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/io/interfaces.h"
#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "parquet/arrow/reader.h"
#include "parquet/arrow/schema.h"
#include "parquet/properties.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/feature_values.h"
#include "tfx/io/file_system.h"

namespace tfx::dataset {
namespace {

constexpr int64_t kMinRowsPerBatch = 256;
constexpr int64_t kMaxRowsPerBatch = 65536;
constexpr int64_t kBufferBytes = int64_t{1} << 16;  // of a column chunk being read

absl::Status FromArrow(const std::string& file, const arrow::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(file, ": not a Parquet file, or damaged: ", status.ToString()));
}

// One of our files for Arrow's readers.
class ArrowFile : public arrow::io::RandomAccessFile {
 public:
  explicit ArrowFile(std::unique_ptr<io::RandomAccessFile> file) : file_(std::move(file)) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(file_->size()); }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) override {
    if (position < 0 || nbytes < 0) return arrow::Status::Invalid("a negative position or size");
    const auto n = file_->Read(static_cast<uint64_t>(position), static_cast<size_t>(nbytes), static_cast<char*>(out));
    if (!n.ok()) return arrow::Status::IOError(n.status().ToString());
    return static_cast<int64_t>(*n);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t nbytes) override {
    // What a damaged file asks for may be more than there is.
    if (nbytes < 0 || nbytes > static_cast<int64_t>(file_->size()))
      return arrow::Status::Invalid("a size beyond the file");
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(nbytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t n, ReadAt(position, nbytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(n));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<int64_t> Read(int64_t nbytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t n, ReadAt(position_, nbytes, out));
    position_ += n;
    return n;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
    position_ += buffer->size();
    return buffer;
  }

 private:
  const std::unique_ptr<io::RandomAccessFile> file_;
  int64_t position_ = 0;
  bool closed_ = false;
};

void AddLeaves(const parquet::arrow::SchemaField& field, std::vector<int>* leaves) {
  if (field.is_leaf()) leaves->push_back(field.column_index);
  for (const auto& child : field.children) AddLeaves(child, leaves);
}

// A file with the reader of its batches.
struct OpenFile {
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::unique_ptr<arrow::RecordBatchReader> batches;
  std::shared_ptr<arrow::Schema> schema;  // of the columns that are read
};

absl::StatusOr<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<io::RandomAccessFile> file, io::OpenForRead(path));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  parquet::arrow::FileReaderBuilder builder;
  parquet::ReaderProperties reading = parquet::default_reader_properties();
  reading.enable_buffered_stream();
  reading.set_buffer_size(kBufferBytes);
  RETURN_IF_ERROR(FromArrow(path, builder.Open(std::make_shared<ArrowFile>(std::move(file)), reading)));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  builder.properties(properties);
  RETURN_IF_ERROR(FromArrow(path, builder.Build(&reader)));
  return reader;
}

absl::StatusOr<OpenFile> Open(const std::string& path, const ParquetOptions& options) {
  OpenFile open;
  ASSIGN_OR_RETURN(open.reader, OpenReader(path));
  std::vector<int> leaves;
  arrow::FieldVector fields;
  for (const auto& field : open.reader->manifest().schema_fields) {
    const auto& wanted = options.columns;
    const std::string& name = field.field->name();
    if (wanted.has_value() && std::find(wanted->begin(), wanted->end(), name) == wanted->end()) continue;
    fields.push_back(field.field);
    AddLeaves(field, &leaves);
    if (const absl::Status is_feature = CheckFeatureType(*field.field->type()); !is_feature.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": column '", name, "' ", is_feature.message()));
    }
  }
  open.schema = arrow::schema(fields);
  const int64_t rows = std::max<int64_t>(options.values_per_batch, 1) / std::max<int64_t>(std::ssize(leaves), 1);
  open.reader->set_batch_size(std::clamp(rows, kMinRowsPerBatch, kMaxRowsPerBatch));
  std::vector<int> row_groups(open.reader->num_row_groups());
  for (size_t i = 0; i < row_groups.size(); ++i) row_groups[i] = static_cast<int>(i);
  auto batches = open.reader->GetRecordBatchReader(row_groups, leaves);
  RETURN_IF_ERROR(FromArrow(path, batches.status()));
  open.batches = *std::move(batches);
  return open;
}

absl::Status CheckSameColumns(const std::string& first, const arrow::Schema& expected, const std::string& path,
                              const arrow::Schema& schema) {
  for (int i = 0; i < std::max(expected.num_fields(), schema.num_fields()); ++i) {
    const auto show = [i](const arrow::Schema& s) {
      return i < s.num_fields() ? absl::StrCat("'", s.field(i)->name(), "' of ", s.field(i)->type()->ToString())
                                : std::string("nothing");
    };
    if (show(expected) != show(schema)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": column ", i + 1, " is ", show(schema), ", but ",
                                                     show(expected), " in ", first,
                                                     "; the files need the same columns"));
    }
  }
  return absl::OkStatus();
}

class BatchSource {
 public:
  BatchSource(std::vector<std::string> files, ParquetOptions options)
      : files_(std::move(files)), options_(std::move(options)) {}

  absl::Status OpenNext() {
    const std::string& path = files_[next_file_++];
    ASSIGN_OR_RETURN(open_, Open(path, options_));
    if (schema_ == nullptr) schema_ = open_->schema;
    return CheckSameColumns(files_.front(), *schema_, path, *open_->schema);
  }

  absl::StatusOr<std::optional<RecordBatchPtr>> Next() {
    while (true) {
      if (!open_.has_value()) {
        if (next_file_ == files_.size()) return std::nullopt;
        RETURN_IF_ERROR(OpenNext());
      }
      RecordBatchPtr batch;
      RETURN_IF_ERROR(FromArrow(files_[next_file_ - 1], open_->batches->ReadNext(&batch)));
      if (batch != nullptr) return batch;
      open_.reset();
    }
  }

 private:
  const std::vector<std::string> files_;
  const ParquetOptions options_;
  size_t next_file_ = 0;
  std::optional<OpenFile> open_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

absl::StatusOr<ShardSource<RecordBatchPtr>> ReadParquet(std::vector<std::string> files, const ParquetOptions& options) {
  if (files.empty()) return absl::InvalidArgumentError("there are no Parquet files to read");
  auto source = std::make_shared<BatchSource>(std::move(files), options);
  RETURN_IF_ERROR(source->OpenNext());
  return ShardSource<RecordBatchPtr>([source] { return source->Next(); });
}

absl::StatusOr<std::vector<std::string>> ParquetColumnNames(const std::string& file) {
  ASSIGN_OR_RETURN(const auto reader, OpenReader(file));
  std::vector<std::string> names;
  for (const auto& field : reader->manifest().schema_fields) names.push_back(field.field->name());
  return names;
}

absl::StatusOr<RecordBatchPtr> ToFeatureColumns(const arrow::RecordBatch& batch, DoubleFeatures doubles) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    absl::StatusOr<std::shared_ptr<arrow::Array>> column = ToFeature(batch.column(i), doubles);
    if (!column.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("column '", batch.column_name(i), "' ", column.status().message()));
    }
    fields.push_back(arrow::field(batch.column_name(i), (*column)->type()));
    columns.push_back(*std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(), std::move(columns));
}

}  // namespace tfx::dataset
