// Nodes that were read from a SQLite store, kept and served again as long as they are what a read would find.
//
// Used by NodeTable::List. A transaction names the state of the database that it sees by a Snapshot (sql_database.h):
// - its epoch, another one after anybody but this store's SqlDatabase committed;
// - its generation: at least so many write transactions of this SqlDatabase are in what it sees.
//
// Why a node that is served is the one that the transaction would read:
// 1. The cache holds nodes of one epoch. Between the states of two transactions of one epoch lie only write
//    transactions of this SqlDatabase, and these run one at a time.
// 2. Each of them calls Touch for every node that it updates before it commits, with the generation that its commit
//    will bring. Touch takes the node out and leaves a mark with that generation.
// 3. Keep takes a node that was read by a transaction of generation g only where no mark is younger than g: so no write
//    between g and now, be it committed already or about to be, has touched it. It is kept with generation g.
// 4. Find serves a node kept with generation k to a transaction of generation g only where k <= g, and it is still
//    here: nothing has touched it from state k to now, and the transaction's state lies between.
// Marks that are dropped for want of room, or with an epoch, raise a floor below which Keep takes nothing. Rolled-back
// and failed writes touch in vain, which costs another read and is otherwise harmless. New nodes need no mark: whoever
// does not see a node cannot bring it in, and no node that was committed shares its id with another: files have
// AUTOINCREMENT, and in memory no node is ever deleted.
//
// Bounded: nodes, and marks, are counted with their heap; what was not asked for longest goes in halves. Thread-safe.
#ifndef TFX_METADATA_NODE_CACHE_H_
#define TFX_METADATA_NODE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/sql_database.h"

namespace mlmd {

class NodeCache {
 public:
  // About so many bytes are kept at most.
  explicit NodeCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  template <typename Node>
  using Shared = std::shared_ptr<const EncodedNode<Node>>;

  // One per id, in their order; null where it is not known. All null for Snapshot{}.
  template <typename Node>
  std::vector<Shared<Node>> Find(const Snapshot& snapshot, absl::Span<const int64_t> ids);

  // Nodes that a transaction with this snapshot has read. Those that must not be kept are not.
  template <typename Node>
  void Keep(const Snapshot& snapshot, absl::Span<const Shared<Node>> nodes);

  // Within a write transaction, before its commit: the node is updated. `generation`: of its commit.
  template <typename Node>
  void Touch(int64_t id, uint64_t generation);

  // A longer list would drive out everything else, and be gone before it is asked for again.
  size_t longest_list() const { return max_bytes_ / 1024; }
  size_t bytes() const;  // of what is kept

 private:
  struct Entry {
    std::shared_ptr<const void> node;  // an EncodedNode of its kind; null: a mark
    uint64_t generation = 0;
    size_t bytes = 0;
  };
  // By kind (0 artifact, 1 execution, 2 context) and id.
  using Key = std::pair<int, int64_t>;
  using Entries = absl::flat_hash_map<Key, Entry>;

  // Whether the snapshot is of the cache's epoch, which a later one moves on.
  bool Enter(const Snapshot& snapshot);
  const Entry* Look(const Key& key);
  void Put(const Key& key, Entry entry);
  void Clear();

  const size_t max_bytes_;
  mutable std::mutex mutex_;  // guards all below
  uint64_t epoch_ = 0;
  Entries young_, old_;  // a key is in one of them; what is found in old_ becomes young again
  size_t young_bytes_ = 0, old_bytes_ = 0;
  uint64_t latest_touch_ = 0, floor_ = 0;  // generations
};

}  // namespace mlmd

#endif  // TFX_METADATA_NODE_CACHE_H_
