#include "tfx/transform/analyzers.h"

#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/transform/analyzer_pairs.h"
#include "tfx/transform/numeric_states.h"
#include "tfx/transform/trace.h"
#include "tfx/transform/vocabulary_state.h"

namespace tft {
namespace {

using ::tensorflow::DT_DOUBLE;
using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;

bool IsInteger(tf::DataType dtype) {
  switch (dtype) {
    case ::tensorflow::DT_INT8:
    case ::tensorflow::DT_INT16:
    case ::tensorflow::DT_INT32:
    case ::tensorflow::DT_INT64:
    case ::tensorflow::DT_UINT8:
    case ::tensorflow::DT_UINT16:
      return true;
    default:
      return false;
  }
}

bool IsNumber(tf::DataType dtype) { return IsInteger(dtype) || dtype == DT_FLOAT || dtype == DT_DOUBLE; }

// States know two integer types; the small ones become int32.
Tensor Widened(const Tensor& x) {
  return IsInteger(x.dtype()) && x.dtype() != DT_INT64 ? CastTo(x, ::tensorflow::DT_INT32) : x;
}

// An analyzer's input tensors, the layout of its state and the shape of its results.
struct Input {
  std::vector<tf::Output> tensors;
  ColumnLayout layout;
  std::optional<tf::Shape> result_shape;
};

std::optional<Input> MakeInput(Trace& trace, std::string_view function, const Tensor& x, bool reduce_instance_dims) {
  Input input;
  input.layout.dtype = x.dtype();
  input.layout.elementwise = !reduce_instance_dims;
  input.tensors = {x.values()};
  if (reduce_instance_dims) {
    input.result_shape = tf::Shape{};
    return input;
  }
  if (x.is_sparse()) {
    input.layout.sparse_columns = true;
    input.tensors = {x.values(), x.indices(), x.dense_shape()};
    input.result_shape = tf::Shape{-1};
    return input;
  }
  const std::optional<tf::Shape> shape = x.shape();
  if (!shape.has_value()) return input;
  if (shape->empty()) {
    trace.Fail(function, "needs a tensor with a batch dimension when reduce_instance_dims is false");
    return std::nullopt;
  }
  input.result_shape = tf::Shape(shape->begin() + 1, shape->end());
  bool known = true;
  for (int64_t dimension : *input.result_shape) known = known && dimension >= 0;
  if (known) input.layout.row_shape = input.result_shape;
  return input;
}

std::optional<Input> MakeNumericInput(Trace* trace, std::string_view function, const Tensor& x,
                                      bool reduce_instance_dims) {
  if (trace == nullptr || !trace->Check(function, {&x})) return std::nullopt;
  if (!IsNumber(x.dtype())) {
    const std::string feature = trace->FeatureOf(x.values());
    trace->Fail(function, absl::StrCat("needs numbers, but ", feature.empty() ? "the tensor" : feature, " is ",
                                       ::tensorflow::DataType_Name(x.dtype())));
    return std::nullopt;
  }
  const Tensor widened = Widened(x);
  if (!widened.valid()) return std::nullopt;
  return MakeInput(*trace, function, widened, reduce_instance_dims);
}

tf::DataType FloatTypeOf(tf::DataType dtype) { return dtype == DT_DOUBLE ? DT_DOUBLE : DT_FLOAT; }

}  // namespace

std::pair<Tensor, Tensor> MinAndMax(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  const std::optional<Input> input = MakeNumericInput(trace, "Min/Max", x, options.reduce_instance_dims);
  if (!input.has_value()) return {};
  Trace::Scope scope(*trace, options.name, "min_and_max");
  const tf::DataType dtype = input->layout.dtype;
  const auto results = trace->AddAnalyzer(input->tensors, NewMinMaxState(input->layout),
                                          {{dtype, input->result_shape}, {dtype, input->result_shape}});
  return {CastTo(Tensor(results[0]), x.dtype()), CastTo(Tensor(results[1]), x.dtype())};
}

Tensor Min(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Min", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "min");
  return MinAndMax(x, {.reduce_instance_dims = options.reduce_instance_dims}).first;
}

Tensor Max(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Max", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "max");
  return MinAndMax(x, {.reduce_instance_dims = options.reduce_instance_dims}).second;
}

Tensor Sum(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  const std::optional<Input> input = MakeNumericInput(trace, "Sum", x, options.reduce_instance_dims);
  if (!input.has_value()) return {};
  Trace::Scope scope(*trace, options.name, "sum");
  const tf::DataType dtype = IsInteger(x.dtype()) ? DT_INT64 : x.dtype();
  return Tensor(trace->AddAnalyzer(input->tensors, NewSumState(input->layout), {{dtype, input->result_shape}})[0]);
}

Tensor Size(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Size", {&x})) return {};
  const std::optional<Input> input = MakeInput(*trace, "Size", x, options.reduce_instance_dims);
  if (!input.has_value()) return {};
  Trace::Scope scope(*trace, options.name, "size");
  return Tensor(trace->AddAnalyzer(input->tensors, NewSizeState(input->layout), {{DT_INT64, input->result_shape}})[0]);
}

std::pair<Tensor, Tensor> MeanAndVar(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  const std::optional<Input> input = MakeNumericInput(trace, "Mean/Var", x, options.reduce_instance_dims);
  if (!input.has_value()) return {};
  Trace::Scope scope(*trace, options.name, "mean_and_var");
  const tf::DataType dtype = FloatTypeOf(x.dtype());
  const auto results = trace->AddAnalyzer(input->tensors, NewMeanVarState(input->layout),
                                          {{dtype, input->result_shape}, {dtype, input->result_shape}});
  return {Tensor(results[0]), Tensor(results[1])};
}

Tensor Mean(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Mean", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "mean");
  return MeanAndVar(x, {.reduce_instance_dims = options.reduce_instance_dims}).first;
}

Tensor Var(const Tensor& x, const AnalyzerOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Var", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "var");
  return MeanAndVar(x, {.reduce_instance_dims = options.reduce_instance_dims}).second;
}

Tensor Quantiles(const Tensor& x, const QuantilesOptions& options) {
  Trace* trace = Trace::Current();
  std::optional<Input> input = MakeNumericInput(trace, "Quantiles", x, options.reduce_instance_dims);
  if (!input.has_value()) return {};
  if (options.num_buckets < 2) {
    trace->Fail("Quantiles", absl::StrCat("num_buckets is ", options.num_buckets, "; it must be at least 2"));
    return {};
  }
  if (!(options.epsilon > 0 && options.epsilon < 1)) {
    trace->Fail("Quantiles", absl::StrCat("epsilon is ", options.epsilon, "; it must be between 0 and 1"));
    return {};
  }
  if (options.weights.has_value()) {
    if (!trace->Check("Quantiles", {&*options.weights})) return {};
    input->tensors.push_back(CastTo(*options.weights, DT_FLOAT).values());
  }
  Trace::Scope scope(*trace, options.name, "quantiles");
  std::optional<tf::Shape> shape = input->result_shape;
  if (options.reduce_instance_dims) shape = tf::Shape{1};
  if (shape.has_value()) shape->push_back(options.num_buckets - 1);
  const QuantilesStateOptions state{
      .num_buckets = options.num_buckets, .epsilon = options.epsilon, .weighted = options.weights.has_value()};
  return Tensor(trace->AddAnalyzer(input->tensors, NewQuantilesState(input->layout, state), {{DT_FLOAT, shape}})[0]);
}

Tensor Vocabulary(const Tensor& x, const VocabularyOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Vocabulary", {&x})) return {};
  auto fail = [&](const std::string& message) {
    trace->Fail("Vocabulary", message);
    return Tensor();
  };
  if (x.dtype() != DT_STRING && !IsInteger(x.dtype())) {
    return fail(absl::StrCat("needs strings or integers, not ", ::tensorflow::DataType_Name(x.dtype())));
  }
  if (options.top_k.has_value() && *options.top_k <= 0) return fail("top_k must be positive");
  if (options.frequency_threshold.has_value() && !(*options.frequency_threshold >= 0)) {
    return fail("frequency_threshold must not be negative");
  }
  const bool coverage = options.coverage_top_k.has_value() || options.coverage_frequency_threshold.has_value();
  if (coverage && !options.key_fn) return fail("coverage_top_k and coverage_frequency_threshold need key_fn");
  if (options.key_fn && !coverage) return fail("key_fn needs coverage_top_k or coverage_frequency_threshold");
  if (coverage && options.coverage_top_k.value_or(1) <= 0) return fail("coverage_top_k must be positive");

  Trace::Scope scope(*trace, options.name, "vocabulary");
  const Tensor tokens = IsInteger(x.dtype()) ? CastTo(x, DT_INT64) : x;
  std::vector<tf::Output> inputs = {tokens.values()};
  if (options.weights.has_value()) {
    if (!trace->Check("Vocabulary", {&*options.weights})) return {};
    inputs.push_back(CastTo(*options.weights, DT_FLOAT).values());
  }
  const std::string key = !options.vocab_filename.empty()
                              ? options.vocab_filename
                              : absl::StrCat(options.store_frequency ? "vocab_frequency_" : "vocab_", trace->scope());
  const VocabularyStateOptions state{.dtype = tokens.dtype(),
                                     .weighted = options.weights.has_value(),
                                     .top_k = options.top_k,
                                     .frequency_threshold = options.frequency_threshold,
                                     .store_frequency = options.store_frequency,
                                     .fingerprint_shuffle = options.fingerprint_shuffle,
                                     .reserved_tokens = options.reserved_tokens,
                                     .coverage_top_k = options.coverage_top_k,
                                     .coverage_frequency_threshold = options.coverage_frequency_threshold,
                                     .key_fn = options.key_fn};
  // An automatic name is known by its file name, as in TFT.
  return Tensor(trace
                    ->AddVocabulary(std::move(inputs), NewVocabularyState(state),
                                    options.vocab_filename.empty() ? SanitizeVocabularyFileName(key) : key)
                    .path);
}

Tensor VocabularySizeByName(std::string_view vocab_filename) {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return {};
  const std::optional<tf::Output> size = trace->VocabularySizeOfFile(vocab_filename);
  if (!size.has_value()) {
    trace->Fail("VocabularySizeByName",
                absl::StrCat("no vocabulary '", std::string(vocab_filename), "' was made before this call"));
    return {};
  }
  return Tensor(*size);
}

}  // namespace tft
