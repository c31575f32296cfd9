// Confusion matrices between classes: multi-class (one true class per example) and multi-label (any number).
//
// State: one number (multi-class) or four (multi-label) per pair of classes that occurs and threshold.
#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

struct Cell {
  int32_t threshold, actual, predicted;
  auto operator<=>(const Cell&) const = default;
};
using Counts = std::array<double, 4>;  // multi-class: [0]; multi-label: fn, tn, fp, tp

enum class Kind { kMultiClass, kMultiLabel };

class ClassPairs : public State {
 public:
  ClassPairs(Kind kind, std::vector<double> thresholds) : kind_(kind), thresholds_(std::move(thresholds)) {}

  absl::Status Add(const MetricInput& in) override {
    const auto& p = in.prediction;
    if (kind_ == Kind::kMultiClass) {
      if (in.label.size() != 1 && in.label.size() != p.size()) return SizeError(in);
      const int32_t actual = static_cast<int32_t>(
          in.label.size() == 1 ? in.label[0] : std::max_element(in.label.begin(), in.label.end()) - in.label.begin());
      const int32_t best = static_cast<int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
      for (size_t t = 0; t < thresholds_.size(); ++t) {
        // In single precision, as TFMA compares here: the float 0.6 is not greater than the threshold 0.6.
        const bool above = p[best] > static_cast<float>(thresholds_[t]);
        cells_[{static_cast<int32_t>(t), actual, above ? best : -1}][0] += in.weight;
      }
      return absl::OkStatus();
    }
    std::vector<float> dense;
    std::span<const float> label = in.label;
    if (label.size() != p.size()) {
      if (label.size() != 1 || !(label[0] >= 0 && label[0] < static_cast<float>(p.size()))) return SizeError(in);
      dense.assign(p.size(), 0);
      dense[static_cast<size_t>(label[0])] = 1;
      label = dense;
    }
    for (size_t a = 0; a < p.size(); ++a) {
      if (label[a] == 0) continue;
      for (size_t c = 0; c < p.size(); ++c) {
        for (size_t t = 0; t < thresholds_.size(); ++t) {
          const bool above = p[c] > static_cast<float>(thresholds_[t]);
          const int cell = label[c] != 0 ? (above ? 3 : 0) : (above ? 2 : 1);
          cells_[{static_cast<int32_t>(t), static_cast<int32_t>(a), static_cast<int32_t>(c)}][cell] += in.weight;
        }
      }
    }
    return absl::OkStatus();
  }

  void Merge(const State& other) override {
    for (const auto& [cell, theirs] : static_cast<const ClassPairs&>(other).cells_) {
      Counts& counts = cells_[cell];
      for (size_t i = 0; i < counts.size(); ++i) counts[i] += theirs[i];
    }
  }

  void AppendTo(std::string* bytes) const override {
    AppendUint64(cells_.size(), bytes);
    for (const auto& [cell, counts] : cells_) {
      for (int32_t value : {cell.threshold, cell.actual, cell.predicted})
        AppendUint64(static_cast<uint32_t>(value), bytes);
      for (double value : counts) AppendDouble(value, bytes);
    }
  }

  absl::Status ReadFrom(std::string_view* bytes) override {
    cells_.clear();
    uint64_t size;
    RETURN_IF_ERROR(ReadUint64(bytes, &size));
    for (uint64_t i = 0; i < size; ++i) {
      uint64_t key[3];
      for (uint64_t& value : key) RETURN_IF_ERROR(ReadUint64(bytes, &value));
      if (key[0] >= thresholds_.size())
        return absl::DataLossError("class confusion state has a threshold out of range");
      Counts& counts =
          cells_[{static_cast<int32_t>(key[0]), static_cast<int32_t>(key[1]), static_cast<int32_t>(key[2])}];
      for (double& value : counts) RETURN_IF_ERROR(ReadDouble(bytes, &value));
    }
    return absl::OkStatus();
  }

  template <class AddMatrix, class AddEntry>
  void ForEach(AddMatrix matrix, AddEntry entry) const {
    for (size_t t = 0; t < thresholds_.size(); ++t) {
      auto* m = matrix(thresholds_[t]);
      const int32_t threshold = static_cast<int32_t>(t);
      for (auto it = cells_.lower_bound({threshold, INT32_MIN, INT32_MIN});
           it != cells_.end() && it->first.threshold == threshold; ++it) {
        entry(m, it->first, it->second);
      }
    }
  }

 private:
  static absl::Status SizeError(const MetricInput& in) {
    return absl::InvalidArgumentError(
        absl::StrCat("label (", in.label.size(), " values", in.label.size() == 1 ? absl::StrCat(", ", in.label[0]) : "",
                     ") does not fit a prediction of ", in.prediction.size(), " classes"));
  }
  Kind kind_;
  std::vector<double> thresholds_;
  std::map<Cell, Counts> cells_;
};

pb::MultiClassConfusionMatrixAtThresholds MultiClassProto(const State& state) {
  pb::MultiClassConfusionMatrixAtThresholds proto;
  static_cast<const ClassPairs&>(state).ForEach(
      [&](double threshold) {
        auto* matrix = proto.add_matrices();
        matrix->set_threshold(threshold);
        return matrix;
      },
      [](auto* matrix, const Cell& cell, const Counts& counts) {
        auto* entry = matrix->add_entries();
        entry->set_actual_class_id(cell.actual);
        entry->set_predicted_class_id(cell.predicted);
        entry->set_num_weighted_examples(counts[0]);
      });
  return proto;
}

Value MultiClassValue(const State& state) {
  pb::MetricValue value;
  *value.mutable_multi_class_confusion_matrix_at_thresholds() = MultiClassProto(state);
  return value;
}

Value MultiClassPlot(const State& state) {
  pb::PlotData plot;
  *plot.mutable_multi_class_confusion_matrix_at_thresholds() = MultiClassProto(state);
  return plot;
}

Value MultiLabelPlot(const State& state) {
  pb::PlotData plot;
  auto* proto = plot.mutable_multi_label_confusion_matrix_at_thresholds();
  static_cast<const ClassPairs&>(state).ForEach(
      [&](double threshold) {
        auto* matrix = proto->add_matrices();
        matrix->set_threshold(threshold);
        return matrix;
      },
      [](auto* matrix, const Cell& cell, const Counts& counts) {
        auto* entry = matrix->add_entries();
        entry->set_actual_class_id(cell.actual);
        entry->set_predicted_class_id(cell.predicted);
        entry->set_false_negatives(counts[0]);
        entry->set_true_negatives(counts[1]);
        entry->set_false_positives(counts[2]);
        entry->set_true_positives(counts[3]);
      });
  return plot;
}

MetricDefinition ClassConfusion(std::string_view name, Kind kind, double default_threshold,
                                Value (*value)(const State&)) {
  return {
      name, [=](const MetricRequest& request) -> absl::StatusOr<std::vector<MetricParts>> {
        std::vector<double> thresholds = request.options->Numbers("thresholds");
        const int64_t count = request.options->Integer("num_thresholds", 0);
        if (request.options->Has("num_thresholds")) {
          if (!thresholds.empty() || count < 2 || count > 100000) {
            return absl::InvalidArgumentError(
                absl::StrCat(request.name, ": give thresholds or a num_thresholds within 2..100000, not both"));
          }
          thresholds = {};
          for (int64_t i = 0; i < count; ++i)
            thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
          thresholds.front() = -1e-7;
          thresholds.back() = 1 + 1e-7;
        }
        if (thresholds.empty()) thresholds = {default_threshold};
        const std::string state =
            absl::StrCat(kind == Kind::kMultiClass ? "_class_pairs:" : "_label_pairs:", absl::StrJoin(thresholds, ","));
        return std::vector<MetricParts>{SingleValue(
            request, {state, request.input, [=] { return std::make_unique<ClassPairs>(kind, thresholds); }}, value)};
      }};
}

}  // namespace

namespace definitions {
const MetricDefinition kMultiClassConfusionMatrixAtThresholds =
    ClassConfusion("multi_class_confusion_matrix_at_thresholds", Kind::kMultiClass, 0.5, MultiClassValue);
const MetricDefinition kMultiClassConfusionMatrixPlot =
    ClassConfusion("multi_class_confusion_matrix_plot", Kind::kMultiClass, 0.0, MultiClassPlot);
const MetricDefinition kMultiLabelConfusionMatrixPlot =
    ClassConfusion("multi_label_confusion_matrix_plot", Kind::kMultiLabel, 0.5, MultiLabelPlot);
}  // namespace definitions
}  // namespace tfx::tfma
