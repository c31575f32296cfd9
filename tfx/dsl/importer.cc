#include "tfx/dsl/importer.h"

#include <algorithm>

#include "tfx/base/concat.h"

namespace tfx::dsl_internal {

void DescribeImporter(Node& node, const ArtifactTypeInfo* type, ParameterValue source_uri, bool reimport,
                      const std::string& output_key, const PropertyMap& properties,
                      const PropertyMap& custom_properties) {
  AddParameter(node, "artifact_uri", std::move(source_uri), /*required=*/true);
  AddParameter(node, "reimport", ToParameterValue(static_cast<int64_t>(reimport)), /*required=*/false);
  AddParameter(node, "output_key", ToParameterValue(output_key), /*required=*/true);
  for (const auto& [name, value] : properties) {
    const bool declared = std::any_of(type->properties.begin(), type->properties.end(),
                                      [&name = name](const PropertyDeclaration& p) { return p.name == name; });
    if (!declared) {
      node.errors.push_back(
          {node.id, "properties",
           Concat("type ", type->name, " declares no property '", name, "'; put it into custom_properties")});
    }
  }
  node.importer_properties = properties;
  node.importer_custom_properties = custom_properties;
  if (!output_key.empty()) node.outputs[output_key] = Node::Output{type};
}

}  // namespace tfx::dsl_internal
