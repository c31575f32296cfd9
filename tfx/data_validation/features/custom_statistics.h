// Names of the custom statistics that the default statistics add to a feature beyond TFDV's.
#ifndef TFX_DATA_VALIDATION_FEATURES_CUSTOM_STATISTICS_H_
#define TFX_DATA_VALIDATION_FEATURES_CUSTOM_STATISTICS_H_

namespace tfx::tfdv {

// rank_histogram: the feature holds values of several kinds. Labels are the names of FeatureNameStatistics.Type ("INT",
// "FLOAT", "STRING", "STRUCT"), with " at nest level 2" appended where values are nested and nest levels differ;
// sample_count is the number of rows that hold the kind, most rows first. Type and type-specific statistics of the
// feature are those of the first kind; common statistics count the rows of every kind of that nest level.
inline constexpr char kMixedTypes[] = "mixed_types";

// num: the share of rows that the statistics are of, and the seed that chose them (StatsOptions.sample_rate).
inline constexpr char kSampleRate[] = "sample_rate";
inline constexpr char kSampleSeed[] = "sample_seed";

// num: how much too high a count among the top values may be, where exact counts did not fit
// (StatsOptions.max_exact_counts_bytes).
inline constexpr char kTopValuesMaxError[] = "top_values_max_error";

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_CUSTOM_STATISTICS_H_
