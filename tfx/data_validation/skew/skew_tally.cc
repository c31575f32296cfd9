#include "tfx/data_validation/skew/skew_tally.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow/core/example/feature.pb.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/examples.h"

namespace tfx::tfdv {
namespace {

using dataset::FeatureKind;
using dataset::FeatureValue;

constexpr char kMissingValue[] = "__MISSING_VALUE__";

uint64_t SamplePriority(std::string_view key, int64_t base, int64_t test) {
  std::string bytes(key);
  for (int64_t ordinal : {base, test}) {
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(ordinal >> shift));
  }
  return Fingerprint64(bytes);
}

absl::StatusOr<std::string> ConfusionValue(const std::vector<NamedFeature>& features, const std::string& name) {
  const FeatureValue* feature = FindFeature(features, name);
  ASSIGN_OR_RETURN(const bool missing, HasNoValues(feature));
  if (missing) return std::string(kMissingValue);
  if (feature->kind != FeatureKind::kBytes) {
    return absl::InvalidArgumentError(absl::StrCat("confusion feature '", name, "' is of kind ",
                                                   std::string(dataset::FeatureKindName(feature->kind)),
                                                   "; only bytes features can be counted"));
  }
  ASSIGN_OR_RETURN(const std::string canonical, CanonicalFeature(*feature, std::nullopt));
  ::tensorflow::Feature decoded;
  decoded.ParseFromString(canonical);
  if (decoded.bytes_list().value_size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("confusion feature '", name, "' has ",
                                                   decoded.bytes_list().value_size(),
                                                   " values in an example; only features with one can be counted"));
  }
  return decoded.bytes_list().value(0);
}

absl::StatusOr<std::string> Deterministic(std::string_view record) {
  ::tensorflow::Example example;
  if (!example.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return absl::DataLossError("is not a serialized tf.Example");
  }
  return dataset::SerializeExample(example);
}

}  // namespace

void SkewTally::AddIdentifier(int64_t num_base, int64_t num_test) {
  MatchStats& stats = match_stats_;
  stats.set_base_with_id_count(stats.base_with_id_count() + num_base);
  stats.set_test_with_id_count(stats.test_with_id_count() + num_test);
  stats.set_identifiers_count(stats.identifiers_count() + 1);
  stats.set_ids_missing_in_base_count(stats.ids_missing_in_base_count() + (num_base == 0));
  stats.set_ids_missing_in_test_count(stats.ids_missing_in_test_count() + (num_test == 0));
  stats.set_matching_pairs_count(stats.matching_pairs_count() + num_base * num_test);
  stats.set_duplicate_id_count(stats.duplicate_id_count() + (num_base > 1 || num_test > 1));
}

void SkewTally::AddMissingIdentifiers(int64_t num_base, int64_t num_test) {
  match_stats_.set_base_missing_id_count(match_stats_.base_missing_id_count() + num_base);
  match_stats_.set_test_missing_id_count(match_stats_.test_missing_id_count() + num_test);
}

absl::Status SkewTally::AddPair(std::string_view key, const Example& base, const Example& test) {
  auto& [base_only, test_only, matched, mismatched] = names_;
  for (auto* names : {&base_only, &test_only, &matched, &mismatched}) names->clear();
  bool skewed = false;
  auto compare = [&](std::string_view name, const FeatureValue* a, const FeatureValue* b) -> absl::Status {
    if (std::binary_search(left_out_->begin(), left_out_->end(), name)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool a_empty, HasNoValues(a));
    ASSIGN_OR_RETURN(const bool b_empty, HasNoValues(b));
    auto it = features_.find(absl::string_view(name.data(), name.size()));
    if (it == features_.end()) it = features_.try_emplace(std::string(name)).first;
    Counts& counts = it->second;
    counts.base += !a_empty;
    counts.test += !b_empty;
    if (!a_empty && !b_empty) {
      ASSIGN_OR_RETURN(const bool same, SameValues(*a, *b, options_->float_round_ndigits));
      ++(same ? counts.match : counts.mismatch);
      (same ? matched : mismatched).push_back(name);
    } else if (!a_empty) {
      ++counts.base_only;
      base_only.push_back(name);
    } else if (!b_empty) {
      ++counts.test_only;
      test_only.push_back(name);
    } else if ((a == nullptr) == (b == nullptr)) {
      ++counts.match;
      matched.push_back(name);
    } else {
      skewed = true;  // there without values on one side: no count of FeatureSkew says so
    }
    return absl::OkStatus();
  };
  // Both sides are sorted by name.
  const std::vector<NamedFeature>&a = *base.features, &b = *test.features;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const bool take_a = j == b.size() || (i < a.size() && a[i].name <= b[j].name);
    const bool take_b = i == a.size() || (j < b.size() && b[j].name <= a[i].name);
    const std::string_view name = take_a ? a[i].name : b[j].name;
    const absl::Status status = compare(name, take_a ? &a[i].value : nullptr, take_b ? &b[j].value : nullptr);
    if (!status.ok()) return Annotate(status, absl::StrCat("feature '", std::string(name), "'"));
    i += take_a;
    j += take_b;
  }
  RETURN_IF_ERROR(AddConfusion(base, test));
  skewed = skewed || !base_only.empty() || !test_only.empty() || !mismatched.empty();
  if (!skewed || options_->sample_size == 0) return absl::OkStatus();

  SampleKey sample_key{SamplePriority(key, base.ordinal, test.ordinal), key, base.ordinal, test.ordinal};
  if (static_cast<int64_t>(sample_.size()) >= options_->sample_size && sample_.rbegin()->first < sample_key) {
    return absl::OkStatus();
  }
  SkewPair pair;
  ASSIGN_OR_RETURN(*pair.mutable_base(), Deterministic(base.record));
  ASSIGN_OR_RETURN(*pair.mutable_test(), Deterministic(test.record));
  for (const std::string_view name : base_only) pair.add_base_only_features(std::string(name));
  for (const std::string_view name : test_only) pair.add_test_only_features(std::string(name));
  for (const std::string_view name : matched) pair.add_matched_features(std::string(name));
  for (const std::string_view name : mismatched) pair.add_mismatched_features(std::string(name));
  AddSample(std::move(sample_key), std::move(pair));
  return absl::OkStatus();
}

absl::Status SkewTally::AddConfusion(const Example& base, const Example& test) {
  for (size_t i = 0; i < options_->confusion_features.size(); ++i) {
    const std::string& name = options_->confusion_features[i];
    ASSIGN_OR_RETURN(std::string base_value, ConfusionValue(*base.features, name));
    ASSIGN_OR_RETURN(std::string test_value, ConfusionValue(*test.features, name));
    ++confusion_[i][{std::move(base_value), std::move(test_value)}];
  }
  return absl::OkStatus();
}

void SkewTally::AddSample(SampleKey key, SkewPair pair) {
  sample_.emplace(std::move(key), std::move(pair));
  if (static_cast<int64_t>(sample_.size()) > options_->sample_size) sample_.erase(std::prev(sample_.end()));
}

void SkewTally::Merge(SkewTally&& other) {
  for (const auto& [name, counts] : other.features_) {
    Counts& total = features_[name];
    total.base += counts.base;
    total.test += counts.test;
    total.match += counts.match;
    total.base_only += counts.base_only;
    total.test_only += counts.test_only;
    total.mismatch += counts.mismatch;
  }
  for (size_t i = 0; i < confusion_.size(); ++i) {
    for (const auto& [values, count] : other.confusion_[i]) confusion_[i][values] += count;
  }
  for (auto& [key, pair] : other.sample_) AddSample(key, std::move(pair));
  MatchStats& a = match_stats_;
  const MatchStats& b = other.match_stats_;
  a.set_base_with_id_count(a.base_with_id_count() + b.base_with_id_count());
  a.set_test_with_id_count(a.test_with_id_count() + b.test_with_id_count());
  a.set_identifiers_count(a.identifiers_count() + b.identifiers_count());
  a.set_ids_missing_in_base_count(a.ids_missing_in_base_count() + b.ids_missing_in_base_count());
  a.set_ids_missing_in_test_count(a.ids_missing_in_test_count() + b.ids_missing_in_test_count());
  a.set_matching_pairs_count(a.matching_pairs_count() + b.matching_pairs_count());
  a.set_duplicate_id_count(a.duplicate_id_count() + b.duplicate_id_count());
  AddMissingIdentifiers(static_cast<int64_t>(b.base_missing_id_count()),
                        static_cast<int64_t>(b.test_missing_id_count()));
}

FeatureSkewResults SkewTally::Finish() const {
  FeatureSkewResults results;
  for (const auto& [name, counts] : features_) {
    FeatureSkew& skew = results.skew_results.emplace_back();
    skew.set_feature_name(name);
    skew.set_base_count(counts.base);
    skew.set_test_count(counts.test);
    skew.set_match_count(counts.match);
    skew.set_base_only(counts.base_only);
    skew.set_test_only(counts.test_only);
    skew.set_mismatch_count(counts.mismatch);
    skew.set_diff_count(counts.base_only + counts.test_only + counts.mismatch);
  }
  std::sort(results.skew_results.begin(), results.skew_results.end(),
            [](const FeatureSkew& a, const FeatureSkew& b) { return a.feature_name() < b.feature_name(); });
  for (const auto& [key, pair] : sample_) results.skew_pairs.push_back(pair);
  results.match_stats = match_stats_;
  std::map<std::string, size_t> by_name;
  for (size_t i = 0; i < confusion_.size(); ++i) by_name.emplace(options_->confusion_features[i], i);
  for (const auto& [name, i] : by_name) {
    for (const auto& [values, count] : confusion_[i]) {
      ConfusionCount& confusion = results.confusion_counts.emplace_back();
      confusion.set_feature_name(name);
      confusion.mutable_base()->set_bytes_value(values.first);
      confusion.mutable_test()->set_bytes_value(values.second);
      confusion.set_count(count);
    }
  }
  return results;
}

}  // namespace tfx::tfdv
