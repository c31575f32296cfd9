#include "tfx/trainer/dataset_steps.h"

#include <random>

#include "tfx/base/status_macros.h"

namespace keras::internal {
namespace {

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

}  // namespace

absl::StatusOr<std::unique_ptr<RowIterator>> MemoryNode::Rows(int64_t) const {
  return std::make_unique<RowVectorIterator>(rows);
}

absl::StatusOr<std::unique_ptr<RowIterator>> CacheNode::Rows(int64_t iteration) const {
  {
    std::lock_guard<std::mutex> lock(cache->mutex);
    if (cache->rows != nullptr) return std::make_unique<RowVectorIterator>(cache->rows);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
  return std::make_unique<CachingIterator>(std::move(source), cache);
}

absl::StatusOr<std::unique_ptr<RowIterator>> ShuffleNode::Rows(int64_t iteration) const {
  ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
  const uint64_t pass = options.reshuffle_each_iteration ? static_cast<uint64_t>(iteration) : 0;
  return std::make_unique<ShuffleIterator>(std::move(source), static_cast<size_t>(options.buffer_size),
                                           MixSeeds(options.seed, pass));
}

absl::StatusOr<std::unique_ptr<RowIterator>> RepeatNode::Rows(int64_t iteration) const {
  return std::make_unique<RepeatIterator>(upstream, count, iteration);
}

absl::StatusOr<std::unique_ptr<RowIterator>> SelectNode::Rows(int64_t iteration) const {
  ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
  return std::make_unique<SelectIterator>(std::move(source), take, num_shards, index);
}

absl::StatusOr<std::unique_ptr<BatchIterator>> BatchNode::Batches(int64_t iteration) const {
  ASSIGN_OR_RETURN(std::unique_ptr<RowIterator> source, upstream->Rows(iteration));
  return std::make_unique<RowBatchIterator>(std::move(source), layout, batch_size, options.drop_remainder);
}

absl::StatusOr<std::unique_ptr<BatchIterator>> PrefetchNode::Batches(int64_t iteration) const {
  ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> source, upstream->Batches(iteration));
  return MakePrefetchIterator(std::move(source), batches);
}

}  // namespace keras::internal
