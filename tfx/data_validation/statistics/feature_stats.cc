#include "tfx/data_validation/statistics/feature_stats.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
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

}  // namespace

FeatureStatsAccumulator::FeatureStatsAccumulator(std::shared_ptr<const StatsPlan> plan, FeaturePath path)
    : plan_(std::move(plan)), path_(std::move(path)), common_(plan_->options.epsilon) {}

bool FeatureStatsAccumulator::is_bytes() const {
  return plan_->bytes_features.contains(path_) && (kind_ == FeatureKind::kString || kind_ == FeatureKind::kUnknown);
}

absl::Status FeatureStatsAccumulator::SetKind(FeatureKind kind) {
  if (kind == FeatureKind::kUnknown || kind == kind_) return absl::OkStatus();
  if (kind_ != FeatureKind::kUnknown) {
    return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(path_), " is ", FeatureKindName(kind_),
                                                   " in some examples and ", FeatureKindName(kind),
                                                   " in others; make it one kind in all"));
  }
  kind_ = kind;
  const StatsOptions& options = plan_->options;
  const bool categorical_number = plan_->IsCategoricalNumber(path_, kind);
  const bool is_number = kind == FeatureKind::kInt || kind == FeatureKind::kFloat;
  if (is_number && !categorical_number) numeric_.emplace(options.epsilon);
  if (kind == FeatureKind::kString || categorical_number) text_.emplace();

  // TFDV counts floats, and leaves out strings that the schema calls not categorical, only in its sketches.
  const bool in_sketches = options.use_sketch_based_topk_uniques;
  const bool counted_text =
      kind == FeatureKind::kString && !is_bytes() && !(in_sketches && plan_->never_categorical_strings.contains(path_));
  const bool counted_number = categorical_number && (kind == FeatureKind::kInt || in_sketches);
  if (counted_text || counted_number) values_.emplace(ValueCountsOptionsFor(*plan_, path_, kind));
  return absl::OkStatus();
}

absl::Status FeatureStatsAccumulator::Add(const FeatureColumn& column) {
  RETURN_IF_ERROR(SetKind(column.kind));
  has_weights_ = column.has_weights;
  RETURN_IF_ERROR(common_.Add(column));
  if (column.kind == FeatureKind::kUnknown) return absl::OkStatus();
  if (numeric_.has_value()) RETURN_IF_ERROR(numeric_->Add(column));
  if (text_.has_value()) RETURN_IF_ERROR(text_->Add(column));
  if (values_.has_value()) RETURN_IF_ERROR(values_->Add(column));
  return absl::OkStatus();
}

absl::Status FeatureStatsAccumulator::Merge(const FeatureStatsAccumulator& other) {
  RETURN_IF_ERROR(SetKind(other.kind_));
  has_weights_ = has_weights_ || other.has_weights_;
  RETURN_IF_ERROR(Annotate(common_.Merge(other.common_), absl::StrCat("feature ", SerializePath(path_))));
  if (other.numeric_.has_value()) RETURN_IF_ERROR(numeric_->Merge(*other.numeric_));
  if (other.text_.has_value()) RETURN_IF_ERROR(text_->Merge(*other.text_));
  if (other.values_.has_value()) RETURN_IF_ERROR(values_->Merge(*other.values_));
  return absl::OkStatus();
}

std::string FeatureStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(static_cast<uint64_t>(kind_));
  out.Integer(has_weights_);
  out.Bytes(common_.Serialize());
  out.Bytes(numeric_.has_value() ? numeric_->Serialize() : "");
  out.Bytes(text_.has_value() ? text_->Serialize() : "");
  out.Bytes(values_.has_value() ? values_->Serialize() : "");
  return out.Take();
}

absl::Status FeatureStatsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  FeatureStatsAccumulator parsed(plan_, path_);
  const uint64_t kind = in.Integer();
  if (kind > static_cast<uint64_t>(FeatureKind::kStruct)) return absl::DataLossError("not a state of a feature");
  RETURN_IF_ERROR(parsed.SetKind(static_cast<FeatureKind>(kind)));
  parsed.has_weights_ = in.Integer() != 0;
  RETURN_IF_ERROR(parsed.common_.ParseFrom(in.Bytes()));
  const std::string_view numeric = in.Bytes(), text = in.Bytes(), values = in.Bytes();
  if (parsed.numeric_.has_value()) RETURN_IF_ERROR(parsed.numeric_->ParseFrom(numeric));
  if (parsed.text_.has_value()) RETURN_IF_ERROR(parsed.text_->ParseFrom(text));
  if (parsed.values_.has_value()) RETURN_IF_ERROR(parsed.values_->ParseFrom(values));
  if (!in.ok()) return absl::DataLossError("not a state of a feature");
  *this = std::move(parsed);
  return absl::OkStatus();
}

FeatureNameStatistics FeatureStatsAccumulator::ToProto(const CommonStatsAccumulator::Rows& rows) const {
  const StatsOptions& options = plan_->options;
  FeatureNameStatistics proto;
  *proto.mutable_path() = PathToProto(path_);
  const v0::CommonStatistics common = common_.ToProto(rows, has_weights_, options.num_values_histogram_buckets);
  const int64_t num_values = common_.innermost_values().count;
  auto write_text = [&] {
    *proto.mutable_string_stats() = text_.value_or(TextStatsAccumulator()).ToStringStatistics(num_values);
    *proto.mutable_string_stats()->mutable_common_stats() = common;
    if (values_.has_value()) values_->Write(kind_, has_weights_, options, proto.mutable_string_stats());
  };
  switch (kind_) {
    case FeatureKind::kInt:
    case FeatureKind::kFloat:
      proto.set_type(kind_ == FeatureKind::kInt ? FeatureNameStatistics::INT : FeatureNameStatistics::FLOAT);
      if (numeric_.has_value()) {
        *proto.mutable_num_stats() = numeric_->ToProto(num_values, has_weights_, options);
        *proto.mutable_num_stats()->mutable_common_stats() = common;
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
      proto.set_type(is_bytes() ? FeatureNameStatistics::BYTES : FeatureNameStatistics::STRING);
      if (is_bytes()) {
        *proto.mutable_bytes_stats() = text_.value_or(TextStatsAccumulator()).ToBytesStatistics(num_values);
        *proto.mutable_bytes_stats()->mutable_common_stats() = common;
      } else {
        write_text();
      }
      break;
  }
  for (v0::CustomStatistic& lengths : common_.NestedLengths(options.num_values_histogram_buckets)) {
    *proto.add_custom_stats() = std::move(lengths);
  }
  if (values_.has_value() && values_->fallback_error().has_value()) {
    v0::CustomStatistic* error = proto.add_custom_stats();
    error->set_name("top_values_max_error");
    error->set_num(*values_->fallback_error());
  }
  return proto;
}

}  // namespace tfx::tfdv
