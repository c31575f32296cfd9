// Accumulators of the numeric analyzers: min and max, sum, size, mean and variance, quantiles.
//
// All work by column: one column over all values, or one per element of a row. State: a few numbers per column (the
// sketch per column for quantiles); sums and moments are kept in double precision (integers: int64), whatever the
// input's type. Exact up to that rounding, which depends on where rows are cut; quantiles: see quantiles_sketch.h.
#ifndef TFX_TRANSFORM_NUMERIC_STATES_H_
#define TFX_TRANSFORM_NUMERIC_STATES_H_

#include <memory>
#include <optional>

#include "tfx/transform/analyzer_state.h"

namespace tft {

// How an analyzer sees its input.
struct ColumnLayout {
  ::tfx::tf::DataType dtype = ::tensorflow::DT_FLOAT;  // float32, float64, int64 or int32
  bool elementwise = false;                            // one column per element of a row, instead of one in all
  // Inputs are values [n], indices [n, 2] and dense_shape [2] of a sparse tensor, columns being its second index.
  // Otherwise the one input is dense, or a sparse tensor's values when not elementwise.
  bool sparse_columns = false;
  // Elementwise: shape of a row where it is known, for the result of no data.
  std::optional<::tfx::tf::Shape> row_shape;
};

std::unique_ptr<AnalyzerState> NewMinMaxState(const ColumnLayout& layout);   // results: min, max
std::unique_ptr<AnalyzerState> NewSumState(const ColumnLayout& layout);      // sum
std::unique_ptr<AnalyzerState> NewSizeState(const ColumnLayout& layout);     // int64 number of values
std::unique_ptr<AnalyzerState> NewMeanVarState(const ColumnLayout& layout);  // mean, variance

struct QuantilesStateOptions {
  int num_buckets = 2;
  double epsilon = 0.01;
  bool weighted = false;  // a further, last input: float weights, one per value or one per row
};
std::unique_ptr<AnalyzerState> NewQuantilesState(const ColumnLayout& layout, const QuantilesStateOptions& options);

}  // namespace tft

#endif  // TFX_TRANSFORM_NUMERIC_STATES_H_
