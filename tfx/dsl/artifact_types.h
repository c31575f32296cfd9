// The artifact types of TFX as C++ tag types. A tag carries what ML Metadata registers: the type's name, its declared
// properties and the system type that it specialises (tfx-core 1.1). Channels, inputs and outputs are typed by a tag,
// so wiring a Schema where Examples are expected does not compile.
//
// A type of one's own is a struct with the same member:
//   struct Report { static constexpr ArtifactTypeInfo kType{"Report", {{{"pages", PropertyType::kInt}}}}; };
#ifndef TFX_DSL_ARTIFACT_TYPES_H_
#define TFX_DSL_ARTIFACT_TYPES_H_

#include <array>
#include <concepts>
#include <string_view>

namespace tfx {

// The numbers are ml_metadata::PropertyType.
enum class PropertyType { kInt = 1, kDouble = 2, kString = 3, kStruct = 4, kProto = 5, kBoolean = 6 };

// The numbers are ml_metadata::ArtifactType::SystemDefinedBaseType.
enum class ArtifactBaseType { kNone = 0, kDataset = 1, kModel = 2, kMetrics = 3, kStatistics = 4 };

struct PropertyDeclaration {
  std::string_view name;  // empty: no property
  PropertyType type = PropertyType::kString;
};

// Value artifacts are one file `<uri>` (their URI ends in "/value") instead of a directory.
enum class ArtifactLayout { kDirectory, kValueFile };

struct ArtifactTypeInfo {
  std::string_view name;
  std::array<PropertyDeclaration, 4> properties{};  // the first unnamed entry ends the list
  ArtifactBaseType base_type = ArtifactBaseType::kNone;
  ArtifactLayout layout = ArtifactLayout::kDirectory;
};

template <typename T>
concept ArtifactType = requires {
  { T::kType.name } -> std::convertible_to<std::string_view>;
};

#define TFX_SPLITS_                                                          \
  {                                                                          \
    {                                                                        \
      {"span", PropertyType::kInt}, { "split_names", PropertyType::kString } \
    }                                                                        \
  }

struct Examples {
  static constexpr ArtifactTypeInfo kType{
      "Examples",
      {{{"span", PropertyType::kInt}, {"version", PropertyType::kInt}, {"split_names", PropertyType::kString}}},
      ArtifactBaseType::kDataset};
};
struct ExampleStatistics {
  static constexpr ArtifactTypeInfo kType{"ExampleStatistics", TFX_SPLITS_, ArtifactBaseType::kStatistics};
};
struct ExampleAnomalies {
  static constexpr ArtifactTypeInfo kType{"ExampleAnomalies", TFX_SPLITS_};
};
struct ExampleValidationMetrics {
  static constexpr ArtifactTypeInfo kType{"ExampleValidationMetrics", TFX_SPLITS_};
};
struct Model {
  static constexpr ArtifactTypeInfo kType{"Model", {}, ArtifactBaseType::kModel};
};
struct PushedModel {
  static constexpr ArtifactTypeInfo kType{"PushedModel", {}, ArtifactBaseType::kModel};
};
struct Schema {
  static constexpr ArtifactTypeInfo kType{"Schema"};
};
struct TransformGraph {
  static constexpr ArtifactTypeInfo kType{"TransformGraph"};
};
struct TransformCache {
  static constexpr ArtifactTypeInfo kType{"TransformCache"};
};
struct ModelRun {
  static constexpr ArtifactTypeInfo kType{"ModelRun"};
};
struct ModelBlessing {
  static constexpr ArtifactTypeInfo kType{"ModelBlessing"};
};
struct ModelEvaluation {
  static constexpr ArtifactTypeInfo kType{"ModelEvaluation"};
};
struct InfraBlessing {
  static constexpr ArtifactTypeInfo kType{"InfraBlessing"};
};
struct InferenceResult {
  static constexpr ArtifactTypeInfo kType{"InferenceResult"};
};
struct HyperParameters {
  static constexpr ArtifactTypeInfo kType{"HyperParameters"};
};
struct TunerResults {
  static constexpr ArtifactTypeInfo kType{"TunerResults"};
};
struct ExamplesDiff {
  static constexpr ArtifactTypeInfo kType{"ExamplesDiff"};
};
struct DataView {
  static constexpr ArtifactTypeInfo kType{"DataView"};
};
struct Config {
  static constexpr ArtifactTypeInfo kType{"Config"};
};

// Value artifacts.
#define TFX_VALUE_ARTIFACT_(type)                                                                            \
  struct type {                                                                                              \
    static constexpr ArtifactTypeInfo kType{#type, {}, ArtifactBaseType::kNone, ArtifactLayout::kValueFile}; \
  }
TFX_VALUE_ARTIFACT_(String);
TFX_VALUE_ARTIFACT_(Integer);
TFX_VALUE_ARTIFACT_(Float);
TFX_VALUE_ARTIFACT_(Boolean);
TFX_VALUE_ARTIFACT_(Bytes);
#undef TFX_VALUE_ARTIFACT_
#undef TFX_SPLITS_

}  // namespace tfx

#endif  // TFX_DSL_ARTIFACT_TYPES_H_
