#include "tfx/transform/analysis_runner.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tft {
namespace {

using ::tensorflow::NodeDef;
using ::tfx::io::Records;

tf::Tensor ToTensor(const Records& records) {
  std::vector<std::string_view> rows(records.size());
  for (size_t i = 0; i < records.size(); ++i) rows[i] = records[i];
  return tf::Tensor::Strings(rows);
}

}  // namespace

AnalysisRunner::AnalysisRunner(const TracedTransform& traced, const AnalyzeOptions& options, AnalyzeReport& report)
    : traced_(traced), options_(options), report_(report), slicer_(traced.graph, traced.table_initializers) {}

AnalysisRunner::~AnalysisRunner() {
  if (!temporary_directory_.empty()) ::tfx::io::RemoveRecursively(temporary_directory_).IgnoreError();
}

absl::StatusOr<AnalyzerValues> AnalysisRunner::Run(const std::vector<AnalyzedDataset>& datasets) {
  const std::vector<std::vector<size_t>> phases = Phases();
  report_.phases = static_cast<int>(phases.size());
  report_.num_analyzers = static_cast<int>(traced_.analyzers.size());
  if (phases.empty() && traced_.domains.empty()) return values_;
  RETURN_IF_ERROR(BuildGraph());
  for (size_t i = 0; i < phases.size(); ++i) {
    RETURN_IF_ERROR(InitializeTables());
    RETURN_IF_ERROR(RunPhase(phases[i], i == 0, datasets));
  }
  RETURN_IF_ERROR(ComputeDomains());
  return std::move(values_);
}

std::vector<std::vector<size_t>> AnalysisRunner::Phases() const {
  const size_t n = traced_.analyzers.size();
  std::map<std::string, size_t> analyzer_of_node;
  for (size_t i = 0; i < n; ++i) {
    for (const std::string& output : traced_.analyzers[i].outputs) analyzer_of_node[NodeName(output)] = i;
    if (!traced_.analyzers[i].vocabulary_path.empty()) {
      analyzer_of_node[NodeName(traced_.analyzers[i].vocabulary_path)] = i;
    }
  }
  // An analyzer is one phase after the last that it needs; those are made before it, so they have lower indices.
  std::vector<std::vector<size_t>> phases;
  std::vector<size_t> phase_of(n, 0);
  for (size_t i = 0; i < n; ++i) {
    for (const std::string& node : slicer_.Ancestors(traced_.analyzers[i].inputs)) {
      auto it = analyzer_of_node.find(node);
      if (it != analyzer_of_node.end()) phase_of[i] = std::max(phase_of[i], phase_of[it->second] + 1);
    }
    if (phases.size() <= phase_of[i]) phases.resize(phase_of[i] + 1);
    phases[phase_of[i]].push_back(i);
  }
  return phases;
}

std::string AnalysisRunner::PathHash(const std::string& tensor, std::map<std::string, std::string>& memo) const {
  const std::string node_name = NodeName(tensor);
  const size_t colon = tensor.find(':');
  const std::string port = colon == tensor.npos ? "0" : tensor.substr(colon + 1);
  auto it = memo.find(node_name);
  if (it == memo.end()) {
    std::string text;
    const NodeDef* node = slicer_.Find(node_name);
    for (const auto& [feature, named] : traced_.inputs) {
      // A raw feature is known by its name and form, not by its node.
      for (const std::string* part : {&named.values, &named.indices, &named.dense_shape}) {
        if (NodeName(*part) == node_name && !part->empty()) {
          absl::StrAppend(&text, "feature ", feature, " part ", part - &named.values, "\n");
        }
      }
    }
    if (node != nullptr) {
      NodeDef content = *node;
      content.clear_name();
      content.clear_input();
      absl::StrAppend(&text, ::tfx::io::SerializeDeterministically(content));
      for (const std::string& input : node->input()) absl::StrAppend(&text, "\n", PathHash(input, memo));
    }
    it = memo.emplace(node_name, ::tfx::Sha256Hex(text)).first;
  }
  return absl::StrCat(it->second, ":", port);
}

std::string AnalysisRunner::CacheKey(size_t analyzer) const {
  std::map<std::string, std::string> memo;
  std::string text = traced_.analyzers[analyzer].empty->Attributes();
  for (const std::string& input : traced_.analyzers[analyzer].inputs) {
    absl::StrAppend(&text, "\n", PathHash(input, memo));
  }
  return ::tfx::Sha256Hex(text);
}

absl::Status AnalysisRunner::BuildGraph() {
  RETURN_IF_ERROR(graph_.status());
  std::vector<std::string> roots;
  for (const TracedAnalyzer& analyzer : traced_.analyzers) {
    roots.insert(roots.end(), analyzer.inputs.begin(), analyzer.inputs.end());
  }
  const std::set<std::string> used = slicer_.Ancestors(roots);
  std::vector<FeatureSpec> specs;
  for (const FeatureSpec& spec : traced_.raw_features) {
    const NamedTensor& named = traced_.inputs.at(spec.name);
    bool needed = false;
    for (const std::string& part : {named.values, named.indices, named.dense_shape}) {
      needed = needed || (!part.empty() && used.count(NodeName(part)) > 0);
    }
    if (needed) specs.push_back(spec);
  }
  serialized_ = graph_.Placeholder(::tensorflow::DT_STRING, {-1}, "serialized_examples");
  const std::map<std::string, GraphTensor> parsed = ParseExamples(graph_, serialized_, specs);
  RETURN_IF_ERROR(graph_.status());
  parses_ = !specs.empty();
  for (const auto& [name, tensor] : parsed) {
    const NamedTensor& named = traced_.inputs.at(name);
    replaced_[named.values] = tensor.values;
    if (!tensor.is_sparse()) continue;
    replaced_[named.indices] = tensor.indices;
    replaced_[named.dense_shape] = tensor.dense_shape;
  }
  RETURN_IF_ERROR(graph_.Import(traced_.graph, "fn", replaced_).status());
  ASSIGN_OR_RETURN(session_, tf::Session::Create(graph_));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::unique_ptr<AnalyzerState>>> AnalysisRunner::Pass(const std::vector<size_t>& analyzers,
                                                                                 const AnalyzedDataset& dataset) {
  std::vector<tf::Output> fetches;
  std::vector<size_t> counts;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<AnalyzerState>> empty;
  for (size_t i : analyzers) {
    const TracedAnalyzer& analyzer = traced_.analyzers[i];
    for (const std::string& input : analyzer.inputs) {
      ASSIGN_OR_RETURN(tf::Output output, InputOf(input));
      fetches.push_back(output);
    }
    counts.push_back(analyzer.inputs.size());
    names.push_back(analyzer.name);
    empty.push_back(analyzer.empty->Clone());
  }
  std::atomic<int64_t> records_read = 0;
  auto decode = [&](const Records& records) -> absl::StatusOr<AnalyzerBatch> {
    std::vector<tf::Feed> feeds = bound_;
    if (parses_) feeds.push_back({serialized_, ToTensor(records)});
    ASSIGN_OR_RETURN(std::vector<tf::Tensor> tensors, session_->Run(feeds, fetches));
    records_read += static_cast<int64_t>(records.size());
    AnalyzerBatch batch;
    size_t next = 0;
    for (size_t count : counts) {
      batch.emplace_back(tensors.begin() + next, tensors.begin() + next + count);
      next += count;
    }
    return batch;
  };
  ASSIGN_OR_RETURN(AnalyzerSet set,
                   options_.engine.Aggregate(dataset.open(), decode, AnalyzerSet(names, std::move(empty))));
  report_.records_read += records_read;
  std::vector<std::unique_ptr<AnalyzerState>> states;
  for (size_t i = 0; i < set.size(); ++i) states.push_back(set.state(i).Clone());
  return states;
}

absl::StatusOr<tf::Output> AnalysisRunner::InputOf(const std::string& tensor) {
  if (auto it = replaced_.find(tensor); it != replaced_.end()) return it->second;
  return graph_.FindOutput("fn/" + tensor);
}

absl::Status AnalysisRunner::RunPhase(const std::vector<size_t>& analyzers, bool cacheable,
                                      const std::vector<AnalyzedDataset>& datasets) {
  std::vector<std::unique_ptr<AnalyzerState>> totals;
  for (size_t i : analyzers) totals.push_back(traced_.analyzers[i].empty->Clone());
  for (const AnalyzedDataset& dataset : datasets) {
    const bool cached = cacheable && !dataset.key.empty();
    std::vector<std::unique_ptr<AnalyzerState>> states(analyzers.size());
    std::vector<std::string> keys(analyzers.size());
    std::vector<size_t> missing, missing_places;
    for (size_t a = 0; a < analyzers.size(); ++a) {
      if (cached) keys[a] = CacheKey(analyzers[a]);
      const std::string* bytes = cached ? FindInCache(dataset.key, keys[a]) : nullptr;
      if (bytes != nullptr) {
        states[a] = traced_.analyzers[analyzers[a]].empty->Clone();
        if (states[a]->ParseFrom(*bytes).ok()) {
          ++report_.cache_hits;
          continue;
        }
      }
      missing.push_back(analyzers[a]);
      missing_places.push_back(a);
    }
    if (!missing.empty()) {
      ASSIGN_OR_RETURN(auto computed, Pass(missing, dataset));
      for (size_t m = 0; m < missing.size(); ++m) states[missing_places[m]] = std::move(computed[m]);
    }
    for (size_t a = 0; a < analyzers.size(); ++a) {
      if (cached && options_.output_cache != nullptr) {
        options_.output_cache->entries[dataset.key][keys[a]] = states[a]->Serialize();
      }
      RETURN_IF_ERROR(::tfx::Annotate(totals[a]->Merge(*states[a]), traced_.analyzers[analyzers[a]].name));
    }
  }
  for (size_t a = 0; a < analyzers.size(); ++a) RETURN_IF_ERROR(Bind(analyzers[a], *totals[a]));
  return absl::OkStatus();
}

const std::string* AnalysisRunner::FindInCache(const std::string& dataset, const std::string& key) const {
  if (options_.input_cache == nullptr) return nullptr;
  auto states = options_.input_cache->entries.find(dataset);
  if (states == options_.input_cache->entries.end()) return nullptr;
  auto state = states->second.find(key);
  return state == states->second.end() ? nullptr : &state->second;
}

absl::Status AnalysisRunner::Bind(size_t index, const AnalyzerState& state) {
  const TracedAnalyzer& analyzer = traced_.analyzers[index];
  absl::StatusOr<AnalyzerResult> result = state.Finish();
  if (!result.ok()) return ::tfx::Annotate(result.status(), analyzer.name);
  if (result->values.size() != analyzer.outputs.size()) return absl::InternalError("an analyzer has too few results");
  auto bind = [&](const std::string& placeholder, const tf::Tensor& value) -> absl::Status {
    ASSIGN_OR_RETURN(tf::Output output, graph_.FindOutput("fn/" + placeholder));
    bound_.push_back({output, value});
    bound_nodes_.insert(NodeName(placeholder));
    return absl::OkStatus();
  };
  for (size_t i = 0; i < analyzer.outputs.size(); ++i) {
    values_.tensors[analyzer.outputs[i]] = result->values[i];
    RETURN_IF_ERROR(bind(analyzer.outputs[i], result->values[i]));
  }
  if (!result->file_contents.has_value()) return absl::OkStatus();
  values_.vocabularies[analyzer.vocabulary_file] = *result->file_contents;
  if (temporary_directory_.empty()) {
    static std::atomic<int> next = 0;
    std::error_code error;
    const std::filesystem::path base = std::filesystem::temp_directory_path(error);
    temporary_directory_ =
        ::tfx::io::JoinPath(error ? "/tmp" : base.string(), absl::StrCat("tfx-transform-", getpid(), "-", next++));
  }
  const std::string path = ::tfx::io::JoinPath(temporary_directory_, analyzer.vocabulary_file);
  RETURN_IF_ERROR(::tfx::io::WriteFile(path, *result->file_contents));
  return bind(analyzer.vocabulary_path, tf::Tensor::String(path));
}

absl::Status AnalysisRunner::InitializeTables() {
  std::vector<tf::Operation> targets;
  for (const std::string& initializer : traced_.table_initializers) {
    const NodeDef* node = slicer_.Find(initializer);
    if (node == nullptr || node->input_size() < 2 || bound_nodes_.count(NodeName(node->input(1))) == 0) continue;
    if (!initialized_.insert(initializer).second) continue;
    const std::optional<tf::Operation> op = graph_.FindOperation("fn/" + initializer);
    if (!op.has_value()) return absl::InternalError(absl::StrCat("the graph lost its node ", initializer));
    targets.push_back(*op);
  }
  if (targets.empty()) return absl::OkStatus();
  return session_->Run(bound_, {}, targets).status();
}

absl::Status AnalysisRunner::ComputeDomains() {
  if (traced_.domains.empty()) return absl::OkStatus();
  std::vector<tf::Output> fetches;
  for (const auto& [name, domain] : traced_.domains) {
    for (const std::string& tensor : {domain.first, domain.second}) {
      ASSIGN_OR_RETURN(tf::Output output, graph_.FindOutput("fn/" + tensor));
      fetches.push_back(output);
    }
  }
  ASSIGN_OR_RETURN(std::vector<tf::Tensor> bounds, session_->Run(bound_, fetches));
  size_t i = 0;
  for (const auto& [name, domain] : traced_.domains) {
    values_.domains[name] = {bounds[i].scalar<int64_t>(), bounds[i + 1].scalar<int64_t>()};
    i += 2;
  }
  return absl::OkStatus();
}

}  // namespace tft
