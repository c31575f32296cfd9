// StatisticsGen: describes every feature of every split.
#ifndef TFX_COMPONENTS_STATISTICS_GEN_H_
#define TFX_COMPONENTS_STATISTICS_GEN_H_

#include <map>
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
  // Write Split-<name>/FeatureStats.tfrecords-00000-of-0000N instead of one file; N is experimental_result_partitions
  // of stats_options_json.
  std::optional<bool> sharded_stats_output;
  // Share of the rows to keep, in (0, 1], by split; other splits keep what stats_options_json says.
  std::map<std::string, double> sample_rate_by_split;

  struct Outputs {
    Channel<ExampleStatistics> statistics;
  };
  static const ComponentDescription<StatisticsGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_STATISTICS_GEN_H_
