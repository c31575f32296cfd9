// The most frequent items of a weighted stream in bounded memory (Misra & Gries 1982; results of tfx-bsl's
// MisraGriesSketch).
//
// At most `num_buckets` items are reported. Each reported weight is an upper bound, too high by at most error():
// error() <= total weight / (num_buckets + 1). With at most num_buckets distinct items the weights are exact
// (exact_sum.h) and neither order nor split of the stream matters to the last bit. An item whose weight exceeds error()
// is always reported. Size: twice num_buckets items: they are pruned when there are more, so that an item costs little
// on the average. Where tfx-bsl drops among equals by hash order, the bytewise smallest items stay, so results are
// reproducible. Thread-compatible.
#ifndef TFX_SKETCHES_MISRA_GRIES_SKETCH_H_
#define TFX_SKETCHES_MISRA_GRIES_SKETCH_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "tfx/sketches/exact_sum.h"

namespace tfx::sketches {

enum class OrderOnTie { kLexicographical, kReverseLexicographical };

struct WeightedItem {
  std::string item;
  double weight = 0;  // upper bound
};

class MisraGriesSketch {
 public:
  explicit MisraGriesSketch(int64_t num_buckets);  // below 1 counts as 1

  // A weight that is NaN or infinite is left out, here and below.
  void Add(std::string_view item, double weight = 1.0);

  struct ItemView {
    std::string_view item;
    double weight = 0;
    const ExactSum* exact_weight = nullptr;  // the weight, where `weight` is that rounded
  };
  // Distinct items at once. The result does not depend on their order.
  void Add(absl::Span<const ItemView> items);

  // INVALID_ARGUMENT when the number of buckets differs.
  absl::Status Merge(const MisraGriesSketch& other);

  // Heaviest first, equal weights by bytes as `order` says; zero-weight survivors of the last pruning follow (bytewise
  // ascending, weight error()) so that num_buckets items are reported whenever that many were seen.
  std::vector<WeightedItem> GetItems(OrderOnTie order = OrderOnTie::kReverseLexicographical) const;
  double error() const;

  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);  // DATA_LOSS when not a state with this number of buckets

 private:
  // The weight that the heaviest item beyond num_buckets_ has; 0 when there is none.
  double WeightToSubtract(std::vector<double> weights) const;
  void SubtractFromAll(double weight);
  void KeepZeroWeight(std::string_view item);
  void Prune();
  MisraGriesSketch Pruned() const;

  int64_t num_buckets_;
  double error_ = 0;
  absl::flat_hash_map<std::string, ExactSum> weights_;
  std::set<std::string> zero_weight_items_;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_MISRA_GRIES_SKETCH_H_
