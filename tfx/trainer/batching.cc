// From rows to tensors: gathering a batch, and making batches ahead.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "tfx/base/status_macros.h"
#include "tfx/trainer/dataset_node.h"

namespace keras::internal {
namespace {

template <class T>
std::span<const T> ValuesOf(const Column& column) {
  if constexpr (std::is_same_v<T, float>) {
    return column.floats;
  } else {
    return column.ints;
  }
}

template <class T>
std::pair<int64_t, int64_t> RangeOf(const Column& column, int64_t row, int64_t width) {
  if (width >= 0) return {row * width, (row + 1) * width};
  return {row == 0 ? 0 : column.ends[row - 1], column.ends[row]};
}

int64_t LongestRow(const std::vector<RowRef>& rows, size_t column) {
  int64_t longest = 0;
  for (const RowRef& ref : rows) {
    const auto [begin, end] = RangeOf<void>(ref.chunk->columns[column], ref.row, -1);
    longest = std::max(longest, end - begin);
  }
  return longest;
}

template <class T>
tf::Tensor GatherNumbers(const std::vector<RowRef>& rows, size_t column, int64_t width, int64_t stored_width,
                         const tf::Shape& shape, T padding) {
  tf::Tensor tensor = tf::Tensor::Empty(tf::DataTypeOf<T>::value, shape);
  T* out = tensor.mutable_data<T>().data();
  for (const RowRef& ref : rows) {
    const Column& values = ref.chunk->columns[column];
    const auto [begin, end] = RangeOf<T>(values, ref.row, stored_width);
    const std::span<const T> all = ValuesOf<T>(values);
    std::copy(all.begin() + begin, all.begin() + end, out);
    std::fill(out + (end - begin), out + width, padding);
    out += width;
  }
  return tensor;
}

tf::Tensor GatherStrings(const std::vector<RowRef>& rows, size_t column, int64_t width, int64_t stored_width,
                         const tf::Shape& shape) {
  std::vector<std::string_view> views;
  views.reserve(rows.size() * width);
  for (const RowRef& ref : rows) {
    const Column& values = ref.chunk->columns[column];
    const auto [begin, end] = RangeOf<std::string>(values, ref.row, stored_width);
    for (int64_t i = begin; i < end; ++i) views.push_back(values.strings[i]);
    views.resize(views.size() + width - (end - begin));
  }
  return tf::Tensor::Strings(shape, views);
}

tf::Tensor GatherColumn(const Layout& layout, const std::vector<RowRef>& rows, size_t column) {
  const ColumnSpec& spec = layout.columns[column];
  const int64_t stored_width = RowWidth(spec);
  const int64_t width = stored_width >= 0 ? stored_width : LongestRow(rows, column);
  tf::Shape shape = {static_cast<int64_t>(rows.size())};
  if (stored_width < 0 || spec.shape.empty()) {
    shape.push_back(width);
  } else {
    shape.insert(shape.end(), spec.shape.begin(), spec.shape.end());
  }
  if (spec.dtype == ::tensorflow::DT_FLOAT) return GatherNumbers<float>(rows, column, width, stored_width, shape, 0.0f);
  if (spec.dtype == ::tensorflow::DT_INT64) {
    return GatherNumbers<int64_t>(rows, column, width, stored_width, shape, layout.integer_padding);
  }
  return GatherStrings(rows, column, width, stored_width, shape);
}

class PrefetchIterator : public BatchIterator {
 public:
  PrefetchIterator(std::unique_ptr<BatchIterator> source, int64_t depth)
      : source_(std::move(source)), depth_(static_cast<size_t>(std::max<int64_t>(depth, 1))) {}

  ~PrefetchIterator() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  absl::StatusOr<bool> Next(BatchTensors* batch) override {
    if (!thread_.joinable()) thread_ = std::thread([this] { Produce(); });
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (!status_.ok()) return status_;
      return false;
    }
    *batch = std::move(ready_.front());
    ready_.pop_front();
    // The producer sleeps until there is room for several: waking it for each batch costs more than making one.
    const bool wake = ready_.size() <= depth_ / 2;
    lock.unlock();
    if (wake) changed_.notify_all();
    return true;
  }

  absl::StatusOr<int64_t> Skip(int64_t count) override {
    if (!thread_.joinable()) return source_->Skip(count);
    BatchTensors ignored;
    for (int64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const bool more, Next(&ignored));
      if (!more) return i;
    }
    return count;
  }

 private:
  void Produce() {
    while (true) {
      BatchTensors batch;
      absl::StatusOr<bool> more = source_->Next(&batch);
      std::unique_lock<std::mutex> lock(mutex_);
      if (!more.ok() || !*more) {
        status_ = more.status();
        ended_ = true;
        lock.unlock();
        changed_.notify_all();
        return;
      }
      const bool was_empty = ready_.empty();
      ready_.push_back(std::move(batch));
      if (was_empty) changed_.notify_all();
      if (ready_.size() >= depth_) changed_.wait(lock, [this] { return stopped_ || ready_.size() <= depth_ / 2; });
      if (stopped_) return;
    }
  }

  const std::unique_ptr<BatchIterator> source_;
  const size_t depth_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BatchTensors> ready_;
  bool stopped_ = false;  // by the consumer
  bool ended_ = false;    // by the source
  absl::Status status_;
};

}  // namespace

int64_t RowWidth(const ColumnSpec& column) {
  int64_t width = 1;
  for (int64_t size : column.shape) {
    if (size < 0) return -1;
    width *= size;
  }
  return width;
}

BatchTensors AssembleBatch(const Layout& layout, const std::vector<RowRef>& rows) {
  BatchTensors batch;
  batch.rows = static_cast<int64_t>(rows.size());
  batch.features.reserve(layout.features.size());
  for (size_t i = 0; i < layout.features.size(); ++i) batch.features.push_back(GatherColumn(layout, rows, i));
  if (layout.label_column >= 0) batch.label = GatherColumn(layout, rows, layout.label_column);
  if (layout.weight_column >= 0) {
    const tf::Tensor weight = GatherColumn(layout, rows, layout.weight_column);
    batch.weight = tf::Tensor::Empty(::tensorflow::DT_FLOAT, {batch.rows});
    std::span<float> out = batch.weight.mutable_data<float>();
    for (int64_t i = 0; i < batch.rows; ++i) {
      out[i] = weight.dtype() == ::tensorflow::DT_INT64 ? static_cast<float>(weight.data<int64_t>()[i])
                                                        : weight.data<float>()[i];
    }
  }
  return batch;
}

std::unique_ptr<BatchIterator> MakePrefetchIterator(std::unique_ptr<BatchIterator> source, int64_t batches) {
  return std::make_unique<PrefetchIterator>(std::move(source), batches);
}

}  // namespace keras::internal
