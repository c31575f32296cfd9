// ImportExampleGen: TFRecord files of tf.Example or tf.SequenceExample in, hashed splits out. The records' bytes are
// kept.
//
//   auto example_gen = p.Add(tfx::ImportExampleGen{.input_base = "data", .input_config = {{{"train", "Split-train/*"},
//                                                                                          {"eval",
//                                                                                          "Split-eval/*"}}}});
#ifndef TFX_COMPONENTS_IMPORT_EXAMPLE_GEN_H_
#define TFX_COMPONENTS_IMPORT_EXAMPLE_GEN_H_

#include <optional>
#include <string>

#include "tfx/components/file_based_example_gen.h"
#include "tfx/dsl/component.h"
#include "tfx/proto/range_config.pb.h"

namespace tfx {

struct ImportExampleGen {
  Param<std::string> input_base;
  InputConfig input_config;
  OutputConfig output_config;
  std::optional<configs::RangeConfig> range_config;
  dataset::PayloadFormat payload_format = dataset::PayloadFormat::kExample;

  struct Outputs {
    Channel<Examples> examples;
  };
  static const ComponentDescription<ImportExampleGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_IMPORT_EXAMPLE_GEN_H_
