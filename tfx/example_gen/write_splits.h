// Writes records to the splits of an Examples artifact.
//
//   <directory>/Split-<name>/data_tfrecord-00000-of-00001.gz
//
// The records keep the order in which they came. (Upstream redistributes them at random; here the same input gives the
// same bytes.) Every split gets its file, also when it has no records.
#ifndef TFX_EXAMPLE_GEN_WRITE_SPLITS_H_
#define TFX_EXAMPLE_GEN_WRITE_SPLITS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/engine/engine.h"
#include "tfx/example_gen/partition.h"
#include "tfx/io/tfrecord.h"

namespace tfx::example_gen {

// Partitions `records` and writes them below `directory`. Returns the number of records per split.
absl::StatusOr<std::map<std::string, int64_t>> WriteSplits(const ShardSource<io::Records>& records,
                                                           const Partitioner& partitioner, Partitioner::Form form,
                                                           const std::string& directory, const Engine& engine);

}  // namespace tfx::example_gen

#endif  // TFX_EXAMPLE_GEN_WRITE_SPLITS_H_
