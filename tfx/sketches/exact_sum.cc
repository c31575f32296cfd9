#include "tfx/sketches/exact_sum.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

namespace tfx::sketches {
namespace {

constexpr int kDigitBits = 32;
constexpr int64_t kDigitMask = (int64_t{1} << kDigitBits) - 1;
// One addition changes a digit by less than 2^33, so that this many fit into 63 bits.
constexpr int64_t kAdditionsBetweenCarries = int64_t{1} << 29;
// The exponents of products of three doubles are within +-3,300, in bits of sums of 2^64 of them.
constexpr int kMaxExponent = 4096;

struct Parts {
  int64_t mantissa = 0;  // with its sign
  int exponent = 0;
};

Parts PartsOf(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>(bits >> 52 & 0x7ff);
  const auto magnitude = static_cast<int64_t>((bits & ((uint64_t{1} << 52) - 1)) | uint64_t{biased != 0} << 52);
  return {(bits >> 63) != 0 ? -magnitude : magnitude, std::max(biased, 1) - 1075};
}

int FloorDiv(int value, int divisor) { return (value - (value % divisor + divisor) % divisor) / divisor; }

}  // namespace

// The sum of digits[i] * 2^(32 * (first + i)), whose digits are signed and may exceed 32 bits, and of what is not
// finite.
struct ExactSum::Digits {
  std::vector<int64_t> digits;
  int first = 0;
  int64_t num_additions = 0;  // since carries were passed on
  bool has_nan = false;
  bool has_infinity[2] = {false, false};  // positive, negative

  bool is_finite() const { return !has_nan && !has_infinity[0] && !has_infinity[1]; }

  void MakeRoom(int begin, int end) {
    if (digits.empty()) first = begin;
    if (begin < first) {
      digits.insert(digits.begin(), static_cast<size_t>(first - begin), 0);
      first = begin;
    }
    if (end > first + static_cast<int>(digits.size())) digits.resize(static_cast<size_t>(end - first));
  }

  void AddFinite(__int128 mantissa, int exponent) {
    const bool is_negative = mantissa < 0;
    auto magnitude = static_cast<unsigned __int128>(mantissa);
    if (is_negative) magnitude = -magnitude;
    const int begin = FloorDiv(exponent, kDigitBits);
    const int shift = exponent - begin * kDigitBits;
    const int width = (magnitude >> 64) != 0 ? 128 - std::countl_zero(static_cast<uint64_t>(magnitude >> 64))
                                             : 64 - std::countl_zero(static_cast<uint64_t>(magnitude));
    MakeRoom(begin, begin + (shift + width) / kDigitBits + 1);
    int64_t* digit = digits.data() + (begin - first);
    for (; magnitude != 0; magnitude >>= kDigitBits, ++digit) {
      const uint64_t part = (static_cast<uint64_t>(magnitude) & kDigitMask) << shift;
      const auto low = static_cast<int64_t>(part & kDigitMask), high = static_cast<int64_t>(part >> kDigitBits);
      digit[0] += is_negative ? -low : low;
      if (high != 0) digit[1] += is_negative ? -high : high;
    }
    if (++num_additions >= kAdditionsBetweenCarries) Carry();
  }

  void AddAny(double value) {
    if (std::isfinite(value)) {
      const Parts parts = PartsOf(value);
      if (parts.mantissa != 0) AddFinite(parts.mantissa, parts.exponent);
    } else if (std::isnan(value)) {
      has_nan = true;
    } else {
      has_infinity[value < 0 ? 1 : 0] = true;
    }
  }

  // Brings all digits but the highest into [0, 2^32), and that one below 2^31 in magnitude.
  void Carry() {
    int64_t carry = 0;
    for (int64_t& digit : digits) {
      digit += carry;
      carry = digit >> kDigitBits;
      digit &= kDigitMask;
    }
    // The sign is in the highest digit alone.
    if (carry == -1 && !digits.empty() && (digits.back() >> (kDigitBits - 1)) != 0) {
      digits.back() -= int64_t{1} << kDigitBits;
    } else if (carry != 0 || (!digits.empty() && (digits.back() >> (kDigitBits - 1)) != 0)) {
      digits.push_back(carry);
    }
    num_additions = 1;
  }

  ExactNumber Number() const {
    Digits carried = *this;
    carried.Carry();
    ExactNumber number;
    number.is_negative = !carried.digits.empty() && carried.digits.back() < 0;
    if (number.is_negative) {
      for (int64_t& digit : carried.digits) digit = -digit;
      carried.Carry();
    }
    number.exponent = carried.first * kDigitBits;
    for (const int64_t digit : carried.digits) {
      number.digits.push_back(static_cast<uint32_t>(digit));
    }
    number.Trim();
    return number;
  }
};

ExactSum::ExactSum() = default;
ExactSum::~ExactSum() = default;
ExactSum::ExactSum(ExactSum&& other) noexcept = default;
ExactSum& ExactSum::operator=(ExactSum&& other) noexcept = default;
ExactSum::ExactSum(const ExactSum& other)
    : head_(other.head_), digits_(other.digits_ == nullptr ? nullptr : std::make_unique<Digits>(*other.digits_)) {}
ExactSum& ExactSum::operator=(const ExactSum& other) {
  if (this != &other) *this = ExactSum(other);
  return *this;
}

ExactSum::Digits& ExactSum::digits() {
  if (digits_ == nullptr) digits_ = std::make_unique<Digits>();
  return *digits_;
}

void ExactSum::AddToDigits(double value) { digits().AddAny(value); }

void ExactSum::AddScaled(__int128 mantissa, int exponent) {
  if (mantissa == 0) return;
  const auto low = static_cast<uint64_t>(mantissa);
  const int zeros = low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(static_cast<uint64_t>(mantissa >> 64));
  mantissa >>= zeros;
  exponent += zeros;
  constexpr __int128 kDoubles = __int128{1} << 53;
  if (mantissa > -kDoubles && mantissa < kDoubles && exponent > -1022 && exponent < 960) {
    Add(std::ldexp(static_cast<double>(static_cast<int64_t>(mantissa)), exponent));
  } else {
    digits().AddFinite(mantissa, exponent);
  }
}

void ExactSum::AddProduct(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return AddToDigits(a * b);
  const Parts x = PartsOf(a), y = PartsOf(b);
  AddScaled(static_cast<__int128>(x.mantissa) * y.mantissa, x.exponent + y.exponent);
}

void ExactSum::AddProductOfSquare(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return AddToDigits(a * (b > 0 ? b : b < 0 ? -b : b * b));
  const Parts x = PartsOf(a), y = PartsOf(b);
  // The square has 106 bits; each half times 53 more fits.
  const auto square = static_cast<unsigned __int128>(static_cast<__int128>(y.mantissa) * y.mantissa);
  const int exponent = x.exponent + 2 * y.exponent;
  AddScaled(static_cast<__int128>(static_cast<uint64_t>(square)) * x.mantissa, exponent);
  AddScaled(static_cast<__int128>(static_cast<uint64_t>(square >> 64)) * x.mantissa, exponent + 64);
}

void ExactSum::Merge(const ExactSum& other) {
  if (other.digits_ != nullptr) {
    Digits more = *other.digits_;
    Digits& mine = digits();
    mine.has_nan = mine.has_nan || more.has_nan;
    for (const int sign : {0, 1}) mine.has_infinity[sign] = mine.has_infinity[sign] || more.has_infinity[sign];
    if (mine.num_additions + more.num_additions >= kAdditionsBetweenCarries) {
      mine.Carry();
      more.Carry();
    }
    if (!more.digits.empty()) {
      mine.MakeRoom(more.first, more.first + static_cast<int>(more.digits.size()));
      for (size_t i = 0; i < more.digits.size(); ++i) {
        mine.digits[static_cast<size_t>(more.first - mine.first) + i] += more.digits[i];
      }
      mine.num_additions += more.num_additions;
    }
  }
  Add(other.head_);
}

bool ExactSum::is_finite() const { return digits_ == nullptr || digits_->is_finite(); }

ExactNumber ExactSum::Number() const {
  if (digits_ == nullptr) return ExactNumber::Of(head_);
  Digits all = *digits_;
  all.AddAny(head_);
  return all.Number();
}

double ExactSum::Round() const {
  if (digits_ == nullptr) return head_ + 0.0;
  if (!is_finite()) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (digits_->has_nan || (digits_->has_infinity[0] && digits_->has_infinity[1])) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return digits_->has_infinity[0] ? kInfinity : -kInfinity;
  }
  return Rounded(Number());
}

// A flag, then the sum: as a double where it is one, as a number otherwise. What is not finite hides the rest.
void ExactSum::Write(StateWriter* out) const {
  const ExactNumber number = is_finite() ? Number() : ExactNumber();
  if (!is_finite() || IsDouble(number)) {
    out->Integer(0);
    out->Real(is_finite() ? Rounded(number) : Round());
    return;
  }
  out->Integer(number.is_negative ? 2 : 1);
  out->Integer(static_cast<uint64_t>(static_cast<int64_t>(number.exponent)));
  out->Numbers(number.digits);
}

bool ExactSum::Read(StateReader* in) {
  *this = {};
  const uint64_t form = in->Integer();
  if (form == 0) {
    Add(in->Real());
    return in->good();
  }
  const auto exponent = static_cast<int64_t>(in->Integer());
  const std::vector<uint64_t> read = in->Numbers<uint64_t>();
  const bool is_number = in->good() && form <= 2 && !read.empty() && exponent >= -kMaxExponent &&
                         exponent <= kMaxExponent && exponent % kDigitBits == 0 &&
                         read.size() <= 2 * kMaxExponent / kDigitBits &&
                         std::all_of(read.begin(), read.end(), [](uint64_t digit) { return digit <= kDigitMask; });
  if (!is_number) return false;
  Digits& mine = digits();
  mine.first = static_cast<int>(exponent / kDigitBits);
  for (const uint64_t digit : read) mine.digits.push_back((form == 2 ? -1 : 1) * static_cast<int64_t>(digit));
  mine.num_additions = 1;
  return true;
}

}  // namespace tfx::sketches
