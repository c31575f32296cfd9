#include "tfx/components/example_diff.h"

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/skew/feature_skew.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"

namespace tfx {
namespace {

absl::StatusOr<tfdv::FeatureSkewOptions> SkewOptions(const ExecutionProperties& properties) {
  ExampleDiffConfig config;
  RETURN_IF_ERROR(properties.Proto("example_diff_config", &config));
  if (!config.has_paired_example_skew()) {
    return absl::InvalidArgumentError("example_diff_config has no paired_example_skew, which says what to compare");
  }
  const auto& skew = config.paired_example_skew();
  tfdv::FeatureSkewOptions options;
  options.identifier_features.assign(skew.identifier_features().begin(), skew.identifier_features().end());
  options.features_to_ignore.assign(skew.ignore_features().begin(), skew.ignore_features().end());
  options.sample_size = skew.skew_sample_size();
  // The message cannot tell 0 from unset.
  if (skew.float_round_ndigits() > 0) options.float_round_ndigits = static_cast<int>(skew.float_round_ndigits());
  options.allow_duplicate_identifiers = skew.allow_duplicate_identifiers();
  for (const auto& confusion : skew.confusion_config()) options.confusion_features.push_back(confusion.feature_name());
  return options;
}

absl::StatusOr<ShardSource<io::Records>> ExamplesOf(const Artifact& examples, const std::string& split) {
  const std::string format = examples.StringProperty("payload_format", "FORMAT_TF_EXAMPLE");
  if (format != "FORMAT_TF_EXAMPLE") {
    return absl::UnimplementedError(
        absl::StrCat("ExampleDiff compares FORMAT_TF_EXAMPLE, ", examples.uri, " holds ", format));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOfSplit(examples, split));
  return dataset::ReadRecords(files);
}

class ExampleDiffExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* test, inputs.Single("examples"));
    ASSIGN_OR_RETURN(const Artifact* baseline, inputs.Single("baseline_examples"));
    auto options = SkewOptions(properties);
    if (!options.ok()) return options.status();
    options->spill_directory = context.tmp_dir;
    ASSIGN_OR_RETURN(const std::vector<SplitPair> pairs,
                     SplitPairsToProcess(*test, *baseline, properties, UnsetPairs::kAll));

    const Engine engine({.num_threads = context.num_threads});
    uint64_t compared = 0;
    std::set<std::string> different;
    for (const SplitPair& pair : pairs) {
      RETURN_IF_ERROR(context.CheckCancelled());
      ASSIGN_OR_RETURN(const ShardSource<io::Records> base_examples, ExamplesOf(*baseline, pair.second));
      ASSIGN_OR_RETURN(const ShardSource<io::Records> test_examples, ExamplesOf(*test, pair.first));
      const std::string name = SplitPairName(pair);
      const auto results = tfdv::DetectFeatureSkew(base_examples, test_examples, *options, engine);
      if (!results.ok()) return Annotate(results.status(), absl::StrCat("split pair '", name, "'"));
      RETURN_IF_ERROR(tfdv::WriteFeatureSkewResults(
          io::JoinPath(outputs["example_diff_result"].path, "SplitPair-" + name), *results,
          options->confusion_features.empty() ? tfdv::ConfusionFile::kLeaveOut : tfdv::ConfusionFile::kWrite));
      compared += results->match_stats.matching_pairs_count();
      for (const tfdv::FeatureSkew& skew : results->skew_results) {
        if (skew.diff_count() == 0) continue;
        different.insert(skew.feature_name());
        context.Log(absl::StrCat("split pair ", name, ": feature '", skew.feature_name(), "' differs in ",
                                 skew.diff_count(), " pairs of examples"));
      }
    }
    outputs.set_summary(absl::StrCat(WithThousands(static_cast<int64_t>(compared)), " pairs of examples, ",
                                     different.size(),
                                     different.size() == 1 ? " feature differs" : " features differ"));
    return absl::OkStatus();
  }
};

}  // namespace

const ComponentDescription<ExampleDiff>& ExampleDiff::Describe() {
  static const auto& description = *new ComponentDescription<ExampleDiff>(
      ComponentDescription<ExampleDiff>("ExampleDiff", "Compares examples that have the same identifiers.")
          .Type("tfx.components.example_diff.component.ExampleDiff", ExecutionBaseType::kProcess)
          .Input("examples", &ExampleDiff::examples, "Examples to compare.")
          .Input("baseline_examples", &ExampleDiff::baseline_examples, "What they are compared with.")
          .Parameter("example_diff_config", &ExampleDiff::example_diff_config,
                     "Identifiers, features to ignore, rounding, samples.")
          .ComputedParameter(
              "include_split_pairs", "list of pairs of strings",
              [](const ExampleDiff& c) { return SplitPairsParameter(c.include_split_pairs); },
              "Pairs [split, baseline split]; unset: all.")
          .Check([](const ExampleDiff& c, WiringProblems& problems) {
            if (c.example_diff_config.paired_example_skew().identifier_features().empty()) {
              problems.Add("example_diff_config", "paired_example_skew.identifier_features must name a feature");
            }
          })
          .Output("example_diff_result", &Outputs::example_diff_result,
                  "SplitPair-<split>_<baseline split>/: skew_stats, match_stats, sample_pairs, confusion.")
          .ExecutorClass("tfx.components.example_diff.executor.Executor",
                         [](const ExampleDiff&) { return std::make_unique<ExampleDiffExecutor>(); }));
  return description;
}

}  // namespace tfx
