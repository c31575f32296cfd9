#include "tfx/trainer/callbacks.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tensorflow/core/util/event.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"
#include "tfx/tensorflow/checkpoint.h"
#include "tfx/testing/test_folder.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

std::string FreshDirectory() {
  const std::string directory = ::tfx::testing::TestFolder() + "/callbacks_test_" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name();
  EXPECT_TRUE(tfx::io::RemoveRecursively(directory).ok());
  return directory;
}

Dataset Line(int64_t rows) {
  std::mt19937 random(3);
  std::vector<float> x, y;
  for (int64_t i = 0; i < rows; ++i) {
    x.push_back(static_cast<float>(random() % 2000) / 1000 - 1);
    y.push_back(2 * x.back() - 0.5f);
  }
  return Dataset::FromTensors({{"x", tf::Tensor::Vector<float>(x)}}, tf::Tensor::Vector<float>(y));
}

Model LineModel(const Optimizer& optimizer = Adam(0.01)) {
  const Tensor x = Input({.name = "x"});
  const Tensor hidden = Dropout({.rate = 0.1f})(Dense({.units = 4, .activation = "relu"})(x));
  Model model({x}, Dense({.units = 1})(hidden), {.seed = 7});
  model.Compile({.optimizer = optimizer, .loss = "mse"});
  return model;
}

std::map<std::string, std::vector<float>> State(const Model& model) {
  std::map<std::string, std::vector<float>> state;
  const std::map<std::string, tf::Tensor> saved = model.GetState().value();
  for (const auto& [name, value] : saved) {
    if (value.dtype() == kFloat32) state[name] = {value.data<float>().begin(), value.data<float>().end()};
  }
  return state;
}

// Stops Fit as a crash would: with an error after a number of steps.
class StopAt : public Callback {
 public:
  explicit StopAt(int64_t step) : step_(step) {}
  absl::Status OnStepEnd(Model&, FitState& state, const Logs&) override {
    return state.step == step_ ? absl::CancelledError("stopped by the test") : absl::OkStatus();
  }

 private:
  const int64_t step_;
};

TEST(ModelCheckpoint, ResumedRunEndsWithTheSameWeightsAsAnUninterruptedOne) {
  for (int64_t steps_per_epoch : {25, 0}) {
    for (int64_t stop_at : {7, 33, 50}) {
      const std::string directory = FreshDirectory();
      Dataset data = Line(200).Shuffle({.buffer_size = 50, .seed = 2});
      data = steps_per_epoch > 0 ? data.Repeat().Batch(8) : data.Batch(8);
      const FitOptions options = {.epochs = 3, .steps_per_epoch = steps_per_epoch};
      Model whole = LineModel();
      ASSERT_TRUE(whole.Fit(data, options).ok());

      FitOptions first = options;
      first.callbacks = {ModelCheckpoint({.directory = directory, .save_every_steps = 5}),
                         std::make_shared<StopAt>(stop_at)};
      Model stopped = LineModel();
      EXPECT_EQ(stopped.Fit(data, first).code(), absl::StatusCode::kCancelled);
      FitOptions second = options;
      second.callbacks = {ModelCheckpoint({.directory = directory, .save_every_steps = 5})};
      Model resumed = LineModel();
      const absl::Status status = resumed.Fit(data, second);

      ASSERT_TRUE(status.ok()) << status;
      EXPECT_EQ(State(resumed), State(whole)) << "stopped at step " << stop_at;
      EXPECT_EQ(resumed.iterations(), 75);
    }
  }
}

TEST(ModelCheckpoint, KeepsTheNewestAndListsThem) {
  const std::string directory = FreshDirectory();
  Model model = LineModel();
  ASSERT_TRUE(model
                  .Fit(Line(80).Batch(8),
                       {.epochs = 4, .callbacks = {ModelCheckpoint({.directory = directory, .max_to_keep = 2})}})
                  .ok());

  EXPECT_EQ(*LatestCheckpoint(directory), directory + "/model.ckpt-40");
  EXPECT_THAT(*tfx::io::ListDirectory(directory),
              ::testing::ElementsAre("checkpoint", "model.ckpt-30.data-00000-of-00001", "model.ckpt-30.index",
                                     "model.ckpt-40.data-00000-of-00001", "model.ckpt-40.index"));
  const auto saved = *tf::ReadCheckpoint(directory + "/model.ckpt-40");
  EXPECT_EQ(saved.at("iterations").scalar<int64_t>(), 40);
  EXPECT_EQ(saved.count("optimizer/dense/kernel/m"), 1u);
  Model loaded = LineModel();
  EXPECT_TRUE(loaded.LoadWeights(directory).ok());
  EXPECT_EQ(loaded.GetWeight("dense/kernel")->data<float>()[0], model.GetWeight("dense/kernel")->data<float>()[0]);
}

TEST(ModelCheckpoint, AnotherModelsCheckpointIsAnError) {
  const std::string directory = FreshDirectory();
  Model model = LineModel();
  ASSERT_TRUE(model.Fit(Line(80).Batch(8), {.callbacks = {ModelCheckpoint({.directory = directory})}}).ok());

  Model other = LineModel(SGD(0.1));
  EXPECT_TRUE(other.Fit(Line(80).Batch(8), {.callbacks = {ModelCheckpoint({.directory = directory})}}).ok())
      << "needs less";
  Model ftrl = LineModel(Ftrl());
  EXPECT_THAT(ftrl.Fit(Line(80).Batch(8), {.callbacks = {ModelCheckpoint({.directory = directory})}}).message(),
              AllOf(HasSubstr(directory), HasSubstr(".resume = false")));
  EXPECT_FALSE(other.Fit(Line(80).Batch(8), {.callbacks = {ModelCheckpoint({})}}).ok());
}

TEST(EarlyStopping, StopsAfterPatienceAndRestoresTheBest) {
  Model model = LineModel(SGD(0.0));  // learns nothing, so no epoch is better than the first
  ASSERT_TRUE(
      model
          .Fit(Line(80).Batch(8),
               {.epochs = 20, .validation_data = Line(80).Batch(80), .callbacks = {EarlyStopping({.patience = 3})}})
          .ok());
  EXPECT_EQ(model.history().size(), 4u);

  // A learning rate that throws the model away after the second epoch.
  const auto jump = LearningRate([](int64_t step) { return step < 20 ? 0.02 : 0.9; });
  Model thrown = LineModel(SGD({.learning_rate = jump}));
  ASSERT_TRUE(thrown
                  .Fit(Line(80).Batch(8), {.epochs = 20,
                                           .validation_data = Line(80).Batch(80),
                                           .callbacks = {EarlyStopping({.patience = 2, .restore_best_weights = true})}})
                  .ok());
  double best = HUGE_VAL;
  for (const Logs& logs : thrown.history()) best = std::min(best, logs.at("val_loss"));
  EXPECT_LT(thrown.history().size(), 20u);
  EXPECT_NEAR(thrown.Evaluate(Line(80).Batch(80))->at("loss"), best, 1e-7);
}

TEST(EarlyStopping, UnknownMonitorListsTheLogs) {
  Model model = LineModel();
  EXPECT_THAT(model.Fit(Line(80).Batch(8), {.callbacks = {EarlyStopping()}}).message(),
              AllOf(HasSubstr("val_loss"), HasSubstr("validation_data"), HasSubstr("learning_rate")));
}

std::vector<::tensorflow::Event> ReadEvents(const std::string& directory) {
  std::vector<::tensorflow::Event> events;
  const std::vector<std::string> names = *tfx::io::ListDirectory(directory);
  for (const std::string& name : names) {
    auto reader = *tfx::io::TFRecordReader::Open(directory + "/" + name);
    std::string_view record;
    while (*reader->Read(&record))
      EXPECT_TRUE(events.emplace_back().ParseFromArray(record.data(), static_cast<int>(record.size())));
  }
  return events;
}

TEST(TensorBoard, WritesScalarsOfTrainingAndValidationAndTheGraph) {
  const std::string directory = FreshDirectory();
  Model model = LineModel();
  ASSERT_TRUE(model
                  .Fit(Line(80).Batch(8), {.epochs = 2,
                                           .validation_data = Line(80).Batch(80),
                                           .callbacks = {TensorBoard({.log_dir = directory, .update_every_steps = 4})}})
                  .ok());

  std::vector<std::string> tags;
  bool graph = false;
  for (const ::tensorflow::Event& event : ReadEvents(directory + "/train")) {
    graph = graph || !event.graph_def().empty();
    for (const auto& value : event.summary().value()) tags.push_back(value.tag() + "@" + std::to_string(event.step()));
  }
  EXPECT_TRUE(graph);
  EXPECT_THAT(tags, AllOf(Contains("epoch_loss@0"), Contains("epoch_loss@1"), Contains("epoch_learning_rate@1"),
                          Contains("batch_loss@4"), Contains("batch_loss@20")));
  int validation = 0;
  for (const ::tensorflow::Event& event : ReadEvents(directory + "/validation")) {
    for (const auto& value : event.summary().value()) {
      EXPECT_EQ(value.tag(), "epoch_loss");
      EXPECT_FLOAT_EQ(value.tensor().float_val_size() > 0 ? value.tensor().float_val(0) : value.simple_value(),
                      static_cast<float>(model.history()[event.step()].at("val_loss")));
      ++validation;
    }
  }
  EXPECT_EQ(validation, 2);
}

TEST(Callback, UsersOwnSeesEveryMomentAndMayStop) {
  struct Recorder : Callback {
    absl::Status OnTrainBegin(Model&, FitState&) override { return Note("begin"); }
    absl::Status OnEpochBegin(Model&, FitState&) override { return Note("epoch"); }
    absl::Status OnStepEnd(Model&, FitState& state, const Logs& logs) override {
      state.stop_training = state.step == 3;
      return Note(logs.count("loss") > 0 ? "step" : "step without loss");
    }
    bool WantsStepLogs() const override { return true; }
    absl::Status OnEpochEnd(Model&, FitState&, const Logs&) override { return Note("epoch end"); }
    absl::Status OnTrainEnd(Model&, FitState&) override { return Note("end"); }
    absl::Status Note(const std::string& moment) {
      moments.push_back(moment);
      return absl::OkStatus();
    }
    std::vector<std::string> moments;
  };
  const auto recorder = std::make_shared<Recorder>();
  Model model = LineModel();

  ASSERT_TRUE(model.Fit(Line(16).Batch(8), {.epochs = 5, .callbacks = {recorder}}).ok());

  EXPECT_THAT(recorder->moments, ::testing::ElementsAre("begin", "epoch", "step", "step", "epoch end", "epoch", "step",
                                                        "epoch end", "end"));
}

}  // namespace
}  // namespace keras
