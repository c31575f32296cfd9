#include "tfx/data_validation/generators/nl_domain_inferring_stats.h"

#include <numeric>
#include <vector>

#include "tfx/base/utf8.h"
#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/python_text.h"
#include "tfx/data_validation/generators/value_rows.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// The rows of TFDV's usual batches, and how many of them it looks at.
constexpr int64_t kRowsPerBlock = 1000;
constexpr int64_t kRowsLookedAt = 100;

struct Matches {
  int64_t considered = 0;
  int64_t matched = 0;
};

struct TextCounts {
  Matches at_block_starts;
  Matches everywhere;
  bool is_invalid = false;

  void Merge(const TextCounts& other) {
    at_block_starts.considered += other.at_block_starts.considered;
    at_block_starts.matched += other.at_block_starts.matched;
    everywhere.considered += other.everywhere.considered;
    everywhere.matched += other.everywhere.matched;
    is_invalid = is_invalid || other.is_invalid;
  }
  void Write(sketches::StateWriter* out) const {
    for (const Matches& matches : {at_block_starts, everywhere}) {
      out->Integer(matches.considered);
      out->Integer(matches.matched);
    }
    out->Integer(is_invalid);
  }
  void Read(sketches::StateReader* in) {
    for (Matches* matches : {&at_block_starts, &everywhere}) {
      matches->considered = static_cast<int64_t>(in->Integer());
      matches->matched = static_cast<int64_t>(in->Integer());
    }
    is_invalid = in->Integer() != 0;
  }
};

class NLDomainInferringStatsGenerator final : public LeafStatsGenerator<NLDomainInferringStatsGenerator, TextCounts> {
 public:
  explicit NLDomainInferringStatsGenerator(const NLDomainInferringStatsGeneratorOptions& options) : options_(options) {}

  std::string_view name() const override { return "NLDomainInferringStatsGenerator"; }

  absl::Status AddColumn(const StatsBatch& batch, const FeatureColumn& column, TextCounts* counts) const {
    if (column.kind != FeatureKind::kString) counts->is_invalid = true;
    if (counts->is_invalid) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<int64_t> rows, RowsOfValues(batch, column));
    ForEachBinary(*column.values, [&](int64_t i, std::string_view value) {
      if (FindInvalidUtf8(value) != std::string_view::npos) {
        counts->is_invalid = true;
        return;
      }
      const bool matches = LooksLikeNaturalLanguage(value, options_);
      ++counts->everywhere.considered;
      counts->everywhere.matched += matches;
      if (batch.row_number(rows[i]) % kRowsPerBlock >= kRowsLookedAt) return;
      ++counts->at_block_starts.considered;
      counts->at_block_starts.matched += matches;
    });
    return absl::OkStatus();
  }

  absl::Status WriteFeature(const FeaturePath&, const TextCounts& counts, v0::FeatureNameStatistics* feature) const {
    const bool starts_decide = counts.at_block_starts.considered >= options_.values_threshold;
    const Matches& matches = starts_decide ? counts.at_block_starts : counts.everywhere;
    if (counts.is_invalid || matches.considered < options_.values_threshold) return absl::OkStatus();
    const double ratio = static_cast<double>(matches.matched) / static_cast<double>(matches.considered);
    if (ratio < options_.match_ratio) return absl::OkStatus();
    auto* domain = feature->add_custom_stats();
    domain->set_name("domain_info");
    domain->set_str("natural_language_domain {}");
    auto* rate = feature->add_custom_stats();
    rate->set_name("natural_language_match_rate");
    rate->set_num(ratio);
    return absl::OkStatus();
  }

 private:
  NLDomainInferringStatsGeneratorOptions options_;
};

}  // namespace

bool LooksLikeNaturalLanguage(std::string_view value, const NLDomainInferringStatsGeneratorOptions& options) {
  const std::vector<int64_t> words = WordLengths(FirstCharacters(value, options.crop_at_length));
  if (words.empty()) return false;
  const int64_t total = std::accumulate(words.begin(), words.end(), int64_t{0});
  const double mean = static_cast<double>(total) / static_cast<double>(words.size());
  return mean >= options.avg_word_length_min && mean <= options.avg_word_length_max &&
         static_cast<int64_t>(words.size()) >= options.min_words_per_value;
}

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNLDomainInferringStatsGenerator(
    const NLDomainInferringStatsGeneratorOptions& options) {
  const auto refuse = [](const char* option, const char* needed, auto value) {
    return absl::InvalidArgumentError(
        absl::StrCat("NLDomainInferringStatsGenerator: ", option, " must be ", needed, ", not ", value));
  };
  if (!(options.match_ratio >= 0 && options.match_ratio <= 1)) {
    return refuse("match_ratio", "from 0 to 1", options.match_ratio);
  }
  if (options.values_threshold < 1) return refuse("values_threshold", "at least 1", options.values_threshold);
  if (options.crop_at_length < 1) return refuse("crop_at_length", "at least 1", options.crop_at_length);
  return std::make_unique<NLDomainInferringStatsGenerator>(options);
}

}  // namespace tfx::tfdv
