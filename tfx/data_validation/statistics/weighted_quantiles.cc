#include "tfx/data_validation/statistics/weighted_quantiles.h"

#include <algorithm>
#include <cmath>

#include "tfx/base/status_macros.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

using ExactWeights = absl::flat_hash_map<double, sketches::ExactSum>;

std::vector<std::pair<double, const sketches::ExactSum*>> InOrder(const ExactWeights& exact) {
  std::vector<std::pair<double, const sketches::ExactSum*>> ordered;
  ordered.reserve(exact.size());
  for (const auto& [value, weight] : exact) ordered.emplace_back(value, &weight);
  std::sort(ordered.begin(), ordered.end());
  return ordered;
}

}  // namespace

void WeightedQuantiles::Add(double value, double weight) {
  if (std::isnan(value) || !(weight > 0)) return;
  exact_[value + 0.0].Add(weight);  // no negative zero
  FlushIfFull();
}

void WeightedQuantiles::FlushIfFull() {
  if (static_cast<int64_t>(exact_.size()) <= sketch_.block_size()) return;
  Flush(exact_, &sketch_);
  exact_.clear();
}

void WeightedQuantiles::Flush(const ExactWeights& exact, sketches::QuantilesSketch* sketch) {
  for (const auto& [value, weight] : InOrder(exact)) sketch->Add(value, weight->Round());
}

absl::Status WeightedQuantiles::Merge(const WeightedQuantiles& other) {
  if (&other == this) return Merge(WeightedQuantiles(other));
  RETURN_IF_ERROR(sketch_.Merge(other.sketch_));
  // In order, for the sketch may be flushed to on the way.
  for (const auto& [value, weight] : InOrder(other.exact_)) {
    exact_[value].Merge(*weight);
    FlushIfFull();
  }
  return absl::OkStatus();
}

std::vector<sketches::Quantile> WeightedQuantiles::GetQuantiles(int num_quantiles) const {
  sketches::QuantilesSketch all = sketch_;
  Flush(exact_, &all);
  return all.GetQuantiles(num_quantiles);
}

std::string WeightedQuantiles::Serialize() const {
  sketches::StateWriter out;
  out.Bytes(sketch_.Serialize());
  out.Integer(exact_.size());
  for (const auto& [value, weight] : InOrder(exact_)) {
    out.Real(value);
    weight->Write(&out);
  }
  return out.Take();
}

absl::Status WeightedQuantiles::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not a state of weighted quantiles");
  sketches::StateReader in(bytes);
  WeightedQuantiles parsed = *this;
  parsed.exact_.clear();
  RETURN_IF_ERROR(parsed.sketch_.ParseFrom(in.Bytes()));
  const uint64_t size = in.Count(24);
  if (size > static_cast<uint64_t>(sketch_.block_size())) return damaged;
  for (uint64_t i = 0; i < size; ++i) {
    const double value = in.Real();
    if (std::isnan(value) || !parsed.exact_[value].Read(&in)) return damaged;
  }
  if (!in.ok()) return damaged;
  *this = std::move(parsed);
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
