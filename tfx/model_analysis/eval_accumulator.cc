#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/metric_input.h"
#include "tfx/model_analysis/metrics_plan.h"

namespace tfx::tfma {

EvalAccumulator::EvalAccumulator(const EvalAccumulator& other) : EvalAccumulator(other.plan_) {
  // Never fails: both have the same plan.
  Merge(other).IgnoreError();
}

EvalAccumulator& EvalAccumulator::operator=(const EvalAccumulator& other) {
  if (this != &other) *this = EvalAccumulator(other);
  return *this;
}

EvalAccumulator::Slice& EvalAccumulator::SliceFor(const SliceKey& key) {
  Slice& slice = slices_[key];
  if (slice.states.size() != plan_->accumulations.size()) {
    for (const MetricsPlan::Planned& planned : plan_->accumulations) slice.states.push_back(planned.make());
  }
  return slice;
}

absl::Status EvalAccumulator::Add(const ExtractBatch& batch) {
  num_examples_ += static_cast<int64_t>(batch.num_rows);
  std::vector<PreparedInput> inputs(plan_->inputs.size());
  for (size_t row = 0; row < batch.num_rows; ++row) {
    if (batch.slices[row].empty()) continue;
    const int64_t number = batch.first_row + static_cast<int64_t>(row);
    const auto where = [&] { return absl::StrCat("example ", number, " (from 0)"); };
    for (size_t i = 0; i < weights_.size(); ++i) {
      const auto column = batch.weights.find(plan_->weighted_outputs[i]);
      if (column == batch.weights.end()) continue;  // no key is configured
      if (!column->second.row(row).empty()) {
        weights_[i].any = true;
      } else if (weights_[i].first_missing < 0) {
        weights_[i].first_missing = number;
      }
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (absl::Status status = inputs[i].Prepare(plan_->inputs[i], batch, row); !status.ok())
        return Annotate(status, where());
    }
    for (const SliceKey& key : batch.slices[row]) {
      Slice& slice = SliceFor(key);
      ++slice.num_examples;
      for (size_t i = 0; i < slice.states.size(); ++i) {
        const absl::Status status = slice.states[i]->Add(inputs[plan_->accumulations[i].input].input());
        if (!status.ok()) return Annotate(status, where());
      }
    }
  }
  return absl::OkStatus();
}

absl::Status EvalAccumulator::Merge(const EvalAccumulator& other) {
  num_examples_ += other.num_examples_;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const Weights& theirs = other.weights_[i];
    weights_[i].any = weights_[i].any || theirs.any;
    if (weights_[i].first_missing < 0) weights_[i].first_missing = theirs.first_missing;
  }
  for (const auto& [key, theirs] : other.slices_) {
    Slice& slice = SliceFor(key);
    slice.num_examples += theirs.num_examples;
    for (size_t i = 0; i < slice.states.size(); ++i) slice.states[i]->Merge(*theirs.states[i]);
  }
  return absl::OkStatus();
}

std::string EvalAccumulator::Serialize() const {
  std::string bytes;
  AppendUint64(static_cast<uint64_t>(num_examples_), &bytes);
  for (const Weights& weights : weights_) {
    AppendUint64(weights.any, &bytes);
    AppendUint64(static_cast<uint64_t>(weights.first_missing), &bytes);
  }
  AppendUint64(slices_.size(), &bytes);
  for (const auto& [key, slice] : slices_) {
    const std::string key_bytes = SliceKeyToProto(key).SerializeAsString();
    AppendUint64(key_bytes.size(), &bytes);
    bytes += key_bytes;
    AppendUint64(static_cast<uint64_t>(slice.num_examples), &bytes);
    for (const auto& state : slice.states) state->AppendTo(&bytes);
  }
  return bytes;
}

absl::Status EvalAccumulator::ParseFrom(std::string_view bytes) {
  slices_.clear();
  uint64_t num_examples, num_slices;
  RETURN_IF_ERROR(ReadUint64(&bytes, &num_examples));
  for (Weights& weights : weights_) {
    uint64_t any, first_missing;
    RETURN_IF_ERROR(ReadUint64(&bytes, &any));
    RETURN_IF_ERROR(ReadUint64(&bytes, &first_missing));
    weights = {.any = any != 0, .first_missing = static_cast<int64_t>(first_missing)};
  }
  RETURN_IF_ERROR(ReadUint64(&bytes, &num_slices));
  num_examples_ = static_cast<int64_t>(num_examples);
  for (uint64_t i = 0; i < num_slices; ++i) {
    uint64_t size, count;
    RETURN_IF_ERROR(ReadUint64(&bytes, &size));
    ::tensorflow_model_analysis::SliceKey proto;
    if (size > bytes.size() || !proto.ParseFromString(std::string(bytes.substr(0, size)))) {
      return absl::DataLossError("evaluation state has a damaged slice key");
    }
    bytes.remove_prefix(size);
    RETURN_IF_ERROR(ReadUint64(&bytes, &count));
    Slice& slice = SliceFor(SliceKeyFromProto(proto));
    slice.num_examples = static_cast<int64_t>(count);
    for (const auto& state : slice.states) RETURN_IF_ERROR(state->ReadFrom(&bytes));
  }
  return bytes.empty() ? absl::OkStatus() : absl::DataLossError("evaluation state has bytes left over");
}

std::optional<EvalAccumulator::WeightGap> EvalAccumulator::FindWeightGap() const {
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i].any && weights_[i].first_missing >= 0)
      return WeightGap{plan_->weighted_outputs[i], weights_[i].first_missing};
  }
  return std::nullopt;
}

absl::StatusOr<MetricValues> EvalAccumulator::Finish(const Slice& slice) const {
  MetricValues values;
  std::vector<const State*> states;
  for (const MetricsPlan::Output& output : plan_->outputs) {
    states.clear();
    for (size_t id : output.accumulations) states.push_back(slice.states[id].get());
    RETURN_IF_ERROR(output.finish(states, &values));
  }
  for (const auto& derive : plan_->derived) derive(&values);
  if (plan_->baseline_model.empty()) return values;
  MetricValues diffs;
  for (const auto& [key, value] : values) {
    if (key.model_name == plan_->baseline_model || key.is_diff) continue;
    MetricKey baseline = key;
    baseline.model_name = plan_->baseline_model;
    const auto it = values.find(baseline);
    if (it == values.end()) continue;
    std::optional<Value> difference = Difference(value, it->second);
    if (!difference) continue;
    MetricKey diff = key;
    diff.is_diff = true;
    diffs.emplace(std::move(diff), *std::move(difference));
  }
  values.merge(diffs);
  return values;
}

}  // namespace tfx::tfma
