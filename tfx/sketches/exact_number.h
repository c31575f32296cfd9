// Numbers of any size with a binary exponent: what exact sums are made of, and what is left to compute with them
// before the one rounding at the end. Values; slow, for a few operations per result. Thread-compatible.
#ifndef TFX_SKETCHES_EXACT_NUMBER_H_
#define TFX_SKETCHES_EXACT_NUMBER_H_

#include <cstdint>
#include <vector>

namespace tfx::sketches {

// (is_negative ? -1 : 1) * (digits, the least first, base 2^32) * 2^exponent. Without zero digits at either end, and
// zero without digits, not negative and with exponent 0, so that equal numbers have equal fields.
struct ExactNumber {
  bool is_negative = false;
  std::vector<uint32_t> digits;
  int exponent = 0;  // a multiple of 32

  // Of a finite double; zero for others.
  static ExactNumber Of(double value);

  bool is_zero() const { return digits.empty(); }
  // The position of the highest bit that is set, as a power of two: 0 for 1. Not for zero.
  int HighestBit() const;
  // Brings fields that hold another form of the number to the one above.
  void Trim();
};

ExactNumber Product(const ExactNumber& a, const ExactNumber& b);
ExactNumber Difference(const ExactNumber& a, const ExactNumber& b);

// The nearest double, ties to even; infinite beyond their range. Zero is positive.
double Rounded(const ExactNumber& number);
// Whether that is the number itself.
bool IsDouble(const ExactNumber& number);
// The double nearest to a / b * 2^scale; b must not be zero.
double RoundedQuotient(const ExactNumber& a, const ExactNumber& b, int scale = 0);

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_EXACT_NUMBER_H_
