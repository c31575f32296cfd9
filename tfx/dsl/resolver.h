// Resolver: a node that looks artifacts up in the metadata of earlier runs instead of making them.
//
//   auto baseline = p.Add(Resolver{.strategy = LatestBlessedModelStrategy{}}, {.id = "latest_blessed_model_resolver"});
//   ... .baseline_model = baseline.model ...          // empty in the first run, which is no error
//   auto latest = p.Add(Resolver{.strategy = LatestArtifactStrategy<Model>{}}, {.id = "warm_start"});
//   ... .base_model = latest.artifacts ...
//
// Strategies look at all runs of this pipeline. Executions are recorded COMPLETE with INTERNAL_OUTPUT events, as TFX
// does.
#ifndef TFX_DSL_RESOLVER_H_
#define TFX_DSL_RESOLVER_H_

#include <string>
#include <string_view>

#include "tfx/dsl/component.h"

namespace tfx {

inline constexpr std::string_view kResolverTypeName = "tfx.dsl.components.common.resolver.Resolver";
inline constexpr std::string_view kLatestBlessedModelStrategy =
    "tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy.LatestBlessedModelStrategy";
inline constexpr std::string_view kLatestArtifactStrategy =
    "tfx.dsl.input_resolution.strategies.latest_artifact_strategy.LatestArtifactStrategy";

// The newest Model (by id) that some ModelBlessing blesses (custom properties blessed = 1, current_model_id), and that
// blessing. Both empty when there is none.
struct LatestBlessedModelStrategy {
  struct Outputs {
    Channel<Model> model;
    Channel<ModelBlessing> model_blessing;
  };
};

enum class WhenMissing {
  kEmpty,  // give what there is, down to nothing: for optional inputs such as the base model of a first run
  kFail,   // as TFX: the node fails when there are fewer than `count`
};

// The newest `count` live artifacts of a type by id, newest first.
template <ArtifactType T>
struct LatestArtifactStrategy {
  std::string output_key = "artifacts";  // the key recorded in metadata
  int count = 1;                         // >= 1
  std::string producer_node_id;          // empty: made by any node
  std::string producer_output_key;       // empty: under any key; only with producer_node_id
  WhenMissing when_missing = WhenMissing::kEmpty;
  struct Outputs {
    Channel<T> artifacts;
  };
};

template <typename Strategy>
struct Resolver {
  Strategy strategy;

  using Outputs = typename Strategy::Outputs;
  static const ComponentDescription<Resolver>& Describe();
};

namespace dsl_internal {
struct LatestArtifactConfig {
  std::string output_key;
  int count;
  std::string producer_node_id;
  std::string producer_output_key;
  WhenMissing when_missing;
};
void DescribeLatestBlessedModel(Node& node);
void DescribeLatestArtifact(Node& node, const ArtifactTypeInfo* type, const LatestArtifactConfig& config);

inline void DescribeStrategy(const LatestBlessedModelStrategy&, Node& node) { DescribeLatestBlessedModel(node); }
template <ArtifactType T>
void DescribeStrategy(const LatestArtifactStrategy<T>& s, Node& node) {
  DescribeLatestArtifact(node, &T::kType,
                         {s.output_key, s.count, s.producer_node_id, s.producer_output_key, s.when_missing});
}

inline void BindStrategy(const Node&, const ChannelRef& producer, LatestBlessedModelStrategy::Outputs& outputs) {
  ChannelRef ref = producer;
  ref.output_key = "model";
  outputs.model = Channel<Model>({ref});
  ref.output_key = "model_blessing";
  outputs.model_blessing = Channel<ModelBlessing>({ref});
}
template <typename Outputs>
void BindStrategy(const Node& node, const ChannelRef& producer, Outputs& outputs) {
  if (node.outputs.empty()) return;
  ChannelRef ref = producer;
  ref.output_key = node.outputs.begin()->first;
  outputs.artifacts = decltype(outputs.artifacts)({ref});
}
}  // namespace dsl_internal

template <typename Strategy>
const ComponentDescription<Resolver<Strategy>>& Resolver<Strategy>::Describe() {
  static const auto& description = *new ComponentDescription<Resolver>(
      ComponentDescription<Resolver>("Resolver", "Looks artifacts up in the metadata of earlier runs.")
          .Type(kResolverTypeName)
          .Kind(NodeKind::kResolver)
          .Extract([](const Resolver& r, Node& node) { dsl_internal::DescribeStrategy(r.strategy, node); })
          .Bind([](const Node& node, const ChannelRef& producer, Outputs& outputs) {
            dsl_internal::BindStrategy(node, producer, outputs);
          }));
  return description;
}

}  // namespace tfx

#endif  // TFX_DSL_RESOLVER_H_
