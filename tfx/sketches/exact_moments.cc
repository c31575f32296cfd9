#include "tfx/sketches/exact_moments.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

namespace tfx::sketches {
namespace {

// Squares of mantissas have 106 bits; so many of them add up in 128.
constexpr int64_t kMaxCount = int64_t{1} << 21;

}  // namespace

// Values of one exponent add up as integers: their mantissas in 128 bits, and the squares of those.
void ExactMoments::AddCounted(std::span<const WeightedValue> values) {
  int64_t total = 0;  // of all
  int biased = 0;     // exponent of the values at hand, as it stands in the double
  int64_t count = 0;
  __int128 sum = 0;
  unsigned __int128 squares = 0;
  const auto flush = [&] {
    const int exponent = std::max(biased, 1) - 1075;
    sum_.AddScaled(sum, exponent);
    squares_.AddScaled(static_cast<__int128>(squares), 2 * exponent);  // below 2^127
    count = 0;
    sum = 0;
    squares = 0;
  };
  for (const WeightedValue& entry : values) {
    const auto times = static_cast<int64_t>(entry.weight);
    total += times;
    const auto bits = std::bit_cast<uint64_t>(entry.value);
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
    if (exponent == 0x7ff || times > kMaxCount / 2) {
      sum_.AddProduct(entry.weight, entry.value);
      squares_.AddProductOfSquare(entry.weight, entry.value);
      continue;
    }
    if (exponent != biased || count + times > kMaxCount) {
      flush();
      biased = exponent;
    }
    count += times;
    const uint64_t magnitude = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{exponent != 0} << 52;
    const auto scaled = static_cast<unsigned __int128>(magnitude) * static_cast<uint64_t>(times);
    sum += (bits >> 63) != 0 ? -static_cast<__int128>(scaled) : static_cast<__int128>(scaled);
    squares += static_cast<unsigned __int128>(magnitude) * magnitude * static_cast<uint64_t>(times);
  }
  flush();
  weight_.AddScaled(total, 0);
}

void ExactMoments::Add(double value, double weight) {
  weight_.Add(weight);
  sum_.AddProduct(weight, value);
  squares_.AddProductOfSquare(weight, value);
}

void ExactMoments::Merge(const ExactMoments& other) {
  weight_.Merge(other.weight_);
  sum_.Merge(other.sum_);
  squares_.Merge(other.squares_);
}

double ExactMoments::Mean() const {
  if (!weight_.is_finite()) return std::numeric_limits<double>::quiet_NaN();
  const ExactNumber weight = weight_.Number();
  if (weight.is_zero()) return 0;
  if (!sum_.is_finite()) return weight.is_negative ? -sum_.Round() : sum_.Round();
  return RoundedQuotient(sum_.Number(), weight);
}

// The weighted squares of the distances from the mean, as a sum; nothing where it is no finite number.
std::optional<ExactNumber> ExactMoments::SquaredDistances() const {
  const double mean = Mean();
  if (!std::isfinite(mean) || !squares_.is_finite()) return std::nullopt;
  const ExactNumber weight = weight_.Number(), center = ExactNumber::Of(mean);
  // S2 - m * (2 * S1 - m * W)
  const ExactNumber twice = Product(ExactNumber::Of(2), sum_.Number());
  const ExactNumber sum = Difference(squares_.Number(), Product(center, Difference(twice, Product(center, weight))));
  // Negative only with negative weights.
  return weight.is_zero() || weight.is_negative || sum.is_negative ? ExactNumber() : sum;
}

double ExactMoments::Variance() const {
  const std::optional<ExactNumber> sum = SquaredDistances();
  if (!sum.has_value()) return std::numeric_limits<double>::quiet_NaN();
  return sum->is_zero() ? 0 : RoundedQuotient(*sum, weight_.Number());
}

double ExactMoments::Deviation() const {
  const std::optional<ExactNumber> sum = SquaredDistances();
  if (!sum.has_value()) return std::numeric_limits<double>::quiet_NaN();
  if (sum->is_zero()) return 0;
  const ExactNumber weight = weight_.Number();
  // The root is taken of a number near 1, for the variance itself may be out of range.
  const int half = (sum->HighestBit() - weight.HighestBit()) / 2;
  return std::ldexp(std::sqrt(RoundedQuotient(*sum, weight, -2 * half)), half);
}

void ExactMoments::Write(StateWriter* out) const {
  weight_.Write(out);
  sum_.Write(out);
  squares_.Write(out);
}

bool ExactMoments::Read(StateReader* in) { return weight_.Read(in) && sum_.Read(in) && squares_.Read(in); }

}  // namespace tfx::sketches
