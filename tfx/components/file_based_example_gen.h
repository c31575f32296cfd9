// What CsvExampleGen and ImportExampleGen share: finding the input, partitioning it, writing the Examples artifact.
#ifndef TFX_COMPONENTS_FILE_BASED_EXAMPLE_GEN_H_
#define TFX_COMPONENTS_FILE_BASED_EXAMPLE_GEN_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dsl/component.h"
#include "tfx/example_gen/write_splits.h"
#include "tfx/proto/example_gen.pb.h"

namespace tfx {

struct InputSplit {
  std::string name;
  std::string pattern;  // below input_base; may hold {SPAN}, {VERSION}, {YYYY}{MM}{DD} (example_gen/input_patterns.h)
};
struct InputConfig {
  std::vector<InputSplit> splits;  // none: one split of all files
};

struct OutputSplit {
  std::string name;
  uint32_t hash_buckets = 0;  // > 0: its share of all buckets
};
struct OutputConfig {
  std::vector<OutputSplit> splits;     // none: train:2 eval:1, or the input splits when there are several
  std::string partition_feature_name;  // records with equal values of this feature go to the same split
};

components::example_gen::Input ToProto(const InputConfig& config);
components::example_gen::Output ToProto(const OutputConfig& config);
// Both as recorded in the execution: with TFX's defaults filled in. Errors of the configs are reported when run.
ParameterValue InputConfigParameter(const InputConfig& config);
ParameterValue OutputConfigParameter(const InputConfig& input, const OutputConfig& output);
void CheckExampleGenConfigs(const InputConfig& input, const OutputConfig& output, WiringProblems& problems);

class FileBasedExampleGenExecutor : public Executor {
 public:
  // Resolves span and version, takes the fingerprint.
  absl::Status Prepare(const ExecutorInputs& inputs, ExecutorOutputs& outputs,
                       ExecutionProperties& properties) override;
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override;

 protected:
  // Reads `files` and writes them, partitioned, below `directory`. Returns the number of records per split.
  virtual absl::StatusOr<std::map<std::string, int64_t>> Convert(const std::vector<std::string>& files,
                                                                 const example_gen::Partitioner& partitioner,
                                                                 const std::string& directory,
                                                                 const Engine& engine) const = 0;
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_FILE_BASED_EXAMPLE_GEN_H_
