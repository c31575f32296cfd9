// Nearest neighbours and points within a distance, by the largest difference of any coordinate (Chebyshev distance).
//
// A k-d tree of boxes: O(n log n) to build; a query costs about log n in few dimensions and up to n in many. Immutable;
// thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_NEIGHBOURS_H_
#define TFX_DATA_VALIDATION_GENERATORS_NEIGHBOURS_H_

#include <cstddef>
#include <utility>
#include <vector>

namespace tfx::tfdv {

// Rows of `num_columns` coordinates, one after the other.
struct Points {
  size_t num_columns = 1;
  std::vector<double> values;

  size_t size() const { return num_columns == 0 ? 0 : values.size() / num_columns; }
  const double* operator[](size_t i) const { return values.data() + i * num_columns; }
};

class NeighbourTree {
 public:
  // Coordinates must be finite; at least one column.
  explicit NeighbourTree(const Points& points);

  // The min(k, size - 1) points nearest to point i, itself left out, nearest first; of equally far ones those of lower
  // number.
  std::vector<size_t> Nearest(size_t i, size_t k) const;

  // How many points, point i included, lie at most `radius` away from it.
  size_t CountWithin(size_t i, double radius) const;

  double Distance(size_t i, size_t j) const;

 private:
  struct Node {
    size_t begin = 0, end = 0;   // of order_
    size_t left = 0, right = 0;  // 0: a leaf
    std::vector<double> low, high;
  };
  using Found = std::vector<std::pair<double, size_t>>;  // a heap by distance and number

  size_t Build(size_t begin, size_t end);
  double DistanceToBox(const Node& node, const double* point) const;
  bool HoldsBox(const Node& node, const double* point, double radius) const;
  void Search(size_t node, size_t i, size_t k, Found* found) const;
  size_t Count(size_t node, const double* point, double radius) const;

  const Points points_;
  std::vector<size_t> order_;
  std::vector<Node> nodes_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_NEIGHBOURS_H_
