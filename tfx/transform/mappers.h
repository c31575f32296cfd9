// Mappers: from tensor to tensor, most of them with an analyzer inside. Names, options and formulas are TensorFlow
// Transform's (tft.scale_to_z_score, ...). Sparse tensors keep their structure unless it says otherwise.
#ifndef TFX_TRANSFORM_MAPPERS_H_
#define TFX_TRANSFORM_MAPPERS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tfx/transform/analyzers.h"
#include "tfx/transform/tensor.h"

namespace tft {

struct ScaleOptions {
  bool elementwise = false;  // each column of the rows by itself
  std::string name;
};

// (x - mean) / sqrt(var) as float32 (float64 stays); where the deviation is 0: x - mean.
Tensor ScaleToZScore(const Tensor& x, const ScaleOptions& options = {});

struct ScaleByMinMaxOptions {
  float output_min = 0;
  float output_max = 1;  // > output_min
  bool elementwise = false;
  std::string name;
};

// (x - min) / (max - min), or sigmoid(x) where min == max, brought to [output_min, output_max]; float32.
Tensor ScaleByMinMax(const Tensor& x, const ScaleByMinMaxOptions& options = {});
Tensor ScaleTo01(const Tensor& x, const ScaleOptions& options = {});

struct BucketizeOptions {
  int num_buckets = 0;            // required, >= 2 gives buckets 0 .. num_buckets - 1; 1 gives only 0
  std::optional<double> epsilon;  // default min(1 / num_buckets, 0.01)
  std::optional<Tensor> weights;
  bool elementwise = false;  // dense tensors only: each column by its own boundaries
  std::string name;
};

// Number of the quantile bucket, int64. NaN goes to the last bucket.
Tensor Bucketize(const Tensor& x, const BucketizeOptions& options);

struct ApplyBucketsOptions {
  std::string name;
};

// How many boundaries are <= x, int64 in 0 .. number of boundaries. `boundaries`: numbers, sorted, [n] or [1, n].
Tensor ApplyBuckets(const Tensor& x, const Tensor& boundaries, const ApplyBucketsOptions& options = {});

struct ComputeAndApplyVocabularyOptions {
  int64_t default_value = -1;  // for tokens outside the vocabulary, when there are no OOV buckets
  std::optional<int64_t> top_k;
  std::optional<double> frequency_threshold;
  int64_t num_oov_buckets = 0;  // tokens outside get size + Fingerprint64(token) mod num_oov_buckets
  std::string vocab_filename;
  std::optional<Tensor> weights;
  std::optional<int64_t> coverage_top_k;
  std::optional<double> coverage_frequency_threshold;
  std::function<std::string(std::string_view)> key_fn;
  bool fingerprint_shuffle = false;
  bool store_frequency = false;
  std::vector<std::string> reserved_tokens;
  std::string name;
};

// Integers for tokens, int64.
Tensor ComputeAndApplyVocabulary(const Tensor& x, const ComputeAndApplyVocabularyOptions& options = {});
// TFT's older name of the same.
Tensor StringToInt(const Tensor& x, const ComputeAndApplyVocabularyOptions& options = {});

struct ApplyVocabularyOptions {
  int64_t default_value = -1;
  int64_t num_oov_buckets = 0;
  bool store_frequency = false;  // as the vocabulary was made
  std::string name;
};

// `vocabulary` is what Vocabulary() returned.
Tensor ApplyVocabulary(const Tensor& x, const Tensor& vocabulary, const ApplyVocabularyOptions& options = {});

struct HashStringsOptions {
  int64_t hash_buckets = 0;                          // required, > 0
  std::optional<std::pair<uint64_t, uint64_t>> key;  // SipHash with this key instead of Fingerprint64
  std::string name;
};

Tensor HashStrings(const Tensor& strings, const HashStringsOptions& options);

struct NgramsOptions {
  int min_size = 1;  // tokens per n-gram, 1 <= min_size <= max_size
  int max_size = 1;
  std::string separator = " ";
  std::string name;
};

// N-grams of each row of a sparse string [batch, tokens], in order of their start, then of their size.
Tensor Ngrams(const Tensor& tokens, const NgramsOptions& options);
// The distinct n-grams of each row, in the order of their first occurrence.
Tensor BagOfWords(const Tensor& tokens, const NgramsOptions& options);
// Each row of a sparse or dense tensor of rank 2 without repeated values; sparse.
Tensor DeduplicateTensorPerRow(const Tensor& x);
// Number of tokens of each row, int64 [batch].
Tensor WordCount(const Tensor& tokens);

struct FeatureCrossOptions {
  int64_t hash_buckets = 0;  // required, > 0
  std::string separator = "_X_";
  std::string name;
};

// Crosses dense features of the same shape: their values joined by the separator (numbers as decimals), hashed to
// 0 .. hash_buckets - 1, int64. (TFT has no such mapper; this is the usual composition.)
Tensor FeatureCross(const std::vector<Tensor>& features, const FeatureCrossOptions& options);

}  // namespace tft

#endif  // TFX_TRANSFORM_MAPPERS_H_
