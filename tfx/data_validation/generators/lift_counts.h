// The counts that lift_stats.h rests on: in how many examples the values of x features and of a label occur, alone and
// together. State, bounds and what is counted: lift_stats.h.
#ifndef TFX_DATA_VALIDATION_GENERATORS_LIFT_COUNTS_H_
#define TFX_DATA_VALIDATION_GENERATORS_LIFT_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "tfx/sketches/exact_sum.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

// A number (or the bin of one) or bytes. Numbers come before bytes.
using LiftValue = std::variant<int64_t, std::string>;

struct LiftCount {
  int64_t examples = 0;
  sketches::ExactSum weight;

  void Add(double one_weight) {
    ++examples;
    weight.Add(one_weight);
  }
  void Merge(const LiftCount& other) {
    examples += other.examples;
    weight.Merge(other.weight);
  }
};

// The labels, each with a number of its own in this state.
class LiftLabels {
 public:
  int IdOf(const LiftValue& y);
  LiftCount& count(int id) { return counts_[id]; }
  size_t size() const { return values_.size(); }
  const LiftValue& value(int id) const { return values_[id]; }
  const LiftCount& count(int id) const { return counts_[id]; }
  std::vector<int> Sorted() const;  // ids by value

 private:
  std::map<LiftValue, int> ids_;
  std::vector<LiftValue> values_;
  std::vector<LiftCount> counts_;
};

// One x feature.
class LiftFeature {
 public:
  // With weights, a count is taken to need kExactSumHeapBytes more (sketches/exact_sum.h); without, each weight is 1.
  explicit LiftFeature(bool has_weights) : bytes_per_weight_(has_weights ? sketches::kExactSumHeapBytes : 0) {}

  struct Pair {
    int y = 0;
    LiftCount count;
  };
  struct X {
    LiftCount count;
    std::vector<Pair> pairs;  // by y
  };

  // One example that holds x and the labels `ys` (ascending ids).
  void Add(const LiftValue& x, absl::Span<const int> ys, double weight);
  // `ids`: this state's id of each of the other's labels.
  void Merge(const LiftFeature& other, absl::Span<const int> ids);
  // Drops the rarest x values until at most half of `max_bytes` is used, when more than that is.
  void Prune(int64_t max_bytes);

  const absl::flat_hash_map<LiftValue, X>& xs() const { return xs_; }
  int64_t max_count_error() const { return max_count_error_; }

  // Labels are written as their places in `sorted`; Read takes them as ids.
  void Write(absl::Span<const int> sorted, sketches::StateWriter* out) const;
  bool Read(size_t num_labels, sketches::StateReader* in);

 private:
  int64_t BytesOfX(const LiftValue& x) const;
  int64_t BytesOfPair() const;
  LiftCount& CountOf(int y, std::vector<Pair>* pairs);

  absl::flat_hash_map<LiftValue, X> xs_;
  int64_t bytes_per_weight_ = 0;
  int64_t bytes_ = 0;  // about
  int64_t max_count_error_ = 0;
};

void WriteLiftCount(const LiftCount& count, sketches::StateWriter* out);
bool ReadLiftCount(sketches::StateReader* in, LiftCount* count);
void WriteLiftValue(const LiftValue& value, sketches::StateWriter* out);
LiftValue ReadLiftValue(sketches::StateReader* in);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_LIFT_COUNTS_H_
