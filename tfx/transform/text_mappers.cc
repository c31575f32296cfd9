#include "absl/strings/str_cat.h"
#include "tfx/transform/mappers.h"
#include "tfx/transform/trace.h"

namespace tft {
namespace {

using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;

// Column 0 of the indices of a sparse tensor: the row of each value, ascending.
tf::Output RowsOf(tf::Graph& graph, const tf::Output& indices) {
  return graph.Op("StridedSlice")
      .Input(indices)
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({0, 0})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({0, 1})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({1, 1})))
      .Attr("begin_mask", 1)
      .Attr("end_mask", 1)
      .Attr("shrink_axis_mask", 2)
      .Output();
}

tf::Output Element(tf::Graph& graph, const tf::Output& vector, int32_t i) {
  return graph.Op("StridedSlice")
      .Input(vector)
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({i})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({i + 1})))
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({1})))
      .Attr("shrink_axis_mask", 1)
      .Output();
}

// int64 0, 1, .. as many as x [n] has elements.
tf::Output Positions(tf::Graph& graph, const tf::Output& x) {
  const tf::Output n = Element(graph, graph.Op("Shape").Input(x).Attr("out_type", DT_INT64).Output(), 0);
  return graph.Op("Range").Input(graph.Scalar<int64_t>(0)).Input(n).Input(graph.Scalar<int64_t>(1)).Output();
}

tf::Output Flat(tf::Graph& graph, const tf::Output& x) {
  return graph.Op("Reshape").Input(x).Input(graph.Const(tf::Tensor::Vector<int32_t>({-1}))).Output();
}

// A sparse tensor of the values in the given rows (ascending), each row filled from the left.
Tensor LeftAligned(tf::Graph& graph, const tf::Output& rows, const tf::Output& values, const tf::Output& num_rows) {
  // The position in the row: how many values stand before, less how many stand before the row's first value.
  const tf::Output as_matrix = graph.Op("ExpandDims").Input(rows).Input(graph.Scalar<int32_t>(0)).Output();
  const tf::Output first =
      Flat(graph, graph.Op("LowerBound").Input(as_matrix).Input(as_matrix).Attr("out_type", DT_INT64).Output());
  const tf::Output column = graph.Op("Sub").Input(Positions(graph, rows)).Input(first).Output();
  const tf::Output indices = graph.Op("Pack").InputList(std::vector<tf::Output>{rows, column}).Attr("axis", 1).Output();
  const tf::Output last = graph.Op("Max").Input(column).Input(graph.Const(tf::Tensor::Vector<int32_t>({0}))).Output();
  const tf::Output width = graph.Op("AddV2")
                               .Input(graph.Op("Maximum").Input(last).Input(graph.Scalar<int64_t>(-1)).Output())
                               .Input(graph.Scalar<int64_t>(1))
                               .Output();
  const tf::Output shape =
      graph.Op("Pack").InputList(std::vector<tf::Output>{num_rows, width}).Attr("axis", 0).Output();
  return shape.valid() ? Tensor(indices, values, shape) : Tensor();
}

// x [n] without its first `by` elements, filled up at the end.
tf::Output ShiftLeft(tf::Graph& graph, const tf::Output& x, int by, const tf::Output& fill) {
  if (by == 0) return x;
  const tf::Output filler = graph.Op("Fill").Input(graph.Const(tf::Tensor::Vector<int32_t>({by}))).Input(fill).Output();
  const tf::Output longer =
      graph.Op("ConcatV2").InputList(std::vector<tf::Output>{x, filler}).Input(graph.Scalar<int32_t>(0)).Output();
  return graph.Op("Slice")
      .Input(longer)
      .Input(graph.Const(tf::Tensor::Vector<int32_t>({by})))
      .Input(graph.Op("Shape").Input(x).Output())
      .Output();
}

tf::Output Gather(tf::Graph& graph, const tf::Output& x, const tf::Output& indices) {
  return graph.Op("GatherV2").Input(x).Input(indices).Input(graph.Scalar<int32_t>(0)).Output();
}

// The sparse form of a dense tensor of rank 2, all its elements.
Tensor ToSparse(Trace& trace, std::string_view function, const Tensor& x) {
  tf::Graph& graph = trace.graph();
  const std::optional<tf::Shape> shape = x.shape();
  if (!shape.has_value() || shape->size() != 2) {
    trace.Fail(function, "needs a tensor of rank 2");
    return {};
  }
  const tf::Output ones =
      graph.Op("Fill").Input(graph.Op("Shape").Input(x.output()).Output()).Input(graph.Scalar<bool>(true)).Output();
  const tf::Output indices = graph.Op("Where").Input(ones).Output();
  const tf::Output dense_shape = graph.Op("Shape").Input(x.output()).Attr("out_type", DT_INT64).Output();
  return Tensor(indices, Flat(graph, x.output()), dense_shape);
}

}  // namespace

Tensor Ngrams(const Tensor& tokens, const NgramsOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("Ngrams", {&tokens})) return {};
  if (!tokens.is_sparse() || tokens.dtype() != DT_STRING) {
    trace->Fail("Ngrams", "needs a sparse tensor of strings [batch, tokens], as StringSplit gives");
    return {};
  }
  if (options.min_size < 1 || options.max_size < options.min_size) {
    trace->Fail("Ngrams", absl::StrCat("sizes ", options.min_size, " to ", options.max_size,
                                       " are not a range of positive sizes"));
    return {};
  }
  Trace::Scope scope(*trace, options.name, "ngrams");
  tf::Graph& graph = trace->graph();
  const tf::Output rows = RowsOf(graph, tokens.indices());
  std::vector<tf::Output> shifted, ngrams, whole;
  for (int size = 1; size <= options.max_size; ++size) {
    shifted.push_back(ShiftLeft(graph, tokens.values(), size - 1, graph.Const(tf::Tensor::String(""))));
    if (size < options.min_size) continue;
    ngrams.push_back(graph.Op("StringJoin").InputList(shifted).Attr("separator", options.separator).Output());
    // Rows ascend, so an n-gram lies in one row when its last token does.
    const tf::Output last_row = ShiftLeft(graph, rows, size - 1, graph.Scalar<int64_t>(-1));
    whole.push_back(graph.Op("Equal").Input(rows).Input(last_row).Output());
  }
  const tf::Output all = graph.Op("Pack").InputList(ngrams).Attr("axis", 1).Output();  // [n, sizes]
  const tf::Output mask = graph.Op("Pack").InputList(whole).Attr("axis", 1).Output();
  const tf::Output kept = graph.Op("Where").Input(mask).Output();  // [m, 2], row-major
  const tf::Output values = graph.Op("GatherNd").Input(all).Input(kept).Output();
  const tf::Output rows_of_kept = Gather(graph, rows, RowsOf(graph, kept));
  return LeftAligned(graph, rows_of_kept, values, Element(graph, tokens.dense_shape(), 0));
}

Tensor DeduplicateTensorPerRow(const Tensor& x) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("DeduplicateTensorPerRow", {&x})) return {};
  Trace::Scope scope(*trace, "", "deduplicate_per_row");
  tf::Graph& graph = trace->graph();
  const Tensor sparse = x.is_sparse() ? x : ToSparse(*trace, "DeduplicateTensorPerRow", x);
  if (!sparse.valid()) return {};
  const tf::Output rows = RowsOf(graph, sparse.indices());
  // Number the distinct values, then the distinct (row, value) pairs, and take the first place of each pair.
  const std::vector<tf::Output> distinct =
      graph.Op("Unique").Input(sparse.values()).Attr("out_idx", DT_INT64).Outputs();
  if (distinct.size() != 2) return {};
  const tf::Output count = Element(graph, graph.Op("Shape").Input(distinct[0]).Attr("out_type", DT_INT64).Output(), 0);
  const tf::Output pair =
      graph.Op("AddV2").Input(graph.Op("Mul").Input(rows).Input(count).Output()).Input(distinct[1]).Output();
  const std::vector<tf::Output> pairs = graph.Op("Unique").Input(pair).Attr("out_idx", DT_INT64).Outputs();
  if (pairs.size() != 2) return {};
  const tf::Output num_pairs = Element(graph, graph.Op("Shape").Input(pairs[0]).Attr("out_type", DT_INT64).Output(), 0);
  const tf::Output first =
      graph.Op("UnsortedSegmentMin").Input(Positions(graph, rows)).Input(pairs[1]).Input(num_pairs).Output();
  return LeftAligned(graph, Gather(graph, rows, first), Gather(graph, sparse.values(), first),
                     Element(graph, sparse.dense_shape(), 0));
}

Tensor BagOfWords(const Tensor& tokens, const NgramsOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("BagOfWords", {&tokens})) return {};
  Trace::Scope scope(*trace, options.name, "bag_of_words");
  NgramsOptions unnamed = options;
  unnamed.name.clear();
  const Tensor ngrams = Ngrams(tokens, unnamed);
  return ngrams.valid() ? DeduplicateTensorPerRow(ngrams) : Tensor();
}

Tensor WordCount(const Tensor& tokens) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("WordCount", {&tokens})) return {};
  Trace::Scope scope(*trace, "", "word_count");
  tf::Graph& graph = trace->graph();
  const Tensor sparse = tokens.is_sparse() ? tokens : ToSparse(*trace, "WordCount", tokens);
  if (!sparse.valid()) return {};
  const tf::Output rows = RowsOf(graph, sparse.indices());
  const tf::Output ones = graph.Op("OnesLike").Input(rows).Output();
  return Tensor(
      graph.Op("UnsortedSegmentSum").Input(ones).Input(rows).Input(Element(graph, sparse.dense_shape(), 0)).Output());
}

}  // namespace tft
