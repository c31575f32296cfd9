// The user's function that turns raw features into model features, once for analysis, training and serving.
//
//   tft::Features PreprocessingFn(const tft::Features& inputs) {
//     tft::Features outputs;
//     outputs["fare_xf"] = tft::ScaleToZScore(tft::Dense(inputs["fare"], 0.0f));
//     return outputs;
//   }
//
// It is called once per analysis to build the graph; it must not look at data and gives the same graph each time.
// Includes all that such a function needs.
#ifndef TFX_TRANSFORM_PREPROCESSING_H_
#define TFX_TRANSFORM_PREPROCESSING_H_

#include <functional>

#include "tfx/transform/analyzers.h"
#include "tfx/transform/features.h"
#include "tfx/transform/mappers.h"
#include "tfx/transform/tensor.h"

namespace tft {

using PreprocessingFn = std::function<Features(const Features& inputs)>;

}  // namespace tft

#endif  // TFX_TRANSFORM_PREPROCESSING_H_
