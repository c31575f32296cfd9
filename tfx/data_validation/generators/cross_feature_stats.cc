#include "tfx/data_validation/generators/cross_feature_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/generators/leaf_stats.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// Sums of products of differences from the means.
struct CoMoments {
  int64_t count = 0;
  double mean_x = 0, mean_y = 0;
  double xx = 0, yy = 0, xy = 0;

  void Add(double x, double y) {
    ++count;
    const double n = static_cast<double>(count);
    const double before_x = x - mean_x, before_y = y - mean_y;
    mean_x += before_x / n;
    mean_y += before_y / n;
    xx += before_x * (x - mean_x);
    yy += before_y * (y - mean_y);
    xy += before_x * (y - mean_y);
  }

  void Merge(const CoMoments& other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    const double a = static_cast<double>(count), b = static_cast<double>(other.count), n = a + b;
    const double dx = other.mean_x - mean_x, dy = other.mean_y - mean_y;
    xx += other.xx + dx * dx * (a * b / n);
    yy += other.yy + dy * dy * (a * b / n);
    xy += other.xy + dx * dy * (a * b / n);
    mean_x += dx * (b / n);
    mean_y += dy * (b / n);
    count += other.count;
  }
};

// The univalent numbers of a column by row; NaN where there is none.
std::vector<double> UnivalentNumbers(const FeatureColumn& column) {
  const std::vector<int64_t>& lengths = column.levels[0].lengths;
  const std::vector<double> values = ToDoubles(*column.values);
  std::vector<double> numbers(lengths.size(), std::numeric_limits<double>::quiet_NaN());
  size_t next = 0;
  for (size_t row = 0; row < lengths.size(); ++row) {
    if (lengths[row] == 1 && next < values.size()) numbers[row] = values[next];
    if (lengths[row] > 0) next += static_cast<size_t>(lengths[row]);
  }
  return numbers;
}

class CrossFeatureStatsGenerator final : public StatsGenerator {
 public:
  explicit CrossFeatureStatsGenerator(const CrossFeatureStatsGeneratorOptions& options)
      : rate_(options.sample_rate), seed_(options.seed ^ Fingerprint64(name())) {
    if (!options.feature_crosses.has_value()) return;
    crosses_.emplace();
    for (const auto& [x, y] : *options.feature_crosses) {
      if (x < y) crosses_->insert({x, y});
    }
  }

  std::string_view name() const override { return "CrossFeatureStatsGenerator"; }
  std::unique_ptr<StatsGenerator> Clone() const override { return std::make_unique<CrossFeatureStatsGenerator>(*this); }

  absl::Status Add(const StatsBatch& batch) override {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < batch.rows.num_rows(); ++row) {
      if (IsSampled(batch.row_number(row), rate_, seed_)) rows.push_back(row);
    }
    if (rows.empty()) return absl::OkStatus();
    std::map<std::string, std::vector<double>> numbers;
    for (const FeatureColumn& column : batch.features) {
      const bool is_number = column.kind == FeatureKind::kInt || column.kind == FeatureKind::kFloat;
      // Inner lists have no one number a row; TFDV does not cross them either.
      if (!is_number || column.path.size() != 1 || column.levels.size() != 1 || !IsNeeded(column.path[0])) continue;
      std::vector<double> univalent = UnivalentNumbers(column);
      const bool any = std::any_of(rows.begin(), rows.end(), [&](int64_t row) { return !std::isnan(univalent[row]); });
      if (!any) continue;
      univalent_.insert(column.path[0]);
      numbers[column.path[0]] = std::move(univalent);
    }
    for (auto x = numbers.begin(); x != numbers.end(); ++x) {
      for (auto y = std::next(x); y != numbers.end(); ++y) {
        if (!IsAsked({x->first, y->first})) continue;
        CoMoments moments;
        for (const int64_t row : rows) {
          const double a = x->second[row], b = y->second[row];
          if (!std::isnan(a) && !std::isnan(b)) moments.Add(a, b);
        }
        if (moments.count > 0) moments_[{x->first, y->first}].Merge(moments);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<CrossFeatureStatsGenerator>(other));
    univalent_.insert(same->univalent_.begin(), same->univalent_.end());
    for (const auto& [cross, moments] : same->moments_) moments_[cross].Merge(moments);
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    out.Integer(univalent_.size());
    for (const std::string& feature : univalent_) out.Bytes(feature);
    out.Integer(moments_.size());
    for (const auto& [cross, m] : moments_) {
      out.Bytes(cross.first);
      out.Bytes(cross.second);
      out.Integer(m.count);
      for (const double number : {m.mean_x, m.mean_y, m.xx, m.yy, m.xy}) out.Real(number);
    }
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    CrossFeatureStatsGenerator parsed = *this;
    parsed.univalent_.clear();
    parsed.moments_.clear();
    for (uint64_t n = in.Count(8); n > 0; --n) parsed.univalent_.insert(std::string(in.Bytes()));
    for (uint64_t n = in.Count(64); n > 0; --n) {
      std::string x(in.Bytes()), y(in.Bytes());
      CoMoments& m = parsed.moments_[{std::move(x), std::move(y)}];
      m.count = static_cast<int64_t>(in.Integer());
      for (double* number : {&m.mean_x, &m.mean_y, &m.xx, &m.yy, &m.xy}) *number = in.Real();
    }
    if (!in.ok()) return absl::DataLossError(absl::StrCat("not a state of ", std::string(name())));
    *this = std::move(parsed);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    for (auto x = univalent_.begin(); x != univalent_.end(); ++x) {
      for (auto y = std::next(x); y != univalent_.end(); ++y) {
        if (!IsAsked({*x, *y})) continue;
        auto* cross = dataset->add_cross_features();
        cross->mutable_path_x()->add_step(*x);
        cross->mutable_path_y()->add_step(*y);
        const auto found = moments_.find({*x, *y});
        if (found == moments_.end()) continue;
        const CoMoments& m = found->second;
        const double n = static_cast<double>(m.count);
        cross->set_count(static_cast<uint64_t>(m.count));
        auto* stats = cross->mutable_num_cross_stats();
        stats->set_covariance(static_cast<float>(m.xy / n));
        const double product = std::sqrt(m.xx) * std::sqrt(m.yy);
        if (product > 0 && std::isfinite(product)) {
          stats->set_correlation(static_cast<float>(std::clamp(m.xy / product, -1.0, 1.0)));
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  using Cross = std::pair<std::string, std::string>;

  bool IsAsked(const Cross& cross) const { return !crosses_.has_value() || crosses_->contains(cross); }
  bool IsNeeded(const std::string& feature) const {
    return !crosses_.has_value() || std::any_of(crosses_->begin(), crosses_->end(), [&](const Cross& cross) {
      return cross.first == feature || cross.second == feature;
    });
  }

  double rate_;
  uint64_t seed_;
  std::optional<std::set<Cross>> crosses_;
  std::set<std::string> univalent_;
  std::map<Cross, CoMoments> moments_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeCrossFeatureStatsGenerator(
    const CrossFeatureStatsGeneratorOptions& options) {
  if (!(options.sample_rate > 0 && options.sample_rate <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "CrossFeatureStatsGenerator: sample_rate must be above 0 and at most 1, not ", options.sample_rate));
  }
  return std::make_unique<CrossFeatureStatsGenerator>(options);
}

}  // namespace tfx::tfdv
