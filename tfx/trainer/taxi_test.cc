// The wide & deep model of the Chicago taxi example on recorded transformed examples (tft-trainer.md 6.3).
#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/file_system.h"
#include "tfx/trainer/taxi_model_for_test.h"

namespace keras {
namespace {

class Taxi : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* golden = std::getenv("TFX_GOLDEN_DIR");
    if (golden != nullptr) transform_ = TaxiTransformDirectory(golden);
    if (golden == nullptr || !tfx::io::Exists(transform_))
      GTEST_SKIP() << "recorded results are not in $TFX_GOLDEN_DIR";
  }
  std::string transform_;
};

TEST_F(Taxi, ThousandStepsReachTheQualityOfKeras) {
  std::vector<double> aucs, losses;
  for (uint64_t seed : {1, 2, 3}) {
    Model model = TaxiModel(seed);
    const Dataset train = TaxiExamples(transform_, "train").Cache().Shuffle({.seed = seed}).Repeat().Batch(40);
    const absl::Status status = model.Fit(train, {.steps_per_epoch = 1000});
    ASSERT_TRUE(status.ok()) << status;
    const absl::StatusOr<Logs> logs = model.Evaluate(TaxiExamples(transform_, "eval").Batch(500));
    ASSERT_TRUE(logs.ok()) << logs.status();
    aucs.push_back(logs->at("auc"));
    losses.push_back(logs->at("loss"));
    RecordProperty("auc_" + std::to_string(seed), std::to_string(aucs.back()));
    RecordProperty("loss_" + std::to_string(seed), std::to_string(losses.back()));
  }
  std::sort(aucs.begin(), aucs.end());
  std::sort(losses.begin(), losses.end());
  EXPECT_GE(aucs[1], 0.93) << ::testing::PrintToString(aucs);
  EXPECT_LE(losses[1], 0.35) << ::testing::PrintToString(losses);
}

TEST_F(Taxi, SameSeedSameWeights) {
  const auto train = [&](uint64_t seed) {
    Model model = TaxiModel(seed);
    EXPECT_TRUE(
        model.Fit(TaxiExamples(transform_, "train").Shuffle({.seed = seed}).Repeat().Batch(40), {.steps_per_epoch = 60})
            .ok());
    const tf::Tensor kernel = *model.GetWeight("outputs/kernel");
    return std::vector<float>(kernel.data<float>().begin(), kernel.data<float>().end());
  };
  const std::vector<float> first = train(1);
  EXPECT_EQ(first, train(1));
  EXPECT_NE(first, train(2));
}

TEST_F(Taxi, TooSmallAVocabularyIsNamed) {
  const Tensor company = Input({.name = "company_xf", .dtype = kInt64});
  Model model({company}, Dense({.units = 1, .activation = "sigmoid"})(CategoryEncoding({.num_tokens = 1})(company)));
  model.Compile({.loss = BinaryCrossentropy()});

  const absl::Status status = model.Fit(TaxiExamples(transform_, "train").Batch(40));

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(),
              ::testing::AllOf(::testing::HasSubstr("company_xf"), ::testing::HasSubstr("category_encoding")));
}

}  // namespace
}  // namespace keras
