#include "tfx/data_validation/skew/partitions.h"

#include <algorithm>
#include <utility>

#include "tfx/base/status_macros.h"
#include "tfx/dataset/wire_format.h"

namespace tfx::tfdv {

void AppendKeyedRecord(std::string_view key, std::string_view record, std::string* bytes) {
  for (const std::string_view part : {key, record}) {
    dataset::AppendVarint(part.size(), bytes);
    bytes->append(part);
  }
}

absl::Status VisitKeyedRecords(std::string_view bytes, const std::function<absl::Status(const KeyedRecord&)>& visit) {
  dataset::WireReader reader(bytes);
  while (!reader.AtEnd()) {
    KeyedRecord record;
    if (!reader.ReadBytes(&record.key) || !reader.ReadBytes(&record.record)) {
      return absl::DataLossError("a temporary file of the join changed while it was used");
    }
    RETURN_IF_ERROR(visit(record));
  }
  return absl::OkStatus();
}

uint64_t Partition::num_bytes() const {
  uint64_t size = memory_.size();
  for (const Segment& segment : segments_) size += segment.size;
  return size;
}

absl::Status Partition::Visit(const SpillFile& file,
                              const std::function<absl::Status(const KeyedRecord&)>& visit) const {
  for (const Segment& segment : segments_) {
    ASSIGN_OR_RETURN(const std::string bytes, file.Read(segment.offset, segment.size));
    RETURN_IF_ERROR(VisitKeyedRecords(bytes, visit));
  }
  return VisitKeyedRecords(memory_, visit);
}

absl::StatusOr<std::string> Partition::Take(const SpillFile& file) {
  if (!is_spilled()) return std::exchange(memory_, {});
  std::string all;
  all.reserve(num_bytes());
  for (const Segment& segment : segments_) {
    ASSIGN_OR_RETURN(const std::string bytes, file.Read(segment.offset, segment.size));
    all.append(bytes);
  }
  all.append(memory_);
  *this = Partition();
  return all;
}

absl::Status Partitions::Append(size_t partition, std::string_view keyed_records) {
  partitions_[partition].memory_.append(keyed_records);
  in_memory_ += static_cast<int64_t>(keyed_records.size());
  if (in_memory_ <= budget_) return absl::OkStatus();
  // The largest first, until half is free: pieces on disk stay large.
  std::vector<Partition*> by_size;
  for (Partition& p : partitions_) by_size.push_back(&p);
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const Partition* a, const Partition* b) { return a->memory_.size() > b->memory_.size(); });
  for (Partition* p : by_size) {
    if (in_memory_ <= budget_ / 2 || p->memory_.empty()) break;
    ASSIGN_OR_RETURN(const uint64_t offset, file_->Append(p->memory_));
    p->segments_.push_back({offset, p->memory_.size()});
    in_memory_ -= static_cast<int64_t>(p->memory_.size());
    std::string().swap(p->memory_);
  }
  return absl::OkStatus();
}

Partition Partitions::Release(size_t partition) { return std::exchange(partitions_[partition], {}); }

}  // namespace tfx::tfdv
