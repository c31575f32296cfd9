#include "tfx/trainer/data.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/trainer/dataset_node.h"
#include "tfx/trainer/dataset_steps.h"
#include "tfx/transform/feature_spec.h"

namespace keras {
namespace internal {
namespace {

struct FailedNode : DatasetNode {
  explicit FailedNode(absl::Status error) { status = std::move(error); }
};

struct ExampleFilesNode : DatasetNode {
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t) const override { return ReadExampleRows(files, layout); }
  std::vector<std::string> files;
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
