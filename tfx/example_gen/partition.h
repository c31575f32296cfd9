// Which output split a record goes to: SHA-256 of its key modulo the buckets (source: tfx
// base_example_gen_executor.py).
//
// The key is the Example's bytes with map entries in key order, or, with partition_feature_name, the bytes of that one
// Feature. Default train:2 eval:1 sends hashes 0 and 1 (mod 3) to train, 2 to eval.
// Thread-safe after construction.
#ifndef TFX_EXAMPLE_GEN_PARTITION_H_
#define TFX_EXAMPLE_GEN_PARTITION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dataset/examples.h"
#include "tfx/proto/example_gen.pb.h"

namespace tfx::example_gen {

class Partitioner {
 public:
  // `config` must have splits with at least one bucket each (EffectiveOutputConfig checks).
  Partitioner(const components::example_gen::SplitConfig& config, dataset::PayloadFormat format);

  const std::vector<std::string>& split_names() const { return split_names_; }

  // Index of the split of one serialized record. `is_canonical`: its map entries are known to be in key order, so it
  // need not be parsed. INVALID_ARGUMENT when the partition feature is absent, has no kind or is a float list.
  enum class Form { kCanonical, kAny };
  absl::StatusOr<int> SplitOf(std::string_view record, Form form) const;

 private:
  absl::StatusOr<std::string> KeyOf(std::string_view record, Form form) const;

  std::vector<std::string> split_names_;
  std::vector<uint64_t> bucket_ends_;  // cumulative
  std::string feature_;
  dataset::PayloadFormat format_;
};

}  // namespace tfx::example_gen

#endif  // TFX_EXAMPLE_GEN_PARTITION_H_
