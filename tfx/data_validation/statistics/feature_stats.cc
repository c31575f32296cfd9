#include "tfx/data_validation/statistics/feature_stats.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/custom_statistics.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::FeatureNameStatistics;

// As many items as the sketch-based statistics of TFDV keep.
constexpr int64_t kMinSketchBuckets = 1024;
// Where sketches replace exact counts, memory allows many more, which makes common values exact in practice.
constexpr int64_t kFallbackSketchBuckets = 16384;

ValueCountsOptions ValueCountsOptionsFor(const StatsPlan& plan, const FeaturePath& path, FeatureKind kind) {
  const StatsOptions& options = plan.options;
  ValueCountsOptions result;
  result.sketches_only = options.use_sketch_based_topk_uniques;
  result.keep_large_values = plan.always_categorical_strings.contains(path);
  result.max_exact_bytes = options.max_exact_counts_bytes;
  result.num_buckets = std::max<int64_t>(result.sketches_only ? kMinSketchBuckets : kFallbackSketchBuckets,
                                         std::max(options.num_top_values, options.num_rank_histogram_buckets));
  return result;
}

// What TFDV leaves without a quantile sketch: no histograms, a median that is not a number.
void ClearHistograms(v0::NumericStatistics* proto) {
  const bool has_values = std::any_of(proto->histograms().begin(), proto->histograms().end(),
                                      [](const auto& histogram) { return histogram.buckets_size() > 0; });
  if (!has_values) return;  // nothing but NaN: that is said by empty histograms even there
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  proto->clear_histograms();
  proto->set_median(kNan);
  if (proto->has_weighted_numeric_stats()) {
    proto->mutable_weighted_numeric_stats()->clear_histograms();
    proto->mutable_weighted_numeric_stats()->set_median(kNan);
  }
}

}  // namespace

FeatureStatsAccumulator::FeatureStatsAccumulator(std::shared_ptr<const StatsPlan> plan, FeaturePath path)
    : plan_(std::move(plan)), path_(std::move(path)) {
  const FeaturesEnabled& enabled = plan_->options.per_feature_stats_config.histograms;
  if (!enabled.paths.empty() || enabled.mode != FeaturesEnabled::Mode::kAllBut) {
    has_histograms_ = enabled.Contains(SerializePath(path_));
  }
}

bool FeatureStatsAccumulator::IsBytes(FeatureKind kind) const {
  return plan_->bytes_features.contains(path_) && (kind == FeatureKind::kString || kind == FeatureKind::kUnknown);
}

FeatureStatsAccumulator::Part FeatureStatsAccumulator::MakePart(FeatureKind kind) const {
  const StatsOptions& options = plan_->options;
  Part part(options.epsilon);
  const bool is_number = kind == FeatureKind::kInt || kind == FeatureKind::kFloat;
  const bool categorical_number = plan_->IsCategoricalNumber(path_, kind);
  if (is_number && !categorical_number) part.numeric.emplace(options.epsilon);
  if (kind == FeatureKind::kString || categorical_number) part.text.emplace();

  // TFDV leaves out strings that the schema calls not categorical only in its sketches.
  const bool left_out = options.use_sketch_based_topk_uniques && plan_->never_categorical_strings.contains(path_);
  const bool counted_text = kind == FeatureKind::kString && !IsBytes(kind) && !left_out;
  if (counted_text || categorical_number) part.values.emplace(ValueCountsOptionsFor(*plan_, path_, kind));
  return part;
}

FeatureStatsAccumulator::Part& FeatureStatsAccumulator::PartOf(const PartKey& key) {
  const auto it = parts_.find(key);
  return it != parts_.end() ? it->second : parts_.emplace(key, MakePart(key.kind)).first->second;
}

absl::Status FeatureStatsAccumulator::Add(const FeatureColumn& column) {
  Part& part = PartOf({column.kind, column.levels.size()});
  has_weights_ = column.has_weights;
  RETURN_IF_ERROR(part.common.Add(column));
  if (column.kind == FeatureKind::kUnknown) return absl::OkStatus();
  part.has_doubles = part.has_doubles || column.values->type_id() == arrow::Type::DOUBLE;
  if (part.numeric.has_value()) RETURN_IF_ERROR(part.numeric->Add(column));
  if (!part.values.has_value()) return part.text.has_value() ? part.text->Add(column) : absl::OkStatus();
  // Values occur again and again: each that is different is looked at once.
  CountedTexts texts = CountTexts(column);
  if (column.kind == FeatureKind::kFloat) {
    RETURN_IF_ERROR(part.text->Add(column));
  } else {
    part.text->AddCounted(texts.counts, column.kind);
  }
  part.values->AddCounted(std::move(texts), column.has_weights);
  return absl::OkStatus();
}

absl::Status FeatureStatsAccumulator::Merge(const FeatureStatsAccumulator& other) {
  has_weights_ = has_weights_ || other.has_weights_;
  for (const auto& [key, more] : other.parts_) {
    Part& part = PartOf(key);
    RETURN_IF_ERROR(Annotate(part.common.Merge(more.common), Concat("feature ", SerializePath(path_))));
    part.has_doubles = part.has_doubles || more.has_doubles;
    if (more.numeric.has_value()) RETURN_IF_ERROR(part.numeric->Merge(*more.numeric));
    if (more.text.has_value()) RETURN_IF_ERROR(part.text->Merge(*more.text));
    if (more.values.has_value()) RETURN_IF_ERROR(part.values->Merge(*more.values));
  }
  return absl::OkStatus();
}

std::string FeatureStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(has_weights_);
  out.Integer(parts_.size());
  for (const auto& [key, part] : parts_) {
    out.Integer(static_cast<uint64_t>(key.kind));
    out.Integer(key.nest_level);
    out.Integer(part.has_doubles);
    out.Bytes(part.common.Serialize());
    out.Bytes(part.numeric.has_value() ? part.numeric->Serialize() : "");
    out.Bytes(part.text.has_value() ? part.text->Serialize() : "");
    out.Bytes(part.values.has_value() ? part.values->Serialize() : "");
  }
  return out.Take();
}

absl::Status FeatureStatsAccumulator::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not a state of a feature");
  sketches::StateReader in(bytes);
  FeatureStatsAccumulator parsed(plan_, path_);
  parsed.has_weights_ = in.Integer() != 0;
  const uint64_t num_parts = in.Count(56);
  for (uint64_t i = 0; i < num_parts; ++i) {
    const uint64_t kind = in.Integer();
    const uint64_t nest_level = in.Integer();
    if (kind > static_cast<uint64_t>(FeatureKind::kStruct)) return damaged;
    Part& part = parsed.PartOf({static_cast<FeatureKind>(kind), nest_level});
    part.has_doubles = in.Integer() != 0;
    RETURN_IF_ERROR(part.common.ParseFrom(in.Bytes()));
    const std::string_view numeric = in.Bytes(), text = in.Bytes(), values = in.Bytes();
    if (part.numeric.has_value()) RETURN_IF_ERROR(part.numeric->ParseFrom(numeric));
    if (part.text.has_value()) RETURN_IF_ERROR(part.text->ParseFrom(text));
    if (part.values.has_value()) RETURN_IF_ERROR(part.values->ParseFrom(values));
  }
  if (!in.ok()) return damaged;
  *this = std::move(parsed);
  return absl::OkStatus();
}

const std::pair<const FeatureStatsAccumulator::PartKey, FeatureStatsAccumulator::Part>*
FeatureStatsAccumulator::MainPart() const {
  const std::pair<const PartKey, Part>* main = nullptr;
  for (const auto& entry : parts_) {
    if (main == nullptr || main->first.kind == FeatureKind::kUnknown ||
        (entry.first.kind != FeatureKind::kUnknown &&
         entry.second.common.num_non_missing() > main->second.common.num_non_missing())) {
      main = &entry;
    }
  }
  return main;
}

bool FeatureStatsAccumulator::IsMixed() const {
  return std::count_if(parts_.begin(), parts_.end(), [](const auto& entry) {
           return entry.first.kind != FeatureKind::kUnknown && entry.second.common.num_non_missing() > 0;
         }) > 1;
}

v0::CustomStatistic FeatureStatsAccumulator::MixedTypes() const {
  std::vector<std::pair<PartKey, int64_t>> rows;
  bool one_nest_level = true;
  for (const auto& [key, part] : parts_) {
    if (key.kind == FeatureKind::kUnknown || part.common.num_non_missing() == 0) continue;
    rows.emplace_back(key, part.common.num_non_missing());
    one_nest_level = one_nest_level && key.nest_level == rows.front().first.nest_level;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  v0::CustomStatistic statistic;
  statistic.set_name(kMixedTypes);
  for (const auto& [key, count] : rows) {
    auto* bucket = statistic.mutable_rank_histogram()->add_buckets();
    const int rank = statistic.rank_histogram().buckets_size() - 1;
    bucket->set_low_rank(rank);
    bucket->set_high_rank(rank);
    bucket->set_label(one_nest_level ? FeatureKindName(key.kind)
                                     : absl::StrCat(FeatureKindName(key.kind), " at nest level ", key.nest_level));
    bucket->set_sample_count(static_cast<double>(count));
  }
  return statistic;
}

CommonStatsAccumulator::Rows FeatureStatsAccumulator::structs() const {
  CommonStatsAccumulator::Rows rows;
  for (const auto& [key, part] : parts_) {
    if (key.kind != FeatureKind::kStruct) continue;
    const CommonStatsAccumulator::Rows more = part.common.innermost_values();
    rows.count += more.count;
    rows.weight += more.weight;
  }
  return rows;
}

FeatureNameStatistics FeatureStatsAccumulator::ToProto(const CommonStatsAccumulator::Rows& rows) const {
  const StatsOptions& options = plan_->options;
  FeatureNameStatistics proto;
  *proto.mutable_path() = PathToProto(path_);
  const auto* main = MainPart();
  const FeatureKind kind = main == nullptr ? FeatureKind::kUnknown : main->first.kind;
  std::optional<Part> nothing;
  if (main == nullptr) nothing = MakePart(kind);
  const Part& part = main == nullptr ? *nothing : main->second;
  const int64_t num_values = part.common.innermost_values().count;

  CommonStatsAccumulator all_kinds = part.common;
  for (const auto& [key, other] : parts_) {
    const bool counts = &other != &main->second && key.kind != FeatureKind::kUnknown;
    if (counts && key.nest_level == main->first.nest_level) all_kinds.Merge(other.common).IgnoreError();
  }
  v0::CommonStatistics common = all_kinds.ToProto(rows, has_weights_, options.num_values_histogram_buckets);
  if (!has_histograms_) common.clear_num_values_histogram();

  auto write_text = [&] {
    *proto.mutable_string_stats() = part.text.value_or(TextStatsAccumulator()).ToStringStatistics(num_values);
    *proto.mutable_string_stats()->mutable_common_stats() = common;
    if (part.values.has_value()) part.values->Write(kind, has_weights_, options, proto.mutable_string_stats());
  };
  switch (kind) {
    case FeatureKind::kInt:
    case FeatureKind::kFloat:
      proto.set_type(kind == FeatureKind::kInt ? FeatureNameStatistics::INT : FeatureNameStatistics::FLOAT);
      if (part.numeric.has_value()) {
        const bool single = options.tfdv_compat && kind == FeatureKind::kFloat && !part.has_doubles;
        *proto.mutable_num_stats() =
            part.numeric->ToProto(num_values, has_weights_, options, single ? Precision::kSingle : Precision::kDouble);
        *proto.mutable_num_stats()->mutable_common_stats() = common;
        if (!has_histograms_) ClearHistograms(proto.mutable_num_stats());
      } else {
        write_text();
      }
      break;
    case FeatureKind::kStruct:
      proto.set_type(FeatureNameStatistics::STRUCT);
      *proto.mutable_struct_stats()->mutable_common_stats() = common;
      break;
    case FeatureKind::kString:
    case FeatureKind::kUnknown:
      proto.set_type(IsBytes(kind) ? FeatureNameStatistics::BYTES : FeatureNameStatistics::STRING);
      if (IsBytes(kind)) {
        *proto.mutable_bytes_stats() = part.text.value_or(TextStatsAccumulator()).ToBytesStatistics(num_values);
        *proto.mutable_bytes_stats()->mutable_common_stats() = common;
      } else {
        write_text();
      }
      break;
  }
  if (has_histograms_) {
    for (v0::CustomStatistic& lengths : all_kinds.NestedLengths(options.num_values_histogram_buckets)) {
      *proto.add_custom_stats() = std::move(lengths);
    }
  }
  if (part.values.has_value() && part.values->fallback_error().has_value()) {
    v0::CustomStatistic* error = proto.add_custom_stats();
    error->set_name(kTopValuesMaxError);
    error->set_num(*part.values->fallback_error());
  }
  if (IsMixed()) *proto.add_custom_stats() = MixedTypes();
  return proto;
}

}  // namespace tfx::tfdv
