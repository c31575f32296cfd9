// What to compute about each feature, with TFDV's names and defaults (tensorflow_data_validation.StatsOptions).
//
// The JSON form is that of StatsOptions.to_json. Functions and generators given in code (experimental_slice_functions,
// generators) have no JSON form, as in TFDV.
#ifndef TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_
#define TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace arrow {
class RecordBatch;
}
namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

class StatsGenerator;

// Some rows of a batch that belong to the slice `key`.
struct SliceRows {
  std::string key;            // name of the dataset in the result; UTF-8
  std::vector<int64_t> rows;  // of the batch, in any order
};

// Says which rows of a batch belong to which slices; a row may be in several or in none. Must depend on the rows alone,
// not on where batches are cut; it is called from several threads at once.
using SliceFunction = std::function<absl::StatusOr<std::vector<SliceRows>>(const arrow::RecordBatch&)>;

// One way to slice (tfx_bsl.SlicingSpec). A spec of feature keys and values makes one slice per combination of values,
// named "<feature>_<value>" for each feature in the order of names, joined by "_".
struct SlicingSpec {
  std::vector<std::string> feature_keys;              // every value of these top-level features
  std::map<std::string, std::string> feature_values;  // these values alone; of an INT feature in decimal
  // SQL instead (or as well): "SELECT STRUCT(a, b AS k) FROM example.a, example.b WHERE ..." (expressions/parse.h).
  std::string slice_keys_sql;
};

// A spec without any field is the whole data set, which is always there.
struct SlicingConfig {
  std::vector<SlicingSpec> slicing_specs;
};

// For which features a costly statistic is computed.
struct FeaturesEnabled {
  // All but `paths`, or none but `paths` (text form of SerializePath).
  enum class Mode { kAllBut, kNoneBut } mode = Mode::kAllBut;
  std::vector<std::string> paths;

  bool Contains(std::string_view path) const;
};

struct PerFeatureStatsConfig {
  // Histograms of values and of value counts; where they are off the median is NaN, as in TFDV.
  FeaturesEnabled histograms;
};

struct StatsOptions {
  // Empty generators whose statistics are added to every slice, after those that the schema and the options below ask
  // for (TFDV's `generators`). They are cloned; see stats_generator.h.
  std::vector<std::shared_ptr<const StatsGenerator>> generators;

  // Says which features hold raw bytes (image_domain) and which numbers are categories (int_domain.is_categorical,
  // float_domain.is_categorical, bool_domain). May be null.
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;

  // A feature with exactly one finite number in every example: its weight. Empty: none. The overrides name features by
  // path.
  std::string weight_feature;
  std::map<std::string, std::string> per_feature_weight_override;

  std::optional<std::vector<std::string>> feature_allowlist;  // top-level names; unset: every feature

  // With a schema: lift of every categorical feature with this label (numeric labels need boundaries: add a
  // LiftStatsGenerator to `generators` instead).
  std::string label_feature;

  // Slices: at most one of the two. Each adds the dataset "All Examples" and one dataset per slice key; with neither
  // there is one dataset with an empty name.
  std::vector<SliceFunction> experimental_slice_functions;
  std::optional<SlicingConfig> slicing_config;

  // Keep this share of the rows, in (0, 1]. A row is kept or not by sample_seed and its place in the input alone, so
  // the choice depends neither on batches nor on threads. Every feature then carries the custom statistics
  // "sample_rate" and "sample_seed"; num_examples counts the rows that were kept.
  std::optional<double> sample_rate;
  uint64_t sample_seed = 0;

  int num_top_values = 20;          // at least 0
  int64_t frequency_threshold = 1;  // rarer values are left out of top values and rank histogram
  double weighted_frequency_threshold = 1.0;
  int num_rank_histogram_buckets = 1000;     // at least 0; the validator sees no more labels than these
  int num_values_histogram_buckets = 10;     // at least 2
  int num_histogram_buckets = 10;            // at least 1
  int num_quantiles_histogram_buckets = 10;  // at least 1; medians and histograms rest on 100 times as many quantiles
  double epsilon = 0.01;                     // rank error of histograms and medians, in (0, 1)

  // Infer image, natural language and time domains from the values; of this share of the rows when set, in (0, 1].
  bool enable_semantic_domain_stats = false;
  std::optional<double> semantic_domain_stats_sample_rate;

  // Vocabularies of natural language domains: name -> text file of a token a line, or TFRecord when its name ends in
  // "tfrecord.gz".
  std::map<std::string, std::string> vocab_paths;

  bool add_default_generators = true;  // false: only the statistics of generators

  // Take the types of CSV columns from the schema rather than from all rows. For readers of CSV.
  bool infer_type_from_schema = false;
  // Rows decoded at a time; unset: as the reader likes. No result depends on it.
  std::optional<int64_t> desired_batch_size;

  // Files that the statistics are written to, at least 1 (statistics_io.h). The number of feature partitions is a hint
  // of Beam pipelines; nothing here depends on it.
  int experimental_result_partitions = 1;
  int experimental_num_feature_partitions = 1;
  // Read only the columns that the other options name, where that is possible.
  bool experimental_filter_read_paths = false;

  PerFeatureStatsConfig per_feature_stats_config;

  // TFDV 1.21's answers also where they are plainly wrong: feature_values of a slicing spec never match a STRING
  // feature there.
  bool tfdv_compat = false;

  // Top values and distinct counts by sketches of fixed size even where the exact counts would fit: values over 1,024
  // bytes and values that are not UTF-8 are then counted under one placeholder each.
  bool use_sketch_based_topk_uniques = false;

  // Exact counts of distinct values are kept while they take at most about this many bytes per feature (128 MiB): the
  // text of each value and 64 bytes, with weights 240. Beyond, sketches take over and the feature says so in the custom
  // statistic "top_values_max_error".
  int64_t max_exact_counts_bytes = int64_t{128} << 20;
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::Status CheckStatsOptions(const StatsOptions& options);

// TFX's execution property stats_options_json (StatsOptions.to_json of TFDV): unknown names are INVALID_ARGUMENT with
// the nearest known name; generators and slice functions, which have no JSON form, are INVALID_ARGUMENT unless null.
absl::StatusOr<StatsOptions> ParseStatsOptionsJson(std::string_view json);

// The reverse: every option of TFDV by its name in StatsOptions.to_json, sorted; those of ours alone where they are not
// at their default. INVALID_ARGUMENT, as in TFDV, with generators, slice functions or a per_feature_stats_config.
absl::StatusOr<std::string> StatsOptionsToJson(const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_
