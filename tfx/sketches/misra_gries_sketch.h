// The most frequent items of a weighted stream in bounded memory (Misra & Gries 1982; results of tfx-bsl's
// MisraGriesSketch).
//
// At most `num_buckets` items are kept. Each reported weight is an upper bound, too high by at most error():
// error() <= total weight / (num_buckets + 1). With at most num_buckets distinct items the weights are exact and the
// order and split of the stream do not matter. An item whose weight exceeds error() is always reported. Size:
// num_buckets items. Where tfx-bsl drops among equals by hash order, the bytewise smallest items stay, so results are
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

namespace tfx::sketches {

enum class OrderOnTie { kLexicographical, kReverseLexicographical };

struct WeightedItem {
  std::string item;
  double weight = 0;  // upper bound
};

class MisraGriesSketch {
 public:
  explicit MisraGriesSketch(int64_t num_buckets);  // below 1 counts as 1

  void Add(std::string_view item, double weight = 1.0);
  // INVALID_ARGUMENT when the number of buckets differs.
  absl::Status Merge(const MisraGriesSketch& other);

  // Heaviest first, equal weights by bytes as `order` says; zero-weight survivors of the last pruning follow (bytewise
  // ascending, weight error()) so that num_buckets items are reported whenever that many were seen.
  std::vector<WeightedItem> GetItems(OrderOnTie order = OrderOnTie::kReverseLexicographical) const;
  double error() const { return error_; }

  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);  // DATA_LOSS when not a state with this number of buckets

 private:
  void SubtractFromAll(double weight);

  int64_t num_buckets_;
  double error_ = 0;
  absl::flat_hash_map<std::string, double> weights_;
  std::set<std::string> zero_weight_items_;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_MISRA_GRIES_SKETCH_H_
