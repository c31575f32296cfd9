// What the metrics need of a batch of examples: labels, predictions, weights, features and slice keys, by row.
// Values are single precision, as TFMA's inputs are after decoding.
#ifndef TFX_MODEL_ANALYSIS_EXTRACT_H_
#define TFX_MODEL_ANALYSIS_EXTRACT_H_

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/record_batch.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tfx/model_analysis/slicing.h"

namespace tfx::tfma {

// Rows of numbers; an absent value is an empty row.
struct Ragged {
  std::vector<float> values;
  std::vector<size_t> ends;
  void AddRow(std::span<const float> row) {
    values.insert(values.end(), row.begin(), row.end());
    ends.push_back(values.size());
  }
  size_t num_rows() const { return ends.size(); }
  std::span<const float> row(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span<const float>(values).subspan(begin, ends[i] - begin);
  }
};

using ModelOutput = std::pair<std::string, std::string>;  // model name, output name

struct ExtractBatch {
  size_t num_rows = 0;
  int64_t first_row = 0;  // the number of the batch's first example within the data, from 0
  std::map<ModelOutput, Ragged> labels, predictions, weights;
  std::map<std::string, Ragged> features;  // for metrics of features
  std::vector<std::vector<SliceKey>> slices;
  std::map<ModelOutput, std::string> label_names;  // for messages: "feature 'tips' of model spec ''"
};

// A list or plain column of numbers. Strings are INVALID_ARGUMENT naming the column. An absent column has empty rows.
absl::StatusOr<Ragged> NumericColumn(const arrow::RecordBatch& batch, const std::string& name);

// Transformed features or predictions by name, as a model gave them.
struct ModelFeatures {
  std::map<std::string, Ragged> numbers;
  std::map<std::string, std::vector<std::vector<SliceValue>>> slice_values;
};

struct ExtractPlan {
  const ::tensorflow_model_analysis::EvalConfig* config = nullptr;
  std::set<ModelOutput> outputs;   // that metrics look at
  std::set<std::string> features;  // that metrics look at
  const Slicer* slicer = nullptr;
};

// `predictions` and `transformed` by model name (as in the config; "" for one model): predictions of outputs by name.
// Specs without predictions there read theirs from prediction_key(s).
absl::StatusOr<ExtractBatch> Extract(const ExtractPlan& plan, const arrow::RecordBatch& features,
                                     const std::map<std::string, std::map<std::string, Ragged>>& predictions,
                                     const std::map<std::string, ModelFeatures>& transformed);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_EXTRACT_H_
