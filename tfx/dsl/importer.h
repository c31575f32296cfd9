// Importer: a node that registers files which already exist as an artifact. It never copies data.
//
//   auto schema = p.Add(Importer<Schema>{.source_uri = "/data/schema"}, {.id = "schema_importer"});
//   ... .schema = schema.result ...
//
// It runs in every run: an artifact of that URI, type and properties that is already known is reused (recorded CACHED),
// otherwise or with reimport a new one is recorded with is_external = 1 (COMPLETE), as TFX does.
#ifndef TFX_DSL_IMPORTER_H_
#define TFX_DSL_IMPORTER_H_

#include <string>
#include <string_view>

#include "tfx/dsl/component.h"

namespace tfx {

inline constexpr std::string_view kImporterTypeName = "tfx.dsl.components.common.importer.Importer";

template <ArtifactType T>
struct Importer {
  Param<std::string> source_uri;  // required; an existing file or directory
  bool reimport = false;
  PropertyMap properties;
  PropertyMap custom_properties;
  std::string output_key = "result";

  struct Outputs {
    Channel<T> result;
  };
  static const ComponentDescription<Importer>& Describe();
};

namespace dsl_internal {
void DescribeImporter(Node& node, const ArtifactTypeInfo* type, ParameterValue source_uri, bool reimport,
                      const std::string& output_key, const PropertyMap& properties,
                      const PropertyMap& custom_properties);
}

template <ArtifactType T>
const ComponentDescription<Importer<T>>& Importer<T>::Describe() {
  static const auto& description = *new ComponentDescription<Importer>(
      ComponentDescription<Importer>("Importer", "Registers existing files as an artifact.")
          .Type(kImporterTypeName)
          .Kind(NodeKind::kImporter)
          .Extract([](const Importer& i, Node& node) {
            dsl_internal::DescribeImporter(node, &T::kType, ToParameterValue(i.source_uri), i.reimport, i.output_key,
                                           i.properties, i.custom_properties);
          })
          .Bind([](const Node& node, const ChannelRef& producer, Outputs& outputs) {
            if (node.outputs.empty()) return;
            ChannelRef ref = producer;
            ref.output_key = node.outputs.begin()->first;
            outputs.result = Channel<T>({ref});
          }));
  return description;
}

}  // namespace tfx

#endif  // TFX_DSL_IMPORTER_H_
