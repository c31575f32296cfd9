// StatisticsGen: describes every feature of every split.
#ifndef TFX_COMPONENTS_STATISTICS_GEN_H_
#define TFX_COMPONENTS_STATISTICS_GEN_H_

#include <optional>
#include <string>
#include <vector>

#include "tfx/dsl/component.h"

namespace tfx {

struct StatisticsGen {
  Channel<Examples> examples;
  Channel<Schema> schema;                         // which numbers are categories
  std::optional<std::string> stats_options_json;  // TFDV's StatsOptions.to_json(); not together with `schema` inside it
  std::vector<std::string> exclude_splits;

  struct Outputs {
    Channel<ExampleStatistics> statistics;
  };
  static const ComponentDescription<StatisticsGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_STATISTICS_GEN_H_
