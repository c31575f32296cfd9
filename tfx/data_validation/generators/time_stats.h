// Which features hold points in time, and how they are written: TFDV's TimeStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto times, MakeTimeStatsGenerator({.match_ratio = 0.9}));
//
// Strings are matched with 123 strptime formats (time_formats.h), integers with the windows of Unix days, seconds,
// milli-, micro- and nanoseconds from 1990-01-01 (included) to 2030-01-01 (excluded). A value may match several
// formats. A feature with at least values_threshold values of which at least match_ratio match the most frequent format
// gets the custom statistics
//   domain_info       "time_domain {string_format: '%Y-%m-%d'}" or "time_domain {integer_format: 2}"
//   time_match_ratio  the share of that format, 0-1
// A feature with floats, or strings that are not UTF-8, anywhere gets nothing. Null values are not counted. Of formats
// that match equally often the first of the list wins, where TFDV takes the one that it saw first. An empty string is a
// value that matches nothing, where TFDV then gives up the whole feature.
//
// State: one counter a format and feature. Exact: no error, no dependence on order or splitting.
#ifndef TFX_DATA_VALIDATION_GENERATORS_TIME_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_TIME_STATS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

struct TimeStatsGeneratorOptions {
  double match_ratio = 0.8;        // in (0, 1]
  int64_t values_threshold = 100;  // at least 1
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeTimeStatsGenerator(const TimeStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_TIME_STATS_H_
