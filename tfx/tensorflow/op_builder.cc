#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/graph.h"

namespace tfx::tf {

OpBuilder::OpBuilder(Graph* graph, std::string_view type, std::string name)
    : graph_(graph), type_(type), name_(std::move(name)), description_(nullptr) {
  if (graph_->status().ok()) description_ = TF_NewOperation(graph_->get(), type_.c_str(), name_.c_str());
}

OpBuilder::OpBuilder(OpBuilder&& other) noexcept
    : graph_(other.graph_),
      type_(std::move(other.type_)),
      name_(std::move(other.name_)),
      description_(std::exchange(other.description_, nullptr)),
      num_inputs_(other.num_inputs_) {}

OpBuilder::~OpBuilder() {
  // The C API frees a description only by finishing it. The node, if one results, is of a graph in error or unused.
  if (description_ == nullptr) return;
  CStatus ignored;
  TF_FinishOperation(description_, ignored);
}

void OpBuilder::Refuse(std::string_view reason) {
  graph_->Fail(absl::InvalidArgumentError(absl::StrCat(type_, " '", name_, "': ", std::string(reason))));
}

OpBuilder&& OpBuilder::Input(const tf::Output& input) && {
  if (description_ == nullptr || !graph_->status().ok()) return std::move(*this);
  if (!input.valid()) {
    Refuse(absl::StrCat("input ", num_inputs_, " is not a valid output"));
  } else if (input.graph != graph_) {
    Refuse(absl::StrCat("input ", num_inputs_, " (", input.name(), ") belongs to another graph"));
  } else {
    TF_AddInput(description_, {input.op, input.index});
    ++num_inputs_;
  }
  return std::move(*this);
}

OpBuilder&& OpBuilder::InputList(std::span<const tf::Output> inputs) && {
  if (description_ == nullptr || !graph_->status().ok()) return std::move(*this);
  std::vector<TF_Output> list;
  list.reserve(inputs.size());
  for (const tf::Output& input : inputs) {
    if (!input.valid() || input.graph != graph_) {
      Refuse(absl::StrCat("element ", list.size(), " of input list ", num_inputs_,
                          input.valid() ? " belongs to another graph" : " is not a valid output"));
      return std::move(*this);
    }
    list.push_back({input.op, input.index});
  }
  TF_AddInputList(description_, list.data(), static_cast<int>(list.size()));
  ++num_inputs_;
  return std::move(*this);
}

OpBuilder&& OpBuilder::ControlInput(const Operation& op) && {
  if (description_ == nullptr || !graph_->status().ok()) return std::move(*this);
  if (!op.valid() || op.graph != graph_) {
    Refuse(op.valid() ? "a control input belongs to another graph" : "a control input is not a valid operation");
  } else {
    TF_AddControlInput(description_, op.op);
  }
  return std::move(*this);
}

#define TFX_SET_ATTR(...)        \
  if (description_ != nullptr) { \
    const std::string key(name); \
    __VA_ARGS__;                 \
  }                              \
  return std::move(*this)

OpBuilder&& OpBuilder::Attr(std::string_view name, bool value) && {
  TFX_SET_ATTR(TF_SetAttrBool(description_, key.c_str(), value));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, int64_t value) && {
  TFX_SET_ATTR(TF_SetAttrInt(description_, key.c_str(), value));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, float value) && {
  TFX_SET_ATTR(TF_SetAttrFloat(description_, key.c_str(), value));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, std::string_view value) && {
  TFX_SET_ATTR(TF_SetAttrString(description_, key.c_str(), value.data(), value.size()));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, DataType value) && {
  TFX_SET_ATTR(TF_SetAttrType(description_, key.c_str(), static_cast<TF_DataType>(value)));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, const Shape& value) && {
  TFX_SET_ATTR(TF_SetAttrShape(description_, key.c_str(), value.data(), static_cast<int>(value.size())));
}

OpBuilder&& OpBuilder::Attr(std::string_view name, const Tensor& value) && {
  if (description_ == nullptr) return std::move(*this);
  if (!value.valid()) {
    Refuse(absl::StrCat("the tensor for attribute ", std::string(name), " is empty"));
    return std::move(*this);
  }
  CStatus status;
  TF_SetAttrTensor(description_, std::string(name).c_str(), value.get(), status);
  if (!status.ok()) Refuse(absl::StrCat("attribute ", std::string(name), ": ", status.message()));
  return std::move(*this);
}

OpBuilder&& OpBuilder::IntListAttr(std::string_view name, const std::vector<int64_t>& values) && {
  TFX_SET_ATTR(TF_SetAttrIntList(description_, key.c_str(), values.data(), static_cast<int>(values.size())));
}

OpBuilder&& OpBuilder::FloatListAttr(std::string_view name, const std::vector<float>& values) && {
  TFX_SET_ATTR(TF_SetAttrFloatList(description_, key.c_str(), values.data(), static_cast<int>(values.size())));
}

OpBuilder&& OpBuilder::StringListAttr(std::string_view name, const std::vector<std::string>& values) && {
  std::vector<const void*> pointers;
  std::vector<size_t> sizes;
  for (const std::string& value : values) {
    pointers.push_back(value.data());
    sizes.push_back(value.size());
  }
  TFX_SET_ATTR(
      TF_SetAttrStringList(description_, key.c_str(), pointers.data(), sizes.data(), static_cast<int>(values.size())));
}

OpBuilder&& OpBuilder::TypeListAttr(std::string_view name, const std::vector<DataType>& values) && {
  std::vector<TF_DataType> types;
  for (const DataType value : values) types.push_back(static_cast<TF_DataType>(value));
  TFX_SET_ATTR(TF_SetAttrTypeList(description_, key.c_str(), types.data(), static_cast<int>(types.size())));
}

OpBuilder&& OpBuilder::ShapeListAttr(std::string_view name, const std::vector<Shape>& values) && {
  std::vector<const int64_t*> dimensions;
  std::vector<int> ranks;
  for (const Shape& value : values) {
    dimensions.push_back(value.data());
    ranks.push_back(static_cast<int>(value.size()));
  }
  TFX_SET_ATTR(
      TF_SetAttrShapeList(description_, key.c_str(), dimensions.data(), ranks.data(), static_cast<int>(values.size())));
}

#undef TFX_SET_ATTR

Operation OpBuilder::Finish() && {
  if (description_ == nullptr || !graph_->status().ok()) return {graph_, nullptr};
  CStatus status;
  TF_Operation* op = TF_FinishOperation(std::exchange(description_, nullptr), status);
  if (status.ok()) return {graph_, op};
  const absl::Status error = status.ToStatus();
  graph_->Fail(absl::Status(error.code(), absl::StrCat(type_, " '", name_, "': ", std::string(error.message()))));
  return {graph_, nullptr};
}

tf::Output OpBuilder::OutputAt(int index) && {
  const std::string type = type_;
  const Operation op = std::move(*this).Finish();
  if (!op.valid()) return {graph_, nullptr, 0};
  if (index < 0 || index >= op.num_outputs()) {
    graph_->Fail(absl::InvalidArgumentError(
        absl::StrCat(type, " '", op.name(), "' has ", op.num_outputs(), " outputs; output ", index, " is asked for")));
    return {graph_, nullptr, 0};
  }
  return {graph_, op.op, index};
}

std::vector<tf::Output> OpBuilder::Outputs() && {
  const Operation op = std::move(*this).Finish();
  std::vector<tf::Output> outputs;
  for (int i = 0; i < op.num_outputs(); ++i) outputs.push_back({graph_, op.op, i});
  return outputs;
}

}  // namespace tfx::tf
