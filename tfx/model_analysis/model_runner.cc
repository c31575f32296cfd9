#include "tfx/model_analysis/model_runner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;
using ::tensorflow::DataType;

// Values per row of a tensor whose first dimension is the batch.
absl::StatusOr<int64_t> Width(const tf::Tensor& tensor, size_t num_rows, const std::string& name) {
  const tf::Shape shape = tensor.shape();
  if (shape.empty() || shape[0] != static_cast<int64_t>(num_rows)) {
    return absl::InvalidArgumentError(absl::StrCat("output '", name, "' has shape [", absl::StrJoin(shape, ","),
                                                   "] for ", num_rows,
                                                   " examples; its first dimension must be the batch"));
  }
  return num_rows == 0 ? 0 : tensor.num_elements() / static_cast<int64_t>(num_rows);
}

// Calls fn(span) with the typed elements; false when the type is not a number.
template <class Fn>
bool WithNumbers(const tf::Tensor& tensor, Fn fn) {
  switch (tensor.dtype()) {
    case ::tensorflow::DT_FLOAT:
      fn(tensor.data<float>());
      return true;
    case ::tensorflow::DT_DOUBLE:
      fn(tensor.data<double>());
      return true;
    case ::tensorflow::DT_INT64:
      fn(tensor.data<int64_t>());
      return true;
    case ::tensorflow::DT_INT32:
      fn(tensor.data<int32_t>());
      return true;
    case ::tensorflow::DT_BOOL:
      fn(tensor.data<bool>());
      return true;
    default:
      return false;
  }
}

absl::StatusOr<Ragged> ToRagged(const tf::Tensor& tensor, size_t num_rows, const std::string& name) {
  ASSIGN_OR_RETURN(const int64_t width, Width(tensor, num_rows, name));
  Ragged result;
  std::vector<float> row(static_cast<size_t>(width));
  const bool numbers = WithNumbers(tensor, [&](auto values) {
    for (size_t i = 0; i < num_rows; ++i) {
      for (size_t j = 0; j < row.size(); ++j) row[j] = static_cast<float>(values[i * row.size() + j]);
      result.AddRow(row);
    }
  });
  if (!numbers) return absl::InvalidArgumentError(absl::StrCat("output '", name, "' is not numeric"));
  return result;
}

absl::StatusOr<std::vector<std::vector<SliceValue>>> ToSliceValues(const tf::Tensor& tensor, size_t num_rows,
                                                                   const std::string& name) {
  ASSIGN_OR_RETURN(const int64_t width, Width(tensor, num_rows, name));
  const size_t columns = static_cast<size_t>(width);
  std::vector<std::vector<SliceValue>> rows(num_rows);
  if (tensor.dtype() == ::tensorflow::DT_STRING) {
    for (size_t i = 0; i < num_rows * columns; ++i) {
      rows[i / columns].emplace_back(std::in_place_type<std::string>, tensor.string_at(static_cast<int64_t>(i)));
    }
    return rows;
  }
  WithNumbers(tensor, [&](auto values) {
    for (size_t i = 0; i < num_rows * columns; ++i) {
      if constexpr (std::is_floating_point_v<std::decay_t<decltype(values[0])>>) {
        rows[i / columns].emplace_back(std::in_place_type<float>, static_cast<float>(values[i]));
      } else {
        rows[i / columns].emplace_back(std::in_place_type<int64_t>, static_cast<int64_t>(values[i]));
      }
    }
  });
  return rows;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ModelRunner>> ModelRunner::Load(const pb::ModelSpec& spec,
                                                               const std::string& directory) {
  auto runner = std::unique_ptr<ModelRunner>(new ModelRunner());
  runner->spec_ = spec;
  runner->directory_ = directory;
  if (runner->spec_.signature_name().empty()) runner->spec_.set_signature_name("serving_default");
  ASSIGN_OR_RETURN(runner->model_, tf::SavedModel::Load(directory));
  const std::string where = absl::StrCat("model '", directory, "'");
  if (auto s = runner->model_->Signature(runner->spec_.signature_name()); !s.ok()) return Annotate(s.status(), where);
  for (const std::string& name : spec.preprocessing_function_names()) {
    if (auto s = runner->model_->Signature(name); !s.ok()) {
      return Annotate(s.status(), absl::StrCat(where, ", preprocessing_function_names"));
    }
  }
  return runner;
}

absl::StatusOr<tf::TensorMap> ModelRunner::Run(const std::string& signature, const io::Records& records,
                                               const std::vector<std::string>& outputs) const {
  ASSIGN_OR_RETURN(const ::tensorflow::SignatureDef def, model_->Signature(signature));
  if (def.inputs_size() != 1 || def.inputs().begin()->second.dtype() != ::tensorflow::DT_STRING) {
    return absl::InvalidArgumentError(absl::StrCat("model '", directory_, "': signature '", signature,
                                                   "' must take one string input, serialized tf.Examples; it takes ",
                                                   def.inputs_size(), " inputs"));
  }
  std::vector<std::string_view> examples;
  for (size_t i = 0; i < records.size(); ++i) examples.push_back(records[i]);
  tf::TensorMap inputs;
  inputs[def.inputs().begin()->first] = tf::Tensor::Strings(std::span<const std::string_view>(examples));
  auto result = model_->Run(signature, inputs, outputs);
  if (!result.ok())
    return Annotate(result.status(), absl::StrCat("model '", directory_, "', signature '", signature, "'"));
  return result;
}

absl::StatusOr<std::map<std::string, Ragged>> ModelRunner::Predict(const io::Records& records,
                                                                   const std::set<std::string>& outputs) const {
  const std::string& signature = spec_.signature_name();
  ASSIGN_OR_RETURN(const ::tensorflow::SignatureDef def, model_->Signature(signature));
  std::map<std::string, std::string> tensor_of;  // output of the config -> output of the signature
  std::vector<std::string> names;
  for (const auto& [name, info] : def.outputs()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& output : outputs) {
    std::string chosen = output;
    if (output.empty()) {
      if (!spec_.prediction_key().empty()) chosen = spec_.prediction_key();
      if (chosen.empty() && names.size() == 1) chosen = names[0];
      for (const char* usual : {"scores", "outputs", "predictions", "logistic", "probabilities", "logits"}) {
        if (chosen.empty() && def.outputs().contains(usual)) chosen = usual;
      }
    } else if (auto it = spec_.prediction_keys().find(output); it != spec_.prediction_keys().end()) {
      chosen = it->second;
    }
    if (!def.outputs().contains(chosen)) {
      return absl::InvalidArgumentError(absl::StrCat("model '", directory_, "': signature '", signature,
                                                     "' has outputs ", absl::StrJoin(names, ", "), "; ",
                                                     chosen.empty() ? "set prediction_key or output_names to choose one"
                                                                    : absl::StrCat("there is no '", chosen, "'")));
    }
    tensor_of[output] = chosen;
  }
  std::set<std::string> distinct;
  for (const auto& [output, name] : tensor_of) distinct.insert(name);
  ASSIGN_OR_RETURN(const tf::TensorMap tensors, Run(signature, records, {distinct.begin(), distinct.end()}));
  std::map<std::string, Ragged> result;
  for (const auto& [output, name] : tensor_of) {
    ASSIGN_OR_RETURN(result[output], ToRagged(tensors.at(name), records.size(), name));
  }
  return result;
}

absl::StatusOr<ModelFeatures> ModelRunner::Preprocess(const io::Records& records,
                                                      const std::set<std::string>& wanted) const {
  ModelFeatures features;
  for (const std::string& function : spec_.preprocessing_function_names()) {
    ASSIGN_OR_RETURN(const ::tensorflow::SignatureDef def, model_->Signature(function));
    std::vector<std::string> names;
    for (const std::string& name : wanted) {
      if (def.outputs().contains(name)) names.push_back(name);
    }
    if (names.empty()) continue;
    ASSIGN_OR_RETURN(const tf::TensorMap tensors, Run(function, records, names));
    for (const std::string& name : names) {
      const tf::Tensor& tensor = tensors.at(name);
      if (tensor.dtype() != ::tensorflow::DT_STRING) {
        ASSIGN_OR_RETURN(features.numbers[name], ToRagged(tensor, records.size(), name));
      }
      ASSIGN_OR_RETURN(features.slice_values[name], ToSliceValues(tensor, records.size(), name));
    }
  }
  return features;
}

}  // namespace tfx::tfma
