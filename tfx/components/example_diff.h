// ExampleDiff: joins the examples of two artifacts on identifier features and says per feature how often they differ.
//
//   auto diff = p.Add(tfx::ExampleDiff{.examples = serving.examples, .baseline_examples = training.examples,
//                                      .example_diff_config = config});
//
// Of every pair of splits, SplitPair-<split>_<baseline split>/ holds the record files of tfx/data_validation/skew/
// feature_skew.h: skew_stats, match_stats, sample_pairs, confusion. "base" in them is baseline_examples, "test" is
// examples (TFX 1.21 writes them the other way round). float_round_ndigits 0 rounds nothing (TFX: to whole numbers).
#ifndef TFX_COMPONENTS_EXAMPLE_DIFF_H_
#define TFX_COMPONENTS_EXAMPLE_DIFF_H_

#include <optional>
#include <vector>

#include "tfx/components/split_pairs.h"
#include "tfx/dsl/component.h"
#include "tfx/proto/example_diff.pb.h"

namespace tfx {

using ::tfx::components::example_diff::ExampleDiffConfig;

struct ExampleDiff {
  Channel<Examples> examples;
  Channel<Examples> baseline_examples;
  ExampleDiffConfig example_diff_config;  // must have paired_example_skew with at least one identifier feature
  // Pairs {split of examples, split of baseline_examples}; unset: every split with every split.
  std::optional<std::vector<SplitPair>> include_split_pairs;

  struct Outputs {
    Channel<ExamplesDiff> example_diff_result;
  };
  static const ComponentDescription<ExampleDiff>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_EXAMPLE_DIFF_H_
