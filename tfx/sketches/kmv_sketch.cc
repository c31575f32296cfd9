#include "tfx/sketches/kmv_sketch.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tfx/base/digest.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {

KmvSketch::KmvSketch(int64_t num_buckets) : num_buckets_(std::max<int64_t>(num_buckets, 2)) {}

void KmvSketch::Add(std::string_view item) { AddFingerprint(Fingerprint64(item)); }

void KmvSketch::AddFingerprint(uint64_t hash) {
  const auto size = static_cast<size_t>(num_buckets_);
  if (num_sorted_ == size && hash >= hashes_[size - 1]) return;
  hashes_.push_back(hash);
  if (hashes_.size() < 2 * size) return;
  hashes_ = Smallest();
  num_sorted_ = hashes_.size();
}

std::vector<uint64_t> KmvSketch::Smallest() const {
  std::vector<uint64_t> sorted = hashes_;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.size() > static_cast<size_t>(num_buckets_)) sorted.resize(static_cast<size_t>(num_buckets_));
  return sorted;
}

absl::Status KmvSketch::Merge(const KmvSketch& other) {
  if (other.num_buckets_ != num_buckets_) {
    return absl::InvalidArgumentError("K-minimum-values sketches of different sizes cannot be merged");
  }
  if (&other != this) {
    for (uint64_t hash : other.hashes_) AddFingerprint(hash);
  }
  return absl::OkStatus();
}

uint64_t KmvSketch::Estimate() const {
  const std::vector<uint64_t> smallest = Smallest();
  if (static_cast<int64_t>(smallest.size()) < num_buckets_) return smallest.size();
  const double hash_space = std::ldexp(1.0, 64);
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(num_buckets_ - 1) * hash_space / static_cast<double>(smallest.back())));
}

std::string KmvSketch::Serialize() const {
  StateWriter out;
  out.Integer(static_cast<uint64_t>(num_buckets_));
  out.Numbers(Smallest());
  return out.Take();
}

absl::Status KmvSketch::ParseFrom(std::string_view bytes) {
  StateReader in(bytes);
  const int64_t num_buckets = static_cast<int64_t>(in.Integer());
  std::vector<uint64_t> hashes = in.Numbers<uint64_t>();
  const bool ascending = std::adjacent_find(hashes.begin(), hashes.end(), std::greater_equal<>()) == hashes.end();
  if (!in.ok() || num_buckets != num_buckets_ || !ascending || hashes.size() > static_cast<uint64_t>(num_buckets)) {
    return absl::DataLossError("not the state of a K-minimum-values sketch of this size");
  }
  hashes_ = std::move(hashes);
  num_sorted_ = hashes_.size();
  return absl::OkStatus();
}

}  // namespace tfx::sketches
