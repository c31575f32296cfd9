// Behind data.h: the steps of a dataset, each a node over the one before it. Immutable once a Dataset holds them,
// except for what a cache keeps, which is guarded; so several threads may iterate.
#ifndef TFX_TRAINER_DATASET_STEPS_H_
#define TFX_TRAINER_DATASET_STEPS_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/trainer/data.h"
#include "tfx/trainer/dataset_node.h"

namespace keras::internal {

using NodePtr = std::shared_ptr<const DatasetNode>;

// The first step: rows that lie in memory.
struct MemoryNode : DatasetNode {
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t) const override;
  std::shared_ptr<std::vector<RowRef>> rows = std::make_shared<std::vector<RowRef>>();
};

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

struct CacheContents {
  std::mutex mutex;
  std::shared_ptr<const std::vector<RowRef>> rows;  // null until a pass has reached the end
};

struct CacheNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override;
  std::shared_ptr<CacheContents> cache = std::make_shared<CacheContents>();
};

struct ShuffleNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override;
  ShuffleOptions options;
};

struct RepeatNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override;
  int64_t count = -1;
};

// Take and Shard.
struct SelectNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<RowIterator>> Rows(int64_t iteration) const override;
  int64_t take = -1;  // -1: all
  int64_t num_shards = 1;
  int64_t index = 0;
};

struct BatchNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<BatchIterator>> Batches(int64_t iteration) const override;
  BatchOptions options;
};

struct PrefetchNode : Step {
  using Step::Step;
  absl::StatusOr<std::unique_ptr<BatchIterator>> Batches(int64_t iteration) const override;
  int64_t batches = 16;
};

}  // namespace keras::internal

#endif  // TFX_TRAINER_DATASET_STEPS_H_
