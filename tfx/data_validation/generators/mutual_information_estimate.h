// Estimates of mutual information from samples, for numbers (of any number of columns) and categories.
//
// Two kinds, named as in TFDV (mutual_information_util.py):
//   kLargerData   second estimator of Kraskov, Stoegbauer & Grassberger (PRE 69, 066138) for two numbers, Ross (PLoS
//   ONE
//                 9(2): e87357) for a number and a category with the neighbour on the border counted
//   kSmallerData  first estimator of KSG, and Ross's as he gives it: scikit-learn's
// Two categories: from their counts. All are at least 0; nats. Estimates from samples carry a statistical error of
// about 1 / sqrt(n); nearest neighbours rest on noise where values repeat. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_ESTIMATE_H_
#define TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_ESTIMATE_H_

#include <cstdint>
#include <vector>

#include "tfx/data_validation/generators/neighbours.h"

namespace tfx::tfdv {

enum class NeighbourEstimate { kLargerData, kSmallerData };

// The same random numbers from the same seed everywhere (SplitMix64).
class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  double Normal();                        // mean 0, variance 1 (Box & Muller)
  std::vector<size_t> Shuffle(size_t n);  // a permutation of 0 ... n - 1

 private:
  uint64_t state_;
};

// psi(x) for x > 0, to 1e-12.
double Digamma(double x);

// Both of as many rows as each other, at least k + 1, k at least 1; coordinates finite.
double MutualInformationOfNumbers(const Points& x, const Points& y, size_t k, NeighbourEstimate estimate);
// `y` holds one category a row. Rows whose category occurs once are left out; 0 when all are.
double MutualInformationOfNumbersAndCategories(const Points& x, const std::vector<int>& y, size_t k,
                                               NeighbourEstimate estimate);
double MutualInformationOfCategories(const std::vector<int>& x, const std::vector<int>& y);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_MUTUAL_INFORMATION_ESTIMATE_H_
