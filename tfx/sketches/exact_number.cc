#include "tfx/sketches/exact_number.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace tfx::sketches {
namespace {

constexpr int kDigitBits = 32;

int Compare(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

void DropLeadingZeros(std::vector<uint32_t>* digits) {
  while (!digits->empty() && digits->back() == 0) digits->pop_back();
}

// a -= b, which is not greater.
void Subtract(const std::vector<uint32_t>& b, std::vector<uint32_t>* a) {
  int64_t borrow = 0;
  for (size_t i = 0; i < a->size() && (i < b.size() || borrow != 0); ++i) {
    const int64_t difference = int64_t{(*a)[i]} - (i < b.size() ? b[i] : 0) + borrow;
    (*a)[i] = static_cast<uint32_t>(difference);
    borrow = difference < 0 ? -1 : 0;
  }
  DropLeadingZeros(a);
}

void Add(const std::vector<uint32_t>& b, std::vector<uint32_t>* a) {
  a->resize(std::max(a->size(), b.size()) + 1);
  uint64_t carry = 0;
  for (size_t i = 0; i < a->size(); ++i) {
    carry += uint64_t{(*a)[i]} + (i < b.size() ? b[i] : 0);
    (*a)[i] = static_cast<uint32_t>(carry);
    carry >>= kDigitBits;
  }
  DropLeadingZeros(a);
}

void ShiftLeft(int bits, std::vector<uint32_t>* digits) {
  digits->insert(digits->begin(), static_cast<size_t>(bits / kDigitBits), 0);
  if (bits % kDigitBits == 0) return;
  uint64_t carry = 0;
  for (uint32_t& digit : *digits) {
    carry |= uint64_t{digit} << (bits % kDigitBits);
    digit = static_cast<uint32_t>(carry);
    carry >>= kDigitBits;
  }
  digits->push_back(static_cast<uint32_t>(carry));
  DropLeadingZeros(digits);
}

int BitLength(const std::vector<uint32_t>& digits) {
  return digits.empty() ? 0 : static_cast<int>(digits.size()) * kDigitBits - std::countl_zero(digits.back());
}

// mantissa * 2^exponent, and a little more where `has_rest`. The mantissa has its highest bit set.
double Round(bool is_negative, uint64_t mantissa, bool has_rest, int exponent) {
  // Bits below the last one of the result: 11 for normal numbers, more below 2^-1022, where 2^-1074 is the last one.
  const int dropped = std::max(11, -1074 - exponent);
  double magnitude = 0;
  if (dropped <= 64) {
    uint64_t kept = dropped == 64 ? 0 : mantissa >> dropped;
    const uint64_t half = uint64_t{1} << (dropped - 1);
    const uint64_t rest = mantissa & (half | (half - 1));
    if (rest > half || (rest == half && (has_rest || (kept & 1) != 0))) ++kept;
    magnitude = std::ldexp(static_cast<double>(kept), exponent + dropped);  // exact, or infinite
  }
  return is_negative && magnitude != 0 ? -magnitude : magnitude;
}

// The highest 64 bits, the first of them set, and whether there is anything below.
struct Head {
  uint64_t mantissa = 0;
  bool has_rest = false;
};

Head HeadOf(const std::vector<uint32_t>& digits) {
  Head head;
  const size_t size = digits.size();
  const int zeros = std::countl_zero(digits.back());
  unsigned __int128 top = 0;
  for (size_t i = 0; i < 3; ++i) top = top << kDigitBits | (i < size ? digits[size - 1 - i] : 0);
  top <<= 32 + zeros;  // the highest bit is the first of 128
  head.mantissa = static_cast<uint64_t>(top >> 64);
  head.has_rest = static_cast<uint64_t>(top) != 0;
  for (size_t i = 0; !head.has_rest && i + 3 < size; ++i) head.has_rest = digits[i] != 0;
  return head;
}

}  // namespace

ExactNumber ExactNumber::Of(double value) {
  ExactNumber number;
  if (value == 0 || !std::isfinite(value)) return number;
  const auto bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>(bits >> 52 & 0x7ff);
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{biased != 0} << 52;
  const int exponent = std::max(biased, 1) - 1075;
  const int shift = (exponent % kDigitBits + kDigitBits) % kDigitBits;
  const auto shifted = static_cast<unsigned __int128>(mantissa) << shift;
  number.is_negative = value < 0;
  number.digits = {static_cast<uint32_t>(shifted), static_cast<uint32_t>(shifted >> 32),
                   static_cast<uint32_t>(shifted >> 64)};
  number.exponent = exponent - shift;
  number.Trim();
  return number;
}

int ExactNumber::HighestBit() const { return exponent + BitLength(digits) - 1; }

void ExactNumber::Trim() {
  DropLeadingZeros(&digits);
  const auto first = std::find_if(digits.begin(), digits.end(), [](uint32_t digit) { return digit != 0; });
  exponent += static_cast<int>(first - digits.begin()) * kDigitBits;
  digits.erase(digits.begin(), first);
  if (digits.empty()) *this = {};
}

ExactNumber Product(const ExactNumber& a, const ExactNumber& b) {
  ExactNumber product;
  product.is_negative = a.is_negative != b.is_negative;
  product.exponent = a.exponent + b.exponent;
  product.digits.resize(a.digits.size() + b.digits.size());
  for (size_t i = 0; i < a.digits.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.digits.size(); ++j) {
      carry += uint64_t{a.digits[i]} * b.digits[j] + product.digits[i + j];
      product.digits[i + j] = static_cast<uint32_t>(carry);
      carry >>= kDigitBits;
    }
    product.digits[i + b.digits.size()] = static_cast<uint32_t>(carry);
  }
  product.Trim();
  return product;
}

ExactNumber Difference(const ExactNumber& a, const ExactNumber& b) {
  if (b.is_zero()) return a;
  if (a.is_zero()) {
    ExactNumber negated = b;
    negated.is_negative = !b.is_negative;
    return negated;
  }
  ExactNumber difference = a;
  ExactNumber other = b;
  const int exponent = std::min(a.exponent, b.exponent);
  for (ExactNumber* number : {&difference, &other}) {
    ShiftLeft(number->exponent - exponent, &number->digits);
    number->exponent = exponent;
  }
  if (a.is_negative != b.is_negative) {
    Add(other.digits, &difference.digits);
  } else if (Compare(difference.digits, other.digits) >= 0) {
    Subtract(other.digits, &difference.digits);
  } else {
    std::swap(difference.digits, other.digits);
    Subtract(other.digits, &difference.digits);
    difference.is_negative = !a.is_negative;
  }
  difference.Trim();
  return difference;
}

double Rounded(const ExactNumber& number) {
  if (number.is_zero()) return 0;
  const Head head = HeadOf(number.digits);
  return Round(number.is_negative, head.mantissa, head.has_rest, number.HighestBit() - 63);
}

bool IsDouble(const ExactNumber& number) {
  if (number.is_zero()) return true;
  const int lowest = number.exponent + std::countr_zero(number.digits.front());
  const int highest = number.HighestBit();
  return highest <= 1023 && lowest >= -1074 && highest - lowest < 53;
}

double RoundedQuotient(const ExactNumber& a, const ExactNumber& b, int scale) {
  if (a.is_zero()) return 0;
  // Long division, bit by bit, for 64 bits of the quotient from the first that is set.
  std::vector<uint32_t> rest = a.digits;
  std::vector<uint32_t> divisor = b.digits;
  const int shift = BitLength(rest) - BitLength(divisor);
  ShiftLeft(std::max(shift, 0), &divisor);
  ShiftLeft(std::max(-shift, 0), &rest);
  int exponent = a.exponent - b.exponent + shift + scale;  // of the first bit
  if (Compare(rest, divisor) < 0) {
    ShiftLeft(1, &rest);
    --exponent;
  }
  uint64_t quotient = 0;
  for (int bit = 0; bit < 64; ++bit) {
    if (bit > 0) ShiftLeft(1, &rest);
    quotient <<= 1;
    if (Compare(rest, divisor) >= 0) {
      Subtract(divisor, &rest);
      quotient |= 1;
    }
  }
  return Round(a.is_negative != b.is_negative, quotient, !rest.empty(), exponent - 63);
}

}  // namespace tfx::sketches
