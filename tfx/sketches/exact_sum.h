// A sum of doubles, and of products of doubles, without any rounding until the end.
//
//   ExactSum sum;
//   for (double x : values) sum.Add(x);
//   sum.Round();   // the double nearest to the true sum
//
// Addition is exact, hence associative and commutative: the result does not depend on order, split or merging, and
// equal sums have equal bytes. Method: a double takes what it can hold, checked by error-free addition (Knuth's
// TwoSum); what it cannot goes to an integer of 32-bit digits over the whole range of exponents with postponed carries,
// as in Neal's small superaccumulator ("Fast exact summation using small and large superaccumulators", 2015), of which
// only the digits in use are kept. Size: 16 bytes while every sum on the way is a double (of integers below 2^53, say);
// else kExactSumHeapBytes more, or beyond that 8 to 16 bytes for each 32 bits between the greatest and the smallest bit
// that was added, 4 KB at most.
//
// NaN, or infinities of both signs, make the sum NaN; infinities of one sign make it that infinity. Overflow is only at
// the end: 1e308 + 1e308 - 1e308 is 1e308. The sum of nothing is 0; a sum that is zero is positive zero. Exact for up
// to 2^60 additions. Thread-compatible.
#ifndef TFX_SKETCHES_EXACT_SUM_H_
#define TFX_SKETCHES_EXACT_SUM_H_

#include <cmath>
#include <cstdint>
#include <memory>

#include "tfx/sketches/exact_number.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {

// What a sum that is not a double takes besides the object, while its addends have their bits within 2^256 of each
// other: the allocations for eight digits. For users who bound the memory of many sums.
inline constexpr int64_t kExactSumHeapBytes = 144;

class ExactSum {
 public:
  ExactSum();
  ~ExactSum();
  ExactSum(const ExactSum& other);
  ExactSum& operator=(const ExactSum& other);
  ExactSum(ExactSum&& other) noexcept;
  ExactSum& operator=(ExactSum&& other) noexcept;

  void Add(double value) {
    const double sum = head_ + value;
    const double taken = sum - head_;
    // Knuth's TwoSum; nothing is left over, and all is finite, in the common case.
    const double rest = (head_ - (sum - taken)) + (value - taken);
    if (rest == 0 && std::isfinite(sum)) {
      head_ = sum;
    } else {
      AddToDigits(value);
    }
  }
  // mantissa * 2^exponent, for exponents within +-4,000.
  void AddScaled(__int128 mantissa, int exponent);
  // a * b, and a * b * b. Factors that are not finite count as their product does.
  void AddProduct(double a, double b);
  void AddProductOfSquare(double a, double b);
  void Merge(const ExactSum& other);

  // To nearest, ties to even; infinite beyond the range of doubles.
  double Round() const;
  // The sum itself, when it is finite.
  bool is_finite() const;
  ExactNumber Number() const;

  void Write(StateWriter* out) const;
  bool Read(StateReader* in);  // false, and zero, when what is there was not written by Write

 private:
  struct Digits;
  void AddToDigits(double value);
  Digits& digits();
  static Digits Normalized(Digits digits);

  double head_ = 0;
  std::unique_ptr<Digits> digits_;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_EXACT_SUM_H_
