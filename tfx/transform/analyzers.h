// Analyzers: values that a pass over the whole data set computes, used in the graph like any tensor.
//
//   Tensor share = x / tft::Max(x);          // one pass finds the maximum, the graph holds it as a constant
//
// Semantics, empty-data results and type rules are TensorFlow Transform's (tft.min, tft.max, ...):
//   - reduce_instance_dims true: one scalar over all values; false: element-wise over the batch, the shape of one row.
//     Sparse input, true: over the values that are there; false: by column of the widest row, missing ones left out.
//   - Sum: float32 and float64 keep their type, integers become int64. Mean, Var: integers become float32.
//   - Mean and Var leave out NaN and infinities; Var is the population variance. Min, Max and Sum do not.
//   - No data: Min +inf, Max -inf (integers: the largest value and its negation), the others 0.
// Analyzers of analyzers are computed in phases, each phase in one pass over the data.
#ifndef TFX_TRANSFORM_ANALYZERS_H_
#define TFX_TRANSFORM_ANALYZERS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/transform/tensor.h"

namespace tft {

struct AnalyzerOptions {
  bool reduce_instance_dims = true;
  std::string name;  // scope of the nodes; empty: the function's name
};

Tensor Min(const Tensor& x, const AnalyzerOptions& options = {});
Tensor Max(const Tensor& x, const AnalyzerOptions& options = {});
Tensor Sum(const Tensor& x, const AnalyzerOptions& options = {});
Tensor Size(const Tensor& x, const AnalyzerOptions& options = {});  // int64
Tensor Mean(const Tensor& x, const AnalyzerOptions& options = {});
Tensor Var(const Tensor& x, const AnalyzerOptions& options = {});

struct QuantilesOptions {
  int num_buckets = 0;            // required, >= 1
  double epsilon = 0.01;          // rank error as a fraction of the rows, in (0, 1)
  std::optional<Tensor> weights;  // float, the shape of x; NaN and non-positive weights are skipped
  bool reduce_instance_dims = true;
  std::string name;
};

// num_buckets - 1 boundaries, float32 [1, num_buckets - 1] (element-wise: row shape + [num_buckets - 1]). NaN is
// skipped. No data: zeros. Boundaries are values of the data; sketch: tfx/sketches/quantiles_sketch.h.
Tensor Quantiles(const Tensor& x, const QuantilesOptions& options);

struct VocabularyOptions {
  std::optional<int64_t> top_k;               // > 0: keep the first so many
  std::optional<double> frequency_threshold;  // >= 0: keep counts >= threshold
  std::string vocab_filename;                 // empty: "vocab_" and the scope, as TFT
  bool store_frequency = false;               // lines "count token"
  std::vector<std::string> reserved_tokens;   // put first, in this order
  std::optional<Tensor> weights;              // float, the shape of x: scores are sums of weights
  bool fingerprint_shuffle = false;           // order by SHA-1 of the token
  // For each key (key_fn(token)) the first coverage_top_k tokens are added after the others.
  std::optional<int64_t> coverage_top_k;
  std::optional<double> coverage_frequency_threshold;
  std::function<std::string(std::string_view)> key_fn;
  std::string name;
};

// Distinct values by descending count, ties by descending bytes, in a text file of one token per line among the graph's
// assets. Returns the path of the file (string scalar), for ApplyVocabulary. Strings or integers (as decimals). Strings
// that are empty or hold a line break are left out. No tokens: one dummy token, so that a lookup table is never empty.
Tensor Vocabulary(const Tensor& x, const VocabularyOptions& options = {});

// The number of lines of a vocabulary made in this preprocessing_fn, int64 scalar.
Tensor VocabularySizeByName(std::string_view vocab_filename);

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYZERS_H_
