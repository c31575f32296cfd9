// Generators by TFDV's name with their arguments as JSON: what an options file and the command line can ask for.
//
//   ASSIGN_OR_RETURN(auto generator, MakeGeneratorFromJson("CrossFeatureStatsGenerator", R"({"sample_rate": 1.0})",
//                                                          schema));
//
// The arguments are those of TFDV's constructors under their names: a feature path is a name or a list of steps, null
// is the default. `weight` (the name of a weight feature) stands for an example_weight_map. The schema argument is the
// `schema` given here. stats_fn of NonStreamingCustomStatsGenerator is an object with the one key MutualInformation or
// SkLearnMutualInformation, whose value is its arguments. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_GENERATOR_FROM_JSON_H_
#define TFX_DATA_VALIDATION_GENERATORS_GENERATOR_FROM_JSON_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

// INVALID_ARGUMENT: a name that is not known (with the nearest that is), text that is not a JSON object, an argument
// that is not known or of another type; and what the generator's own Make function refuses. `json_args` "" is {}.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeGeneratorFromJson(
    std::string_view name, std::string_view json_args,
    const std::shared_ptr<const ::tensorflow::metadata::v0::Schema>& schema);

struct GeneratorDescription {
  std::string name;
  std::string documentation;  // one sentence
  std::string example;        // arguments as JSON
};
// All that MakeGeneratorFromJson knows, alphabetically.
std::vector<GeneratorDescription> GeneratorDescriptions();

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_GENERATOR_FROM_JSON_H_
