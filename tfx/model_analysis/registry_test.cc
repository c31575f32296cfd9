#include "tfx/model_analysis/registry.h"

#include "gtest/gtest.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/metrics_plan.h"

namespace tfx::tfma {
namespace {

TEST(Registry, IsSortedAndEveryEntryHasDocumentationAndAWorkingExample) {
  std::string_view previous;
  for (const MetricEntry& entry : MetricRegistry()) {
    EXPECT_LT(previous, entry.class_name);
    previous = entry.class_name;
    EXPECT_FALSE(entry.doc.empty()) << entry.class_name;
    EvalConfig config;
    auto* metric = config.add_metrics_specs()->add_metrics();
    ASSERT_TRUE(io::ParseTextProto(entry.example, entry.class_name, metric).ok()) << entry.class_name;
    EXPECT_EQ(metric->class_name(), entry.class_name);
    auto complete = UpdateEvalConfigWithDefaults(config);
    ASSERT_TRUE(complete.ok()) << complete.status();
    EXPECT_TRUE(PlanMetrics(*complete, nullptr).ok())
        << entry.class_name << ": " << PlanMetrics(*complete, nullptr).status();
  }
}

TEST(Registry, NamesTheNearestMetricForAnUnknownOne) {
  auto entry = FindMetricEntry("Precison");

  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(entry.status().message().find("did you mean Precision?"), std::string::npos) << entry.status();
}

}  // namespace
}  // namespace tfx::tfma
