#include "tfx/transform/feature_spec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/tensorflow/tensor.h"

namespace tft {
namespace {

using ::tensorflow::metadata::v0::Feature;
using ::tensorflow::metadata::v0::Schema;

// Lifecycle stages whose features are not for models.
bool IsLeftOut(const Feature& feature) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // old schemas still use the field
  if (feature.deprecated()) return true;
#pragma GCC diagnostic pop
  switch (feature.lifecycle_stage()) {
    case ::tensorflow::metadata::v0::DEPRECATED:
    case ::tensorflow::metadata::v0::DISABLED:
    case ::tensorflow::metadata::v0::PLANNED:
    case ::tensorflow::metadata::v0::ALPHA:
    case ::tensorflow::metadata::v0::DEBUG_ONLY:
    case ::tensorflow::metadata::v0::VALIDATION_DERIVED:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<std::vector<FeatureSpec>> FeatureSpecFromSchema(const Schema& schema) {
  std::vector<FeatureSpec> specs;
  for (const Feature& feature : schema.feature()) {
    if (IsLeftOut(feature)) continue;
    auto wrong = [&](const std::string& what) {
      return absl::InvalidArgumentError(absl::StrCat("schema: feature '", feature.name(), "' ", what));
    };
    FeatureSpec spec{.name = feature.name()};
    switch (feature.type()) {
      case ::tensorflow::metadata::v0::BYTES:
        spec.dtype = ::tensorflow::DT_STRING;
        break;
      case ::tensorflow::metadata::v0::INT:
        spec.dtype = ::tensorflow::DT_INT64;
        break;
      case ::tensorflow::metadata::v0::FLOAT:
        spec.dtype = ::tensorflow::DT_FLOAT;
        break;
      default:
        return wrong(absl::StrCat("has type ", ::tensorflow::metadata::v0::FeatureType_Name(feature.type()),
                                  "; Transform takes BYTES, INT and FLOAT"));
    }
    spec.is_sparse = !feature.has_shape();
    if (feature.has_shape()) {
      if (feature.has_presence() && feature.presence().min_fraction() < 1) {
        return wrong(absl::StrCat("has a shape but presence.min_fraction ", feature.presence().min_fraction(),
                                  "; a feature that may be missing must have no shape"));
      }
      for (const auto& dim : feature.shape().dim()) {
        if (dim.size() <= 0) return wrong("has a shape with a dimension that is not positive");
        spec.shape.push_back(dim.size());
      }
    }
    specs.push_back(std::move(spec));
  }
  std::sort(specs.begin(), specs.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (size_t i = 1; i < specs.size(); ++i) {
    if (specs[i].name == specs[i - 1].name) {
      return absl::InvalidArgumentError(absl::StrCat("schema: feature '", specs[i].name, "' is there twice"));
    }
  }
  return specs;
}

std::map<std::string, GraphTensor> ParseExamples(tf::Graph& graph, const tf::Output& serialized,
                                                 std::span<const FeatureSpec> specs) {
  std::map<std::string, GraphTensor> features;
  if (specs.empty()) return features;
  std::vector<std::string> sparse_keys, dense_keys;
  std::vector<tf::DataType> sparse_types, dense_types;
  std::vector<tf::Shape> dense_shapes;
  std::vector<tf::Output> dense_defaults;
  for (const FeatureSpec& spec : specs) {
    if (spec.is_sparse) {
      sparse_keys.push_back(spec.name);
      sparse_types.push_back(spec.dtype);
    } else {
      dense_keys.push_back(spec.name);
      dense_types.push_back(spec.dtype);
      dense_shapes.push_back(spec.shape);
      // An empty default says that the feature must be there.
      dense_defaults.push_back(graph.Const(tf::Tensor::Empty(spec.dtype, {0})));
    }
  }
  const std::vector<tf::Output> outputs = graph.Op("ParseExampleV2", "ParseExample")
                                              .Input(serialized)
                                              .Input(graph.Const(tf::Tensor::Strings(std::vector<std::string>{})))
                                              .Input(graph.Const(tf::Tensor::Strings(sparse_keys)))
                                              .Input(graph.Const(tf::Tensor::Strings(dense_keys)))
                                              .Input(graph.Const(tf::Tensor::Strings(std::vector<std::string>{})))
                                              .InputList(dense_defaults)
                                              .Attr("num_sparse", static_cast<int64_t>(sparse_keys.size()))
                                              .TypeListAttr("sparse_types", sparse_types)
                                              .TypeListAttr("Tdense", dense_types)
                                              .ShapeListAttr("dense_shapes", dense_shapes)
                                              .TypeListAttr("ragged_value_types", {})
                                              .TypeListAttr("ragged_split_types", {})
                                              .Outputs();
  const size_t s = sparse_keys.size();
  if (outputs.size() != 3 * s + dense_keys.size()) return features;  // graph.status() says why
  for (size_t i = 0; i < s; ++i) features[sparse_keys[i]] = {outputs[s + i], outputs[i], outputs[2 * s + i]};
  for (size_t i = 0; i < dense_keys.size(); ++i) features[dense_keys[i]] = {outputs[3 * s + i], {}, {}};
  return features;
}

}  // namespace tft
