// Which files an ExampleGen reads: patterns with {SPAN}, {VERSION} or a date, resolved to the newest span and version.
//
//   Input config split "train" with pattern "span-{SPAN:4}/version-{VERSION}/train/*" below /data:
//   the largest integer span that exists, then the largest version in it, are put back into the pattern.
//
// Specs (source: tfx/components/example_gen/utils.py): {SPAN} or {SPAN:width}, {VERSION} or {VERSION:width}, or
// {YYYY} {MM} {DD} together in place of SPAN, where the span is the number of days since 1970-01-01. VERSION needs a
// span or a date. No spec: span 0, no version. All splits must use the same specs and resolve to the same span and
// version. Thread-safe.
#ifndef TFX_EXAMPLE_GEN_INPUT_PATTERNS_H_
#define TFX_EXAMPLE_GEN_INPUT_PATTERNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tfx/proto/example_gen.pb.h"
#include "tfx/proto/range_config.pb.h"

namespace tfx::example_gen {

// The config to use when the user gives none: one split "single_split" of all files.
components::example_gen::Input DefaultInputConfig();

// The output config in force: the user's, or train:2 eval:1 hash buckets when there is one input split, or (several
// input splits) the input splits as they are. INVALID_ARGUMENT lists: no splits, empty or duplicate names, empty
// patterns, zero buckets, an output split config together with several input splits.
absl::StatusOr<components::example_gen::Output> EffectiveOutputConfig(const components::example_gen::Input& input,
                                                                      const components::example_gen::Output& output);

struct ResolvedInput {
  components::example_gen::Input config;  // specs replaced by the chosen span and version
  int64_t span = 0;
  std::optional<int64_t> version;
  // One line per split: "split:NAME,num_files:N,total_bytes:B,xor_checksum:X,sum_checksum:S" over whole-second
  // modification times; the cache key's view of the data.
  std::string fingerprint;
};

// NOT_FOUND names the pattern that matches nothing; INVALID_ARGUMENT a malformed spec, a span that is not an integer,
// splits that disagree, or a range config that does not fit (static_range with start != end, rolling_range with
// num_spans != 1 or a start, or any range without a span spec).
absl::StatusOr<ResolvedInput> ResolveInput(std::string_view input_base, const components::example_gen::Input& config,
                                           const configs::RangeConfig* range);

}  // namespace tfx::example_gen

#endif  // TFX_EXAMPLE_GEN_INPUT_PATTERNS_H_
