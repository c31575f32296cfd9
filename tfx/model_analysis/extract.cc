#include "tfx/model_analysis/extract.h"

#include "absl/strings/str_cat.h"
#include "arrow/array.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

template <class ArrowArray>
void AddValues(const arrow::Array& values, int64_t begin, int64_t end, std::vector<float>* row) {
  const auto& typed = static_cast<const ArrowArray&>(values);
  for (int64_t i = begin; i < end; ++i) {
    if (!typed.IsNull(i)) row->push_back(static_cast<float>(typed.Value(i)));
  }
}

// Appends values [begin, end) to `row`; false when they are not numbers.
bool AddNumbers(const arrow::Array& values, int64_t begin, int64_t end, std::vector<float>* row) {
  switch (values.type_id()) {
    case arrow::Type::INT64:
      AddValues<arrow::Int64Array>(values, begin, end, row);
      return true;
    case arrow::Type::INT32:
      AddValues<arrow::Int32Array>(values, begin, end, row);
      return true;
    case arrow::Type::FLOAT:
      AddValues<arrow::FloatArray>(values, begin, end, row);
      return true;
    case arrow::Type::DOUBLE:
      AddValues<arrow::DoubleArray>(values, begin, end, row);
      return true;
    case arrow::Type::BOOL:
      AddValues<arrow::BooleanArray>(values, begin, end, row);
      return true;
    case arrow::Type::NA:
      return true;
    default:
      return false;
  }
}

template <class Map>
std::string KeyFor(const std::string& single, const Map& by_output, const std::string& output) {
  if (auto it = by_output.find(output); it != by_output.end()) return it->second;
  return single;
}

}  // namespace

absl::StatusOr<Ragged> NumericColumn(const arrow::RecordBatch& batch, const std::string& name) {
  Ragged result;
  const std::shared_ptr<arrow::Array> column = batch.GetColumnByName(name);
  std::vector<float> row;
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    row.clear();
    if (column != nullptr && !column->IsNull(i)) {
      bool numbers = true;
      if (column->type_id() == arrow::Type::LIST) {
        const auto& list = static_cast<const arrow::ListArray&>(*column);
        numbers = AddNumbers(*list.values(), list.value_offset(i), list.value_offset(i + 1), &row);
      } else if (column->type_id() == arrow::Type::LARGE_LIST) {
        const auto& list = static_cast<const arrow::LargeListArray&>(*column);
        numbers = AddNumbers(*list.values(), list.value_offset(i), list.value_offset(i + 1), &row);
      } else {
        numbers = AddNumbers(*column, i, i + 1, &row);
      }
      if (!numbers) {
        return absl::InvalidArgumentError(absl::StrCat("feature '", name, "' has type ", column->type()->ToString(),
                                                       "; labels, predictions and weights must be numbers"));
      }
    }
    result.AddRow(row);
  }
  return result;
}

absl::StatusOr<ExtractBatch> Extract(const ExtractPlan& plan, const arrow::RecordBatch& features,
                                     const std::map<std::string, std::map<std::string, Ragged>>& predictions,
                                     const std::map<std::string, ModelFeatures>& transformed) {
  ExtractBatch batch;
  batch.num_rows = static_cast<size_t>(features.num_rows());
  for (const ModelOutput& key : plan.outputs) {
    const auto& [model, output] = key;
    const pb::ModelSpec* spec = nullptr;
    for (const pb::ModelSpec& candidate : plan.config->model_specs()) {
      if (candidate.name() == model || plan.config->model_specs_size() == 1) spec = &candidate;
    }
    if (spec == nullptr) return absl::InvalidArgumentError(absl::StrCat("eval_config has no model spec '", model, "'"));
    const auto model_features = transformed.find(model);
    const auto column = [&](const std::string& name) -> absl::StatusOr<Ragged> {
      if (model_features != transformed.end()) {
        if (auto it = model_features->second.numbers.find(name); it != model_features->second.numbers.end())
          return it->second;
      }
      return NumericColumn(features, name);
    };
    if (const std::string name = KeyFor(spec->label_key(), spec->label_keys(), output); !name.empty()) {
      ASSIGN_OR_RETURN(batch.labels[key], column(name));
      batch.label_names[key] = absl::StrCat("feature '", name, "' (label_key of model spec '", spec->name(), "')");
    } else {
      batch.label_names[key] = absl::StrCat("label_key of model spec '", spec->name(), "' (not set)");
    }
    if (const std::string name = KeyFor(spec->example_weight_key(), spec->example_weight_keys(), output);
        !name.empty()) {
      ASSIGN_OR_RETURN(batch.weights[key], column(name));
    }
    if (const auto of_model = predictions.find(model); of_model != predictions.end()) {
      const auto it = of_model->second.find(output);
      if (it == of_model->second.end()) {
        return absl::InvalidArgumentError(absl::StrCat("model '", model, "' gives no output '", output, "'"));
      }
      batch.predictions[key] = it->second;
    } else if (const std::string name = KeyFor(spec->prediction_key(), spec->prediction_keys(), output);
               !name.empty()) {
      ASSIGN_OR_RETURN(batch.predictions[key], column(name));
    }
  }
  for (const std::string& name : plan.features) {
    ASSIGN_OR_RETURN(batch.features[name], NumericColumn(features, name));
  }
  static const std::map<std::string, std::vector<std::vector<SliceValue>>> kNone;
  const auto& overrides = transformed.empty() ? kNone : transformed.begin()->second.slice_values;
  ASSIGN_OR_RETURN(batch.slices, plan.slicer->Slices(features, overrides));
  return batch;
}

}  // namespace tfx::tfma
