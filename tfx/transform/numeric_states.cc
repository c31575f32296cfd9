#include "tfx/transform/numeric_states.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/transform/column_values.h"

namespace tft {
namespace {

using ::tfx::sketches::StateReader;
using ::tfx::sketches::StateWriter;
using ::tfx::tf::DataType;
using ::tfx::tf::Shape;
using ::tfx::tf::Tensor;

std::string LayoutAttributes(const char* kind, const ColumnLayout& layout) {
  return absl::StrCat(kind, " dtype=", ::tensorflow::DataType_Name(layout.dtype), " elementwise=", layout.elementwise,
                      " sparse_columns=", layout.sparse_columns,
                      " row_shape=", layout.row_shape.has_value() ? absl::StrJoin(*layout.row_shape, ",") : "?");
}

// What the states of this file share: the shape of a row, and polymorphic copies and merges.
template <class Derived>
class ColumnState : public AnalyzerState {
 public:
  explicit ColumnState(const ColumnLayout& layout) : row_(layout) {}

  std::unique_ptr<AnalyzerState> Clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
  absl::Status Add(std::span<const Tensor> inputs) override {
    RETURN_IF_ERROR(row_.Observe(inputs));
    static_cast<Derived*>(this)->Grow();
    return static_cast<Derived*>(this)->AddValues(inputs);
  }
  absl::Status Merge(const AnalyzerState& other) override {
    const Derived& that = static_cast<const Derived&>(other);
    RETURN_IF_ERROR(row_.Merge(that.row_));
    static_cast<Derived*>(this)->Grow();
    return static_cast<Derived*>(this)->MergeValues(that);
  }
  std::string Serialize() const override {
    StateWriter writer;
    row_.Serialize(writer);
    static_cast<const Derived*>(this)->WriteValues(writer);
    return writer.Take();
  }
  absl::Status ParseFrom(std::string_view bytes) override {
    Derived parsed(static_cast<const Derived&>(*this));
    StateReader reader(bytes);
    parsed.row_.ParseFrom(reader);
    RETURN_IF_ERROR(parsed.ReadValues(reader));
    if (!reader.ok()) {
      return absl::DataLossError(absl::StrCat("the bytes are not the state of ", this->Attributes()));
    }
    static_cast<Derived&>(*this) = std::move(parsed);
    return absl::OkStatus();
  }

 protected:
  const ColumnLayout& layout() const { return row_.layout(); }
  RowShape row_;
};

int64_t LargestOf(DataType dtype) {
  return dtype == ::tensorflow::DT_INT32 ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int64_t>::max();
}

// T: double for floats, int64_t for integers. NaN wins over numbers, save by columns of a sparse tensor, where it is
// skipped and stands for a column without values.
template <class T>
class MinMaxState : public ColumnState<MinMaxState<T>> {
 public:
  explicit MinMaxState(const ColumnLayout& layout) : ColumnState<MinMaxState<T>>(layout) { Grow(); }

  void Grow() {
    const size_t columns = this->row_.num_columns();
    if (min_.size() >= columns) return;
    min_.resize(columns, -Lowest());
    max_.resize(columns, Lowest());
  }
  absl::Status AddValues(std::span<const Tensor> inputs) {
    return ForEachValue<T>(inputs, this->row_, [&](size_t column, size_t, T value) {
      min_[column] = Smaller(min_[column], value);
      max_[column] = Larger(max_[column], value);
    });
  }
  absl::Status MergeValues(const MinMaxState& other) {
    for (size_t i = 0; i < other.min_.size() && i < min_.size(); ++i) {
      min_[i] = Smaller(min_[i], other.min_[i]);
      max_[i] = Larger(max_[i], other.max_[i]);
    }
    return absl::OkStatus();
  }
  void WriteValues(StateWriter& writer) const {
    writer.Numbers(min_);
    writer.Numbers(max_);
  }
  absl::Status ReadValues(StateReader& reader) {
    min_ = reader.Numbers<T>();
    max_ = reader.Numbers<T>();
    return CheckColumns({min_.size(), max_.size()});
  }
  absl::StatusOr<AnalyzerResult> Finish() const override {
    AnalyzerResult result;
    ASSIGN_OR_RETURN(Tensor min, ResultTensor(this->layout().dtype, this->row_.shape(), min_));
    ASSIGN_OR_RETURN(Tensor max, ResultTensor(this->layout().dtype, this->row_.shape(), max_));
    result.values = {min, max};
    return result;
  }
  std::string Attributes() const override { return LayoutAttributes("min_and_max/1", this->layout()); }

 private:
  T Lowest() const {
    if constexpr (std::is_same_v<T, double>) {
      return SkipsNan() ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
    } else {
      return -LargestOf(this->layout().dtype);
    }
  }
  bool SkipsNan() const { return this->layout().sparse_columns; }
  T Smaller(T a, T b) const {
    if (a != a) return SkipsNan() ? b : a;
    if (b != b) return SkipsNan() ? a : b;
    return std::min(a, b);
  }
  T Larger(T a, T b) const {
    if (a != a) return SkipsNan() ? b : a;
    if (b != b) return SkipsNan() ? a : b;
    return std::max(a, b);
  }
  absl::Status CheckColumns(std::initializer_list<size_t> sizes) const {
    for (size_t size : sizes) {
      if (size != this->row_.num_columns()) return absl::DataLossError("a min/max state has too few columns");
    }
    return absl::OkStatus();
  }
  std::vector<T> min_;
  std::vector<T> max_;
};

// Sums of values, or of ones.
template <class T, bool kCount>
class SumState : public ColumnState<SumState<T, kCount>> {
 public:
  explicit SumState(const ColumnLayout& layout) : ColumnState<SumState<T, kCount>>(layout) { Grow(); }

  void Grow() {
    if (sum_.size() < this->row_.num_columns()) sum_.resize(this->row_.num_columns(), T{0});
  }
  absl::Status AddValues(std::span<const Tensor> inputs) {
    if constexpr (kCount) {
      return AddCounts(inputs);
    } else {
      return ForEachValue<T>(inputs, this->row_, [&](size_t column, size_t, T value) { Increase(column, value); });
    }
  }
  absl::Status MergeValues(const SumState& other) {
    for (size_t i = 0; i < other.sum_.size() && i < sum_.size(); ++i) Increase(i, other.sum_[i]);
    return absl::OkStatus();
  }
  void WriteValues(StateWriter& writer) const { writer.Numbers(sum_); }
  absl::Status ReadValues(StateReader& reader) {
    sum_ = reader.Numbers<T>();
    return sum_.size() == this->row_.num_columns() ? absl::OkStatus()
                                                   : absl::DataLossError("a sum state has too few columns");
  }
  absl::StatusOr<AnalyzerResult> Finish() const override {
    DataType dtype = ::tensorflow::DT_INT64;
    if constexpr (std::is_same_v<T, double>) dtype = this->layout().dtype;
    AnalyzerResult result;
    ASSIGN_OR_RETURN(Tensor sum, ResultTensor(dtype, this->row_.shape(), sum_));
    result.values = {sum};
    return result;
  }
  std::string Attributes() const override { return LayoutAttributes(kCount ? "size/1" : "sum/1", this->layout()); }

 private:
  // Integers wrap around, as TensorFlow's do.
  void Increase(size_t column, T value) {
    if constexpr (std::is_same_v<T, double>) {
      sum_[column] += value;
    } else {
      sum_[column] = static_cast<T>(static_cast<uint64_t>(sum_[column]) + static_cast<uint64_t>(value));
    }
  }
  // Needs no values, so strings can be counted too.
  absl::Status AddCounts(std::span<const Tensor> inputs) {
    if (this->layout().sparse_columns) {
      const std::span<const int64_t> indices = inputs[1].data<int64_t>();
      for (size_t i = 0; 2 * i + 1 < indices.size(); ++i) sum_[indices[2 * i + 1]] += 1;
      return absl::OkStatus();
    }
    if (sum_.empty()) return absl::OkStatus();
    const int64_t per_column = inputs[0].num_elements() / static_cast<int64_t>(sum_.size());
    for (T& sum : sum_) sum += static_cast<T>(per_column);
    return absl::OkStatus();
  }
  std::vector<T> sum_;
};

// Welford's recurrence inside a batch, the pairwise formula of Chan et al. between batches.
class MeanVarState : public ColumnState<MeanVarState> {
 public:
  explicit MeanVarState(const ColumnLayout& layout) : ColumnState<MeanVarState>(layout) { Grow(); }

  void Grow() {
    if (moments_.size() < row_.num_columns()) moments_.resize(row_.num_columns());
  }
  absl::Status AddValues(std::span<const Tensor> inputs) {
    return ForEachValue<double>(inputs, row_, [&](size_t column, size_t, double value) {
      if (!std::isfinite(value)) return;
      Moments& m = moments_[column];
      m.count += 1;
      const double delta = value - m.mean;
      m.mean += delta / m.count;
      m.squares += delta * (value - m.mean);
    });
  }
  absl::Status MergeValues(const MeanVarState& other) {
    for (size_t i = 0; i < other.moments_.size() && i < moments_.size(); ++i) {
      const Moments& b = other.moments_[i];
      Moments& a = moments_[i];
      if (b.count == 0) continue;
      if (a.count == 0) {
        a = b;
        continue;
      }
      const double total = a.count + b.count;
      const double delta = b.mean - a.mean;
      a.mean += delta * (b.count / total);
      a.squares += b.squares + delta * delta * (a.count * b.count / total);
      a.count = total;
    }
    return absl::OkStatus();
  }
  void WriteValues(StateWriter& writer) const {
    std::vector<double> flat;
    for (const Moments& m : moments_) flat.insert(flat.end(), {m.count, m.mean, m.squares});
    writer.Numbers(flat);
  }
  absl::Status ReadValues(StateReader& reader) {
    const std::vector<double> flat = reader.Numbers<double>();
    if (flat.size() != 3 * row_.num_columns()) return absl::DataLossError("a mean/var state has too few columns");
    moments_.clear();
    for (size_t i = 0; i < flat.size(); i += 3) moments_.push_back({flat[i], flat[i + 1], flat[i + 2]});
    return absl::OkStatus();
  }
  absl::StatusOr<AnalyzerResult> Finish() const override {
    std::vector<double> mean, var;
    for (const Moments& m : moments_) {
      const double v = m.count == 0 ? 0 : m.squares / m.count;
      mean.push_back(std::isnan(m.mean) ? 0 : m.mean);
      var.push_back(std::isnan(v) ? 0 : v);
    }
    const DataType dtype = layout().dtype == ::tensorflow::DT_DOUBLE ? ::tensorflow::DT_DOUBLE : ::tensorflow::DT_FLOAT;
    AnalyzerResult result;
    ASSIGN_OR_RETURN(Tensor mean_tensor, ResultTensor(dtype, row_.shape(), mean));
    ASSIGN_OR_RETURN(Tensor var_tensor, ResultTensor(dtype, row_.shape(), var));
    result.values = {mean_tensor, var_tensor};
    return result;
  }
  std::string Attributes() const override { return LayoutAttributes("mean_and_var/1", layout()); }

 private:
  struct Moments {
    double count = 0;
    double mean = 0;
    double squares = 0;  // sum of squared deviations from the mean
  };
  std::vector<Moments> moments_;
};

}  // namespace

std::unique_ptr<AnalyzerState> NewMinMaxState(const ColumnLayout& layout) {
  if (IsFloating(layout.dtype)) return std::make_unique<MinMaxState<double>>(layout);
  return std::make_unique<MinMaxState<int64_t>>(layout);
}

std::unique_ptr<AnalyzerState> NewSumState(const ColumnLayout& layout) {
  if (IsFloating(layout.dtype)) return std::make_unique<SumState<double, false>>(layout);
  return std::make_unique<SumState<int64_t, false>>(layout);
}

std::unique_ptr<AnalyzerState> NewSizeState(const ColumnLayout& layout) {
  return std::make_unique<SumState<int64_t, true>>(layout);
}

std::unique_ptr<AnalyzerState> NewMeanVarState(const ColumnLayout& layout) {
  return std::make_unique<MeanVarState>(layout);
}

}  // namespace tft
