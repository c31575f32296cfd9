// The finished transform: a graph with the analyzers' values bound in, its vocabulary files and its two schemas.
//
// Made by AnalyzeDataset (analyze.h); written for Python's tft.TFTransformOutput and our TransformOutput.
#ifndef TFX_TRANSFORM_TRANSFORM_GRAPH_H_
#define TFX_TRANSFORM_TRANSFORM_GRAPH_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/tensorflow/tensor.h"

namespace tft {

// A tensor of a GraphDef by name ("node:0").
struct NamedTensor {
  ::tensorflow::DataType dtype = ::tensorflow::DT_INVALID;
  std::string values;       // dense: the tensor
  std::string indices;      // empty when dense
  std::string dense_shape;  // empty when dense
  ::tfx::tf::Shape shape;   // dense: with the batch dimension -1; sparse: {-1, -1}
  bool is_sparse() const { return !indices.empty(); }
};

struct VocabularyAsset {
  std::string file_name;  // in assets/
  std::string tensor;     // string Const of the graph whose value is the path, "node:0"
  std::string contents;
  std::string key;  // name in asset_map
};

struct TransformGraph {
  ::tensorflow::GraphDef graph;
  std::map<std::string, NamedTensor> inputs;  // raw features that the graph uses, and the others too
  std::map<std::string, NamedTensor> outputs;
  std::vector<std::string> initializers;      // nodes, in an order in which they may run
  std::vector<VocabularyAsset> vocabularies;  // in the order of the preprocessing_fn
  ::tensorflow::metadata::v0::Schema raw_schema;
  ::tensorflow::metadata::v0::Schema transformed_schema;
};

// Writes transform_fn/, transformed_metadata/ and metadata/ under `directory` (which may exist; these three must not).
// The same graph gives the same bytes.
absl::Status WriteTransformGraph(const TransformGraph& transform, const std::string& directory);

}  // namespace tft

#endif  // TFX_TRANSFORM_TRANSFORM_GRAPH_H_
