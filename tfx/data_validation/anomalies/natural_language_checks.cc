#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/any.pb.h"
#include "tfx/data_validation/anomalies/feature_check.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using TokenStatistics = v0::NaturalLanguageStatistics::TokenStatistics;

AnomalyReason StatisticsMissing() {
  return {AnomalyInfo::STATS_NOT_AVAILABLE, "Natural language stats are not computed.",
          "Constraints specified in natural language domain cannot be verified because natural language stats have not "
          "been computed."};
}

void CheckCoverage(const v0::NaturalLanguageStatistics& stats, v0::NaturalLanguageDomain* domain,
                   AnomalyReasons* reasons) {
  const v0::FeatureCoverageConstraints& coverage = domain->coverage();
  if (coverage.has_min_coverage() && coverage.min_coverage() > stats.feature_coverage()) {
    reasons->push_back(
        {AnomalyInfo::FEATURE_COVERAGE_TOO_LOW, "Feature coverage is too low.",
         absl::StrCat("Fraction of tokens in the vocabulary: ", stats.feature_coverage(),
                      " is lower than the threshold set in the Schema: ", coverage.min_coverage(), ".")});
    domain->mutable_coverage()->set_min_coverage(stats.feature_coverage());
  }
  if (coverage.has_min_avg_token_length() && stats.avg_token_length() < coverage.min_avg_token_length()) {
    reasons->push_back(
        {AnomalyInfo::FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH, "Average token length is too short.",
         absl::StrCat("Average token length is: ", stats.avg_token_length(),
                      " which is lower than the threshold set in the Schema: ", coverage.min_avg_token_length(), ".")});
    domain->mutable_coverage()->set_min_avg_token_length(stats.avg_token_length());
  }
}

void CheckToken(const TokenStatistics& stats, const std::string& token, v0::SequenceValueConstraints* constraint,
                AnomalyReasons* reasons) {
  auto fraction = [&](AnomalyInfo::Type type, const char* size, const char* relation, double threshold) {
    reasons->push_back(
        {type, absl::StrCat("Value occurs in too ", size, " a fraction of sequences."),
         absl::StrCat("Fraction of sequences with value: ", token, " is: ", stats.fraction_of_sequences(), " which is ",
                      relation, " than the threshold set in the Schema: ", threshold, ".")});
  };
  auto occurrences = [&](AnomalyInfo::Type type, const char* amount, const char* bound, double found,
                         const char* relation, int64_t threshold) {
    reasons->push_back(
        {type, absl::StrCat("Value has too ", amount, " per-sequence occurrences."),
         absl::StrCat("Value: ", token, " occurs at ", bound, ": ", found, " times within a sequence, which is ",
                      relation, " than the threshold set in the Schema: ", threshold, ".")});
  };
  if (constraint->has_min_fraction_of_sequences() &&
      constraint->min_fraction_of_sequences() > stats.fraction_of_sequences()) {
    fraction(AnomalyInfo::SEQUENCE_VALUE_TOO_SMALL_FRACTION, "small", "lower", constraint->min_fraction_of_sequences());
    constraint->set_min_fraction_of_sequences(static_cast<float>(stats.fraction_of_sequences()));
  }
  if (constraint->has_max_fraction_of_sequences() &&
      constraint->max_fraction_of_sequences() < stats.fraction_of_sequences()) {
    fraction(AnomalyInfo::SEQUENCE_VALUE_TOO_LARGE_FRACTION, "large", "higher",
             constraint->max_fraction_of_sequences());
    constraint->set_max_fraction_of_sequences(static_cast<float>(stats.fraction_of_sequences()));
  }
  if (constraint->has_min_per_sequence() && constraint->min_per_sequence() > stats.per_sequence_min_frequency()) {
    occurrences(AnomalyInfo::SEQUENCE_VALUE_TOO_FEW_OCCURRENCES, "few", "least", stats.per_sequence_min_frequency(),
                "lower", constraint->min_per_sequence());
    constraint->set_min_per_sequence(static_cast<int64_t>(stats.per_sequence_min_frequency()));
  }
  if (constraint->has_max_per_sequence() && constraint->max_per_sequence() < stats.per_sequence_max_frequency()) {
    occurrences(AnomalyInfo::SEQUENCE_VALUE_TOO_MANY_OCCURRENCES, "many", "most", stats.per_sequence_max_frequency(),
                "higher", constraint->max_per_sequence());
    constraint->set_max_per_sequence(static_cast<int64_t>(stats.per_sequence_max_frequency()));
  }
}

}  // namespace

AnomalyReasons CheckNaturalLanguageDomain(FeatureCheckContext& context) {
  const v0::CustomStatistic* custom = context.stats.custom_statistic("nl_statistics");
  v0::NaturalLanguageStatistics stats;
  if (custom != nullptr && !custom->any().UnpackTo(&stats)) return {};
  v0::NaturalLanguageDomain* domain = context.feature->mutable_natural_language_domain();
  const bool constrained = domain->coverage().has_min_coverage() || domain->coverage().has_min_avg_token_length() ||
                           domain->token_constraints_size() > 0;
  if (constrained && custom == nullptr) {
    context.feature->clear_natural_language_domain();
    return {StatisticsMissing()};
  }
  AnomalyReasons reasons;
  CheckCoverage(stats, domain, &reasons);
  // Ints and strings apart: the token 1 is not the token "1".
  std::map<std::pair<bool, std::string>, const TokenStatistics*> tokens;
  for (const TokenStatistics& token : stats.token_statistics()) {
    if (token.token_case() == TokenStatistics::kIntToken) {
      tokens.insert({{true, absl::StrCat(token.int_token())}, &token});
    } else if (token.token_case() == TokenStatistics::kStringToken) {
      tokens.insert({{false, token.string_token()}, &token});
    }
  }
  for (v0::SequenceValueConstraints& constraint : *domain->mutable_token_constraints()) {
    if (!constraint.has_int_value() && !constraint.has_string_value()) continue;
    const std::string token =
        constraint.has_int_value() ? absl::StrCat(constraint.int_value()) : constraint.string_value();
    const auto it = tokens.find({constraint.has_int_value(), token});
    if (it == tokens.end()) {
      reasons.push_back(StatisticsMissing());
      context.feature->clear_natural_language_domain();
      return reasons;
    }
    CheckToken(*it->second, token, &constraint, &reasons);
  }
  return reasons;
}

}  // namespace tfx::tfdv
