#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tfx/sketches/quantiles_sketch.h"
#include "tfx/transform/column_values.h"
#include "tfx/transform/numeric_states.h"

namespace tft {
namespace {

using ::tfx::sketches::Quantile;
using ::tfx::sketches::QuantilesSketch;
using ::tfx::sketches::StateReader;
using ::tfx::sketches::StateWriter;
using ::tfx::tf::Shape;
using ::tfx::tf::Tensor;

// One sketch per column.
class QuantilesState : public AnalyzerState {
 public:
  QuantilesState(const ColumnLayout& layout, const QuantilesStateOptions& options) : row_(layout), options_(options) {
    Grow();
  }

  std::unique_ptr<AnalyzerState> Clone() const override { return std::make_unique<QuantilesState>(*this); }

  absl::Status Add(std::span<const Tensor> inputs) override {
    RETURN_IF_ERROR(row_.Observe(inputs));
    Grow();
    if (!options_.weighted) {
      return ForEachValue<double>(inputs, row_,
                                  [&](size_t column, size_t, double value) { sketches_[column].Add(value); });
    }
    const Tensor& weights = inputs.back();
    if (weights.dtype() != ::tensorflow::DT_FLOAT)
      return absl::InvalidArgumentError("quantiles: weights must be float32");
    const std::span<const float> w = weights.data<float>();
    const size_t values = static_cast<size_t>(inputs[0].num_elements());
    const size_t per_weight = w.empty() ? 1 : values / w.size();
    if (w.size() * per_weight != values) {
      return absl::InvalidArgumentError(absl::StrCat("quantiles: ", w.size(), " weights for ", values, " values"));
    }
    return ForEachValue<double>(
        inputs, row_, [&](size_t column, size_t i, double value) { sketches_[column].Add(value, w[i / per_weight]); });
  }

  absl::Status Merge(const AnalyzerState& other) override {
    const auto& that = static_cast<const QuantilesState&>(other);
    RETURN_IF_ERROR(row_.Merge(that.row_));
    Grow();
    for (size_t i = 0; i < that.sketches_.size() && i < sketches_.size(); ++i) {
      RETURN_IF_ERROR(sketches_[i].Merge(that.sketches_[i]));
    }
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    StateWriter writer;
    row_.Serialize(writer);
    writer.Integer(sketches_.size());
    for (const QuantilesSketch& sketch : sketches_) writer.Bytes(sketch.Serialize());
    return writer.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    QuantilesState parsed(*this);
    parsed.sketches_.clear();
    StateReader reader(bytes);
    parsed.row_.ParseFrom(reader);
    const uint64_t columns = reader.Count(8);
    for (uint64_t i = 0; reader.good() && i < columns; ++i) {
      QuantilesSketch sketch(SketchOptions());
      const std::string_view state = reader.Bytes();
      if (reader.good()) RETURN_IF_ERROR(sketch.ParseFrom(state));
      parsed.sketches_.push_back(std::move(sketch));
    }
    if (!reader.ok()) return absl::DataLossError("the bytes are not the state of quantiles");
    if (parsed.sketches_.size() != parsed.row_.num_columns()) {
      return absl::DataLossError("a quantiles state has too few columns");
    }
    *this = std::move(parsed);
    return absl::OkStatus();
  }

  absl::StatusOr<AnalyzerResult> Finish() const override {
    const int num_boundaries = options_.num_buckets - 1;
    std::vector<double> boundaries;
    for (const QuantilesSketch& sketch : sketches_) {
      const std::vector<Quantile> quantiles = sketch.GetQuantiles(options_.num_buckets);
      for (int i = 1; i <= num_boundaries; ++i) {
        boundaries.push_back(static_cast<size_t>(i) < quantiles.size() ? quantiles[i].value : 0);
      }
    }
    Shape shape = row_.layout().elementwise ? row_.shape() : Shape{1};
    shape.push_back(num_boundaries);
    AnalyzerResult result;
    ASSIGN_OR_RETURN(Tensor tensor, ResultTensor(::tensorflow::DT_FLOAT, shape, boundaries));
    result.values = {tensor};
    return result;
  }

  std::string Attributes() const override {
    const ColumnLayout& layout = row_.layout();
    return absl::StrCat("quantiles/1 dtype=", ::tensorflow::DataType_Name(layout.dtype),
                        " elementwise=", layout.elementwise, " weighted=", options_.weighted,
                        " epsilon=", absl::StrFormat("%.17g", options_.epsilon),
                        " row_shape=", layout.row_shape.has_value() ? absl::StrJoin(*layout.row_shape, ",") : "?");
    // The number of buckets does not change the state.
  }

 private:
  ::tfx::sketches::QuantilesSketchOptions SketchOptions() const { return {.epsilon = options_.epsilon}; }
  void Grow() {
    while (sketches_.size() < row_.num_columns()) sketches_.emplace_back(SketchOptions());
  }
  RowShape row_;
  QuantilesStateOptions options_;
  std::vector<QuantilesSketch> sketches_;
};

}  // namespace

std::unique_ptr<AnalyzerState> NewQuantilesState(const ColumnLayout& layout, const QuantilesStateOptions& options) {
  return std::make_unique<QuantilesState>(layout, options);
}

}  // namespace tft
