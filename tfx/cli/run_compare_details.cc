#include "tfx/cli/run_compare_details.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/schema/schema_diff.h"
#include "tfx/data_validation/skew/statistics_diff.h"

namespace tfx::cli {
namespace {

// The names under which any of the runs has something.
template <typename Message>
std::set<std::string> NamesOf(const std::vector<RunDetails>& runs, std::map<std::string, Message> RunDetails::*field) {
  std::set<std::string> names;
  for (const RunDetails& run : runs) {
    for (const auto& [name, message] : run.*field) names.insert(name);
  }
  return names;
}

template <typename Message>
const Message* Find(const RunDetails& run, std::map<std::string, Message> RunDetails::*field, const std::string& name) {
  const auto it = (run.*field).find(name);
  return it == (run.*field).end() ? nullptr : &it->second;
}

// Keeps the first ones and says how many more there were.
void Limit(int limit, const std::string& what, const std::string& flag, std::vector<DetailDifference>* differences,
           std::vector<std::string>* notes) {
  if (limit < 0 || differences->size() <= static_cast<size_t>(limit)) return;
  notes->push_back(
      absl::StrCat(differences->size() - static_cast<size_t>(limit), " more ", what, "; --", flag, "=-1 shows all"));
  differences->resize(static_cast<size_t>(limit));
}

bool IsCount(std::string_view metric) { return metric == "example_count" || metric == "weighted_example_count"; }

class Comparison {
 public:
  Comparison(const std::vector<RunDetails>& runs, const DetailOptions& options) : runs_(runs), options_(options) {}

  absl::StatusOr<Details> Run() {
    RETURN_IF_ERROR(CompareSlices());
    CompareDrift();
    CompareSchemas();
    return std::move(details_);
  }

 private:
  absl::Status CompareSlices() {
    std::set<std::string> known;
    bool found = options_.slice_metric.empty();
    for (const std::string& name : NamesOf(runs_, &RunDetails::evaluations)) {
      std::string metric = options_.slice_metric;
      for (const RunDetails& run : runs_) {
        const tfma::EvalResult* result = Find(run, &RunDetails::evaluations, name);
        if (result == nullptr) continue;
        for (const std::string& candidate : tfma::NumericMetricNames(*result)) {
          known.insert(candidate);
          if (metric.empty() && !IsCount(candidate)) metric = candidate;
          found = found || candidate == options_.slice_metric;
        }
      }
      if (options_.slices != 0) CompareSlicesOf(name, metric);
    }
    if (found || known.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("--slice_metric=", options_.slice_metric, ": no evaluation of these runs has it",
                     DidYouMean(options_.slice_metric, std::vector<std::string>(known.begin(), known.end()))));
  }

  void CompareSlicesOf(const std::string& name, const std::string& metric) {
    std::map<std::string, std::vector<std::optional<double>>> values;  // by slice
    std::vector<bool> has(runs_.size());
    for (size_t i = 0; i < runs_.size(); ++i) {
      const tfma::EvalResult* result = Find(runs_[i], &RunDetails::evaluations, name);
      has[i] = result != nullptr;
      if (!has[i]) continue;
      for (const tfma::SliceMetric& slice :
           tfma::WorstSlices(*result, metric, {.count = -1, .min_examples = options_.min_examples})) {
        auto& of_slice = values[tfma::SliceKeyToString(slice.slice)];
        of_slice.resize(runs_.size());
        of_slice[i] = slice.value;
      }
    }
    // That an evaluation is missing is told by its metrics.
    if (!has[0] || std::count(has.begin(), has.end(), true) < 2) return;
    const double sign = tfma::HigherIsWorse(metric) ? 1 : -1;
    struct Ranked {
      double worsening;
      DetailDifference difference;
    };
    std::vector<Ranked> ranked;
    for (const auto& [slice, numbers] : values) {
      bool in_all = true, equal = true;
      double worsening = -std::numeric_limits<double>::infinity();  // where it cannot be told
      DetailDifference difference{.name = absl::StrCat(name, " ", metric, " of ", slice)};
      for (size_t i = 0; i < numbers.size(); ++i) {
        difference.values.push_back(numbers[i] ? std::optional(absl::StrFormat("%.6g", *numbers[i])) : std::nullopt);
        if (!has[i]) continue;
        in_all = in_all && numbers[i].has_value();
        equal = equal && numbers[i] == numbers[0];
        if (in_all && i > 0) worsening = std::max(worsening, sign * (*numbers[i] - *numbers[0]));
      }
      if (!in_all) worsening = -std::numeric_limits<double>::infinity();
      if (!equal) ranked.push_back({worsening, std::move(difference)});
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const Ranked& a, const Ranked& b) { return a.worsening > b.worsening; });
    std::vector<DetailDifference> differences;
    for (Ranked& item : ranked) differences.push_back(std::move(item.difference));
    Limit(options_.slices, absl::StrCat("slices of ", name, " changed"), "slices", &differences, &details_.notes);
    for (DetailDifference& difference : differences) details_.slices.push_back(std::move(difference));
  }

  void CompareDrift() {
    if (options_.features == 0) return;
    for (const std::string& name : NamesOf(runs_, &RunDetails::statistics)) {
      const auto* first = Find(runs_[0], &RunDetails::statistics, name);
      if (first == nullptr) continue;  // that it is missing is told by the counts
      std::map<std::string, std::pair<double, DetailDifference>> by_feature;
      for (size_t i = 1; i < runs_.size(); ++i) {
        const auto* other = Find(runs_[i], &RunDetails::statistics, name);
        if (other == nullptr) continue;
        const auto distances = tfdv::MeasureDistances(*first, *other);
        if (!distances.ok()) {
          details_.notes.push_back(
              absl::StrCat(name, ": drift is left out: ", std::string(distances.status().message())));
          continue;
        }
        for (const tfdv::FeatureDistances& distance : *distances) {
          const double farthest =
              std::max(distance.jensen_shannon_divergence.value_or(0), distance.l_infinity.value_or(0));
          if (!(farthest > 0)) continue;
          auto& [rank, difference] = by_feature[distance.feature];
          rank = std::max(rank, farthest);
          difference.name = absl::StrCat(name, " feature '", distance.feature, "'");
          difference.values.resize(runs_.size());
          difference.values[0] = "0";
          difference.values[i] = Shown(distance);
        }
      }
      std::vector<std::pair<double, DetailDifference>> ranked;
      for (auto& [feature, item] : by_feature) ranked.push_back(std::move(item));
      std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
      std::vector<DetailDifference> differences;
      for (auto& [rank, difference] : ranked) {
        for (size_t i = 1; i < runs_.size(); ++i) {
          if (!difference.values[i] && Find(runs_[i], &RunDetails::statistics, name) != nullptr) {
            difference.values[i] = "0";
          }
        }
        differences.push_back(std::move(difference));
      }
      Limit(options_.features, absl::StrCat("features of ", name, " drifted"), "features", &differences,
            &details_.notes);
      for (DetailDifference& difference : differences) details_.drift.push_back(std::move(difference));
    }
  }

  static std::string Shown(const tfdv::FeatureDistances& distance) {
    std::string text;
    if (distance.jensen_shannon_divergence) {
      text = absl::StrFormat("JS %.4g", *distance.jensen_shannon_divergence);
    }
    if (distance.l_infinity) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", absl::StrFormat("L-inf %.4g", *distance.l_infinity));
      if (!distance.l_infinity_value.empty()) absl::StrAppend(&text, " ('", distance.l_infinity_value, "')");
    }
    return text;
  }

  void CompareSchemas() {
    for (const std::string& name : NamesOf(runs_, &RunDetails::schemas)) {
      const auto* first = Find(runs_[0], &RunDetails::schemas, name);
      bool in_all = true;
      DetailDifference presence{.name = name};
      for (const RunDetails& run : runs_) {
        const auto* schema = Find(run, &RunDetails::schemas, name);
        in_all = in_all && schema != nullptr;
        presence.values.push_back(schema == nullptr ? std::nullopt
                                                    : std::optional(absl::StrCat(schema->feature_size(), " features")));
      }
      if (!in_all) details_.schema.push_back(std::move(presence));
      if (first == nullptr) continue;
      std::vector<DetailDifference> differences;  // in the order in which they are met
      for (size_t i = 1; i < runs_.size(); ++i) {
        const auto* other = Find(runs_[i], &RunDetails::schemas, name);
        if (other == nullptr) continue;
        for (const tfdv::SchemaChange& change : tfdv::DiffSchemas(*first, *other)) {
          AddSchemaChange(name, change, i, &differences);
        }
      }
      // A run that a change does not name has what the first one has.
      for (DetailDifference& difference : differences) {
        for (size_t i = 1; i < runs_.size(); ++i) {
          if (!difference.values[i] && Find(runs_[i], &RunDetails::schemas, name) != nullptr) {
            difference.values[i] = difference.values[0];
          }
        }
        details_.schema.push_back(std::move(difference));
      }
    }
  }

  void AddSchemaChange(const std::string& name, const tfdv::SchemaChange& change, size_t run,
                       std::vector<DetailDifference>* differences) {
    using Kind = tfdv::FieldDifference::Kind;
    const tfdv::FieldDifference& d = change.difference;
    std::string subject = absl::StrCat(name, " ", change.subject, d.field.empty() ? "" : " ", d.field);
    std::string before = d.before, after = d.after;
    if (d.kind == Kind::kReordered) {
      before = "as it was";
      after = "in another order";
    } else if (d.kind == Kind::kElements) {
      // Lists may be long: only what one side lacks is told.
      before = "";
      after = absl::StrCat(d.after.empty() ? "" : absl::StrCat("+ ", d.after),
                           d.after.empty() || d.before.empty() ? "" : " ",
                           d.before.empty() ? "" : absl::StrCat("- ", d.before));
    }
    auto it = std::find_if(differences->begin(), differences->end(),
                           [&](const DetailDifference& known) { return known.name == subject; });
    if (it == differences->end()) {
      it = differences->insert(differences->end(), {.name = std::move(subject)});
      it->values.resize(runs_.size());
      it->values[0] = before.empty() && d.kind == Kind::kValue ? "(not set)" : std::move(before);
    }
    it->values[run] = after.empty() ? "(not set)" : std::move(after);
  }

  const std::vector<RunDetails>& runs_;
  const DetailOptions& options_;
  Details details_;
};

}  // namespace

absl::StatusOr<Details> CompareDetails(const std::vector<RunDetails>& runs, const DetailOptions& options) {
  return Comparison(runs, options).Run();
}

}  // namespace tfx::cli
