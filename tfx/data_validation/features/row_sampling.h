// Whether a row belongs to a sample: by the seed and the row's place in the input alone, so that the sample depends
// neither on batches, shards nor threads. Used for StatsOptions.sample_rate and by generators that look at a part of
// the rows.
#ifndef TFX_DATA_VALIDATION_FEATURES_ROW_SAMPLING_H_
#define TFX_DATA_VALIDATION_FEATURES_ROW_SAMPLING_H_

#include <cstdint>

namespace tfx::tfdv {

// A number that looks random over all 64 bits: one for each seed and row. The hash is the finaliser of SplitMix64
// (Steele et al. 2014).
inline uint64_t RowKey(int64_t row_number, uint64_t seed) {
  auto mix = [](uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  };
  return mix(mix(seed) ^ static_cast<uint64_t>(row_number));
}

// True for about `rate` of all row numbers: always at rate >= 1, never at rate <= 0 or NaN. Different seeds give
// independent samples.
inline bool IsSampled(int64_t row_number, double rate, uint64_t seed) {
  return static_cast<double>(RowKey(row_number, seed) >> 11) * 0x1p-53 < rate;
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_ROW_SAMPLING_H_
