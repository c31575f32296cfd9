#include "tfx/metadata/node_cache.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace mlmd {
namespace {

// Of an entry besides its node: the slot of a hash table that is half full, the node's reference count.
constexpr size_t kEntryBytes = 128;

template <typename Node>
constexpr int kKind = std::is_same_v<Node, Artifact>    ? 0
                      : std::is_same_v<Node, Execution> ? 1
                                                        : 2;

}  // namespace

bool NodeCache::Enter(const Snapshot& snapshot) {
  if (snapshot.epoch > epoch_) {
    Clear();
    epoch_ = snapshot.epoch;
  }
  return snapshot.epoch == epoch_ && epoch_ != 0;
}

void NodeCache::Clear() {
  young_.clear();
  old_.clear();
  young_bytes_ = old_bytes_ = 0;
  floor_ = latest_touch_;
}

const NodeCache::Entry* NodeCache::Look(const Key& key) {
  if (const auto found = young_.find(key); found != young_.end()) return &found->second;
  const auto found = old_.find(key);
  if (found == old_.end()) return nullptr;
  Entry entry = std::move(found->second);
  old_bytes_ -= entry.bytes;
  old_.erase(found);
  Put(key, std::move(entry));
  const auto moved = young_.find(key);
  return moved == young_.end() ? nullptr : &moved->second;
}

// The key is in neither table.
void NodeCache::Put(const Key& key, Entry entry) {
  if (young_bytes_ + entry.bytes > max_bytes_ / 2) {
    old_ = std::move(young_);
    old_bytes_ = std::exchange(young_bytes_, 0);
    young_ = Entries();
    floor_ = latest_touch_;  // there may have been marks in what goes
  }
  young_bytes_ += entry.bytes;
  young_.emplace(key, std::move(entry));
}

template <typename Node>
std::vector<NodeCache::Shared<Node>> NodeCache::Find(const Snapshot& snapshot, absl::Span<const int64_t> ids) {
  std::vector<Shared<Node>> nodes(ids.size());
  std::lock_guard<std::mutex> lock(mutex_);
  if (!Enter(snapshot)) return nodes;
  for (size_t i = 0; i < ids.size(); ++i) {
    const Entry* entry = Look({kKind<Node>, ids[i]});
    if (entry == nullptr || entry->generation > snapshot.generation) continue;
    nodes[i] = std::static_pointer_cast<const EncodedNode<Node>>(entry->node);
  }
  return nodes;
}

template <typename Node>
void NodeCache::Keep(const Snapshot& snapshot, absl::Span<const Shared<Node>> nodes) {
  std::vector<size_t> bytes;  // outside the lock: it takes a while
  bytes.reserve(nodes.size());
  for (const auto& shared : nodes) {
    bytes.push_back(shared->node.SpaceUsedLong() + sizeof(std::string) + shared->bytes.capacity() + kEntryBytes);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  if (!Enter(snapshot)) return;
  for (size_t i = 0; i < nodes.size(); ++i) {
    // Checked for each: making room may have raised the floor. One that takes much of the room would drive out the
    // rest.
    if (snapshot.generation < floor_) return;
    if (bytes[i] > max_bytes_ / 8) continue;
    const Key key(kKind<Node>, nodes[i]->node.id());
    if (const Entry* known = Look(key)) {
      if (known->node != nullptr || known->generation > snapshot.generation) continue;
      young_bytes_ -= known->bytes;
      young_.erase(key);
    }
    Put(key, {nodes[i], snapshot.generation, bytes[i]});
  }
}

template <typename Node>
void NodeCache::Touch(int64_t id, uint64_t generation) {
  const Key key(kKind<Node>, id);
  std::lock_guard<std::mutex> lock(mutex_);
  latest_touch_ = std::max(latest_touch_, generation);
  if (const Entry* known = Look(key)) {
    young_bytes_ -= known->bytes;
    young_.erase(key);
  }
  Put(key, {nullptr, generation, kEntryBytes});
}

size_t NodeCache::bytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return young_bytes_ + old_bytes_;
}

#define MLMD_INSTANTIATE(NODE)                                                                                     \
  template std::vector<NodeCache::Shared<NODE>> NodeCache::Find<NODE>(const Snapshot&, absl::Span<const int64_t>); \
  template void NodeCache::Keep<NODE>(const Snapshot&, absl::Span<const Shared<NODE>>);                            \
  template void NodeCache::Touch<NODE>(int64_t, uint64_t);
MLMD_INSTANTIATE(Artifact)
MLMD_INSTANTIATE(Execution)
MLMD_INSTANTIATE(Context)
#undef MLMD_INSTANTIATE

}  // namespace mlmd
