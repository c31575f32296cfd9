#include "tfx/transform/tensor.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tfx/transform/trace.h"

namespace tft {
namespace {

using ::tensorflow::DT_BOOL;
using ::tensorflow::DT_DOUBLE;
using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_INT32;
using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;

std::string Text(std::string_view s) { return std::string(s); }

bool IsScalar(const Tensor& x) {
  const std::optional<tf::Shape> shape = x.shape();
  return !x.is_sparse() && shape.has_value() && shape->empty();
}

// The dense or values tensors of an element-wise operation, and the tensor whose structure the result has.
struct Elementwise {
  std::vector<tf::Output> values;
  Tensor structure;
};

// Brings operands to one type and checks that at most one is sparse (beside numbers and scalars).
std::optional<Elementwise> Align(std::string_view function, std::initializer_list<const Operand*> operands) {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return std::nullopt;
  Elementwise result;
  tf::DataType dtype = ::tensorflow::DT_INVALID;
  for (const Operand* operand : operands) {
    const Tensor* x = operand->tensor();
    if (x == nullptr) continue;
    if (!trace->Check(function, {x})) return std::nullopt;
    if (dtype != ::tensorflow::DT_INVALID && x->dtype() != dtype) {
      trace->Fail(function, absl::StrCat("the tensors have types ", ::tensorflow::DataType_Name(dtype), " and ",
                                         ::tensorflow::DataType_Name(x->dtype()), "; Cast one of them"));
      return std::nullopt;
    }
    dtype = x->dtype();
    if (x->is_sparse()) {
      if (result.structure.is_sparse()) {
        trace->Fail(function, "two sparse tensors cannot be combined; make them dense with Dense() first");
        return std::nullopt;
      }
      result.structure = *x;
    } else if (!result.structure.is_sparse()) {
      result.structure = *x;
    }
  }
  if (dtype == ::tensorflow::DT_INVALID) {
    trace->Fail(function, "needs at least one tensor");
    return std::nullopt;
  }
  for (const Operand* operand : operands) {
    const Tensor* x = operand->tensor();
    if (x == nullptr) {
      const std::optional<tf::Output> constant = operand->AsConstant(dtype, function);
      if (!constant.has_value()) return std::nullopt;
      result.values.push_back(*constant);
      continue;
    }
    if (result.structure.is_sparse() && !x->is_sparse() && !IsScalar(*x)) {
      trace->Fail(function, "a sparse and a dense tensor cannot be combined; make both dense with Dense() first");
      return std::nullopt;
    }
    result.values.push_back(x->values());
  }
  return result;
}

Tensor Apply(std::string_view function, std::string_view op, std::initializer_list<const Operand*> operands) {
  std::optional<Elementwise> aligned = Align(function, operands);
  if (!aligned.has_value()) return {};
  tf::OpBuilder builder = Trace::Current()->graph().Op(op);
  for (const tf::Output& value : aligned->values) static_cast<void>(std::move(builder).Input(value));
  const tf::Output result = std::move(builder).Output();
  return result.valid() ? aligned->structure.WithValues(result) : Tensor();
}

Tensor Apply1(std::string_view function, std::string_view op, const Tensor& x) {
  const Operand operand(x);
  return Apply(function, op, {&operand});
}

Tensor Apply2(std::string_view function, std::string_view op, const Operand& a, const Operand& b) {
  return Apply(function, op, {&a, &b});
}

}  // namespace

std::optional<tf::Output> Operand::AsConstant(tf::DataType dtype, std::string_view function) const {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return std::nullopt;
  tf::Graph& graph = trace->graph();
  const bool whole = std::holds_alternative<int64_t>(value_);
  if (whole || std::holds_alternative<double>(value_)) {
    const double number = whole ? static_cast<double>(std::get<int64_t>(value_)) : std::get<double>(value_);
    switch (dtype) {
      case DT_FLOAT:
        return graph.Scalar<float>(static_cast<float>(number));
      case DT_DOUBLE:
        return graph.Scalar<double>(number);
      case DT_INT64:
      case DT_INT32: {
        if (!whole && (number != std::floor(number) || std::abs(number) > 9e15)) break;
        const int64_t integer = whole ? std::get<int64_t>(value_) : static_cast<int64_t>(number);
        if (dtype == DT_INT64) return graph.Scalar<int64_t>(integer);
        if (integer < std::numeric_limits<int32_t>::min() || integer > std::numeric_limits<int32_t>::max()) break;
        return graph.Scalar<int32_t>(static_cast<int32_t>(integer));
      }
      case DT_BOOL:
        if (whole) return graph.Scalar<bool>(std::get<int64_t>(value_) != 0);
        break;
      default:
        break;
    }
    trace->Fail(function, absl::StrCat("the number ", number, " cannot stand beside a tensor of type ",
                                       ::tensorflow::DataType_Name(dtype)));
    return std::nullopt;
  }
  if (const std::string* text = std::get_if<std::string>(&value_)) {
    if (dtype == DT_STRING) return graph.Const(tf::Tensor::String(*text));
    trace->Fail(function, absl::StrCat("the text \"", *text, "\" cannot stand beside a tensor of type ",
                                       ::tensorflow::DataType_Name(dtype)));
    return std::nullopt;
  }
  trace->Fail(function, "a constant was expected, not a tensor");
  return std::nullopt;
}

Tensor operator+(const Operand& a, const Operand& b) { return Apply2("operator+", "AddV2", a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return Apply2("operator-", "Sub", a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return Apply2("operator*", "Mul", a, b); }
Tensor operator<(const Operand& a, const Operand& b) { return Apply2("operator<", "Less", a, b); }
Tensor operator>(const Operand& a, const Operand& b) { return Apply2("operator>", "Greater", a, b); }
Tensor operator<=(const Operand& a, const Operand& b) { return Apply2("operator<=", "LessEqual", a, b); }
Tensor operator>=(const Operand& a, const Operand& b) { return Apply2("operator>=", "GreaterEqual", a, b); }
Tensor operator==(const Operand& a, const Operand& b) { return Apply2("operator==", "Equal", a, b); }
Tensor operator!=(const Operand& a, const Operand& b) { return Apply2("operator!=", "NotEqual", a, b); }
Tensor operator&&(const Tensor& a, const Tensor& b) { return Apply2("operator&&", "LogicalAnd", a, b); }
Tensor operator||(const Tensor& a, const Tensor& b) { return Apply2("operator||", "LogicalOr", a, b); }
Tensor operator!(const Tensor& a) { return Apply1("operator!", "LogicalNot", a); }
Tensor operator-(const Tensor& a) { return Apply1("operator-", "Neg", a); }
Tensor Minimum(const Operand& a, const Operand& b) { return Apply2("Minimum", "Minimum", a, b); }
Tensor Maximum(const Operand& a, const Operand& b) { return Apply2("Maximum", "Maximum", a, b); }
Tensor IsNan(const Tensor& x) { return Apply1("IsNan", "IsNan", x); }
Tensor Abs(const Tensor& x) { return Apply1("Abs", "Abs", x); }
Tensor Log(const Tensor& x) { return Apply1("Log", "Log", x); }
Tensor Log1p(const Tensor& x) { return Apply1("Log1p", "Log1p", x); }
Tensor Exp(const Tensor& x) { return Apply1("Exp", "Exp", x); }
Tensor Sqrt(const Tensor& x) { return Apply1("Sqrt", "Sqrt", x); }
Tensor AsString(const Tensor& x) { return x.dtype() == DT_STRING ? x : Apply1("AsString", "AsString", x); }
Tensor StringLower(const Tensor& x) { return Apply1("StringLower", "StringLower", x); }

Tensor operator/(const Operand& a, const Operand& b) {
  auto as_float = [](const Operand& x) -> Operand {
    if (x.tensor() == nullptr || !x.tensor()->valid()) return x;
    const tf::DataType dtype = x.tensor()->dtype();
    return dtype == DT_INT64 || dtype == DT_INT32 ? Operand(CastTo(*x.tensor(), DT_FLOAT)) : x;
  };
  return Apply2("operator/", "RealDiv", as_float(a), as_float(b));
}

Tensor CastTo(const Tensor& x, tf::DataType dtype) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Cast", {&x})) return {};
  if (x.dtype() == dtype) return x;
  if (x.dtype() == DT_STRING || dtype == DT_STRING) {
    trace->Fail("Cast", "strings cannot be cast; use AsString, or Op(\"StringToNumber\")");
    return {};
  }
  const tf::Output result = trace->graph().Op("Cast").Input(x.values()).Attr("DstT", dtype).Output();
  return result.valid() ? x.WithValues(result) : Tensor();
}

Tensor Where(const Tensor& condition, const Operand& a, const Operand& b) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Where", {&condition})) return {};
  std::optional<Elementwise> aligned = Align("Where", {&a, &b});
  if (!aligned.has_value()) return {};
  if (condition.is_sparse() || aligned->structure.is_sparse()) {
    trace->Fail("Where", "needs dense tensors; make them dense with Dense() first");
    return {};
  }
  return Tensor(trace->graph()
                    .Op("SelectV2")
                    .Input(condition.output())
                    .Input(aligned->values[0])
                    .Input(aligned->values[1])
                    .Output());
}

Tensor ToDense(const Tensor& x, const Operand& default_value, const ToDenseOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Dense", {&x})) return {};
  if (!x.is_sparse()) return x;
  // The feature's name in the scope turns up in TensorFlow's message about a row with too many values.
  std::string feature = trace->FeatureOf(x.values());
  for (char& c : feature) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  Trace::Scope scope(*trace, "", feature.empty() ? "to_dense" : "to_dense_" + feature);
  tf::Graph& graph = trace->graph();
  const std::optional<tf::Output> fill = default_value.AsConstant(x.dtype(), "Dense");
  if (!fill.has_value()) return {};
  tf::Output shape = x.dense_shape();
  if (options.columns >= 0) {
    const tf::Output rows = graph.Op("StridedSlice")
                                .Input(shape)
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({0})))
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({1})))
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({1})))
                                .Attr("shrink_axis_mask", 1)
                                .Output();
    shape = graph.Op("Pack")
                .InputList(std::vector<tf::Output>{rows, graph.Scalar<int64_t>(options.columns)})
                .Attr("axis", 0)
                .Output();
  }
  return Tensor(graph.Op("SparseToDense").Input(x.indices()).Input(shape).Input(x.values()).Input(*fill).Output());
}

Tensor Dense(const Tensor& x, const Operand& default_value) {
  if (!x.is_sparse()) {
    Trace* trace = Trace::Current();
    return trace != nullptr && trace->Check("Dense", {&x}) ? x : Tensor();
  }
  return Squeeze(ToDense(x, default_value, {.columns = 1}), 1);
}

Tensor Constant(const tf::Tensor& value) {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return {};
  return Tensor(trace->graph().Const(value));
}

Tensor Reshape(const Tensor& x, const std::vector<int64_t>& shape) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Reshape", {&x})) return {};
  if (x.is_sparse()) {
    trace->Fail("Reshape", "needs a dense tensor");
    return {};
  }
  tf::Graph& graph = trace->graph();
  return Tensor(graph.Op("Reshape").Input(x.output()).Input(graph.Const(tf::Tensor::Vector<int64_t>(shape))).Output());
}

Tensor Squeeze(const Tensor& x, int axis) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Squeeze", {&x})) return {};
  if (x.is_sparse()) {
    trace->Fail("Squeeze", "needs a dense tensor");
    return {};
  }
  return Tensor(trace->graph().Op("Squeeze").Input(x.output()).IntListAttr("squeeze_dims", {axis}).Output());
}

Tensor StringJoin(const std::vector<Tensor>& parts, std::string_view separator) {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return {};
  std::vector<tf::Output> values;
  for (const Tensor& part : parts) {
    if (!trace->Check("StringJoin", {&part})) return {};
    if (part.is_sparse() || part.dtype() != DT_STRING) {
      trace->Fail("StringJoin", "needs dense tensors of strings; use Dense and AsString");
      return {};
    }
    values.push_back(part.output());
  }
  if (values.empty()) {
    trace->Fail("StringJoin", "needs at least one tensor");
    return {};
  }
  return Tensor(trace->graph().Op("StringJoin").InputList(values).Attr("separator", separator).Output());
}

Tensor StringSplit(const Tensor& x, std::string_view delimiter) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("StringSplit", {&x})) return {};
  if (x.is_sparse() || x.dtype() != DT_STRING) {
    trace->Fail("StringSplit", "needs a dense tensor of strings [batch]");
    return {};
  }
  tf::Graph& graph = trace->graph();
  const std::vector<tf::Output> parts = graph.Op("StringSplit")
                                            .Input(x.output())
                                            .Input(graph.Const(tf::Tensor::String(delimiter)))
                                            .Attr("skip_empty", true)
                                            .Outputs();
  return parts.size() == 3 ? Tensor(parts[0], parts[1], parts[2]) : Tensor();
}

Op::Op(std::string_view type) : type_(Text(type)) {
  if (Trace* trace = Trace::Current()) {
    builder_.emplace(trace->graph().Op(type));
  } else {
    failed_ = true;
  }
}

Op::Op(Op&&) noexcept = default;
Op::~Op() = default;

Op&& Op::Input(const Tensor& x) && {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check(absl::StrCat("Op(\"", type_, "\")"), {&x})) {
    failed_ = true;
  } else if (builder_.has_value()) {
    static_cast<void>(std::move(*builder_).Input(x.output()));
  }
  return std::move(*this);
}

Op&& Op::InputList(const std::vector<Tensor>& xs) && {
  std::vector<tf::Output> values;
  Trace* trace = Trace::Current();
  for (const Tensor& x : xs) {
    if (trace == nullptr || !trace->Check(absl::StrCat("Op(\"", type_, "\")"), {&x})) failed_ = true;
    values.push_back(x.output());
  }
  if (!failed_ && builder_.has_value()) static_cast<void>(std::move(*builder_).InputList(values));
  return std::move(*this);
}

Op&& Op::TypeListAttr(std::string_view name, const std::vector<tf::DataType>& values) && {
  if (builder_.has_value()) static_cast<void>(std::move(*builder_).TypeListAttr(name, values));
  return std::move(*this);
}

Op&& Op::IntListAttr(std::string_view name, const std::vector<int64_t>& values) && {
  if (builder_.has_value()) static_cast<void>(std::move(*builder_).IntListAttr(name, values));
  return std::move(*this);
}

Tensor Op::Output() && {
  if (failed_ || !builder_.has_value()) return {};
  return Tensor(std::move(*builder_).Output());
}

std::vector<Tensor> Op::Outputs() && {
  std::vector<Tensor> tensors;
  if (failed_ || !builder_.has_value()) return tensors;
  for (const tf::Output& output : std::move(*builder_).Outputs()) tensors.emplace_back(output);
  return tensors;
}

}  // namespace tft
