#include "tfx/sketches/kmv_sketch.h"

#include <algorithm>
#include <cmath>

#include "tfx/base/digest.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {

KmvSketch::KmvSketch(int64_t num_buckets) : num_buckets_(std::max<int64_t>(num_buckets, 2)) {}

void KmvSketch::Add(std::string_view item) { AddHash(Fingerprint64(item)); }

void KmvSketch::AddHash(uint64_t hash) {
  if (static_cast<int64_t>(hashes_.size()) < num_buckets_) {
    hashes_.insert(hash);
  } else if (hash < *hashes_.rbegin() && hashes_.insert(hash).second) {
    hashes_.erase(std::prev(hashes_.end()));
  }
}

absl::Status KmvSketch::Merge(const KmvSketch& other) {
  if (other.num_buckets_ != num_buckets_) {
    return absl::InvalidArgumentError("K-minimum-values sketches of different sizes cannot be merged");
  }
  if (&other != this) {
    for (uint64_t hash : other.hashes_) AddHash(hash);
  }
  return absl::OkStatus();
}

uint64_t KmvSketch::Estimate() const {
  if (static_cast<int64_t>(hashes_.size()) < num_buckets_) return hashes_.size();
  const double hash_space = std::ldexp(1.0, 64);
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(num_buckets_ - 1) * hash_space / static_cast<double>(*hashes_.rbegin())));
}

std::string KmvSketch::Serialize() const {
  StateWriter out;
  out.Integer(static_cast<uint64_t>(num_buckets_));
  out.Integer(hashes_.size());
  for (uint64_t hash : hashes_) out.Integer(hash);
  return out.Take();
}

absl::Status KmvSketch::ParseFrom(std::string_view bytes) {
  StateReader in(bytes);
  const int64_t num_buckets = static_cast<int64_t>(in.Integer());
  const uint64_t count = in.Count(8);
  std::set<uint64_t> hashes;
  for (uint64_t i = 0; i < count; ++i) hashes.insert(hashes.end(), in.Integer());
  if (!in.ok() || num_buckets != num_buckets_ || hashes.size() != count || count > static_cast<uint64_t>(num_buckets)) {
    return absl::DataLossError("not the state of a K-minimum-values sketch of this size");
  }
  hashes_ = std::move(hashes);
  return absl::OkStatus();
}

}  // namespace tfx::sketches
