#include "tfx/transform/trace.h"

#include <cctype>
#include <exception>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"

namespace tft {
namespace {

thread_local Trace* current_trace = nullptr;

std::string View(std::string_view s) { return std::string(s); }

// The scope while a preprocessing_fn runs.
class CurrentTrace {
 public:
  explicit CurrentTrace(Trace* trace) : saved_(current_trace) { current_trace = trace; }
  ~CurrentTrace() { current_trace = saved_; }

 private:
  Trace* saved_;
};

}  // namespace

Trace* Trace::Current() { return current_trace; }

void Trace::Fail(std::string_view function, std::string_view message) {
  const std::string where = scope_.empty() || scope_ == function ? "" : absl::StrCat(" (in ", scope_, ")");
  graph_.Fail(absl::InvalidArgumentError(absl::StrCat(View(function), where, ": ", View(message))));
}

bool Trace::Check(std::string_view function, std::initializer_list<const Tensor*> tensors) {
  for (const Tensor* tensor : tensors) {
    if (tensor->valid()) continue;
    if (graph_.status().ok()) Fail(function, "an argument is a Tensor that was never given a value");
    return false;
  }
  return graph_.status().ok();
}

Trace::Scope::Scope(Trace& trace, std::string_view name, std::string_view default_name)
    : trace_(trace), saved_(trace.scope_) {
  const std::string wanted = View(name.empty() ? default_name : name);
  const std::string prefix = saved_.empty() ? "" : saved_ + "/";
  const int uses = trace.used_scopes_[prefix + wanted]++;
  const std::string unique = uses == 0 ? wanted : absl::StrCat(wanted, "_", uses);
  trace.scope_ = prefix + unique;
  graph_scope_.emplace(trace.graph_, unique);
}

Trace::Scope::~Scope() { trace_.scope_ = saved_; }

std::vector<tf::Output> Trace::AddAnalyzer(std::vector<tf::Output> inputs, std::unique_ptr<AnalyzerState> empty,
                                           const std::vector<ResultSpec>& results) {
  std::vector<tf::Output> outputs;
  for (const ResultSpec& result : results) {
    outputs.push_back(result.shape.has_value() ? graph_.Placeholder(result.dtype, *result.shape, "analyzer_result")
                                               : graph_.PlaceholderOfUnknownRank(result.dtype, "analyzer_result"));
  }
  analyzers_.push_back({scope_, std::move(inputs), outputs, std::move(empty), "", "", {}});
  return outputs;
}

Trace::VocabularyResults Trace::AddVocabulary(std::vector<tf::Output> inputs, std::unique_ptr<AnalyzerState> empty,
                                              std::string key) {
  const std::string file = SanitizeVocabularyFileName(key);
  for (const Analyzer& other : analyzers_) {
    if (other.vocabulary_file == file) {
      Fail("Vocabulary",
           absl::StrCat("two vocabularies have the file name '", file, "'; give each its own vocab_filename"));
      return {};
    }
  }
  if (file.empty()) {
    Fail("Vocabulary", absl::StrCat("vocab_filename '", key, "' leaves no usable file name"));
    return {};
  }
  VocabularyResults results;
  results.path = graph_.Placeholder(::tensorflow::DT_STRING, {}, "vocabulary_path");
  results.size = graph_.Placeholder(::tensorflow::DT_INT64, {}, "vocabulary_size");
  analyzers_.push_back(
      {scope_, std::move(inputs), {results.size}, std::move(empty), std::move(key), file, results.path});
  return results;
}

std::optional<tf::Output> Trace::VocabularySizeOfPath(const tf::Output& path) const {
  for (const Analyzer& analyzer : analyzers_) {
    if (analyzer.vocabulary_path.valid() && analyzer.vocabulary_path.op == path.op) return analyzer.outputs[0];
  }
  return std::nullopt;
}

std::optional<tf::Output> Trace::VocabularySizeOfFile(std::string_view key) const {
  for (const Analyzer& analyzer : analyzers_) {
    if (analyzer.vocabulary_path.valid() && analyzer.vocabulary_key == key) return analyzer.outputs[0];
  }
  return std::nullopt;
}

void Trace::SetDomain(const tf::Output& tensor, const tf::Output& min, const tf::Output& max) {
  if (tensor.valid() && min.valid() && max.valid()) domains_[KeyOf(tensor)] = {min, max};
}

std::string Trace::FeatureOf(const tf::Output& tensor) const {
  if (!tensor.valid()) return "";
  auto it = feature_of_node_.find(tensor.operation().name());
  return it == feature_of_node_.end() ? "" : it->second;
}

Features Trace::MakeInputs(const std::vector<FeatureSpec>& specs, TracedTransform& traced) {
  Features features;
  tf::Graph::Scope scope(graph_, "inputs");
  for (const FeatureSpec& spec : specs) {
    feature_names_.push_back(spec.name);
    // Node names allow fewer characters than feature names.
    std::string node;
    for (char c : spec.name) node += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    NamedTensor named{.dtype = spec.dtype};
    if (spec.is_sparse) {
      const tf::Output indices = graph_.Placeholder(::tensorflow::DT_INT64, {-1, 2}, node + "_indices");
      const tf::Output values = graph_.Placeholder(spec.dtype, {-1}, node + "_values");
      const tf::Output shape = graph_.Placeholder(::tensorflow::DT_INT64, {2}, node + "_shape");
      if (!shape.valid()) break;
      for (const tf::Output& part : {indices, values, shape}) feature_of_node_[part.operation().name()] = spec.name;
      features[spec.name] = Tensor(indices, values, shape);
      named.indices = indices.name(), named.values = values.name(), named.dense_shape = shape.name();
      named.shape = {-1, -1};
    } else {
      named.shape = spec.shape;
      named.shape.insert(named.shape.begin(), -1);
      const tf::Output dense = graph_.Placeholder(spec.dtype, named.shape, node);
      if (!dense.valid()) break;
      feature_of_node_[dense.operation().name()] = spec.name;
      features[spec.name] = Tensor(dense);
      named.values = dense.name();
    }
    traced.inputs[spec.name] = named;
  }
  return features;
}

absl::Status Trace::CheckOutput(const std::string& name, const Tensor& tensor) const {
  auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("preprocessing_fn: output '", name, "' ", View(what)));
  };
  if (name.empty()) return wrong("has an empty name");
  if (!tensor.valid()) return wrong("was never given a value");
  const tf::DataType dtype = tensor.dtype();
  if (dtype != ::tensorflow::DT_FLOAT && dtype != ::tensorflow::DT_INT64 && dtype != ::tensorflow::DT_STRING) {
    return wrong(absl::StrCat("has type ", ::tensorflow::DataType_Name(dtype),
                              "; it must be float32, int64 or string: use Cast"));
  }
  if (tensor.is_sparse()) return absl::OkStatus();
  const std::optional<tf::Shape> shape = tensor.shape();
  if (!shape.has_value()) return wrong("has an unknown rank: use Reshape");
  if (shape->empty()) return wrong("is a scalar; it must have one row per Example");
  for (size_t i = 1; i < shape->size(); ++i) {
    if ((*shape)[i] < 0) {
      return wrong(absl::StrCat("has shape [", absl::StrJoin(*shape, ","),
                                "]; all dimensions but the first must be known: use Reshape, or a sparse output"));
    }
  }
  return absl::OkStatus();
}

absl::Status Trace::AddOutputs(const Features& outputs, TracedTransform& traced) {
  if (outputs.empty()) return absl::InvalidArgumentError("preprocessing_fn returned no features");
  for (const auto& [name, tensor] : outputs) {
    RETURN_IF_ERROR(CheckOutput(name, tensor));
    if (auto it = domains_.find(KeyOf(tensor.values())); it != domains_.end()) {
      traced.domains[name] = {it->second.first.name(), it->second.second.name()};
    }
    // A copy, so that no output is also an input and every output has a node of its own.
    auto identity = [&](const tf::Output& x) { return graph_.Op("Identity", "output").Input(x).Output(); };
    NamedTensor named{.dtype = tensor.dtype()};
    const tf::Output values = identity(tensor.values());
    RETURN_IF_ERROR(graph_.status());
    named.values = values.name();
    if (tensor.is_sparse()) {
      named.indices = identity(tensor.indices()).name();
      named.dense_shape = identity(tensor.dense_shape()).name();
      named.shape = {-1, -1};
    } else {
      named.shape = *tensor.shape();
      named.shape[0] = -1;
    }
    traced.outputs[name] = named;
  }
  return absl::OkStatus();
}

absl::StatusOr<TracedTransform> Trace::Run(const ::tensorflow::metadata::v0::Schema& schema,
                                           const PreprocessingFn& fn) {
  if (!fn) return absl::InvalidArgumentError("preprocessing_fn is not set");
  TracedTransform traced;
  ASSIGN_OR_RETURN(traced.raw_features, FeatureSpecFromSchema(schema));
  if (traced.raw_features.empty()) {
    return absl::InvalidArgumentError("the schema has no features for the preprocessing_fn");
  }
  Trace trace;
  CurrentTrace current(&trace);
  RETURN_IF_ERROR(trace.graph_.status());
  const Features inputs = trace.MakeInputs(traced.raw_features, traced);
  Features outputs;
  try {
    outputs = fn(inputs);
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("preprocessing_fn threw an exception: ", error.what()));
  }
  RETURN_IF_ERROR(::tfx::Annotate(trace.graph_.status(), "preprocessing_fn"));
  RETURN_IF_ERROR(trace.AddOutputs(outputs, traced));
  RETURN_IF_ERROR(::tfx::Annotate(trace.graph_.status(), "preprocessing_fn"));
  for (Analyzer& analyzer : trace.analyzers_) {
    TracedAnalyzer out{.name = analyzer.name, .empty = std::move(analyzer.empty)};
    for (const tf::Output& input : analyzer.inputs) out.inputs.push_back(input.name());
    for (const tf::Output& output : analyzer.outputs) out.outputs.push_back(output.name());
    out.vocabulary_key = analyzer.vocabulary_key;
    out.vocabulary_file = analyzer.vocabulary_file;
    if (analyzer.vocabulary_path.valid()) out.vocabulary_path = analyzer.vocabulary_path.name();
    traced.analyzers.push_back(std::move(out));
  }
  for (const tf::Operation& op : trace.table_initializers_) traced.table_initializers.push_back(op.name());
  ASSIGN_OR_RETURN(traced.graph, trace.graph_.ToGraphDef());
  return traced;
}

std::string SanitizeVocabularyFileName(std::string_view name) {
  const std::string stripped(absl::StripAsciiWhitespace(absl::string_view(name.data(), name.size())));
  std::string result;
  bool in_dashes = false;
  for (const char c : stripped) {
    const unsigned char u = static_cast<unsigned char>(c);
    if (c == '-' || std::isspace(u)) {
      if (!in_dashes) result += '-';
      in_dashes = true;
      continue;
    }
    in_dashes = false;
    result += std::isalnum(u) || c == '_' || u >= 0x80 ? c : '_';
  }
  return result;
}

const Tensor& Features::operator[](std::string_view name) const {
  static const Tensor kNone;
  if (auto it = items_.find(name); it != items_.end()) return it->second;
  if (Trace* trace = Trace::Current()) {
    std::vector<std::string> names;
    for (const auto& [known, tensor] : items_) names.push_back(known);
    trace->Fail("inputs",
                absl::StrCat("there is no feature '", View(name), "' in the schema", ::tfx::DidYouMean(name, names)));
  }
  return kNone;
}

Tensor& Features::operator[](std::string_view name) { return items_[std::string(name)]; }

}  // namespace tft
