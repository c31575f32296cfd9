#include "tfx/tensorflow/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Checkpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = io::JoinPath(::tfx::testing::TestFolder(), "tfx_checkpoint_test");
    ASSERT_TRUE(io::RemoveRecursively(directory_).ok());
    prefix_ = io::JoinPath(directory_, "deep/ckpt-7");
  }
  void TearDown() override { io::RemoveRecursively(directory_).IgnoreError(); }
  std::string directory_, prefix_;
};

TEST_F(Checkpoint, ReadsWhatWasWritten) {
  const std::vector<float> kernel = {1, 2, 3, 4, 5, 6};
  const std::map<std::string, Tensor> tensors = {{"dense/kernel", Tensor::FromData<float>({2, 3}, kernel)},
                                                 {"global_step", Tensor::Scalar<int64_t>(1000)},
                                                 {"names", Tensor::Strings(std::vector<std::string>{"a", "", "ccc"})}};

  const absl::Status written = WriteCheckpoint(prefix_, tensors);
  const auto read = ReadCheckpoint(prefix_);

  ASSERT_TRUE(written.ok()) << written;
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size(), 3u);
  EXPECT_THAT(read->at("dense/kernel").shape(), ElementsAre(2, 3));
  EXPECT_THAT(read->at("dense/kernel").data<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(read->at("global_step").scalar<int64_t>(), 1000);
  EXPECT_THAT(read->at("names").strings(), ElementsAre("a", "", "ccc"));
  EXPECT_THAT(*io::ListDirectory(io::Dirname(prefix_)), ElementsAre("ckpt-7.data-00000-of-00001", "ckpt-7.index"));
}

TEST_F(Checkpoint, WritingAgainReplaces) {
  ASSERT_TRUE(WriteCheckpoint(prefix_, {{"x", Tensor::Scalar<float>(1)}, {"y", Tensor::Scalar<float>(1)}}).ok());
  ASSERT_TRUE(WriteCheckpoint(prefix_, {{"x", Tensor::Scalar<float>(2)}}).ok());

  const auto read = ReadCheckpoint(prefix_);

  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size(), 1u);
  EXPECT_EQ(read->at("x").scalar<float>(), 2);
}

TEST_F(Checkpoint, MissingIsNotFoundAndDamagedIsDataLoss) {
  const auto missing = ReadCheckpoint(prefix_);
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr(prefix_));
  ASSERT_TRUE(WriteCheckpoint(prefix_, {{"x", Tensor::Vector<float>(std::vector<float>(100, 1))}}).ok());
  const std::string index = *io::ReadFile(prefix_ + ".index");
  const std::string data_file = prefix_ + ".data-00000-of-00001";
  const std::string data = *io::ReadFile(data_file);

  std::string flipped = data;
  flipped[10] ^= 1;
  const std::vector<std::pair<std::string, std::string>> damages = {
      {data_file, data.substr(0, 50)},           {data_file, ""},          {data_file, flipped},
      {prefix_ + ".index", index.substr(0, 20)}, {prefix_ + ".index", ""}, {prefix_ + ".index", std::string(200, 'x')}};
  for (const auto& [file, contents] : damages) {
    ASSERT_TRUE(io::WriteFile(prefix_ + ".index", index).ok());
    ASSERT_TRUE(io::WriteFile(data_file, data).ok());
    ASSERT_TRUE(io::WriteFile(file, contents).ok());
    const auto damaged = ReadCheckpoint(prefix_);
    EXPECT_TRUE(absl::IsDataLoss(damaged.status())) << file << " " << contents.size() << ": " << damaged.status();
    EXPECT_THAT(std::string(damaged.status().message()), HasSubstr(prefix_));
  }
}

TEST_F(Checkpoint, RefusesNothingAndEmptyTensors) {
  EXPECT_TRUE(absl::IsInvalidArgument(WriteCheckpoint(prefix_, {})));
  EXPECT_THAT(std::string(WriteCheckpoint(prefix_, {{"x", Tensor()}}).message()), HasSubstr("'x'"));
}

}  // namespace
}  // namespace tfx::tf
