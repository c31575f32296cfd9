#include "tfx/example_gen/write_splits.h"

#include "tfx/io/file_system.h"

namespace tfx::example_gen {

absl::StatusOr<SplitWriter> SplitWriter::Open(const std::string& directory, const Partitioner& partitioner) {
  SplitWriter writer(partitioner);
  for (const std::string& name : partitioner.split_names()) {
    const std::string split = io::JoinPath(directory, "Split-" + name);
    RETURN_IF_ERROR(io::CreateDirectories(split));
    ASSIGN_OR_RETURN(auto file, io::TFRecordWriter::Open(io::ShardedFileName(split, "data_tfrecord", 0, 1, ".gz"),
                                                         io::Compression::kGzip));
    writer.writers_.push_back(std::move(file));
  }
  return writer;
}

absl::StatusOr<SplitWriter::Parts> SplitWriter::Partition(const io::Records& records, Partitioner::Form form) const {
  Parts parts(counts_.size());
  for (size_t i = 0; i < records.size(); ++i) {
    ASSIGN_OR_RETURN(const int split, partitioner_->SplitOf(records[i], form));
    parts[split].Append(records[i]);
  }
  return parts;
}

absl::Status SplitWriter::Write(const Parts& parts) {
  for (size_t split = 0; split < parts.size(); ++split) {
    for (size_t i = 0; i < parts[split].size(); ++i) RETURN_IF_ERROR(writers_[split]->Write(parts[split][i]));
    counts_[split] += static_cast<int64_t>(parts[split].size());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, int64_t>> SplitWriter::Close() {
  std::map<std::string, int64_t> counts;
  for (size_t split = 0; split < writers_.size(); ++split) {
    RETURN_IF_ERROR(writers_[split]->Close());
    counts[partitioner_->split_names()[split]] = counts_[split];
  }
  return counts;
}

}  // namespace tfx::example_gen
