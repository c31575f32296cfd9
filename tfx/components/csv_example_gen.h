// CsvExampleGen: CSV files in, tf.Examples in hashed splits out.
//
//   auto example_gen = p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"]});
//
// Types and split rules are TFX's (io/csv.h, example_gen/). Bad rows stop the node with file, line and column; none is
// dropped.
#ifndef TFX_COMPONENTS_CSV_EXAMPLE_GEN_H_
#define TFX_COMPONENTS_CSV_EXAMPLE_GEN_H_

#include <optional>
#include <string>

#include "tfx/components/file_based_example_gen.h"
#include "tfx/dsl/component.h"
#include "tfx/proto/range_config.pb.h"

namespace tfx {

struct CsvExampleGen {
  Param<std::string> input_base;
  InputConfig input_config;
  OutputConfig output_config;
  std::optional<configs::RangeConfig> range_config;

  struct Outputs {
    Channel<Examples> examples;
  };
  static const ComponentDescription<CsvExampleGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_CSV_EXAMPLE_GEN_H_
