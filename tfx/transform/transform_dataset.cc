#include "tfx/transform/transform_dataset.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/example_writer.h"

namespace tft {
namespace {

using ::tfx::io::Records;

tf::Tensor ToTensor(const Records& records) {
  std::vector<std::string_view> rows(records.size());
  for (size_t i = 0; i < records.size(); ++i) rows[i] = records[i];
  return tf::Tensor::Strings(rows);
}

// One output of a batch: which of its values belong to which row.
struct Column {
  std::string name;
  tf::Tensor values;
  size_t row_size = 0;         // dense
  std::vector<size_t> begins;  // sparse: where row i's values begin, and one more

  std::pair<size_t, size_t> Row(size_t row) const {
    if (begins.empty()) return {row * row_size, row_size};
    return {begins[row], begins[row + 1] - begins[row]};
  }
};

absl::StatusOr<Column> DenseColumn(const std::string& name, const tf::Tensor& values, size_t rows) {
  Column column{.name = name, .values = values};
  const tf::Shape shape = values.shape();
  if (shape.empty() || static_cast<size_t>(shape[0]) != rows) {
    return absl::InternalError(absl::StrCat("transformed feature '", name, "' has ", shape.empty() ? 0 : shape[0],
                                            " rows for ", rows, " Examples"));
  }
  column.row_size = rows == 0 ? 0 : static_cast<size_t>(values.num_elements()) / rows;
  return column;
}

absl::StatusOr<Column> SparseColumn(const std::string& name, const tf::Tensor& values, const tf::Tensor& indices,
                                    const tf::Tensor& dense_shape, size_t rows) {
  Column column{.name = name, .values = values};
  const std::span<const int64_t> index = indices.data<int64_t>();
  const std::span<const int64_t> shape = dense_shape.data<int64_t>();
  const size_t n = static_cast<size_t>(values.num_elements());
  if (shape.size() != 2 || index.size() != 2 * n) {
    return absl::InvalidArgumentError(absl::StrCat("transformed feature '", name, "' is a sparse tensor of rank ",
                                                   shape.size(), "; only rank 2 can be written as Examples"));
  }
  if (static_cast<size_t>(shape[0]) != rows) {
    return absl::InternalError(
        absl::StrCat("transformed feature '", name, "' has ", shape[0], " rows for ", rows, " Examples"));
  }
  column.begins.assign(rows + 1, 0);
  int64_t last_row = 0, next = 0;
  for (size_t i = 0; i < n; ++i) {
    const int64_t row = index[2 * i], place = index[2 * i + 1];
    if (row != last_row) last_row = row, next = 0;
    if (row < 0 || static_cast<size_t>(row) >= rows || (i > 0 && row < index[2 * i - 2]) || place != next++) {
      return absl::InvalidArgumentError(absl::StrCat("transformed feature '", name, "' row ", row,
                                                     " is sparse with gaps or out of order, so it has no list of "
                                                     "values; make it dense or left-aligned"));
    }
    column.begins[row + 1] = i + 1;
  }
  for (size_t row = 0; row < rows; ++row) column.begins[row + 1] = std::max(column.begins[row], column.begins[row + 1]);
  return column;
}

}  // namespace

struct ExampleTransformer::Impl {
  struct Fetched {
    std::string name;
    bool is_sparse;
  };
  tf::Graph graph;
  tf::Output serialized;
  std::unique_ptr<tf::Session> session;
  std::vector<Fetched> outputs;  // sorted by name
  std::vector<tf::Output> fetches;

  absl::StatusOr<std::vector<tf::Tensor>> Run(const Records& examples) const {
    const tf::Feed feed{serialized, ToTensor(examples)};
    return session->Run(std::span<const tf::Feed>(&feed, 1), fetches);
  }
};

ExampleTransformer::ExampleTransformer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ExampleTransformer::~ExampleTransformer() = default;

absl::StatusOr<std::unique_ptr<ExampleTransformer>> ExampleTransformer::Create(const TransformOutput& output,
                                                                               const ImportOptions& options) {
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->graph.status());
  impl->serialized = impl->graph.Placeholder(::tensorflow::DT_STRING, {-1}, "serialized_examples");
  ASSIGN_OR_RETURN(const ImportedTransform imported, output.Import(impl->graph, impl->serialized, options));
  RETURN_IF_ERROR(impl->graph.status());
  for (const auto& [name, tensor] : imported.outputs) {
    impl->outputs.push_back({name, tensor.is_sparse()});
    impl->fetches.push_back(tensor.values);
    if (tensor.is_sparse()) impl->fetches.insert(impl->fetches.end(), {tensor.indices, tensor.dense_shape});
  }
  ASSIGN_OR_RETURN(impl->session, tf::Session::Create(impl->graph));
  if (!imported.initializers.empty()) {
    RETURN_IF_ERROR(impl->session->Run(std::span<const tf::Feed>(), {}, imported.initializers).status());
  }
  return std::unique_ptr<ExampleTransformer>(new ExampleTransformer(std::move(impl)));
}

absl::StatusOr<Records> ExampleTransformer::Transform(const Records& examples) const {
  Records result;
  const size_t rows = examples.size();
  if (rows == 0) return result;
  ASSIGN_OR_RETURN(const std::vector<tf::Tensor> tensors, impl_->Run(examples));
  std::vector<Column> columns;
  size_t next = 0;
  for (const Impl::Fetched& output : impl_->outputs) {
    absl::StatusOr<Column> column =
        output.is_sparse ? SparseColumn(output.name, tensors[next], tensors[next + 1], tensors[next + 2], rows)
                         : DenseColumn(output.name, tensors[next], rows);
    if (!column.ok()) return column.status();
    next += output.is_sparse ? 3 : 1;
    columns.push_back(*std::move(column));
  }
  ::tfx::dataset::ExampleWriter writer;
  for (size_t row = 0; row < rows; ++row) {
    for (const Column& column : columns) {
      const auto [begin, size] = column.Row(row);
      switch (column.values.dtype()) {
        case ::tensorflow::DT_INT64:
          writer.AddInts(column.name, column.values.data<int64_t>().subspan(begin, size));
          break;
        case ::tensorflow::DT_FLOAT:
          writer.AddFloats(column.name, column.values.data<float>().subspan(begin, size));
          break;
        default:
          writer.AddBytes(column.name, size,
                          [&, begin = begin](size_t i) { return column.values.string_at(begin + i); });
      }
    }
    result.Append(writer.Finish());
  }
  return result;
}

absl::StatusOr<std::map<std::string, tf::Tensor>> ExampleTransformer::TransformToTensors(
    const Records& examples) const {
  ASSIGN_OR_RETURN(const std::vector<tf::Tensor> tensors, impl_->Run(examples));
  std::map<std::string, tf::Tensor> result;
  size_t next = 0;
  for (const Impl::Fetched& output : impl_->outputs) {
    result[output.name] = tensors[next++];
    if (!output.is_sparse) continue;
    result[output.name + "$indices"] = tensors[next++];
    result[output.name + "$dense_shape"] = tensors[next++];
  }
  return result;
}

absl::Status TransformDataset(const ::tfx::Engine& engine, const ::tfx::ShardSource<Records>& source,
                              const TransformOutput& output, const std::function<absl::Status(Records)>& sink) {
  ASSIGN_OR_RETURN(const auto transformer, ExampleTransformer::Create(output));
  return engine.Map(
      source, [&](const Records& examples) { return transformer->Transform(examples); }, sink);
}

}  // namespace tft
