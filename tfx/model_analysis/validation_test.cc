#include "tfx/model_analysis/validation.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/metric.h"
#include "tfx/model_analysis/slicing.h"
#include "tfx/model_analysis/test_rows.h"

namespace tfx::tfma {
namespace {

using ::tensorflow_model_analysis::MetricsForSlice;
using ::tensorflow_model_analysis::ValidationResult;

MetricsForSlice Slice(const SliceKey& slice, const std::map<MetricKey, double>& values) {
  MetricsForSlice metrics;
  *metrics.mutable_slice_key() = SliceKeyToProto(slice);
  for (const auto& [key, value] : values) {
    auto* item = metrics.add_metric_keys_and_values();
    *item->mutable_key() = MetricKeyToProto(key);
    item->mutable_value()->mutable_double_value()->set_value(value);
  }
  return metrics;
}

ValidationResult Validate(const std::string& config, const std::vector<MetricsForSlice>& metrics,
                          bool rubber_stamp = false) {
  const auto complete = UpdateEvalConfigWithDefaults(FromText<EvalConfig>(config), {.rubber_stamp = rubber_stamp});
  EXPECT_TRUE(complete.ok()) << complete.status();
  const auto result = ValidateMetrics(*complete, metrics, rubber_stamp);
  EXPECT_TRUE(result.ok()) << result.status();
  return *result;
}

// Whether an AUC passes a value_threshold.
bool Passes(double auc, const std::string& bounds) {
  return Validate(absl::StrCat("metrics_specs { metrics { class_name: 'AUC' threshold { value_threshold {", bounds,
                               "} } } }"),
                  {Slice({}, {{{.name = "auc"}, auc}})})
      .validation_ok();
}

TEST(Validation, BoundsAreInclusive) {
  const std::string both = "lower_bound { value: 0.5 } upper_bound { value: 0.75 }";

  EXPECT_TRUE(Passes(0.5, both));
  EXPECT_TRUE(Passes(0.75, both));
  EXPECT_FALSE(Passes(std::nextafter(0.5, 0), both));
  EXPECT_FALSE(Passes(std::nextafter(0.75, 1), both));
  EXPECT_TRUE(Passes(-5, "upper_bound { value: 0.75 }"));
  EXPECT_TRUE(Passes(5, "lower_bound { value: 0.75 }"));
}

TEST(Validation, NanFails) {
  EXPECT_FALSE(Passes(std::nan(""), "lower_bound { value: 0.5 }"));
  EXPECT_FALSE(Passes(std::nan(""), "")) << "even without bounds";
}

// Whether a change from `baseline` to `candidate` passes a change_threshold.
bool ChangePasses(double candidate, double baseline, const std::string& threshold) {
  return Validate(absl::StrCat("model_specs { name: 'new' } model_specs { name: 'old' is_baseline: true }"
                               "metrics_specs { metrics { class_name: 'AUC' threshold { change_threshold {",
                               threshold, "} } } }"),
                  {Slice({}, {{{.name = "auc", .model_name = "new"}, candidate},
                              {{.name = "auc", .model_name = "old"}, baseline},
                              {{.name = "auc", .model_name = "new", .is_diff = true}, candidate - baseline}})})
      .validation_ok();
}

TEST(Validation, AbsoluteChangesGoInTheGivenDirection) {
  const std::string higher = "direction: HIGHER_IS_BETTER absolute { value: 0.25 }";
  EXPECT_TRUE(ChangePasses(0.75, 0.5, higher)) << "inclusive";
  EXPECT_TRUE(ChangePasses(1.0, 0.5, higher));
  EXPECT_FALSE(ChangePasses(0.625, 0.5, higher));

  const std::string lower = "direction: LOWER_IS_BETTER absolute { value: -0.25 }";
  EXPECT_TRUE(ChangePasses(0.25, 0.5, lower)) << "inclusive";
  EXPECT_FALSE(ChangePasses(0.375, 0.5, lower));
  EXPECT_FALSE(ChangePasses(1.0, 0.5, lower));
}

TEST(Validation, RelativeChangesAreSharesOfTheBaseline) {
  const std::string higher = "direction: HIGHER_IS_BETTER relative { value: 0.5 }";
  EXPECT_TRUE(ChangePasses(0.75, 0.5, higher)) << "inclusive";
  EXPECT_FALSE(ChangePasses(0.7, 0.5, higher));
  EXPECT_FALSE(ChangePasses(0.7, 0.0, higher)) << "no share of 0";

  const std::string both = "direction: HIGHER_IS_BETTER relative { value: 0.5 } absolute { value: 0.3 }";
  EXPECT_FALSE(ChangePasses(0.75, 0.5, both)) << "both must hold";
  EXPECT_TRUE(ChangePasses(0.875, 0.5, both));
}

TEST(Validation, AChangeThresholdNeedsADirection) { EXPECT_FALSE(ChangePasses(0.75, 0.5, "absolute { value: 0 }")); }

constexpr char kAucAtLeastHalf[] =
    "metrics_specs { metrics { class_name: 'AUC' threshold { value_threshold { lower_bound { value: 0.5 } } } } }";

TEST(Validation, AFailureNamesSliceMetricThresholdAndValue) {
  const SliceKey day = {{"day", int64_t{5}}};

  const ValidationResult result =
      Validate(kAucAtLeastHalf, {Slice({}, {{{.name = "auc"}, 0.75}}), Slice(day, {{{.name = "auc"}, 0.25}})});

  EXPECT_FALSE(result.validation_ok());
  ASSERT_EQ(result.metric_validations_per_slice_size(), 1);
  const auto& slice = result.metric_validations_per_slice(0);
  EXPECT_EQ(SliceKeyFromProto(slice.slice_key()), day);
  ASSERT_EQ(slice.failures_size(), 1);
  EXPECT_EQ(slice.failures(0).metric_key().name(), "auc");
  EXPECT_EQ(slice.failures(0).metric_threshold().value_threshold().lower_bound().value(), 0.5);
  EXPECT_EQ(slice.failures(0).metric_value().double_value().value(), 0.25);
}

TEST(Validation, AMissingMetricFails) {
  const ValidationResult result = Validate(kAucAtLeastHalf, {Slice({}, {{{.name = "precision"}, 1.0}})});

  EXPECT_FALSE(result.validation_ok());
  ASSERT_EQ(result.metric_validations_per_slice_size(), 1);
  EXPECT_EQ(result.metric_validations_per_slice(0).failures(0).message(), "Metric not found.");
}

TEST(Validation, ASliceWithAThresholdThatDoesNotOccurFails) {
  const std::string config =
      "slicing_specs {} metrics_specs { metrics { class_name: 'AUC' per_slice_thresholds {"
      "  slicing_specs { feature_keys: 'day' } threshold { value_threshold { lower_bound { value: 0.5 } } } } } }";
  const MetricsForSlice overall = Slice({}, {{{.name = "auc"}, 0.25}});

  const ValidationResult missing = Validate(config, {overall});
  EXPECT_FALSE(missing.validation_ok());
  ASSERT_EQ(missing.missing_slices_size(), 1);
  EXPECT_EQ(missing.missing_slices(0).feature_keys(0), "day");

  const ValidationResult there = Validate(config, {overall, Slice({{"day", int64_t{5}}}, {{{.name = "auc"}, 0.5}})});
  EXPECT_TRUE(there.validation_ok()) << "the overall slice has no threshold\n" << there.DebugString();
}

TEST(Validation, WithoutThresholdsTheRubberStampDecides) {
  const std::string config = "metrics_specs { metrics { class_name: 'AUC' } }";

  const ValidationResult stamped = Validate(config, {}, true), plain = Validate(config, {}, false);

  EXPECT_TRUE(stamped.validation_ok());
  EXPECT_TRUE(stamped.rubber_stamp());
  EXPECT_FALSE(plain.validation_ok());
  EXPECT_TRUE(plain.missing_thresholds());
}

}  // namespace
}  // namespace tfx::tfma
