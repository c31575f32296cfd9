#include "tfx/data_validation/generators/neighbours.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tfx::tfdv {
namespace {

constexpr size_t kLeafSize = 16;

}  // namespace

NeighbourTree::NeighbourTree(const Points& points) : points_(points), order_(points.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!order_.empty()) Build(0, order_.size());
}

size_t NeighbourTree::Build(size_t begin, size_t end) {
  const size_t columns = points_.num_columns;
  const size_t id = nodes_.size();
  nodes_.push_back({begin, end, 0, 0, std::vector<double>(columns), std::vector<double>(columns)});
  size_t widest = 0;
  for (size_t c = 0; c < columns; ++c) {
    double low = points_[order_[begin]][c], high = low;
    for (size_t i = begin + 1; i < end; ++i) {
      low = std::min(low, points_[order_[i]][c]);
      high = std::max(high, points_[order_[i]][c]);
    }
    nodes_[id].low[c] = low;
    nodes_[id].high[c] = high;
    if (high - low > nodes_[id].high[widest] - nodes_[id].low[widest]) widest = c;
  }
  const bool is_one_point = nodes_[id].high[widest] == nodes_[id].low[widest];
  if (end - begin <= kLeafSize || is_one_point) return id;
  const size_t middle = begin + (end - begin) / 2;
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end, [&](size_t a, size_t b) {
    const double x = points_[a][widest], y = points_[b][widest];
    return x != y ? x < y : a < b;
  });
  const size_t left = Build(begin, middle);
  const size_t right = Build(middle, end);
  nodes_[id].left = left;
  nodes_[id].right = right;
  return id;
}

double NeighbourTree::Distance(size_t i, size_t j) const {
  double distance = 0;
  for (size_t c = 0; c < points_.num_columns; ++c) {
    distance = std::max(distance, std::fabs(points_[i][c] - points_[j][c]));
  }
  return distance;
}

double NeighbourTree::DistanceToBox(const Node& node, const double* point) const {
  double distance = 0;
  for (size_t c = 0; c < points_.num_columns; ++c) {
    distance = std::max({distance, node.low[c] - point[c], point[c] - node.high[c]});
  }
  return distance;
}

bool NeighbourTree::HoldsBox(const Node& node, const double* point, double radius) const {
  for (size_t c = 0; c < points_.num_columns; ++c) {
    if (std::max(point[c] - node.low[c], node.high[c] - point[c]) > radius) return false;
  }
  return true;
}

void NeighbourTree::Search(size_t id, size_t i, size_t k, Found* found) const {
  const Node& node = nodes_[id];
  const auto is_too_far = [&](double distance) { return found->size() == k && distance > found->front().first; };
  if (is_too_far(DistanceToBox(node, points_[i]))) return;
  if (node.left != 0) {
    const bool left_first =
        DistanceToBox(nodes_[node.left], points_[i]) <= DistanceToBox(nodes_[node.right], points_[i]);
    Search(left_first ? node.left : node.right, i, k, found);
    Search(left_first ? node.right : node.left, i, k, found);
    return;
  }
  for (size_t at = node.begin; at < node.end; ++at) {
    const size_t j = order_[at];
    if (j == i) continue;
    const std::pair<double, size_t> candidate(Distance(i, j), j);
    if (found->size() == k) {
      if (candidate > found->front()) continue;
      std::pop_heap(found->begin(), found->end());
      found->pop_back();
    }
    found->push_back(candidate);
    std::push_heap(found->begin(), found->end());
  }
}

std::vector<size_t> NeighbourTree::Nearest(size_t i, size_t k) const {
  Found found;
  k = std::min(k, points_.size() - 1);
  if (k == 0) return {};
  Search(0, i, k, &found);
  std::sort_heap(found.begin(), found.end());
  std::vector<size_t> nearest;
  for (const auto& [distance, j] : found) nearest.push_back(j);
  return nearest;
}

size_t NeighbourTree::Count(size_t id, const double* point, double radius) const {
  const Node& node = nodes_[id];
  if (DistanceToBox(node, point) > radius) return 0;
  if (HoldsBox(node, point, radius)) return node.end - node.begin;
  if (node.left != 0) return Count(node.left, point, radius) + Count(node.right, point, radius);
  size_t count = 0;
  for (size_t at = node.begin; at < node.end; ++at) {
    const double* other = points_[order_[at]];
    bool is_within = true;
    for (size_t c = 0; c < points_.num_columns && is_within; ++c) is_within = std::fabs(point[c] - other[c]) <= radius;
    count += is_within;
  }
  return count;
}

size_t NeighbourTree::CountWithin(size_t i, double radius) const { return Count(0, points_[i], radius); }

}  // namespace tfx::tfdv
