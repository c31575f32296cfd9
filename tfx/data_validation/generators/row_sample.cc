#include "tfx/data_validation/generators/row_sample.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "arrow/io/memory.h"
#include "arrow/ipc/reader.h"
#include "arrow/ipc/writer.h"
#include "arrow/type.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/take_rows.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

bool HasNoType(const arrow::DataType& type) { return type.id() == arrow::Type::NA; }

absl::Status FromArrow(const arrow::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("sample of rows: ", status.ToString()));
}

// Rows of batches with the same columns, one after the other.
absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> Append(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  if (batches.size() == 1) return batches[0];
  arrow::ArrayVector columns;
  int64_t num_rows = 0;
  for (const auto& batch : batches) num_rows += batch->num_rows();
  for (int c = 0; c < batches[0]->num_columns(); ++c) {
    arrow::ArrayVector parts;
    for (const auto& batch : batches) parts.push_back(batch->column(c));
    auto whole = arrow::Concatenate(parts);
    RETURN_IF_ERROR(FromArrow(whole.status()));
    columns.push_back(*std::move(whole));
  }
  return arrow::RecordBatch::Make(batches[0]->schema(), num_rows, std::move(columns));
}

std::string ToBytes(const arrow::RecordBatch& batch) {
  const auto write = [&]() -> arrow::Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(sink, batch.schema()));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(batch));
    ARROW_RETURN_NOT_OK(writer->Close());
    ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
    return buffer->ToString();
  };
  // Writing to memory fails only for types that no batch here has; what cannot be read back is refused there.
  return write().ValueOr("");
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> FromBytes(std::string_view bytes) {
  auto source = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::string(bytes)));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(source));
  ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
  if (batch == nullptr) return arrow::Status::Invalid("no rows");
  ARROW_RETURN_NOT_OK(batch->ValidateFull());
  return batch;
}

}  // namespace

absl::Status ColumnTypes::Add(const arrow::Schema& schema) {
  for (const auto& field : schema.fields()) {
    const auto at = std::lower_bound(fields_.begin(), fields_.end(), field,
                                     [](const auto& a, const auto& b) { return a->name() < b->name(); });
    if (at == fields_.end() || (*at)->name() != field->name()) {
      fields_.insert(at, arrow::field(field->name(), field->type()));
    } else if (HasNoType(*(*at)->type())) {
      *at = arrow::field(field->name(), field->type());
    } else if (!HasNoType(*field->type()) && !(*at)->type()->Equals(field->type())) {
      return absl::InvalidArgumentError(absl::StrCat("feature ", field->name(), " is ", (*at)->type()->ToString(),
                                                     " in some examples and ", field->type()->ToString(),
                                                     " in others; make it one type in all"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> ColumnTypes::Complete(const arrow::RecordBatch& batch) const {
  arrow::ArrayVector columns;
  for (const auto& field : fields_) {
    std::shared_ptr<arrow::Array> column = batch.GetColumnByName(field->name());
    if (column == nullptr || (HasNoType(*column->type()) && !HasNoType(*field->type()))) {
      auto nulls = arrow::MakeArrayOfNull(field->type(), batch.num_rows());
      RETURN_IF_ERROR(FromArrow(nulls.status()));
      column = *std::move(nulls);
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields_), batch.num_rows(), std::move(columns));
}

absl::Status RowSample::Add(const arrow::RecordBatch& batch, absl::Span<const int64_t> rows, absl::Span<const Id> ids) {
  if (rows.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::RecordBatch> taken, TakeRows(batch, rows));
  Keep(taken, ids);
  return static_cast<int64_t>(ids_.size()) > 2 * max_rows_ ? Compact() : absl::OkStatus();
}

void RowSample::Keep(const std::shared_ptr<arrow::RecordBatch>& batch, absl::Span<const Id> ids) {
  for (size_t i = 0; i < ids.size(); ++i) {
    ids_.push_back(ids[i]);
    places_.push_back({batches_.size(), static_cast<int64_t>(i)});
  }
  batches_.push_back(batch);
}

absl::Status RowSample::Merge(const RowSample& other) {
  const size_t first = batches_.size();
  batches_.insert(batches_.end(), other.batches_.begin(), other.batches_.end());
  ids_.insert(ids_.end(), other.ids_.begin(), other.ids_.end());
  for (const Place& place : other.places_) places_.push_back({first + place.batch, place.row});
  return static_cast<int64_t>(ids_.size()) > 2 * max_rows_ ? Compact() : absl::OkStatus();
}

std::vector<size_t> RowSample::Sorted() const {
  std::vector<size_t> kept(ids_.size());
  std::iota(kept.begin(), kept.end(), 0);
  if (static_cast<int64_t>(kept.size()) > max_rows_) {
    std::nth_element(kept.begin(), kept.begin() + max_rows_, kept.end(), [&](size_t a, size_t b) {
      const Id &x = ids_[a], &y = ids_[b];
      if (x.key != y.key) return x.key < y.key;
      return x.row_number != y.row_number ? x.row_number < y.row_number : a < b;
    });
    kept.resize(max_rows_);
  }
  std::sort(kept.begin(), kept.end(), [&](size_t a, size_t b) {
    return ids_[a].row_number != ids_[b].row_number ? ids_[a].row_number < ids_[b].row_number : a < b;
  });
  return kept;
}

absl::Status RowSample::Compact() {
  const std::vector<size_t> kept = Sorted();
  std::vector<std::vector<int64_t>> rows(batches_.size());
  std::vector<Id> ids;
  std::vector<Place> places;
  for (const size_t i : kept) {
    Place place = places_[i];
    rows[place.batch].push_back(place.row);
    place.row = static_cast<int64_t>(rows[place.batch].size()) - 1;
    ids.push_back(ids_[i]);
    places.push_back(place);
  }
  // Batches without kept rows go; the places of the others move up.
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::vector<size_t> moved(batches_.size());
  for (size_t b = 0; b < batches_.size(); ++b) {
    moved[b] = batches.size();
    if (rows[b].empty()) continue;
    ASSIGN_OR_RETURN(std::shared_ptr<arrow::RecordBatch> taken, TakeRows(*batches_[b], rows[b]));
    batches.push_back(std::move(taken));
  }
  for (Place& place : places) place.batch = moved[place.batch];
  batches_ = std::move(batches);
  ids_ = std::move(ids);
  places_ = std::move(places);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> RowSample::Rows(const ColumnTypes& types) const {
  if (ids_.empty()) return std::shared_ptr<arrow::RecordBatch>();
  std::vector<std::shared_ptr<arrow::RecordBatch>> complete;
  std::vector<int64_t> first_row;
  int64_t num_rows = 0;
  for (const auto& batch : batches_) {
    ASSIGN_OR_RETURN(complete.emplace_back(), types.Complete(*batch));
    first_row.push_back(num_rows);
    num_rows += batch->num_rows();
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::RecordBatch> whole, Append(complete));
  std::vector<int64_t> rows;
  for (const size_t i : Sorted()) rows.push_back(first_row[places_[i].batch] + places_[i].row);
  return TakeRows(*whole, rows);
}

std::string RowSample::Serialize(const ColumnTypes& types) const {
  sketches::StateWriter out;
  const std::vector<size_t> sorted = Sorted();
  out.Integer(sorted.size());
  for (const size_t i : sorted) {
    out.Integer(ids_[i].key);
    out.Integer(static_cast<uint64_t>(ids_[i].row_number));
  }
  const auto rows = Rows(types);
  out.Bytes(rows.ok() && *rows != nullptr ? ToBytes(**rows) : "");
  return out.Take();
}

absl::Status RowSample::ParseFrom(std::string_view bytes, ColumnTypes* types) {
  sketches::StateReader in(bytes);
  std::vector<Id> ids(in.Count(16));
  for (Id& id : ids) {
    id.key = in.Integer();
    id.row_number = static_cast<int64_t>(in.Integer());
  }
  const std::string_view batch_bytes = in.Bytes();
  if (!in.ok()) return absl::DataLossError("not a state of a sample of rows");
  RowSample parsed(max_rows_);
  if (!ids.empty()) {
    const auto batch = FromBytes(batch_bytes);
    if (!batch.ok() || (*batch)->num_rows() != static_cast<int64_t>(ids.size()) ||
        !types->Add(*(*batch)->schema()).ok()) {
      return absl::DataLossError("not a state of a sample of rows");
    }
    parsed.Keep(*batch, ids);
  }
  *this = std::move(parsed);
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
