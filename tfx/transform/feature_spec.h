// Which tensors the features of a schema become, and the graph nodes that parse them from tf.Examples.
//
// Rules of tfx-bsl: a feature with a shape is dense and must be in every row; one without is sparse. Left out are
// deprecated features and those of lifecycle stages DEPRECATED, DISABLED, PLANNED, ALPHA, DEBUG_ONLY and
// VALIDATION_DERIVED. BYTES, INT and FLOAT become string, int64 and float32.
#ifndef TFX_TRANSFORM_FEATURE_SPEC_H_
#define TFX_TRANSFORM_FEATURE_SPEC_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tft {

namespace tf = ::tfx::tf;

struct FeatureSpec {
  std::string name;
  tf::DataType dtype = ::tensorflow::DT_STRING;
  bool is_sparse = false;
  tf::Shape shape;  // dense: the shape of one row, all dimensions known
};

// A tensor of a graph: dense, or the three parts of a sparse one.
struct GraphTensor {
  tf::Output values;       // dense: the tensor; sparse: [n]
  tf::Output indices;      // int64 [n, rank]; invalid when dense
  tf::Output dense_shape;  // int64 [rank]; invalid when dense
  bool is_sparse() const { return indices.valid(); }
};

// Sorted by name. INVALID_ARGUMENT names the feature: no type, a struct, a negative dimension, a shape on a feature
// that may be missing (presence.min_fraction below 1).
absl::StatusOr<std::vector<FeatureSpec>> FeatureSpecFromSchema(const ::tensorflow::metadata::v0::Schema& schema);

// ParseExampleV2 of `serialized` (string [batch]) for these features. Errors go to graph.status(); at run time a
// missing dense feature or a value of another type is INVALID_ARGUMENT naming the feature.
std::map<std::string, GraphTensor> ParseExamples(tf::Graph& graph, const tf::Output& serialized,
                                                 std::span<const FeatureSpec> specs);

}  // namespace tft

#endif  // TFX_TRANSFORM_FEATURE_SPEC_H_
