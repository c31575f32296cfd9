#include "tfx/transform/analyze.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/node_def.pb.h"
#include "tensorflow/core/framework/tensor.pb.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/graph_pruning.h"
#include "tfx/transform/analysis_runner.h"
#include "tfx/transform/graph_slice.h"
#include "tfx/transform/trace.h"

namespace tft {
namespace {

using ::tensorflow::GraphDef;
using ::tensorflow::NodeDef;
using ::tensorflow::TensorProto;
using ::tensorflow::metadata::v0::Feature;
using ::tensorflow::metadata::v0::Schema;

TensorProto ToProto(const tf::Tensor& tensor) {
  TensorProto proto;
  proto.set_dtype(tensor.dtype());
  proto.mutable_tensor_shape();
  for (int64_t dimension : tensor.shape()) proto.mutable_tensor_shape()->add_dim()->set_size(dimension);
  auto add = [&](auto data, auto* values) {
    for (auto value : data) values->Add(value);
  };
  switch (tensor.dtype()) {
    case ::tensorflow::DT_FLOAT:
      add(tensor.data<float>(), proto.mutable_float_val());
      break;
    case ::tensorflow::DT_DOUBLE:
      add(tensor.data<double>(), proto.mutable_double_val());
      break;
    case ::tensorflow::DT_INT64:
      add(tensor.data<int64_t>(), proto.mutable_int64_val());
      break;
    case ::tensorflow::DT_INT32:
      add(tensor.data<int32_t>(), proto.mutable_int_val());
      break;
    case ::tensorflow::DT_STRING:
      for (const std::string& value : tensor.strings()) proto.add_string_val(value);
      break;
    default:
      break;
  }
  return proto;
}

// Turns a placeholder into a constant.
void MakeConst(const TensorProto& value, NodeDef* node) {
  node->set_op("Const");
  node->clear_attr();
  (*node->mutable_attr())["dtype"].set_type(value.dtype());
  *(*node->mutable_attr())["value"].mutable_tensor() = value;
}

// Features in the order of their names, as TFT infers them from tensors.
Schema TransformedSchema(const TracedTransform& traced, const AnalyzerValues& values) {
  Schema schema;
  for (const auto& [name, tensor] : traced.outputs) {
    Feature* feature = schema.add_feature();
    feature->set_name(name);
    feature->set_type(tensor.dtype == ::tensorflow::DT_INT64   ? ::tensorflow::metadata::v0::INT
                      : tensor.dtype == ::tensorflow::DT_FLOAT ? ::tensorflow::metadata::v0::FLOAT
                                                               : ::tensorflow::metadata::v0::BYTES);
    if (auto it = values.domains.find(name); it != values.domains.end()) {
      feature->mutable_int_domain()->set_min(it->second.first);
      feature->mutable_int_domain()->set_max(it->second.second);
      feature->mutable_int_domain()->set_is_categorical(true);
    }
    if (tensor.is_sparse()) continue;
    feature->mutable_presence()->set_min_fraction(1.0);
    feature->mutable_shape();
    for (size_t i = 1; i < tensor.shape.size(); ++i) {
      feature->mutable_shape()->add_dim()->set_size(tensor.shape[i]);
    }
  }
  return schema;
}

// The traced graph without what only analysis needed, and with the analyzers' values in place of their placeholders.
TransformGraph Finish(const TracedTransform& traced, const AnalyzerValues& values) {
  TransformGraph result;
  const GraphSlicer slicer(traced.graph, traced.table_initializers);
  std::vector<std::string> roots;
  auto add_parts = [&](const std::map<std::string, NamedTensor>& tensors) {
    for (const auto& [name, tensor] : tensors) {
      roots.push_back(tensor.values);
      if (tensor.is_sparse()) roots.insert(roots.end(), {tensor.indices, tensor.dense_shape});
    }
  };
  add_parts(traced.inputs);  // all of them: callers may feed every raw feature
  add_parts(traced.outputs);
  for (const TracedAnalyzer& analyzer : traced.analyzers) {
    if (!analyzer.vocabulary_path.empty()) roots.push_back(analyzer.vocabulary_path);
  }
  result.graph = slicer.Slice(slicer.Ancestors(roots));
  std::map<std::string, NodeDef*> nodes;
  for (NodeDef& node : *result.graph.mutable_node()) nodes[node.name()] = &node;

  for (const auto& [placeholder, value] : values.tensors) {
    auto it = nodes.find(NodeName(placeholder));
    if (it != nodes.end()) MakeConst(ToProto(value), it->second);
  }
  std::map<std::string, std::string> table_suffix;  // by node of the path
  for (const TracedAnalyzer& analyzer : traced.analyzers) {
    if (analyzer.vocabulary_path.empty()) continue;
    const std::string& contents = values.vocabularies.at(analyzer.vocabulary_file);
    const std::string node = NodeName(analyzer.vocabulary_path);
    // Whoever loads the graph puts the real path here.
    MakeConst(ToProto(tf::Tensor::String(analyzer.vocabulary_file)), nodes.at(node));
    table_suffix[node] = absl::StrCat(analyzer.vocabulary_file, "_", ::tfx::Sha256Hex(contents).substr(0, 16));
    result.vocabularies.push_back({.file_name = analyzer.vocabulary_file,
                                   .tensor = analyzer.vocabulary_path,
                                   .contents = contents,
                                   .key = analyzer.vocabulary_key});
  }
  for (const std::string& initializer : traced.table_initializers) {
    auto it = nodes.find(initializer);
    if (it == nodes.end()) continue;
    result.initializers.push_back(initializer);
    // Tables of equal names are one table to TensorFlow, also across the models of one Python process, so the name
    // says what the table holds.
    const auto& key_index = it->second->attr().find("key_index");
    const bool second_column = key_index != it->second->attr().end() && key_index->second.i() == 1;
    NodeDef* table = nodes.at(NodeName(it->second->input(0)));
    (*table->mutable_attr())["shared_name"].set_s(
        absl::StrCat("tft_", table_suffix[NodeName(it->second->input(1))], second_column ? "_column1" : ""));
  }
  result.inputs = traced.inputs;
  result.outputs = traced.outputs;
  result.transformed_schema = TransformedSchema(traced, values);
  return result;
}

}  // namespace

absl::StatusOr<TransformGraph> AnalyzeDataset(const std::vector<AnalyzedDataset>& datasets, const Schema& schema,
                                              const PreprocessingFn& preprocessing_fn, const AnalyzeOptions& options,
                                              AnalyzeReport* report) {
  AnalyzeReport unused;
  AnalyzeReport& counts = report != nullptr ? *report : unused;
  counts = AnalyzeReport();
  for (const AnalyzedDataset& dataset : datasets) {
    if (!dataset.open)
      return absl::InvalidArgumentError("a data set of AnalyzeDataset cannot be opened: open is not set");
  }
  std::set<std::string> keys;
  for (const AnalyzedDataset& dataset : datasets) {
    if (!dataset.key.empty() && !keys.insert(dataset.key).second) {
      return absl::InvalidArgumentError(absl::StrCat("two data sets have the cache key '", dataset.key, "'"));
    }
  }
  ASSIGN_OR_RETURN(const TracedTransform traced, Trace::Run(schema, preprocessing_fn));
  AnalysisRunner runner(traced, options, counts);
  ASSIGN_OR_RETURN(const AnalyzerValues values, runner.Run(datasets));
  TransformGraph result = Finish(traced, values);
  result.raw_schema = schema;
  RETURN_IF_ERROR(tf::StripDefaultAttributes(&result.graph));
  return result;
}

absl::StatusOr<TransformGraph> AnalyzeDataset(std::function<::tfx::ShardSource<::tfx::io::Records>()> open,
                                              const Schema& schema, const PreprocessingFn& preprocessing_fn,
                                              const AnalyzeOptions& options) {
  std::vector<AnalyzedDataset> datasets(1);
  datasets[0].open = std::move(open);
  return AnalyzeDataset(datasets, schema, preprocessing_fn, options, nullptr);
}

}  // namespace tft
