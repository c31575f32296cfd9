#include "tfx/trainer/metrics.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keras {
namespace {

using ::testing::HasSubstr;

struct Rows {
  std::vector<float> predictions, labels, weights;
};

Rows RandomRows(int n, uint32_t seed) {
  std::mt19937 random(seed);
  Rows rows;
  for (int i = 0; i < n; ++i) {
    rows.labels.push_back(random() % 3 == 0 ? 1.0f : 0.0f);
    const double shift = rows.labels.back() != 0 ? 0.2 : 0;
    rows.predictions.push_back(static_cast<float>(std::min(1.0, shift + (random() % 10000) / 12500.0)));
    rows.weights.push_back(static_cast<float>(1 + random() % 3));
  }
  return rows;
}

double Compute(const Metric& metric, const Rows& rows, bool weighted) {
  const std::unique_ptr<MetricState> state = metric.New();
  // Two batches of unequal size.
  const int64_t n = static_cast<int64_t>(rows.labels.size()), half = n / 3;
  for (const auto& [begin, count] : {std::pair<int64_t, int64_t>{0, half}, {half, n - half}}) {
    MetricBatch batch{
        count, 1, std::span(rows.predictions).subspan(begin, count), 1, std::span(rows.labels).subspan(begin, count),
        {}};
    if (weighted) batch.weights = std::span(rows.weights).subspan(begin, count);
    state->Update(batch);
  }
  return state->Result();
}

// Keras's definition, threshold by threshold over all rows.
double SlowAuc(const Rows& rows, int num_thresholds, Curve curve, bool weighted) {
  std::vector<double> tp, fp, fn, tn;
  for (int i = 0; i < num_thresholds; ++i) {
    const float threshold = i == 0 ? -1e-7f
                            : i == num_thresholds - 1
                                ? static_cast<float>(1 + 1e-7)
                                : static_cast<float>(static_cast<double>(i) / (num_thresholds - 1));
    double counts[4] = {};
    for (size_t r = 0; r < rows.labels.size(); ++r) {
      const bool predicted = rows.predictions[r] > threshold, positive = rows.labels[r] == 1;
      counts[predicted * 2 + positive] += weighted ? rows.weights[r] : 1;
    }
    tp.push_back(counts[3]);
    fp.push_back(counts[2]);
    fn.push_back(counts[1]);
    tn.push_back(counts[0]);
  }
  double area = 0;
  for (int i = 0; i + 1 < num_thresholds; ++i) {
    if (curve == Curve::kRoc) {
      const auto tpr = [&](int k) { return tp[k] / (tp[k] + fn[k]); };
      const auto fpr = [&](int k) { return fp[k] / (fp[k] + tn[k]); };
      area += (fpr(i) - fpr(i + 1)) * (tpr(i) + tpr(i + 1)) / 2;
      continue;
    }
    const double dtp = tp[i] - tp[i + 1], p = tp[i] + fp[i], q = tp[i + 1] + fp[i + 1];
    const double slope = p > q ? dtp / (p - q) : 0;
    const double intercept = tp[i + 1] - slope * q;
    const double ratio = p > 0 && q > 0 ? p / q : 1;
    area += slope * (dtp + intercept * std::log(ratio)) / (tp[i + 1] + fn[i + 1]);
  }
  return area;
}

TEST(Auc, EqualsTheSlowDefinition) {
  for (uint32_t seed : {1u, 2u}) {
    const Rows rows = RandomRows(500, seed);
    for (bool weighted : {false, true}) {
      for (Curve curve : {Curve::kRoc, Curve::kPr}) {
        for (int thresholds : {3, 200}) {
          const Metric metric = AUC({.num_thresholds = thresholds, .curve = curve});
          EXPECT_NEAR(Compute(metric, rows, weighted), SlowAuc(rows, thresholds, curve, weighted), 1e-9);
        }
      }
    }
  }
}

TEST(Auc, PerfectAndConstantPredictions) {
  EXPECT_NEAR(Compute(AUC(), {{0.1f, 0.9f, 0.2f}, {0, 1, 0}, {}}, false), 1, 1e-9);
  EXPECT_NEAR(Compute(AUC(), {{0.5f, 0.5f, 0.5f}, {0, 1, 0}, {}}, false), 0.5, 1e-9);
  EXPECT_NEAR(Compute(AUC({.from_logits = true}), {{-5, 5, -3}, {0, 1, 0}, {}}, false), 1, 1e-9);
}

TEST(ThresholdMetrics, EqualCounting) {
  const Rows rows = RandomRows(300, 7);
  for (bool weighted : {false, true}) {
    for (float threshold : {0.3f, 0.5f}) {
      double tp = 0, fp = 0, fn = 0, right = 0, all = 0;
      for (size_t i = 0; i < rows.labels.size(); ++i) {
        const double w = weighted ? rows.weights[i] : 1;
        const bool predicted = rows.predictions[i] > threshold, positive = rows.labels[i] == 1;
        tp += predicted && positive ? w : 0;
        fp += predicted && !positive ? w : 0;
        fn += !predicted && positive ? w : 0;
        right += predicted == positive ? w : 0;
        all += w;
      }
      EXPECT_NEAR(Compute(Precision({.threshold = threshold}), rows, weighted), tp / (tp + fp), 1e-12);
      EXPECT_NEAR(Compute(Recall({.threshold = threshold}), rows, weighted), tp / (tp + fn), 1e-12);
      EXPECT_NEAR(Compute(BinaryAccuracy({.threshold = threshold}), rows, weighted), right / all, 1e-12);
    }
  }
  EXPECT_EQ(Compute(Precision(), {{0.1f}, {1}, {}}, false), 0) << "nothing predicted positive";
  EXPECT_EQ(Compute(Recall(), {{0.9f}, {0}, {}}, false), 0) << "no positives";
}

TEST(MeanMetrics, EqualPlainMeans) {
  const Rows rows = RandomRows(100, 9);
  double squares = 0, absolute = 0, entropy = 0, mean = 0, label = 0;
  for (size_t i = 0; i < 100; ++i) {
    const double p = rows.predictions[i], y = rows.labels[i], q = std::clamp(p, 1e-7, 1 - 1e-7);
    squares += (p - y) * (p - y) / 100;
    absolute += std::abs(p - y) / 100;
    entropy -= (y * std::log(q) + (1 - y) * std::log(1 - q)) / 100;
    mean += p / 100;
    label += y / 100;
  }
  EXPECT_NEAR(Compute(MeanSquaredErrorMetric(), rows, false), squares, 1e-12);
  EXPECT_NEAR(Compute(RootMeanSquaredError(), rows, false), std::sqrt(squares), 1e-12);
  EXPECT_NEAR(Compute(MeanAbsoluteErrorMetric(), rows, false), absolute, 1e-12);
  EXPECT_NEAR(Compute(BinaryCrossentropyMetric(), rows, false), entropy, 1e-9);
  EXPECT_NEAR(Compute(MeanPrediction(), rows, false), mean, 1e-12);
  EXPECT_NEAR(Compute(MeanLabel(), rows, false), label, 1e-12);
}

TEST(ClassMetrics, ArgMaxAndTopK) {
  const std::vector<float> predictions = {0.1f, 0.7f, 0.2f, 0.5f, 0.3f, 0.2f, 0.2f, 0.3f, 0.5f};
  const std::vector<float> ids = {1, 2, 1};
  const std::vector<float> one_hot = {0, 1, 0, 0, 0, 1, 0, 1, 0};
  const auto compute = [&](const Metric& metric, const std::vector<float>& labels) {
    const std::unique_ptr<MetricState> state = metric.New();
    state->Update({3, 3, predictions, static_cast<int64_t>(labels.size()) / 3, labels, {}});
    return state->Result();
  };
  EXPECT_NEAR(compute(SparseCategoricalAccuracy(), ids), 1 / 3.0, 1e-12);
  EXPECT_NEAR(compute(CategoricalAccuracy(), one_hot), 1 / 3.0, 1e-12);
  EXPECT_NEAR(compute(SparseTopKCategoricalAccuracy(2), ids), 2 / 3.0, 1e-12);
  EXPECT_NEAR(compute(SparseCategoricalCrossentropyMetric(), ids), -(std::log(0.7) + std::log(0.2) + std::log(0.3)) / 3,
              1e-6);
}

TEST(Metrics, UnknownNameSuggestsTheNearestAndKnownOnesWork) {
  EXPECT_THAT(Metric("binary_acuracy").status().message(), HasSubstr("did you mean binary_accuracy"));
  for (const std::string& name : MetricNames()) {
    const Metric metric(name);
    EXPECT_TRUE(metric.status().ok()) << name;
    if (metric.is_generic_accuracy()) continue;
    EXPECT_EQ(metric.New()->Result(), 0) << name << " without rows";
  }
}

}  // namespace
}  // namespace keras
