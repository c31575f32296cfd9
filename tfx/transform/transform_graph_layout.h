// Names of the transform graph's files and of its SavedModel's parts, as TFT has them.
#ifndef TFX_TRANSFORM_TRANSFORM_GRAPH_LAYOUT_H_
#define TFX_TRANSFORM_TRANSFORM_GRAPH_LAYOUT_H_

namespace tft {

inline constexpr char kTransformFnDir[] = "transform_fn";
inline constexpr char kTransformedMetadataDir[] = "transformed_metadata";
inline constexpr char kRawMetadataDir[] = "metadata";
inline constexpr char kTransformTag[] = "transform";
inline constexpr char kTransformSignature[] = "transform_signature";

}  // namespace tft

#endif  // TFX_TRANSFORM_TRANSFORM_GRAPH_LAYOUT_H_
