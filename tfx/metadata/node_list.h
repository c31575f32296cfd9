// A list of artifacts, executions or contexts as a read call returns it: read-only, its nodes shared with whoever else
// holds them (the store's cache, the message they came in), so that a list of thousands costs a pointer each.
//
//   for (const Artifact& artifact : page.items) ...
//   std::vector<Artifact> own(page.items.begin(), page.items.end());  // copies, to change or sort
//
// A node lives as long as one list holds it; nothing ever changes a node once it is in a list. Any number of threads
// may read lists that share nodes; a list itself is one thread's, like a vector.
#ifndef TFX_METADATA_NODE_LIST_H_
#define TFX_METADATA_NODE_LIST_H_

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlmd {

// A node, and its wire format where somebody has made it ("": nobody).
template <typename Node>
struct EncodedNode {
  Node node;
  std::string bytes;
};

template <typename Node>
class NodeList {
 public:
  using Shared = std::shared_ptr<const Node>;  // never null in a list

  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Node;
    using difference_type = std::ptrdiff_t;
    using pointer = const Node*;
    using reference = const Node&;

    const_iterator() = default;
    explicit const_iterator(const Shared* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    reference operator[](difference_type n) const { return *at_[n]; }
    const_iterator& operator++() { return *this += 1; }
    const_iterator& operator--() { return *this -= 1; }
    const_iterator operator++(int) { return const_iterator(at_++); }
    const_iterator operator--(int) { return const_iterator(at_--); }
    const_iterator& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    const_iterator& operator-=(difference_type n) { return *this += -n; }
    friend const_iterator operator+(const_iterator i, difference_type n) { return i += n; }
    friend const_iterator operator+(difference_type n, const_iterator i) { return i += n; }
    friend const_iterator operator-(const_iterator i, difference_type n) { return i -= n; }
    friend difference_type operator-(const_iterator a, const_iterator b) { return a.at_ - b.at_; }
    friend auto operator<=>(const_iterator a, const_iterator b) = default;

   private:
    const Shared* at_ = nullptr;
  };
  using iterator = const_iterator;
  using value_type = Node;
  using size_type = size_t;
  using reference = const Node&;
  using const_reference = const Node&;
  using difference_type = std::ptrdiff_t;

  NodeList() = default;
  // Not null.
  explicit NodeList(std::vector<std::shared_ptr<const EncodedNode<Node>>> nodes) {
    nodes_.reserve(nodes.size());
    encoded_.reserve(nodes.size());
    for (auto& shared : nodes) {
      const EncodedNode<Node>& node = *shared;
      nodes_.emplace_back(std::move(shared), &node.node);
      encoded_.push_back(&node.bytes);
    }
  }

  size_t size() const { return nodes_.size(); }
  bool empty() const { return nodes_.empty(); }
  const Node& operator[](size_t i) const { return *nodes_[i]; }
  const Node& front() const { return *nodes_.front(); }
  const Node& back() const { return *nodes_.back(); }
  const_iterator begin() const { return const_iterator(nodes_.data()); }
  const_iterator end() const { return const_iterator(nodes_.data() + nodes_.size()); }

  const std::vector<Shared>& shared() const { return nodes_; }
  // The wire format of node i; "" where it is not known.
  std::string_view encoded(size_t i) const { return i < encoded_.size() ? *encoded_[i] : std::string_view(); }

  void push_back(Shared node) { nodes_.push_back(std::move(node)); }
  void reserve(size_t size) { nodes_.reserve(size); }
  // Keeps the first `size` nodes, of at least as many.
  void Truncate(size_t size) {
    nodes_.resize(size);
    encoded_.resize(std::min(size, encoded_.size()));
  }

 private:
  std::vector<Shared> nodes_;
  std::vector<const std::string*> encoded_;  // of the first nodes; each lives as long as its node
};

}  // namespace mlmd

#endif  // TFX_METADATA_NODE_LIST_H_
