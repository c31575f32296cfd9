// Records with keys, cut into partitions by a hash of the key, in memory up to a budget and in a SpillFile beyond. Used
// by feature_skew.cc to join two sides partition by partition.
//
// Within a partition records keep the order in which they were added. Thread-compatible.
#ifndef TFX_DATA_VALIDATION_SKEW_PARTITIONS_H_
#define TFX_DATA_VALIDATION_SKEW_PARTITIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/data_validation/skew/spill_file.h"

namespace tfx::tfdv {

struct KeyedRecord {
  std::string_view key;
  std::string_view record;
};

// The bytes of records in a row, as a partition holds them.
void AppendKeyedRecord(std::string_view key, std::string_view record, std::string* bytes);

// The records of one partition.
class Partition {
 public:
  uint64_t num_bytes() const;
  bool is_spilled() const { return !segments_.empty(); }
  // The records in bytes that are valid during the call only. Stops at the first error. DATA_LOSS: the bytes changed.
  absl::Status Visit(const SpillFile& file, const std::function<absl::Status(const KeyedRecord&)>& visit) const;
  // All bytes in memory, appended by AppendKeyedRecord; empties the partition.
  absl::StatusOr<std::string> Take(const SpillFile& file);

 private:
  friend class Partitions;
  struct Segment {
    uint64_t offset, size;
  };
  std::vector<Segment> segments_;  // whole records each, before those in memory
  std::string memory_;
};

// Splits bytes written by AppendKeyedRecord. DATA_LOSS: they are not.
absl::Status VisitKeyedRecords(std::string_view bytes, const std::function<absl::Status(const KeyedRecord&)>& visit);

class Partitions {
 public:
  // Holds at most about `budget` bytes in memory, plus the piece that is being added. `file` must outlive this.
  Partitions(size_t count, int64_t budget, SpillFile* file) : partitions_(count), budget_(budget), file_(file) {}

  size_t count() const { return partitions_.size(); }
  absl::Status Append(size_t partition, std::string_view keyed_records);
  // After the last Append; threads may release different partitions at once.
  Partition Release(size_t partition);

 private:
  std::vector<Partition> partitions_;
  const int64_t budget_;
  int64_t in_memory_ = 0;
  SpillFile* const file_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_PARTITIONS_H_
