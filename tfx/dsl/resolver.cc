#include "tfx/dsl/resolver.h"

#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"

namespace tfx::dsl_internal {

void DescribeLatestBlessedModel(Node& node) {
  node.outputs["model"] = Node::Output{&Model::kType};
  node.outputs["model_blessing"] = Node::Output{&ModelBlessing::kType};
  node.resolver_steps.push_back({std::string(kLatestBlessedModelStrategy), "{}"});
}

void DescribeLatestArtifact(Node& node, const ArtifactTypeInfo* type, const LatestArtifactConfig& config) {
  if (config.output_key.empty()) {
    node.errors.push_back({node.id, "strategy.output_key", "is empty; name the output"});
    return;
  }
  if (config.count < 1) node.errors.push_back({node.id, "strategy.count", Concat(config.count, " must be at least 1")});
  if (config.producer_node_id.empty() && !config.producer_output_key.empty()) {
    node.errors.push_back({node.id, "strategy.producer_output_key", "needs producer_node_id too"});
  }
  node.outputs[config.output_key] = Node::Output{type};
  nlohmann::json json = {{"desired_num_of_artifacts", config.count}};
  if (config.when_missing == WhenMissing::kEmpty) json["when_missing"] = "empty";
  if (!config.producer_node_id.empty()) json["producer_node_id"] = config.producer_node_id;
  if (!config.producer_output_key.empty()) json["producer_output_key"] = config.producer_output_key;
  node.resolver_steps.push_back({std::string(kLatestArtifactStrategy), json.dump()});
}

}  // namespace tfx::dsl_internal
