// What decides whether an execution's outputs can be reused, as TFX's rules say: pipeline, node, executor, input
// artifacts, output keys and types, parameters; and, going beyond TFX, the content of files that are parameters, this
// library's version and, for nodes that run a user's functions, the build id of the program and the seed.
//
// The key is the SHA-256 of the ingredients as JSON (own function: keys of Python TFX differ anyway from release to
// release). The same JSON is kept beside each execution as
// <root>/<node>/.system/executor_execution/<id>/cache_key.json, from which `why` explains a run.
#ifndef TFX_ORCHESTRATION_CACHE_KEY_H_
#define TFX_ORCHESTRATION_CACHE_KEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dsl/property_value.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/input_resolution.h"

namespace tfx {

struct CacheIngredients {
  struct InputArtifact {
    int64_t id = 0;
    std::string type;
    std::string uri;
    std::string digest;  // of type, uri, properties and creation time
  };
  std::string pipeline;
  std::string node;
  std::string type_name;
  std::string executor;
  std::string library_version;
  std::map<std::string, std::vector<InputArtifact>> inputs;
  std::map<std::string, std::string> outputs;     // key -> type name
  std::map<std::string, std::string> parameters;  // as recorded
  std::map<std::string, std::string> files;       // parameter -> SHA-256 of the file that it names
  std::string program_build_id;                   // "" where no user code runs
  std::string seed;                               // likewise
};

// `properties` are the parameters after the driver. The files named by `file_parameters` are read: NOT_FOUND and the
// like.
absl::StatusOr<CacheIngredients> CollectIngredients(const std::string& pipeline, const ir::PipelineNode& node,
                                                    const std::string& executor, const ResolvedInputs& inputs,
                                                    const PropertyMap& properties,
                                                    const std::vector<std::string>& file_parameters);

std::string CacheKey(const CacheIngredients& ingredients);  // 64 hex digits

// What became of the question "can it be reused?".
struct CacheDecision {
  enum class Answer { kReused, kNoMatch, kDisabled };
  Answer answer = Answer::kNoMatch;
  int64_t reused_execution = 0;
  std::string note;  // why a matching execution could not be used
};

struct CacheRecord {
  CacheIngredients ingredients;
  CacheDecision decision;
};

std::string CacheRecordToJson(const CacheRecord& record);
absl::StatusOr<CacheRecord> CacheRecordFromJson(std::string_view json, std::string_view name_for_errors);

// One line for each difference, naming the input, parameter, file or program; empty when equal.
std::vector<std::string> DescribeChanges(const CacheIngredients& before, const CacheIngredients& after);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_CACHE_KEY_H_
