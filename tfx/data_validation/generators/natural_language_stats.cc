#include "tfx/data_validation/generators/natural_language_stats.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/utf8.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/python_text.h"
#include "tfx/data_validation/generators/token_state.h"
#include "tfx/data_validation/generators/vocabulary.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// What the schema says about one feature.
struct Language {
  std::shared_ptr<const Vocabulary> vocabulary;  // null: none
  std::set<std::string> excluded_strings;
  std::set<int64_t> excluded_integers;
  std::set<std::string> oov_strings;
  std::set<std::string> length_excluded_strings;
  std::set<int64_t> length_excluded_integers;
  std::vector<Token> named;  // in the schema's order, each once
};
using Languages = std::map<FeaturePath, Language>;

// One sequence as text and as numbers; where the vocabulary has no translation the token stays what it is.
struct Sequence {
  std::vector<Token> strings;
  std::vector<Token> integers;
};

std::string ShowSequence(const std::vector<Token>& tokens) {
  std::string text = "[";
  for (const Token& token : tokens) {
    if (text.size() > 1) text += ", ";
    if (const auto* number = std::get_if<int64_t>(&token)) {
      absl::StrAppend(&text, *number);
    } else {
      text += PythonRepr(std::get<std::string>(token));
    }
  }
  return text + "]";
}

// Only a damaged state holds text that is not UTF-8; messages must not.
std::string ForProto(const std::string& text) {
  return FindInvalidUtf8(text) == std::string_view::npos ? text : std::string(kNotUtf8);
}

// How many tokens of the type of `excluded` are in it.
template <class Value>
int64_t CountIn(const std::vector<Token>& tokens, const std::set<Value>& excluded) {
  if (excluded.empty()) return 0;
  return std::count_if(tokens.begin(), tokens.end(), [&](const Token& token) {
    const auto* value = std::get_if<Value>(&token);
    return value != nullptr && excluded.contains(*value);
  });
}

// The number of innermost values of each row, -1 where the row is null.
std::vector<int64_t> InnermostLengths(const FeatureColumn& column) {
  std::vector<int64_t> counts = column.levels.back().lengths;
  for (size_t level = column.levels.size() - 1; level-- > 0;) {
    std::vector<int64_t> outer = column.levels[level].lengths;
    size_t next = 0;
    for (int64_t& length : outer) {
      if (length <= 0) continue;
      int64_t sum = 0;
      for (int64_t i = 0; i < length; ++i) sum += std::max<int64_t>(counts[next++], 0);
      length = sum;
    }
    counts = std::move(outer);
  }
  return counts;
}

class NLStatsGenerator final : public LeafStatsGenerator<NLStatsGenerator, TokenState> {
 public:
  NLStatsGenerator(const NLStatsGeneratorOptions& options, std::shared_ptr<const Languages> languages)
      : options_(options), languages_(std::move(languages)) {}

  std::string_view name() const override { return "NLStatsGenerator"; }

  absl::Status AddColumn(const StatsBatch&, const FeatureColumn& column, TokenState* state) const {
    const auto language = languages_->find(column.path);
    const bool is_string = column.kind == FeatureKind::kString;
    if (language == languages_->end() || (!is_string && column.kind != FeatureKind::kInt)) state->is_invalid = true;
    if (state->is_invalid) return absl::OkStatus();

    std::vector<Token> tokens(column.values->length(), Token(std::string()));
    ForEachBinary(*column.values, [&](int64_t i, std::string_view value) {
      tokens[i] = std::string(FindInvalidUtf8(value) == std::string_view::npos ? value : kNotUtf8);
    });
    WithNumericArray(*column.values, [&](const auto& typed) {
      for (int64_t i = 0; i < typed.length(); ++i)
        tokens[i] = static_cast<int64_t>(typed.IsValid(i) ? typed.Value(i) : 0);
    });

    size_t next = 0;
    for (const int64_t length : InnermostLengths(column)) {
      if (length < 0) continue;
      const std::vector<Token> own(tokens.begin() + next, tokens.begin() + next + length);
      next += length;
      AddSequence(language->second, own, is_string, state);
    }
    return absl::OkStatus();
  }

  absl::Status WriteFeature(const FeaturePath& path, const TokenState& state,
                            v0::FeatureNameStatistics* feature) const {
    const auto language = languages_->find(path);
    if (state.is_invalid || language == languages_->end()) return absl::OkStatus();
    v0::NaturalLanguageStatistics result;
    if (state.total_tokens > 0) {
      result.set_feature_coverage(static_cast<double>(state.in_vocabulary_tokens) /
                                  static_cast<double>(state.total_tokens));
    }
    if (state.in_vocabulary_tokens > 0) {
      result.set_avg_token_length(static_cast<double>(state.in_vocabulary_characters) /
                                  static_cast<double>(state.in_vocabulary_tokens));
    }
    result.set_min_sequence_length(state.min_sequence_length.value_or(0));
    result.set_max_sequence_length(state.max_sequence_length.value_or(0));
    const int buckets = options_.num_quantiles_histogram_buckets;
    if (!state.token_lengths.empty()) {
      *result.mutable_token_length_histogram() = QuantilesHistogram(state.token_lengths.GetQuantiles(buckets));
    }
    if (!state.sequence_lengths.empty()) {
      *result.mutable_sequence_length_histogram() = QuantilesHistogram(state.sequence_lengths.GetQuantiles(buckets));
    }
    const std::vector<sketches::WeightedItem> items =
        state.occurrences.GetItems(sketches::OrderOnTie::kLexicographical);
    for (size_t i = 0; i < items.size() && i < static_cast<size_t>(options_.num_rank_histogram_buckets); ++i) {
      auto* bucket = result.mutable_rank_histogram()->add_buckets();
      bucket->set_low_rank(i);
      bucket->set_high_rank(i);
      bucket->set_label(ForProto(items[i].item));
      bucket->set_sample_count(items[i].weight);
    }
    for (const Token& token : language->second.named) {
      const auto named = state.named.find(token);
      if (named != state.named.end()) WriteToken(state.num_examples, *named, result.add_token_statistics());
    }
    for (const LeastSequences* least : {&state.least_coverage, &state.shortest_tokens}) {
      for (const LeastSequences::Sequence& sequence : least->sequences())
        result.add_reported_sequences(ForProto(sequence.text));
    }
    auto* stats = feature->add_custom_stats();
    stats->set_name("nl_statistics");
    stats->mutable_any()->PackFrom(result);
    return absl::OkStatus();
  }

 private:
  void AddSequence(const Language& language, const std::vector<Token>& own, bool is_string, TokenState* state) const {
    ++state->num_examples;
    if (own.empty()) return;
    const Vocabulary* vocabulary =
        language.vocabulary == nullptr || language.vocabulary->empty() ? nullptr : language.vocabulary.get();
    std::vector<Token> other;  // the same tokens in the other form; empty without a vocabulary
    if (vocabulary != nullptr) {
      for (const Token& token : own) other.push_back(Translate(*vocabulary, token));
    }
    const std::vector<Token>& strings = is_string ? own : other;
    const std::vector<Token>& integers = is_string ? other : own;

    for (const Token& token : language.named) {
      const std::vector<Token>& tokens = std::holds_alternative<std::string>(token) ? strings : integers;
      if (tokens.empty()) continue;
      std::vector<size_t> found;
      for (size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] == token) found.push_back(i);
      }
      state->named[token].Add(found, tokens.size(), options_.num_histogram_buckets);
    }
    Report(language, strings.empty() ? own : strings, state);

    const int64_t length = static_cast<int64_t>(own.size()) - CountIn(integers, language.length_excluded_integers) -
                           CountIn(strings, language.length_excluded_strings);
    state->sequence_lengths.Add(static_cast<double>(length));
    state->max_sequence_length = std::max(state->max_sequence_length.value_or(length), length);
    // TFDV takes a least length of 0 for unset.
    if (length > 0) state->min_sequence_length = std::min(state->min_sequence_length.value_or(length), length);

    for (size_t i = 0; i < own.size(); ++i) CountToken(language, own[i], i < other.size() ? &other[i] : nullptr, state);
  }

  static Token Translate(const Vocabulary& vocabulary, const Token& token) {
    if (const auto* text = std::get_if<std::string>(&token)) {
      const std::optional<int64_t> index = vocabulary.IndexOf(*text);
      if (index.has_value()) return *index;
      return token;
    }
    const std::string* text = vocabulary.TokenAt(std::get<int64_t>(token));
    if (text != nullptr) return *text;
    return token;
  }

  // Coverage and token lengths. `translated`: the token in the other form, or itself where the vocabulary lacks it.
  static void CountToken(const Language& language, const Token& token, const Token* translated, TokenState* state) {
    const auto find = [&](auto wanted) -> decltype(wanted) {
      using Value = std::remove_const_t<std::remove_pointer_t<decltype(wanted)>>;
      for (const Token* form : {&token, translated}) {
        if (form == nullptr) continue;
        if (const auto* value = std::get_if<Value>(form)) return value;
      }
      return nullptr;
    };
    const auto* number = find(static_cast<const int64_t*>(nullptr));
    const auto* text = find(static_cast<const std::string*>(nullptr));
    if (number != nullptr && language.excluded_integers.contains(*number)) return;
    if (text != nullptr && language.excluded_strings.contains(*text)) return;
    ++state->total_tokens;
    if (text == nullptr || language.oov_strings.contains(*text)) return;
    ++state->in_vocabulary_tokens;
    const int64_t characters = CountCharacters(*text);
    state->in_vocabulary_characters += characters;
    state->token_lengths.Add(static_cast<double>(characters));
    state->occurrences.Add(*text);
  }

  static void Report(const Language& language, const std::vector<Token>& tokens, TokenState* state) {
    int64_t known = 0, characters = 0;
    for (const Token& token : tokens) {
      const auto* text = std::get_if<std::string>(&token);
      if (text == nullptr || language.oov_strings.contains(*text)) continue;
      ++known;
      characters += CountCharacters(*text);
    }
    const double coverage = static_cast<double>(known) / static_cast<double>(tokens.size());
    const double mean_length = known == 0 ? 0 : static_cast<double>(characters) / static_cast<double>(known);
    if (!state->least_coverage.WouldKeep(coverage) && !state->shortest_tokens.WouldKeep(mean_length)) return;
    const std::string text = ShowSequence(tokens);
    state->least_coverage.Add(coverage, text);
    state->shortest_tokens.Add(mean_length, text);
  }

  void WriteToken(int64_t num_examples, const std::pair<const Token, NamedToken>& named,
                  v0::NaturalLanguageStatistics::TokenStatistics* result) const {
    const auto& [token, stats] = named;
    if (const auto* number = std::get_if<int64_t>(&token)) {
      result->set_int_token(*number);
    } else {
      result->set_string_token(std::get<std::string>(token));
    }
    if (stats.num_sequences == 0) return;
    const double frequency = static_cast<double>(stats.frequency);
    const double sequences = static_cast<double>(stats.num_sequences);
    result->set_frequency(frequency);
    result->set_fraction_of_sequences(sequences / static_cast<double>(num_examples));
    result->set_per_sequence_min_frequency(static_cast<double>(stats.min_per_sequence.value_or(0)));
    result->set_per_sequence_max_frequency(static_cast<double>(stats.max_per_sequence.value_or(0)));
    result->set_per_sequence_avg_frequency(frequency / sequences);
    for (const auto& [bucket, count] : stats.positions) {
      auto* position = result->mutable_positions()->add_buckets();
      position->set_low_value(static_cast<double>(bucket) / options_.num_histogram_buckets);
      position->set_high_value(static_cast<double>(bucket + 1) / options_.num_histogram_buckets);
      position->set_sample_count(static_cast<double>(count));
    }
  }

  NLStatsGeneratorOptions options_;
  std::shared_ptr<const Languages> languages_;
};

absl::StatusOr<Language> ReadLanguage(const v0::NaturalLanguageDomain& domain,
                                      const std::map<std::string, std::shared_ptr<const Vocabulary>>& vocabularies) {
  Language language;
  if (!domain.vocabulary().empty()) {
    const auto found = vocabularies.find(domain.vocabulary());
    if (found == vocabularies.end()) {
      std::vector<std::string> names;
      for (const auto& [name, vocabulary] : vocabularies) names.push_back(name);
      return absl::InvalidArgumentError(absl::StrCat("vocabulary \"", domain.vocabulary(),
                                                     "\" has no file in vocab_paths",
                                                     DidYouMean(domain.vocabulary(), names)));
    }
    language.vocabulary = found->second;
  }
  const auto& coverage = domain.coverage();
  language.excluded_strings = {coverage.excluded_string_tokens().begin(), coverage.excluded_string_tokens().end()};
  language.excluded_integers = {coverage.excluded_int_tokens().begin(), coverage.excluded_int_tokens().end()};
  language.oov_strings = {coverage.oov_string_tokens().begin(), coverage.oov_string_tokens().end()};
  const auto& length = domain.sequence_length_constraints();
  language.length_excluded_strings = {length.excluded_string_value().begin(), length.excluded_string_value().end()};
  language.length_excluded_integers = {length.excluded_int_value().begin(), length.excluded_int_value().end()};
  for (const auto& constraint : domain.token_constraints()) {
    const bool is_number = constraint.value_case() == v0::SequenceValueConstraints::kIntValue;
    Token token = is_number ? Token(int64_t{constraint.int_value()}) : Token(constraint.string_value());
    if (std::find(language.named.begin(), language.named.end(), token) == language.named.end()) {
      language.named.push_back(std::move(token));
    }
  }
  return language;
}

// Without a vocabulary and excluded or out-of-vocabulary tokens there is nothing to measure a feature by.
bool IsMeasured(const Language& language) {
  return language.vocabulary != nullptr || !language.excluded_strings.empty() || !language.excluded_integers.empty() ||
         !language.oov_strings.empty();
}

template <class Features>
absl::Status ReadLanguages(const Features& features, const FeaturePath& parent,
                           const std::map<std::string, std::shared_ptr<const Vocabulary>>& vocabularies,
                           Languages* languages) {
  for (const v0::Feature& feature : features) {
    const FeaturePath path = ChildPath(parent, feature.name());
    if (feature.type() == v0::STRUCT) {
      RETURN_IF_ERROR(ReadLanguages(feature.struct_domain().feature(), path, vocabularies, languages));
    } else if (feature.has_natural_language_domain()) {
      auto language = ReadLanguage(feature.natural_language_domain(), vocabularies);
      RETURN_IF_ERROR(Annotate(language.status(), absl::StrCat("feature ", SerializePath(path))));
      if (IsMeasured(*language)) languages->emplace(path, *std::move(language));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool HasNaturalLanguageDomain(const v0::Schema& schema) {
  return std::any_of(schema.feature().begin(), schema.feature().end(),
                     [](const v0::Feature& feature) { return feature.has_natural_language_domain(); });
}

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNLStatsGenerator(const NLStatsGeneratorOptions& options) {
  const auto refuse = [](const char* option, const std::string& needed, int value) {
    return absl::InvalidArgumentError(absl::StrCat("NLStatsGenerator: ", option, " must be ", needed, ", not ", value));
  };
  if (options.schema == nullptr) return absl::InvalidArgumentError("NLStatsGenerator: a schema is needed");
  if (options.num_histogram_buckets < 1) {
    return refuse("num_histogram_buckets", "at least 1", options.num_histogram_buckets);
  }
  if (options.num_quantiles_histogram_buckets < 1) {
    return refuse("num_quantiles_histogram_buckets", "at least 1", options.num_quantiles_histogram_buckets);
  }
  if (options.num_rank_histogram_buckets < 0 || options.num_rank_histogram_buckets > kTokenBuckets) {
    return refuse("num_rank_histogram_buckets", absl::StrCat("from 0 to ", kTokenBuckets),
                  options.num_rank_histogram_buckets);
  }
  std::map<std::string, std::shared_ptr<const Vocabulary>> vocabularies;
  for (const auto& [name, path] : options.vocab_paths) {
    ASSIGN_OR_RETURN(vocabularies[name], ReadVocabulary(path));
  }
  auto languages = std::make_shared<Languages>();
  RETURN_IF_ERROR(ReadLanguages(options.schema->feature(), {}, vocabularies, languages.get()));
  return std::make_unique<NLStatsGenerator>(options, std::move(languages));
}

}  // namespace tfx::tfdv
