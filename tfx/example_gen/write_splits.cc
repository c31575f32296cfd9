#include "tfx/example_gen/write_splits.h"

#include <memory>
#include <utility>
#include <vector>

#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::example_gen {

absl::StatusOr<std::map<std::string, int64_t>> WriteSplits(const ShardSource<io::Records>& records,
                                                           const Partitioner& partitioner, Partitioner::Form form,
                                                           const std::string& directory, const Engine& engine) {
  const std::vector<std::string>& names = partitioner.split_names();
  std::vector<std::unique_ptr<io::TFRecordWriter>> writers;
  for (const std::string& name : names) {
    const std::string split = io::JoinPath(directory, "Split-" + name);
    RETURN_IF_ERROR(io::CreateDirectories(split));
    ASSIGN_OR_RETURN(auto writer, io::TFRecordWriter::Open(io::ShardedFileName(split, "data_tfrecord", 0, 1, ".gz"),
                                                           io::Compression::kGzip));
    writers.push_back(std::move(writer));
  }

  using Parts = std::vector<io::Records>;
  auto partition = [&](const io::Records& shard) -> absl::StatusOr<Parts> {
    Parts parts(names.size());
    for (size_t i = 0; i < shard.size(); ++i) {
      ASSIGN_OR_RETURN(const int split, partitioner.SplitOf(shard[i], form));
      parts[split].Append(shard[i]);
    }
    return parts;
  };
  std::vector<int64_t> counts(names.size(), 0);
  auto write = [&](Parts parts) -> absl::Status {
    for (size_t split = 0; split < parts.size(); ++split) {
      for (size_t i = 0; i < parts[split].size(); ++i) RETURN_IF_ERROR(writers[split]->Write(parts[split][i]));
      counts[split] += static_cast<int64_t>(parts[split].size());
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(engine.Map(records, partition, write));

  std::map<std::string, int64_t> written;
  for (size_t split = 0; split < names.size(); ++split) {
    RETURN_IF_ERROR(writers[split]->Close());
    written[names[split]] = counts[split];
  }
  return written;
}

}  // namespace tfx::example_gen
