// Records one call of a preprocessing_fn: the graph it builds, its analyzers, lookup tables and output domains.
//
// The API of tensor.h, analyzers.h and mappers.h finds the trace of the running call through Trace::Current(). What
// remains when the call is over is plain data (TracedTransform), which analyze.cc runs and finishes.
// One trace belongs to one thread.
#ifndef TFX_TRANSFORM_TRACE_H_
#define TFX_TRANSFORM_TRACE_H_

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/transform/analyzer_state.h"
#include "tfx/transform/feature_spec.h"
#include "tfx/transform/preprocessing.h"
#include "tfx/transform/transform_graph.h"

namespace tft {

// An analyzer of a traced function; tensors by name ("node:0").
struct TracedAnalyzer {
  std::string name;                  // its scope, "bucketize/quantiles"
  std::vector<std::string> inputs;   // in the order of AnalyzerState::Add
  std::vector<std::string> outputs;  // placeholders for the results
  std::shared_ptr<const AnalyzerState> empty;
  std::string vocabulary_key;   // name in asset_map; empty unless a vocabulary
  std::string vocabulary_file;  // name in assets/
  std::string vocabulary_path;  // of a vocabulary: the placeholder of its path, besides `outputs`
};

struct TracedTransform {
  ::tensorflow::GraphDef graph;
  std::vector<FeatureSpec> raw_features;
  std::map<std::string, NamedTensor> inputs;  // placeholders of the raw features
  std::map<std::string, NamedTensor> outputs;
  std::vector<TracedAnalyzer> analyzers;        // in the order of the calls
  std::vector<std::string> table_initializers;  // nodes; their inputs are the table and the file name
  // Output feature -> tensors of its least and largest value (int64 scalars that depend on analyzers only).
  std::map<std::string, std::pair<std::string, std::string>> domains;
};

class Trace {
 public:
  Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // The trace of the preprocessing_fn that runs on this thread, or null.
  static Trace* Current();

  // Runs `fn` on the features of `schema`. Errors as in analyze.h.
  static absl::StatusOr<TracedTransform> Run(const ::tensorflow::metadata::v0::Schema& schema,
                                             const PreprocessingFn& fn);

  tf::Graph& graph() { return graph_; }
  // The first error of all.
  void Fail(std::string_view function, std::string_view message);
  // True when all tensors are valid; otherwise the reason is an error already, or becomes one that names `function`.
  bool Check(std::string_view function, std::initializer_list<const Tensor*> tensors);

  // A unique scope of nodes named `name`, or `default_name` when that is empty.
  class Scope {
   public:
    Scope(Trace& trace, std::string_view name, std::string_view default_name);
    ~Scope();

   private:
    Trace& trace_;
    std::string saved_;
    std::optional<tf::Graph::Scope> graph_scope_;
  };
  const std::string& scope() const { return scope_; }  // "bucketize/quantiles"

  // Placeholders for the results of an analyzer that is named after the scope.
  struct ResultSpec {
    tf::DataType dtype;
    std::optional<tf::Shape> shape;
  };
  std::vector<tf::Output> AddAnalyzer(std::vector<tf::Output> inputs, std::unique_ptr<AnalyzerState> empty,
                                      const std::vector<ResultSpec>& results);
  // The same for a vocabulary, whose results are its path and its size.
  struct VocabularyResults {
    tf::Output path;
    tf::Output size;
  };
  VocabularyResults AddVocabulary(std::vector<tf::Output> inputs, std::unique_ptr<AnalyzerState> empty,
                                  std::string key);
  std::optional<tf::Output> VocabularySizeOfPath(const tf::Output& path) const;
  std::optional<tf::Output> VocabularySizeOfFile(std::string_view key) const;

  void AddTableInitializer(const tf::Operation& initializer) { table_initializers_.push_back(initializer); }
  // The output feature that is this very tensor gets a categorical domain.
  void SetDomain(const tf::Output& tensor, const tf::Output& min, const tf::Output& max);

  // "fare", when this is (a part of) an input; else "".
  std::string FeatureOf(const tf::Output& tensor) const;
  const std::vector<std::string>& feature_names() const { return feature_names_; }

 private:
  struct Analyzer {
    std::string name;
    std::vector<tf::Output> inputs;
    std::vector<tf::Output> outputs;
    std::unique_ptr<AnalyzerState> empty;
    std::string vocabulary_key;
    std::string vocabulary_file;
    tf::Output vocabulary_path;
  };
  using TensorKey = std::pair<std::string, int>;
  static TensorKey KeyOf(const tf::Output& tensor) { return {tensor.operation().name(), tensor.index}; }
  Features MakeInputs(const std::vector<FeatureSpec>& specs, TracedTransform& traced);
  absl::Status CheckOutput(const std::string& name, const Tensor& tensor) const;
  absl::Status AddOutputs(const Features& outputs, TracedTransform& traced);

  tf::Graph graph_;
  std::string scope_;
  std::map<std::string, int> used_scopes_;
  std::vector<Analyzer> analyzers_;
  std::vector<tf::Operation> table_initializers_;
  std::map<TensorKey, std::pair<tf::Output, tf::Output>> domains_;
  std::map<std::string, std::string> feature_of_node_;
  std::vector<std::string> feature_names_;
};

// TFT's sanitised file name of a vocabulary: letters, digits, '_', and '-' for blanks; everything else '_'.
std::string SanitizeVocabularyFileName(std::string_view name);

}  // namespace tft

#endif  // TFX_TRANSFORM_TRACE_H_
