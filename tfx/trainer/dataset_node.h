// Behind data.h: how rows are kept and the steps of a dataset.
#ifndef TFX_TRAINER_DATASET_NODE_H_
#define TFX_TRAINER_DATASET_NODE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/trainer/data.h"

namespace keras::internal {

// Values of one feature for the rows of a chunk, one after the other.
struct Column {
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  std::vector<int64_t> ends;  // where the feature has no fixed size: end of row i; else empty
};

// Decoded rows; immutable once made, so that rows can be shuffled by moving references.
struct Chunk {
  int64_t rows = 0;
  std::vector<Column> columns;
};

struct RowRef {
  std::shared_ptr<const Chunk> chunk;
  int64_t row = 0;
};

class RowIterator {
 public:
  virtual ~RowIterator() = default;
  // The next row; false at the end.
  virtual absl::StatusOr<bool> Next(RowRef* row) = 0;
};

// What all steps of one dataset share.
struct Layout {
  // Features, sorted by name; then label and weight, where there are.
  std::vector<ColumnSpec> columns;
  std::vector<ColumnSpec> features;
  int64_t integer_padding = -1;
  int label_column = -1;
  int weight_column = -1;
};

// Values per row of a dense column; -1 when it is not dense.
int64_t RowWidth(const ColumnSpec& column);

struct DatasetNode {
  virtual ~DatasetNode() = default;
  virtual absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const {
    return absl::InternalError("not a step on rows");
  }
  virtual absl::StatusOr<std::unique_ptr<BatchIterator>> Batches(int64_t iteration) const {
    return absl::InvalidArgumentError("the dataset has no batches yet; call .Batch(size)");
  }

  absl::Status status;
  std::shared_ptr<const Layout> layout = std::make_shared<Layout>();
  int64_t batch_size = 0;  // 0 before Batch
  bool prefetches = false;
  bool infinite = false;
};

// Rows of TFRecord files of tf.Examples, see Dataset::FromExamples.
absl::StatusOr<std::unique_ptr<RowIterator>> ReadExampleRows(std::vector<std::string> files,
                                                             std::shared_ptr<const Layout> layout);

// One batch of the rows.
BatchTensors AssembleBatch(const Layout& layout, const std::vector<RowRef>& rows);

// Makes batches ahead on a thread of its own, from the first Next on.
std::unique_ptr<BatchIterator> MakePrefetchIterator(std::unique_ptr<BatchIterator> source, int64_t batches);

}  // namespace keras::internal

#endif  // TFX_TRAINER_DATASET_NODE_H_
