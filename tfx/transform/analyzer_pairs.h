// Analyzers with two results from one accumulator, for the mappers that need both.
#ifndef TFX_TRANSFORM_ANALYZER_PAIRS_H_
#define TFX_TRANSFORM_ANALYZER_PAIRS_H_

#include <utility>

#include "tfx/transform/analyzers.h"

namespace tft {

std::pair<Tensor, Tensor> MinAndMax(const Tensor& x, const AnalyzerOptions& options);
std::pair<Tensor, Tensor> MeanAndVar(const Tensor& x, const AnalyzerOptions& options);

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYZER_PAIRS_H_
