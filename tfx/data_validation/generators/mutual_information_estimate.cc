#include "tfx/data_validation/generators/mutual_information_estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "tfx/data_validation/features/row_sampling.h"

namespace tfx::tfdv {
namespace {

// Just below `radius`: leaves out the points on the border.
double Inside(double radius) { return std::nextafter(radius, 0.0); }

}  // namespace

uint64_t SeededRandom::Next() { return RowKey(static_cast<int64_t>(state_++), 0x5eed); }

double SeededRandom::Normal() {
  // Neither is 0, so the logarithm is finite.
  const double u = (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53;
  const double v = (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

std::vector<size_t> SeededRandom::Shuffle(size_t n) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = n; i > 1; --i) std::swap(order[i - 1], order[Next() % i]);
  return order;
}

double Digamma(double x) {
  // psi(x) = psi(x + 1) - 1 / x up to where the asymptotic series is exact enough (Abramowitz & Stegun 6.3.5, 6.3.18).
  double result = 0;
  for (; x < 12; x += 1) result -= 1 / x;
  const double r = 1 / (x * x);
  return result + std::log(x) - 0.5 / x -
         r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132)))));
}

double MutualInformationOfNumbers(const Points& x, const Points& y, size_t k, NeighbourEstimate estimate) {
  const size_t n = x.size();
  Points both{.num_columns = x.num_columns + y.num_columns};
  for (size_t i = 0; i < n; ++i) {
    both.values.insert(both.values.end(), x[i], x[i] + x.num_columns);
    both.values.insert(both.values.end(), y[i], y[i] + y.num_columns);
  }
  const NeighbourTree tree(both), x_tree(x), y_tree(y);
  const bool larger = estimate == NeighbourEstimate::kLargerData;
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const std::vector<size_t> nearest = tree.Nearest(i, k);
    double x_radius = 0, y_radius = 0;
    for (const size_t j : nearest) {
      x_radius = std::max(x_radius, x_tree.Distance(i, j));
      y_radius = std::max(y_radius, y_tree.Distance(i, j));
    }
    // The second estimator has a radius for each of the two spaces and counts the border; the first has one radius.
    if (!larger) x_radius = y_radius = Inside(std::max(x_radius, y_radius));
    const size_t self = larger ? 1 : 0;
    sum += Digamma(static_cast<double>(x_tree.CountWithin(i, x_radius) - self)) +
           Digamma(static_cast<double>(y_tree.CountWithin(i, y_radius) - self));
  }
  const double neighbours = static_cast<double>(std::min(k, n - 1));
  const double information = Digamma(neighbours) + Digamma(static_cast<double>(n)) - sum / static_cast<double>(n) -
                             (larger ? 1 / neighbours : 0);
  return std::max(0.0, information);
}

double MutualInformationOfNumbersAndCategories(const Points& x, const std::vector<int>& y, size_t k,
                                               NeighbourEstimate estimate) {
  std::map<int, std::vector<size_t>> rows_of;
  for (size_t i = 0; i < y.size(); ++i) rows_of[y[i]].push_back(i);
  const bool larger = estimate == NeighbourEstimate::kLargerData;
  Points kept{.num_columns = x.num_columns};
  std::vector<double> radii;
  double sum = 0;
  for (const auto& [category, rows] : rows_of) {
    if (rows.size() < 2) continue;
    Points own{.num_columns = x.num_columns};
    for (const size_t row : rows) own.values.insert(own.values.end(), x[row], x[row] + x.num_columns);
    const NeighbourTree tree(own);
    const size_t neighbours = std::min(k, rows.size() - 1);
    for (size_t i = 0; i < rows.size(); ++i) {
      const double radius = tree.Distance(i, tree.Nearest(i, neighbours).back());
      radii.push_back(larger ? radius : Inside(radius));
    }
    kept.values.insert(kept.values.end(), own.values.begin(), own.values.end());
    sum += static_cast<double>(rows.size()) *
           (Digamma(static_cast<double>(neighbours)) - Digamma(static_cast<double>(rows.size())));
  }
  if (radii.empty()) return 0;
  const NeighbourTree tree(kept);
  for (size_t i = 0; i < radii.size(); ++i) {
    sum -= Digamma(static_cast<double>(tree.CountWithin(i, radii[i]) - (larger ? 1 : 0)));
  }
  const double n = static_cast<double>(radii.size());
  return std::max(0.0, Digamma(n) + sum / n);
}

double MutualInformationOfCategories(const std::vector<int>& x, const std::vector<int>& y) {
  std::map<int, double> x_counts, y_counts;
  std::map<std::pair<int, int>, double> counts;
  for (size_t i = 0; i < x.size(); ++i) {
    ++x_counts[x[i]];
    ++y_counts[y[i]];
    ++counts[{x[i], y[i]}];
  }
  const double n = static_cast<double>(x.size());
  double information = 0;
  for (const auto& [pair, count] : counts) {
    information += count / n * std::log(count * n / (x_counts[pair.first] * y_counts[pair.second]));
  }
  return std::max(0.0, information);
}

}  // namespace tfx::tfdv
