#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tfx/transform/analyzer_pairs.h"
#include "tfx/transform/mappers.h"
#include "tfx/transform/trace.h"

namespace tft {
namespace {

using ::tensorflow::DT_DOUBLE;
using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_INT64;

// Column j of row i of a sparse tensor gets element j of `per_column` [columns].
tf::Output PerSparseValue(Trace& trace, const Tensor& x, const tf::Output& per_column) {
  tf::Graph& graph = trace.graph();
  const tf::Output column = graph.Op("StridedSlice")
                                .Input(x.indices())
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({0, 1})))
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({0, 2})))
                                .Input(graph.Const(tf::Tensor::Vector<int32_t>({1, 1})))
                                .Attr("begin_mask", 1)
                                .Attr("end_mask", 1)
                                .Attr("shrink_axis_mask", 2)
                                .Output();
  return graph.Op("GatherV2").Input(per_column).Input(column).Input(graph.Scalar<int32_t>(0)).Output();
}

}  // namespace

Tensor ScaleToZScore(const Tensor& x, const ScaleOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ScaleToZScore", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "scale_to_z_score");
  const auto [mean, var] = MeanAndVar(x, {.reduce_instance_dims = !options.elementwise});
  if (!trace->Check("ScaleToZScore", {&mean, &var})) return {};
  tf::Output m = mean.output(), v = var.output();
  if (x.is_sparse() && options.elementwise) {
    m = PerSparseValue(*trace, x, m);
    v = PerSparseValue(*trace, x, v);
  }
  const Tensor numerator = CastTo(Tensor(x.values()), mean.dtype()) - Tensor(m);
  const Tensor deviation = Sqrt(Tensor(v));
  const Tensor scaled = Where(deviation != 0, numerator / deviation, numerator);
  return scaled.valid() ? x.WithValues(scaled.output()) : Tensor();
}

Tensor ScaleByMinMax(const Tensor& x, const ScaleByMinMaxOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ScaleByMinMax", {&x})) return {};
  if (!(options.output_min < options.output_max)) {
    trace->Fail("ScaleByMinMax",
                absl::StrCat("output_min ", options.output_min, " must be less than output_max ", options.output_max));
    return {};
  }
  Trace::Scope scope(*trace, options.name, "scale_by_min_max");
  const Tensor floats = CastTo(x, DT_FLOAT);
  const auto [min, max] = MinAndMax(floats, {.reduce_instance_dims = !options.elementwise});
  if (!trace->Check("ScaleByMinMax", {&min, &max})) return {};
  tf::Output least = min.output(), most = max.output();
  if (x.is_sparse() && options.elementwise) {
    least = PerSparseValue(*trace, x, least);
    most = PerSparseValue(*trace, x, most);
  }
  const Tensor values(floats.values()), lower(least), upper(most);
  const Tensor sigmoid = Op("Sigmoid").Input(values).Output();
  const Tensor unit = Where(lower < upper, (values - lower) / (upper - lower), sigmoid);
  const Tensor scaled = unit * (options.output_max - options.output_min) + options.output_min;
  return scaled.valid() ? x.WithValues(scaled.output()) : Tensor();
}

Tensor ScaleTo01(const Tensor& x, const ScaleOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ScaleTo01", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "scale_to_0_1");
  return ScaleByMinMax(x, {.elementwise = options.elementwise});
}

namespace {

// The order of types by their largest value: searching compares in the larger of two types.
int RangeOf(tf::DataType dtype) {
  switch (dtype) {
    case DT_DOUBLE:
      return 4;
    case DT_FLOAT:
      return 3;
    case DT_INT64:
      return 2;
    default:
      return 1;
  }
}

tf::Output LastDimension(tf::Graph& graph, const tf::Output& x) {
  const tf::Output shape = graph.Op("Shape").Input(x).Attr("out_type", DT_INT64).Output();
  return graph.Op("StridedSlice")
      .Input(shape)
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({-1})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({0})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({1})))
      .Attr("end_mask", 1)
      .Attr("shrink_axis_mask", 1)
      .Output();
}

}  // namespace

Tensor ApplyBuckets(const Tensor& x, const Tensor& boundaries, const ApplyBucketsOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ApplyBuckets", {&x, &boundaries})) return {};
  if (boundaries.is_sparse()) {
    trace->Fail("ApplyBuckets", "boundaries must be a dense tensor [n] or [1, n]");
    return {};
  }
  for (const Tensor* t : {&x, &boundaries}) {
    if (t->dtype() == ::tensorflow::DT_STRING || t->dtype() == ::tensorflow::DT_BOOL) {
      trace->Fail("ApplyBuckets", absl::StrCat("needs numbers, not ", ::tensorflow::DataType_Name(t->dtype())));
      return {};
    }
  }
  Trace::Scope scope(*trace, options.name, "apply_buckets");
  tf::Graph& graph = trace->graph();
  const tf::DataType dtype = RangeOf(x.dtype()) > RangeOf(boundaries.dtype()) ? x.dtype() : boundaries.dtype();
  const Tensor sorted = Reshape(CastTo(boundaries, dtype), {1, -1});
  const Tensor values = Reshape(CastTo(Tensor(x.values()), dtype), {1, -1});
  if (!trace->Check("ApplyBuckets", {&sorted, &values})) return {};
  const tf::Output bucket =
      graph.Op("UpperBound").Input(sorted.output()).Input(values.output()).Attr("out_type", DT_INT64).Output();
  const tf::Output shape = graph.Op("Shape").Input(x.values()).Output();
  const tf::Output result = graph.Op("Reshape").Input(bucket).Input(shape).Output();
  trace->SetDomain(result, graph.Scalar<int64_t>(0), LastDimension(graph, sorted.output()));
  return result.valid() ? x.WithValues(result) : Tensor();
}

Tensor Bucketize(const Tensor& x, const BucketizeOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Bucketize", {&x})) return {};
  auto fail = [&](const std::string& message) {
    trace->Fail("Bucketize", message);
    return Tensor();
  };
  if (options.num_buckets < 2) {
    return fail(absl::StrCat("num_buckets is ", options.num_buckets, "; it must be at least 2"));
  }
  if (x.is_sparse() && options.elementwise) return fail("elementwise needs a dense tensor");
  Trace::Scope scope(*trace, options.name, "bucketize");
  const Tensor boundaries =
      Quantiles(Tensor(x.values()), {.num_buckets = options.num_buckets,
                                     .epsilon = options.epsilon.value_or(std::min(1.0 / options.num_buckets, 0.01)),
                                     .weights = options.weights,
                                     .reduce_instance_dims = !options.elementwise});
  if (!options.elementwise) return ApplyBuckets(x, boundaries);

  const std::optional<tf::Shape> shape = x.shape();
  if (!shape.has_value() || shape->empty()) return fail("elementwise needs rows of a known shape");
  int64_t columns = 1;
  for (size_t i = 1; i < shape->size(); ++i) {
    if ((*shape)[i] < 0) return fail("elementwise needs rows of a known shape");
    columns *= (*shape)[i];
  }
  const Tensor by_column = Reshape(boundaries, {columns, options.num_buckets - 1});
  const Tensor rows = Reshape(x, {-1, columns});
  if (!trace->Check("Bucketize", {&by_column, &rows})) return {};
  tf::Graph& graph = trace->graph();
  std::vector<tf::Output> buckets;
  tf::Output domain_max;
  for (int64_t i = 0; i < columns; ++i) {
    const tf::Output column = graph.Scalar<int32_t>(static_cast<int32_t>(i));
    auto take = [&](const Tensor& t, int32_t axis) {
      return Tensor(graph.Op("GatherV2").Input(t.output()).Input(column).Input(graph.Scalar<int32_t>(axis)).Output());
    };
    buckets.push_back(ApplyBuckets(take(rows, 1), take(by_column, 0)).output());
  }
  if (!graph.status().ok() || buckets.empty()) return buckets.empty() ? fail("elementwise needs columns") : Tensor();
  const Tensor stacked(graph.Op("Pack").InputList(buckets).Attr("axis", 1).Output());
  std::vector<int64_t> result_shape = *shape;
  result_shape[0] = -1;
  return Reshape(stacked, result_shape);
}

}  // namespace tft
