#include "tfx/data_validation/statistics/dataset_stats.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "arrow/type.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// Names become fields of messages, which hold UTF-8, and two columns of one name would count every row twice.
absl::Status CheckNames(const arrow::Schema& schema) {
  for (int i = 0; i < schema.num_fields(); ++i) {
    const std::string& name = schema.field(i)->name();
    if (!IsValidUtf8(name)) {
      return absl::InvalidArgumentError(
          Concat("the name of column ", i, " is not UTF-8: \"", absl::CEscape(name), "\"; rename it"));
    }
  }
  if (schema.HasDistinctFieldNames()) return absl::OkStatus();
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (schema.GetAllFieldIndices(schema.field(i)->name()).size() < 2) continue;
    return absl::InvalidArgumentError(Concat("there are two columns \"", schema.field(i)->name(), "\"; rename one"));
  }
  return absl::OkStatus();
}

}  // namespace

GeneratorStates::GeneratorStates(const std::vector<std::shared_ptr<const StatsGenerator>>& empty) {
  for (const auto& generator : empty) generators_.push_back(generator->Clone());
}

GeneratorStates::GeneratorStates(const GeneratorStates& other) {
  for (const auto& generator : other.generators_) generators_.push_back(generator->Clone());
}

GeneratorStates& GeneratorStates::operator=(const GeneratorStates& other) {
  if (this != &other) *this = GeneratorStates(other);
  return *this;
}

absl::Status GeneratorStates::Add(const StatsBatch& batch) {
  for (auto& generator : generators_) RETURN_IF_ERROR(Annotate(generator->Add(batch), generator->name()));
  return absl::OkStatus();
}

absl::Status GeneratorStates::Merge(const GeneratorStates& other) {
  if (generators_.size() != other.generators_.size()) {
    return absl::InvalidArgumentError("the two states are of different generators");
  }
  for (size_t i = 0; i < generators_.size(); ++i) {
    RETURN_IF_ERROR(Annotate(generators_[i]->Merge(*other.generators_[i]), generators_[i]->name()));
  }
  return absl::OkStatus();
}

std::string GeneratorStates::Serialize() const {
  sketches::StateWriter out;
  out.Integer(generators_.size());
  for (const auto& generator : generators_) {
    out.Bytes(generator->name());
    out.Bytes(generator->Serialize());
  }
  return out.Take();
}

absl::Status GeneratorStates::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  if (in.Integer() != generators_.size()) return absl::DataLossError("not a state of these generators");
  GeneratorStates parsed = *this;
  for (auto& generator : parsed.generators_) {
    if (in.Bytes() != generator->name()) {
      return absl::DataLossError(Concat("not a state of ", generator->name()));
    }
    RETURN_IF_ERROR(Annotate(generator->ParseFrom(in.Bytes()), generator->name()));
  }
  if (!in.ok()) return absl::DataLossError("not a state of these generators");
  *this = std::move(parsed);
  return absl::OkStatus();
}

absl::Status GeneratorStates::Write(v0::DatasetFeatureStatistics* dataset) const {
  for (const auto& generator : generators_) RETURN_IF_ERROR(Annotate(generator->Write(dataset), generator->name()));
  return absl::OkStatus();
}

absl::Status DatasetStatsAccumulator::Add(const dataset::RecordBatchPtr& batch, absl::Span<const int64_t> row_numbers) {
  if (batch == nullptr) return absl::InvalidArgumentError("no batch");
  RETURN_IF_ERROR(CheckNames(*batch->schema()));
  num_examples_ += batch->num_rows();
  if (!plan_->options.weight_feature.empty()) {
    ASSIGN_OR_RETURN(const std::vector<double> weights,
                     ReadWeights(*batch, plan_->options.weight_feature, row_numbers));
    for (double weight : weights) weighted_num_examples_.Add(weight);
  }
  std::vector<FeatureColumn> columns;  // kept for the generators alone
  const auto add = [&](const FeatureColumn& column) -> absl::Status {
    if (!generators_.empty()) columns.push_back(column);
    if (!plan_->options.add_default_generators) return absl::OkStatus();
    return features_.try_emplace(column.path, plan_, column.path).first->second.Add(column);
  };
  RETURN_IF_ERROR(VisitFeatures(*batch, plan_->options, add, row_numbers));
  return generators_.Add({.rows = *batch, .features = columns, .row_numbers = row_numbers});
}

absl::Status DatasetStatsAccumulator::Merge(const DatasetStatsAccumulator& other) {
  num_examples_ += other.num_examples_;
  weighted_num_examples_.Merge(other.weighted_num_examples_);
  for (const auto& [path, feature] : other.features_) {
    auto [it, is_new] = features_.try_emplace(path, feature);
    if (!is_new) RETURN_IF_ERROR(it->second.Merge(feature));
  }
  return generators_.Merge(other.generators_);
}

std::string DatasetStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(static_cast<uint64_t>(num_examples_));
  weighted_num_examples_.Write(&out);
  out.Integer(features_.size());
  for (const auto& [path, feature] : features_) {
    out.Integer(path.size());
    for (const std::string& step : path) out.Bytes(step);
    out.Bytes(feature.Serialize());
  }
  out.Bytes(generators_.Serialize());
  return out.Take();
}

absl::Status DatasetStatsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  DatasetStatsAccumulator parsed(plan_);
  parsed.num_examples_ = static_cast<int64_t>(in.Integer());
  if (!parsed.weighted_num_examples_.Read(&in)) return absl::DataLossError("not a state of data set statistics");
  const uint64_t num_features = in.Count(16);
  for (uint64_t i = 0; i < num_features && in.good(); ++i) {
    FeaturePath path(in.Count(8));
    for (std::string& step : path) step = std::string(in.Bytes());
    RETURN_IF_ERROR(parsed.features_.try_emplace(path, plan_, path).first->second.ParseFrom(in.Bytes()));
  }
  RETURN_IF_ERROR(parsed.generators_.ParseFrom(in.Bytes()));
  if (!in.ok()) return absl::DataLossError("not a state of data set statistics");
  *this = std::move(parsed);
  return absl::OkStatus();
}

absl::StatusOr<v0::DatasetFeatureStatistics> DatasetStatsAccumulator::ToProto() const {
  v0::DatasetFeatureStatistics proto;
  const double weighted_num_examples = weighted_num_examples_.Round();
  // In TFDV it is the default generators that count examples.
  if (plan_->options.add_default_generators || !plan_->options.tfdv_compat) {
    proto.set_num_examples(num_examples_);
    proto.set_weighted_num_examples(weighted_num_examples);
  }
  for (const auto& [path, feature] : features_) {
    CommonStatsAccumulator::Rows rows{num_examples_, weighted_num_examples};
    if (path.size() > 1) {
      const auto parent = features_.find(FeaturePath(path.begin(), path.end() - 1));
      if (parent != features_.end()) rows = parent->second.structs();
    }
    *proto.add_features() = feature.ToProto(rows);
  }
  if (generators_.empty()) return proto;
  RETURN_IF_ERROR(generators_.Write(&proto));
  std::stable_sort(proto.mutable_features()->begin(), proto.mutable_features()->end(),
                   [](const auto& a, const auto& b) {
                     return std::lexicographical_compare(a.path().step().begin(), a.path().step().end(),
                                                         b.path().step().begin(), b.path().step().end());
                   });
  return proto;
}

}  // namespace tfx::tfdv
