#include "tfx/data_validation/statistics/stats_accumulator.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/custom_statistics.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/generators/take_rows.h"
#include "tfx/data_validation/statistics/slicing.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

std::vector<int64_t> NumbersOf(const PlacedRows& batch) {
  if (!batch.row_numbers.empty()) return batch.row_numbers;
  std::vector<int64_t> numbers(batch.rows->num_rows());
  std::iota(numbers.begin(), numbers.end(), batch.first_row);
  return numbers;
}

absl::StatusOr<dataset::RecordBatchPtr> Rows(const arrow::RecordBatch& batch, const std::vector<int64_t>& rows) {
  return TakeRows(batch, rows);
}

std::vector<int64_t> Pick(const std::vector<int64_t>& numbers, const std::vector<int64_t>& rows) {
  std::vector<int64_t> picked;
  picked.reserve(rows.size());
  for (const int64_t row : rows) picked.push_back(numbers[row]);
  return picked;
}

void AddNumber(const char* name, double number, v0::FeatureNameStatistics* feature) {
  v0::CustomStatistic* statistic = feature->add_custom_stats();
  statistic->set_name(name);
  statistic->set_num(number);
}

}  // namespace

StatsAccumulator::StatsAccumulator(std::shared_ptr<const StatsPlan> plan) : plan_(std::move(plan)), all_(plan_) {}

absl::Status StatsAccumulator::Add(const std::vector<PlacedRows>& batches) {
  for (const PlacedRows& batch : batches) RETURN_IF_ERROR(Add(batch));
  return absl::OkStatus();
}

absl::Status StatsAccumulator::Add(const PlacedRows& batch) {
  if (batch.rows == nullptr) return absl::InvalidArgumentError("no batch");
  if (!batch.row_numbers.empty() && static_cast<int64_t>(batch.row_numbers.size()) != batch.rows->num_rows()) {
    return absl::InvalidArgumentError(
        absl::StrCat(batch.row_numbers.size(), " row numbers for ", batch.rows->num_rows(), " rows"));
  }
  if (!plan_->needs_row_numbers) return AddSampled(batch.rows, {});
  const std::vector<int64_t> numbers = NumbersOf(batch);
  const double rate = plan_->options.sample_rate.value_or(1);
  if (rate >= 1) return AddSampled(batch.rows, numbers);
  std::vector<int64_t> sampled;
  for (size_t row = 0; row < numbers.size(); ++row) {
    if (IsSampled(numbers[row], rate, plan_->options.sample_seed)) sampled.push_back(static_cast<int64_t>(row));
  }
  ASSIGN_OR_RETURN(const dataset::RecordBatchPtr rows, Rows(*batch.rows, sampled));
  return AddSampled(rows, Pick(numbers, sampled));
}

absl::Status StatsAccumulator::AddSampled(const dataset::RecordBatchPtr& rows, const std::vector<int64_t>& numbers) {
  RETURN_IF_ERROR(all_.Add(rows, numbers));
  return plan_->slice_functions.empty() ? absl::OkStatus() : AddToSlices(*rows, numbers);
}

absl::Status StatsAccumulator::AddToSlices(const arrow::RecordBatch& rows, const std::vector<int64_t>& numbers) {
  std::map<std::string, std::set<int64_t>> rows_by_key;  // a row counts once, however many functions name the slice
  for (const SliceFunction& slicer : plan_->slice_functions) {
    const absl::StatusOr<std::vector<SliceRows>> slices = slicer(rows);
    if (!slices.ok()) return Annotate(slices.status(), "slice function");
    for (const SliceRows& slice : *slices) {
      if (slice.key.empty()) return absl::InvalidArgumentError("a slice function gives rows an empty key");
      if (slice.key == kDefaultSlice) continue;  // all rows are in it
      for (const int64_t row : slice.rows) {
        if (row < 0 || row >= rows.num_rows()) {
          return absl::InvalidArgumentError(
              absl::StrCat("a slice function puts row ", row, " of ", rows.num_rows(), " into slice ", slice.key));
        }
        rows_by_key[slice.key].insert(row);
      }
    }
  }
  for (const auto& [key, row_set] : rows_by_key) {
    const std::vector<int64_t> chosen(row_set.begin(), row_set.end());
    ASSIGN_OR_RETURN(const dataset::RecordBatchPtr slice, Rows(rows, chosen));
    DatasetStatsAccumulator& stats = slices_.try_emplace(key, plan_).first->second;
    const std::vector<int64_t> chosen_numbers = numbers.empty() ? numbers : Pick(numbers, chosen);
    RETURN_IF_ERROR(Annotate(stats.Add(slice, chosen_numbers), absl::StrCat("slice ", key)));
  }
  return absl::OkStatus();
}

absl::Status StatsAccumulator::Merge(const StatsAccumulator& other) {
  RETURN_IF_ERROR(all_.Merge(other.all_));
  for (const auto& [key, more] : other.slices_) {
    const auto [it, is_new] = slices_.try_emplace(key, more);
    if (!is_new) RETURN_IF_ERROR(it->second.Merge(more));
  }
  return absl::OkStatus();
}

std::string StatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Bytes(all_.Serialize());
  out.Integer(slices_.size());
  for (const auto& [key, stats] : slices_) {
    out.Bytes(key);
    out.Bytes(stats.Serialize());
  }
  return out.Take();
}

absl::Status StatsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  StatsAccumulator parsed(plan_);
  RETURN_IF_ERROR(parsed.all_.ParseFrom(in.Bytes()));
  const uint64_t num_slices = in.Count(16);
  for (uint64_t i = 0; i < num_slices; ++i) {
    const std::string key(in.Bytes());
    RETURN_IF_ERROR(parsed.slices_.try_emplace(key, plan_).first->second.ParseFrom(in.Bytes()));
  }
  if (!in.ok()) return absl::DataLossError("not a state of statistics");
  *this = std::move(parsed);
  return absl::OkStatus();
}

absl::StatusOr<v0::DatasetFeatureStatisticsList> StatsAccumulator::ToProto() const {
  v0::DatasetFeatureStatisticsList list;
  ASSIGN_OR_RETURN(*list.add_datasets(), all_.ToProto());
  if (!plan_->slice_functions.empty()) list.mutable_datasets(0)->set_name(kDefaultSlice);
  for (const auto& [key, stats] : slices_) {
    auto dataset = stats.ToProto();
    if (!dataset.ok()) return Annotate(dataset.status(), absl::StrCat("slice ", key));
    *list.add_datasets() = *std::move(dataset);
    list.mutable_datasets(list.datasets_size() - 1)->set_name(key);
  }
  if (plan_->options.sample_rate.has_value()) {
    for (auto& dataset : *list.mutable_datasets()) {
      for (auto& feature : *dataset.mutable_features()) {
        AddNumber(kSampleRate, *plan_->options.sample_rate, &feature);
        AddNumber(kSampleSeed, static_cast<double>(plan_->options.sample_seed), &feature);
      }
    }
  }
  return list;
}

}  // namespace tfx::tfdv
