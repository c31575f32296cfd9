// Reads what Transform wrote (or Python's TFX: the TensorFlow 1 form only for its graph), as tft.TFTransformOutput.
//
//   ASSIGN_OR_RETURN(auto output, TransformOutput::Load(transform_graph_uri));
//   ASSIGN_OR_RETURN(int64_t size, output.VocabularySizeByName("vocab_company"));
//
//   // A serving graph: serialized raw Examples in, transformed features to the model.
//   tf::Output examples = graph.Placeholder(DT_STRING, {-1}, "examples");
//   ASSIGN_OR_RETURN(ImportedTransform t, output.Import(graph, examples, {.without_raw_features = {"tips"}}));
//   model(t.outputs.at("fare_xf").values ...);
//   spec.assets.insert(t.assets.begin(), t.assets.end());
//   spec.initializers.insert(spec.initializers.end(), t.initializers.begin(), t.initializers.end());
//
// Layout (tft-trainer.md 1.8): transform_fn/ (SavedModel), transformed_metadata/{schema.pbtxt, asset_map},
// metadata/schema.pbtxt. Load does not load the TensorFlow runtime. Immutable, thread-safe.
#ifndef TFX_TRANSFORM_TRANSFORM_OUTPUT_H_
#define TFX_TRANSFORM_TRANSFORM_OUTPUT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/transform/feature_spec.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tft {

// A transform graph inside another graph. To be usable, a session must run `initializers` once (after that the lookup
// tables are filled); a SavedModel that contains it needs the assets and the initializers.
struct ImportedTransform {
  std::map<std::string, GraphTensor> outputs;  // transformed features by name
  std::map<std::string, std::string> assets;   // string Const "node:0" of the graph -> vocabulary file it points to
  std::vector<tf::Operation> initializers;     // table initialisers
};

struct ImportOptions {
  // Only these transformed features; empty: all that can be computed. NOT_FOUND names an unknown one.
  std::vector<std::string> outputs;
  // Raw features that will not be there (labels, when serving): outputs that depend on them are left out.
  std::vector<std::string> without_raw_features;
  std::string prefix = "transform";  // of the names of the nodes
};

class TransformOutput {
 public:
  // NOT_FOUND or INVALID_ARGUMENT names the file.
  static absl::StatusOr<TransformOutput> Load(const std::string& transform_graph_dir);

  const std::string& directory() const { return directory_; }
  std::string transform_savedmodel_dir() const;  // "<dir>/transform_fn"
  const ::tensorflow::metadata::v0::Schema& raw_schema() const;
  const ::tensorflow::metadata::v0::Schema& transformed_schema() const;
  const std::vector<FeatureSpec>& raw_feature_spec() const;
  const std::vector<FeatureSpec>& transformed_feature_spec() const;

  // Vocabularies by the name given as vocab_filename (or the automatic one). NOT_FOUND lists the names.
  absl::StatusOr<std::string> VocabularyFileByName(std::string_view name) const;
  absl::StatusOr<std::vector<std::string>> VocabularyByName(std::string_view name) const;  // lines, in order
  absl::StatusOr<int64_t> VocabularySizeByName(std::string_view name) const;
  std::vector<std::string> vocabulary_names() const;

  // Domain maximum + 1. NOT_FOUND without such a feature, FAILED_PRECONDITION unless its domain starts at 0.
  absl::StatusOr<int64_t> NumBucketsForTransformedFeature(std::string_view name) const;

  // Puts the transform graph into `graph`, fed by serialized tf.Examples (string [batch]); only the raw features that
  // the outputs need are parsed. UNIMPLEMENTED for a transform_fn in Python's TensorFlow 2 form.
  absl::StatusOr<ImportedTransform> Import(tf::Graph& graph, const tf::Output& serialized,
                                           const ImportOptions& options = {}) const;
  // The same, fed by tensors of raw features. Outputs that depend on a feature not in `raw` are left out.
  absl::StatusOr<ImportedTransform> ImportFromRaw(tf::Graph& graph, const std::map<std::string, GraphTensor>& raw,
                                                  const ImportOptions& options = {}) const;

 private:
  struct Impl;
  std::string directory_;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_TRANSFORM_OUTPUT_H_
