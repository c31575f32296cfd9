// Writes records to the splits of an Examples artifact.
//
//   <directory>/Split-<name>/data_tfrecord-00000-of-00001.gz
//
//   ASSIGN_OR_RETURN(auto counts, WriteSplits(source, decode, partitioner, form, directory, engine));
//
// The records keep the order in which they came. (Upstream redistributes them at random; here the same input gives the
// same bytes.) Every split gets its file, also when it has no records.
#ifndef TFX_EXAMPLE_GEN_WRITE_SPLITS_H_
#define TFX_EXAMPLE_GEN_WRITE_SPLITS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/base/status_macros.h"
#include "tfx/engine/engine.h"
#include "tfx/example_gen/partition.h"
#include "tfx/io/tfrecord.h"

namespace tfx::example_gen {

// The open files of all splits. Partition is thread-safe; Write and Close are for one thread.
class SplitWriter {
 public:
  using Parts = std::vector<io::Records>;  // one per split

  // `partitioner` must outlive the writer.
  static absl::StatusOr<SplitWriter> Open(const std::string& directory, const Partitioner& partitioner);

  absl::StatusOr<Parts> Partition(const io::Records& records, Partitioner::Form form) const;
  absl::Status Write(const Parts& parts);
  // The number of records per split.
  absl::StatusOr<std::map<std::string, int64_t>> Close();

 private:
  explicit SplitWriter(const Partitioner& partitioner)
      : partitioner_(&partitioner), counts_(partitioner.split_names().size(), 0) {}

  const Partitioner* partitioner_;
  std::vector<std::unique_ptr<io::TFRecordWriter>> writers_;
  std::vector<int64_t> counts_;
};

// Decodes the shards of `source` to records in parallel, partitions them and writes them below `directory`. Returns the
// number of records per split.
//   decode: absl::StatusOr<io::Records>(const Shard&)
template <class Shard, class Decode>
absl::StatusOr<std::map<std::string, int64_t>> WriteSplits(const ShardSource<Shard>& source, Decode decode,
                                                           const Partitioner& partitioner, Partitioner::Form form,
                                                           const std::string& directory, const Engine& engine) {
  ASSIGN_OR_RETURN(SplitWriter writer, SplitWriter::Open(directory, partitioner));
  auto partition = [&](const Shard& shard) -> absl::StatusOr<SplitWriter::Parts> {
    ASSIGN_OR_RETURN(const io::Records records, decode(shard));
    return writer.Partition(records, form);
  };
  RETURN_IF_ERROR(engine.Map(source, partition, [&](SplitWriter::Parts parts) { return writer.Write(parts); }));
  return writer.Close();
}

}  // namespace tfx::example_gen

#endif  // TFX_EXAMPLE_GEN_WRITE_SPLITS_H_
