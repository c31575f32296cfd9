// The number of distinct items in bounded memory: the K smallest hashes (Bar-Yossef et al. 2002; results of tfx-bsl's
// KmvSketch with farmhash Fingerprint64).
//
// Exact below `num_buckets` distinct hashes; from there (K - 1) * 2^64 / (K-th smallest hash), with a relative standard
// error of about 1 / sqrt(K - 2): 0.8% at 16,384. The state is a function of the set of items alone: order, split and
// repetition do not matter. Size: at most twice num_buckets hashes. Thread-compatible.
#ifndef TFX_SKETCHES_KMV_SKETCH_H_
#define TFX_SKETCHES_KMV_SKETCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace tfx::sketches {

class KmvSketch {
 public:
  explicit KmvSketch(int64_t num_buckets = 16384);  // below 2 counts as 2

  void Add(std::string_view item);
  void AddFingerprint(uint64_t fingerprint);   // of an item, Fingerprint64 (base/digest.h)
  absl::Status Merge(const KmvSketch& other);  // INVALID_ARGUMENT when the number of buckets differs
  uint64_t Estimate() const;

  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);  // DATA_LOSS when not a state with this number of buckets

 private:
  // The smallest distinct hashes, sorted, at most num_buckets_ of them.
  std::vector<uint64_t> Smallest() const;

  int64_t num_buckets_;
  // The smallest of what came before, sorted, then what came since: at most twice num_buckets_.
  std::vector<uint64_t> hashes_;
  size_t num_sorted_ = 0;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_KMV_SKETCH_H_
