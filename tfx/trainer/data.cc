#include "tfx/trainer/data.h"

#include <algorithm>
#include <mutex>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/trainer/dataset_node.h"
#include "tfx/transform/feature_spec.h"

namespace keras {
namespace internal {
namespace {

using NodePtr = std::shared_ptr<const DatasetNode>;

// A step whose rows or batches come from another one.
struct Step : DatasetNode {
  explicit Step(NodePtr from) : upstream(std::move(from)) {
    status = upstream->status;
    layout = upstream->layout;
    batch_size = upstream->batch_size;
    prefetches = upstream->prefetches;
    infinite = upstream->infinite;
  }
  const NodePtr upstream;
};

struct FailedNode : DatasetNode {
  explicit FailedNode(absl::Status error) { status = std::move(error); }
};

struct ExampleFilesNode : DatasetNode {
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t) const override { return ReadExampleRows(files, layout); }
  std::vector<std::string> files;
};

class RowVectorIterator : public RowIterator {
 public:
  RowVectorIterator(std::shared_ptr<const std::vector<RowRef>> rows) : rows_(std::move(rows)) {}
  absl::StatusOr<bool> Next(RowRef* row) override {
    if (next_ == rows_->size()) return false;
    *row = (*rows_)[next_++];
    return true;
  }

 private:
  const std::shared_ptr<const std::vector<RowRef>> rows_;
  size_t next_ = 0;
};

struct MemoryNode : DatasetNode {
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t) const override {
    return std::make_unique<RowVectorIterator>(rows);
  }
  std::shared_ptr<std::vector<RowRef>> rows = std::make_shared<std::vector<RowRef>>();
};

struct CacheContents {
  std::mutex mutex;
  std::shared_ptr<const std::vector<RowRef>> rows;  // null until a pass has reached the end
};

class CachingIterator : public RowIterator {
 public:
  CachingIterator(std::unique_ptr<RowIterator> source, std::shared_ptr<CacheContents> cache)
      : source_(std::move(source)), cache_(std::move(cache)) {}
  absl::StatusOr<bool> Next(RowRef* row) override {
    ASSIGN_OR_RETURN(const bool more, source_->Next(row));
    if (more) {
      rows_->push_back(*row);
    } else {
      std::lock_guard<std::mutex> lock(cache_->mutex);
      if (cache_->rows == nullptr) cache_->rows = rows_;
    }
    return more;
  }

 private:
  const std::unique_ptr<RowIterator> source_;
  const std::shared_ptr<CacheContents> cache_;
  const std::shared_ptr<std::vector<RowRef>> rows_ = std::make_shared<std::vector<RowRef>>();
};

struct CacheNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override {
    {
      std::lock_guard<std::mutex> lock(cache->mutex);
      if (cache->rows != nullptr) return std::make_unique<RowVectorIterator>(cache->rows);
    }
    ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
    return std::make_unique<CachingIterator>(std::move(source), cache);
  }
  std::shared_ptr<CacheContents> cache = std::make_shared<CacheContents>();
};

class ShuffleIterator : public RowIterator {
 public:
  ShuffleIterator(std::unique_ptr<RowIterator> source, size_t buffer_size, uint64_t seed)
      : source_(std::move(source)), buffer_size_(buffer_size), random_(seed) {}

  absl::StatusOr<bool> Next(RowRef* row) override {
    RowRef next;
    while (!ended_ && buffer_.size() < buffer_size_) {
      ASSIGN_OR_RETURN(const bool more, source_->Next(&next));
      if (!more) {
        ended_ = true;
      } else {
        buffer_.push_back(std::move(next));
      }
    }
    if (buffer_.empty()) return false;
    // The high word of random * size: the same on every platform, unlike std::uniform_int_distribution.
    const size_t i = static_cast<size_t>((static_cast<unsigned __int128>(random_()) * buffer_.size()) >> 64);
    *row = std::move(buffer_[i]);
    buffer_[i] = std::move(buffer_.back());
    buffer_.pop_back();
    return true;
  }

 private:
  const std::unique_ptr<RowIterator> source_;
  const size_t buffer_size_;
  std::mt19937_64 random_;
  std::vector<RowRef> buffer_;
  bool ended_ = false;
};

uint64_t MixSeeds(uint64_t a, uint64_t b) {  // splitmix64
  uint64_t z = a + 0x9e3779b97f4a7c15ULL * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

struct ShuffleNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
    const uint64_t pass = options.reshuffle_each_iteration ? static_cast<uint64_t>(iteration) : 0;
    return std::make_unique<ShuffleIterator>(std::move(source), static_cast<size_t>(options.buffer_size),
                                             MixSeeds(options.seed, pass));
  }
  ShuffleOptions options;
};

class RepeatIterator : public RowIterator {
 public:
  RepeatIterator(NodePtr upstream, int64_t count, int64_t iteration)
      : upstream_(std::move(upstream)), count_(count), iteration_(iteration) {}

  absl::StatusOr<bool> Next(RowRef* row) override {
    while (true) {
      if (source_ == nullptr) {
        // A pass without rows would repeat for ever.
        if (pass_ == count_ || (pass_ > 0 && !any_)) return false;
        ASSIGN_OR_RETURN(source_, upstream_->Rows((iteration_ << 20) + pass_));
        any_ = false;
      }
      ASSIGN_OR_RETURN(const bool more, source_->Next(row));
      if (more) {
        any_ = true;
        return true;
      }
      source_.reset();
      ++pass_;
    }
  }

 private:
  const NodePtr upstream_;
  const int64_t count_;
  const int64_t iteration_;
  std::unique_ptr<RowIterator> source_;
  int64_t pass_ = 0;
  bool any_ = false;
};

struct RepeatNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override {
    return std::make_unique<RepeatIterator>(upstream, count, iteration);
  }
  int64_t count = -1;
};

class SelectIterator : public RowIterator {
 public:
  SelectIterator(std::unique_ptr<RowIterator> source, int64_t take, int64_t num_shards, int64_t index)
      : source_(std::move(source)), take_(take), num_shards_(num_shards), index_(index) {}
  absl::StatusOr<bool> Next(RowRef* row) override {
    while (take_ < 0 || seen_ < take_) {
      ASSIGN_OR_RETURN(const bool more, source_->Next(row));
      if (!more) return false;
      if (seen_++ % num_shards_ == index_) return true;
    }
    return false;
  }

 private:
  const std::unique_ptr<RowIterator> source_;
  const int64_t take_;
  const int64_t num_shards_;
  const int64_t index_;
  int64_t seen_ = 0;
};

struct SelectNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
    return std::make_unique<SelectIterator>(std::move(source), take, num_shards, index);
  }
  int64_t take = -1;  // -1: all
  int64_t num_shards = 1;
  int64_t index = 0;
};

class RowBatchIterator : public BatchIterator {
 public:
  RowBatchIterator(std::unique_ptr<RowIterator> source, std::shared_ptr<const Layout> layout, int64_t batch_size,
                   bool drop_remainder)
      : source_(std::move(source)),
        layout_(std::move(layout)),
        batch_size_(batch_size),
        drop_remainder_(drop_remainder) {}

  absl::StatusOr<bool> Next(BatchTensors* batch) override {
    ASSIGN_OR_RETURN(const bool more, Collect());
    if (more) *batch = AssembleBatch(*layout_, rows_);
    return more;
  }

  absl::StatusOr<int64_t> Skip(int64_t count) override {
    for (int64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const bool more, Collect());
      if (!more) return i;
    }
    return count;
  }

 private:
  absl::StatusOr<bool> Collect() {
    rows_.clear();
    RowRef row;
    while (static_cast<int64_t>(rows_.size()) < batch_size_) {
      ASSIGN_OR_RETURN(const bool more, source_->Next(&row));
      if (!more) break;
      rows_.push_back(std::move(row));
    }
    return !rows_.empty() && (!drop_remainder_ || static_cast<int64_t>(rows_.size()) == batch_size_);
  }

  const std::unique_ptr<RowIterator> source_;
  const std::shared_ptr<const Layout> layout_;
  const int64_t batch_size_;
  const bool drop_remainder_;
  std::vector<RowRef> rows_;
};

struct BatchNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<BatchIterator>> Batches(int64_t iteration) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
    return std::make_unique<RowBatchIterator>(std::move(source), layout, batch_size, options.drop_remainder);
  }
  BatchOptions options;
};

struct PrefetchNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<BatchIterator>> Batches(int64_t iteration) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> source, upstream->Batches(iteration));
    return MakePrefetchIterator(std::move(source), batches);
  }
  int64_t batches = 16;
};

absl::StatusOr<std::vector<std::string>> ExpandFiles(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const std::string& pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      if (!tfx::io::Exists(pattern)) return absl::NotFoundError(absl::StrCat("no file ", pattern));
      files.push_back(pattern);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> found, tfx::io::Glob(pattern));
    if (found.empty()) return absl::NotFoundError(absl::StrCat("no file matches ", pattern));
    files.insert(files.end(), found.begin(), found.end());
  }
  if (files.empty()) return absl::NotFoundError("the list of example files is empty");
  return files;
}

absl::StatusOr<std::shared_ptr<const Layout>> LayoutFromSchema(const ::tensorflow::metadata::v0::Schema& schema,
                                                               const ExampleOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<tft::FeatureSpec> specs, tft::FeatureSpecFromSchema(schema));
  std::vector<std::string> names;
  for (const tft::FeatureSpec& spec : specs) names.push_back(spec.name);
  const auto find = [&](const std::string& name, const char* what) -> absl::StatusOr<ColumnSpec> {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(what, " \"", name, "\" is not a feature of the schema",
                                                     tfx::DidYouMean(name, names),
                                                     " (features: ", absl::StrJoin(names, ", "), ")"));
    }
    const tft::FeatureSpec& spec = specs[found - names.begin()];
    ColumnSpec column{.name = name, .dtype = spec.dtype, .shape = spec.is_sparse ? tf::Shape{-1} : spec.shape};
    if (const auto number = options.default_numbers.find(name); number != options.default_numbers.end()) {
      column.has_default = true;
      column.default_number = number->second;
    }
    if (const auto text = options.default_strings.find(name); text != options.default_strings.end()) {
      column.has_default = true;
      column.default_string = text->second;
    }
    return column;
  };

  auto layout = std::make_shared<Layout>();
  layout->integer_padding = options.integer_padding;
  std::vector<std::string> wanted = options.features;
  if (wanted.empty()) {
    for (const std::string& name : names) {
      if (name != options.label_key && name != options.weight_key) wanted.push_back(name);
    }
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (const std::string& name : wanted) {
    ASSIGN_OR_RETURN(ColumnSpec column, find(name, "feature"));
    layout->features.push_back(std::move(column));
  }
  layout->columns = layout->features;
  if (!options.label_key.empty()) {
    ASSIGN_OR_RETURN(ColumnSpec column, find(options.label_key, "label_key"));
    layout->label_column = static_cast<int>(layout->columns.size());
    layout->columns.push_back(std::move(column));
  }
  if (!options.weight_key.empty()) {
    ASSIGN_OR_RETURN(ColumnSpec column, find(options.weight_key, "weight_key"));
    if (column.dtype == ::tensorflow::DT_STRING || RowWidth(column) != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("weight_key \"", options.weight_key, "\" must be a feature of one number per row"));
    }
    layout->weight_column = static_cast<int>(layout->columns.size());
    layout->columns.push_back(std::move(column));
  }
  return layout;
}

absl::Status AppendTensor(const std::string& name, const tf::Tensor& tensor, Layout& layout, Chunk& chunk) {
  if (!tensor.valid() || tensor.shape().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("tensor \"", name, "\" has no batch dimension"));
  }
  if (chunk.rows >= 0 && tensor.shape()[0] != chunk.rows) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor \"", name, "\" has ", tensor.shape()[0], " rows where others have ", chunk.rows));
  }
  chunk.rows = tensor.shape()[0];
  ColumnSpec spec{.name = name, .dtype = tensor.dtype(), .shape = tensor.shape()};
  spec.shape.erase(spec.shape.begin());
  Column& column = chunk.columns.emplace_back();
  if (tensor.dtype() == ::tensorflow::DT_FLOAT) {
    column.floats.assign(tensor.data<float>().begin(), tensor.data<float>().end());
  } else if (tensor.dtype() == ::tensorflow::DT_INT64) {
    column.ints.assign(tensor.data<int64_t>().begin(), tensor.data<int64_t>().end());
  } else if (tensor.dtype() == ::tensorflow::DT_STRING) {
    column.strings = tensor.strings();
  } else {
    return absl::InvalidArgumentError(absl::StrCat("tensor \"", name, "\" must be float32, int64 or string"));
  }
  layout.columns.push_back(std::move(spec));
  return absl::OkStatus();
}

}  // namespace
}  // namespace internal

using internal::DatasetNode;

namespace {

template <class Node>
std::shared_ptr<Node> NextStep(const std::shared_ptr<const DatasetNode>& from, const char* name, bool on_batches) {
  static const auto* const kNone =
      new std::shared_ptr<const DatasetNode>(std::make_shared<internal::FailedNode>(absl::FailedPreconditionError(
          "an empty keras::Dataset was used; make one with Dataset::FromExamples or FromTensors")));
  auto node = std::make_shared<Node>(from == nullptr ? *kNone : from);
  if (node->status.ok() && on_batches != (node->batch_size > 0)) {
    node->status = absl::InvalidArgumentError(absl::StrCat(
        "Dataset::", name,
        on_batches ? " needs batches; call .Batch(size) before it" : " works on rows; call it before .Batch(size)"));
  }
  return node;
}

absl::Status CheckPositive(const char* what, int64_t value) {
  if (value > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Dataset::", what, " = ", value, " must be > 0"));
}

}  // namespace

Dataset Dataset::FromExamples(std::vector<std::string> files, const ::tensorflow::metadata::v0::Schema& schema,
                              const ExampleOptions& options) {
  auto node = std::make_shared<internal::ExampleFilesNode>();
  absl::StatusOr<std::vector<std::string>> expanded = internal::ExpandFiles(files);
  absl::StatusOr<std::shared_ptr<const internal::Layout>> layout = internal::LayoutFromSchema(schema, options);
  node->status = expanded.ok() ? layout.status() : expanded.status();
  if (node->status.ok()) {
    node->files = *std::move(expanded);
    node->layout = *std::move(layout);
  }
  return Dataset(std::move(node));
}

Dataset Dataset::FromTransformedExamples(std::vector<std::string> files, const std::string& transform_graph_path,
                                         const ExampleOptions& options) {
  ::tensorflow::metadata::v0::Schema schema;
  const std::string path = tfx::io::JoinPath(transform_graph_path, "transformed_metadata/schema.pbtxt");
  if (absl::Status status = tfx::io::ReadTextProto(path, &schema); !status.ok()) {
    return Dataset(std::make_shared<internal::FailedNode>(std::move(status)));
  }
  return FromExamples(std::move(files), schema, options);
}

Dataset Dataset::FromTensors(const std::map<std::string, tf::Tensor>& features, const tf::Tensor& label,
                             const tf::Tensor& weight) {
  auto node = std::make_shared<internal::MemoryNode>();
  auto layout = std::make_shared<internal::Layout>();
  auto chunk = std::make_shared<internal::Chunk>();
  chunk->rows = -1;
  const auto append = [&](const std::string& name, const tf::Tensor& tensor) {
    if (node->status.ok()) node->status = internal::AppendTensor(name, tensor, *layout, *chunk);
  };
  for (const auto& [name, tensor] : features) append(name, tensor);
  layout->features = layout->columns;
  if (label.valid()) {
    layout->label_column = static_cast<int>(layout->columns.size());
    append("label", label);
  }
  if (weight.valid()) {
    layout->weight_column = static_cast<int>(layout->columns.size());
    append("weight", weight);
  }
  if (node->status.ok() && layout->columns.empty()) {
    node->status = absl::InvalidArgumentError("Dataset::FromTensors needs at least one tensor");
  }
  if (node->status.ok()) {
    for (int64_t i = 0; i < chunk->rows; ++i) node->rows->push_back({chunk, i});
  }
  node->layout = std::move(layout);
  return Dataset(std::move(node));
}

Dataset Dataset::Cache() const { return Dataset(NextStep<internal::CacheNode>(node_, "Cache", false)); }

Dataset Dataset::Shuffle(const ShuffleOptions& options) const {
  auto node = NextStep<internal::ShuffleNode>(node_, "Shuffle", false);
  if (node->status.ok()) node->status = CheckPositive("Shuffle: buffer_size", options.buffer_size);
  node->options = options;
  return Dataset(std::move(node));
}

Dataset Dataset::Repeat(int64_t count) const {
  auto node = NextStep<internal::RepeatNode>(node_, "Repeat", false);
  node->count = count;
  node->infinite = node->infinite || count < 0;
  return Dataset(std::move(node));
}

Dataset Dataset::Take(int64_t rows) const {
  auto node = NextStep<internal::SelectNode>(node_, "Take", false);
  node->take = std::max<int64_t>(rows, 0);
  node->infinite = false;
  return Dataset(std::move(node));
}

Dataset Dataset::Shard(int64_t num_shards, int64_t index) const {
  auto node = NextStep<internal::SelectNode>(node_, "Shard", false);
  if (node->status.ok() && (num_shards < 1 || index < 0 || index >= num_shards)) {
    node->status =
        absl::InvalidArgumentError(absl::StrCat("Dataset::Shard: index ", index, " of ", num_shards, " shards"));
  }
  node->num_shards = std::max<int64_t>(num_shards, 1);
  node->index = index;
  return Dataset(std::move(node));
}

Dataset Dataset::Batch(int64_t batch_size, const BatchOptions& options) const {
  auto node = NextStep<internal::BatchNode>(node_, "Batch", false);
  if (node->status.ok()) node->status = CheckPositive("Batch: batch_size", batch_size);
  node->batch_size = std::max<int64_t>(batch_size, 1);
  node->options = options;
  return Dataset(std::move(node));
}

Dataset Dataset::Prefetch(int64_t batches) const {
  auto node = NextStep<internal::PrefetchNode>(node_, "Prefetch", true);
  if (node->status.ok()) node->status = CheckPositive("Prefetch: batches", batches);
  node->batches = batches;
  node->prefetches = true;
  return Dataset(std::move(node));
}

const absl::Status& Dataset::status() const {
  static const auto* const kNone = new absl::Status(absl::FailedPreconditionError(
      "an empty keras::Dataset was used; make one with Dataset::FromExamples or FromTensors"));
  return node_ == nullptr ? *kNone : node_->status;
}

const std::vector<ColumnSpec>& Dataset::columns() const {
  static const auto* const kNone = new std::vector<ColumnSpec>;
  return node_ == nullptr ? *kNone : node_->layout->features;
}

const ColumnSpec* Dataset::label() const {
  if (node_ == nullptr || node_->layout->label_column < 0) return nullptr;
  const auto& columns = node_->layout->columns;
  const size_t column = static_cast<size_t>(node_->layout->label_column);
  return column < columns.size() ? &columns[column] : nullptr;
}

bool Dataset::has_weight() const { return node_ != nullptr && node_->layout->weight_column >= 0; }
int64_t Dataset::batch_size() const { return node_ == nullptr ? 0 : node_->batch_size; }
bool Dataset::prefetches() const { return node_ != nullptr && node_->prefetches; }
bool Dataset::is_infinite() const { return node_ != nullptr && node_->infinite; }

absl::StatusOr<std::unique_ptr<BatchIterator>> Dataset::Iterate(int64_t iteration) const {
  RETURN_IF_ERROR(status());
  return node_->Batches(iteration);
}

absl::StatusOr<int64_t> Dataset::CountRows() const {
  RETURN_IF_ERROR(status());
  if (node_->infinite) return absl::InvalidArgumentError("the dataset repeats for ever, so its rows cannot be counted");
  int64_t count = 0;
  if (node_->batch_size > 0) {
    ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> batches, node_->Batches(0));
    BatchTensors batch;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, batches->Next(&batch));
      if (!more) return count;
      count += batch.rows;
    }
  }
  ASSIGN_OR_RETURN(std::unique_ptr<internal::RowIterator> rows, node_->Rows(0));
  internal::RowRef row;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows->Next(&row));
    if (!more) return count;
    ++count;
  }
}

}  // namespace keras
