// The input pipeline: from files of tf.Examples or tensors to batches, in the words of tf.data.
//
//   keras::Dataset train = keras::Dataset::FromExamples(args.train_files, schema, {.label_key = "tips_xf"})
//                              .Shuffle({.buffer_size = 10000, .seed = args.seed}).Repeat().Batch(40);
//
// A Dataset is a description; iterating it again starts again. Decoding, shuffling and batching run on one thread of
// their own (Fit adds Prefetch when the dataset has none), so the order of rows depends on seeds only, never on timing.
// Rows are kept column by column and gathered straight into the batch's tensors.
// Errors are sticky: status() has the first, and every iteration returns it.
// Dataset is an immutable value; iterators are thread-compatible.
#ifndef TFX_TRAINER_DATA_H_
#define TFX_TRAINER_DATA_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/tensor.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace keras {

namespace tf = ::tfx::tf;

// A column of the dataset. Dense: every row has the product of `shape` values. A feature without a fixed shape has
// shape {-1}: rows are filled up with `padding` to the longest row of the batch.
struct ColumnSpec {
  std::string name;
  tf::DataType dtype = ::tensorflow::DT_FLOAT;  // float32, int64 or string
  tf::Shape shape;                              // without the batch; {} is one value per row
  // What a missing value is given. Unset: a row without the feature is an error (dense) or empty (not dense).
  bool has_default = false;
  double default_number = 0;
  std::string default_string;
};

struct BatchTensors {
  int64_t rows = 0;
  // As Dataset::columns(), [rows, shape...]; a column of shape {} comes as [rows, 1], as Keras's fit makes it.
  std::vector<tf::Tensor> features;
  tf::Tensor label;   // invalid without a label key
  tf::Tensor weight;  // float [rows]; invalid without a weight key
};

class BatchIterator {
 public:
  virtual ~BatchIterator() = default;
  // The next batch; false at the end.
  virtual absl::StatusOr<bool> Next(BatchTensors* batch) = 0;
  // Passes over batches without making tensors. Returns how many there were, fewer than `count` only at the end.
  virtual absl::StatusOr<int64_t> Skip(int64_t count) = 0;
};

struct ExampleOptions {
  std::string label_key;              // "": no label
  std::string weight_key;             // "": rows have no weight
  std::vector<std::string> features;  // only these (label and weight besides); empty: all of the schema
  // A feature of the schema that is not dense is padded with this (integers), 0 (floats) or "" (strings).
  int64_t integer_padding = -1;
  // Values for features that a row may lack, by feature name; strings for string features.
  std::map<std::string, double> default_numbers;
  std::map<std::string, std::string> default_strings;
};

struct ShuffleOptions {
  int64_t buffer_size = 10000;  // rows, >= 1; rows are drawn from a buffer of so many
  uint64_t seed = 0;
  bool reshuffle_each_iteration = true;
};

struct BatchOptions {
  bool drop_remainder = false;  // leave out a last batch that is not full
};

namespace internal {
struct DatasetNode;
}

class Dataset {
 public:
  Dataset() = default;  // no dataset: status() is FAILED_PRECONDITION

  // Rows of (gzip) TFRecord files of tf.Example, files in the order given; patterns with * are expanded and sorted.
  // The schema says name, type and shape of every feature: with a shape it is dense and every row must have exactly
  // that many values, without one it is padded. Errors, of status() or of the iteration: NOT_FOUND for a file or
  // pattern, INVALID_ARGUMENT for an unknown label, weight or feature name (nearest name suggested) and for a row that
  // lacks a dense feature or has a wrong number or kind of values (file, feature and row are named), DATA_LOSS for a
  // damaged file.
  static Dataset FromExamples(std::vector<std::string> files, const ::tensorflow::metadata::v0::Schema& schema,
                              const ExampleOptions& options = {});
  // The same with the schema of Transform's output: <transform_graph>/transformed_metadata/schema.pbtxt.
  static Dataset FromTransformedExamples(std::vector<std::string> files, const std::string& transform_graph_path,
                                         const ExampleOptions& options = {});
  // Rows of tensors in memory; all have the same first dimension. `label` and `weight` may be invalid.
  static Dataset FromTensors(const std::map<std::string, tf::Tensor>& features, const tf::Tensor& label = {},
                             const tf::Tensor& weight = {});

  // Steps on rows; in the order in which they are called.
  Dataset Cache() const;  // keeps the decoded rows in memory after the first whole pass
  Dataset Shuffle(const ShuffleOptions& options) const;
  Dataset Repeat(int64_t count = -1) const;  // -1: for ever
  Dataset Take(int64_t rows) const;
  Dataset Shard(int64_t num_shards, int64_t index) const;  // row i where i % num_shards == index
  // From rows to batches; exactly once, after the steps above.
  Dataset Batch(int64_t batch_size, const BatchOptions& options = {}) const;
  // After Batch: so many batches are made ahead on a thread of their own.
  Dataset Prefetch(int64_t batches = 16) const;

  bool is_set() const { return node_ != nullptr; }  // false for Dataset()
  const absl::Status& status() const;
  const std::vector<ColumnSpec>& columns() const;  // features only, sorted by name
  const ColumnSpec* label() const;                 // null without one
  bool has_weight() const;
  int64_t batch_size() const;  // 0 before Batch
  bool prefetches() const;
  bool is_infinite() const;  // repeats for ever

  // Starts reading. `iteration` (0, 1, ...: Fit passes the epoch) changes the order of a reshuffling Shuffle.
  absl::StatusOr<std::unique_ptr<BatchIterator>> Iterate(int64_t iteration = 0) const;
  // Number of rows, by reading them all. INVALID_ARGUMENT when the dataset repeats for ever.
  absl::StatusOr<int64_t> CountRows() const;

 private:
  explicit Dataset(std::shared_ptr<const internal::DatasetNode> node) : node_(std::move(node)) {}
  std::shared_ptr<const internal::DatasetNode> node_;
};

}  // namespace keras

#endif  // TFX_TRAINER_DATA_H_
