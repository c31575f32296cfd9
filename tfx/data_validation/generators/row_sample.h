// Rows of a stream kept at random: the k rows of least key, whatever the batches and their order.
//
// Rows come with a key (features/row_sampling.h) and their place in the input; the kept ones are given in the order of
// their places. The batches may differ in their columns: a column that a batch lacks is null there, and one without a
// type takes that of the others. State: the kept rows, at most 2 * k and one batch in memory. Thread-compatible.
#ifndef TFX_DATA_VALIDATION_GENERATORS_ROW_SAMPLE_H_
#define TFX_DATA_VALIDATION_GENERATORS_ROW_SAMPLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arrow/record_batch.h"
#include "arrow/type_fwd.h"

namespace tfx::tfdv {

// The columns of batches that lack some of each other's.
class ColumnTypes {
 public:
  // INVALID_ARGUMENT naming the feature whose type is another one than before.
  absl::Status Add(const arrow::Schema& schema);
  // The batch with all columns. Columns are sorted by name.
  absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> Complete(const arrow::RecordBatch& batch) const;
  const std::vector<std::shared_ptr<arrow::Field>>& fields() const { return fields_; }

 private:
  std::vector<std::shared_ptr<arrow::Field>> fields_;  // by name
};

class RowSample {
 public:
  explicit RowSample(int64_t max_rows) : max_rows_(max_rows) {}

  struct Id {
    uint64_t key = 0;
    int64_t row_number = 0;
    bool operator==(const Id&) const = default;
  };

  // The rows of `batch` numbered `rows`, with an id each.
  absl::Status Add(const arrow::RecordBatch& batch, absl::Span<const int64_t> rows, absl::Span<const Id> ids);
  absl::Status Merge(const RowSample& other);

  bool empty() const { return ids_.empty(); }
  // The kept rows as one batch with the columns `types`; null when empty.
  absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> Rows(const ColumnTypes& types) const;

  std::string Serialize(const ColumnTypes& types) const;
  // DATA_LOSS when not such a state. Adds the columns to `types`.
  absl::Status ParseFrom(std::string_view bytes, ColumnTypes* types);

 private:
  // Where a kept row lies.
  struct Place {
    size_t batch = 0;
    int64_t row = 0;
  };
  void Keep(const std::shared_ptr<arrow::RecordBatch>& batch, absl::Span<const Id> ids);
  absl::Status Compact();
  // The kept rows in the order of their places in the input.
  std::vector<size_t> Sorted() const;

  int64_t max_rows_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<Id> ids_;
  std::vector<Place> places_;  // beside ids_
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_ROW_SAMPLE_H_
