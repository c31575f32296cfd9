#include "tfx/tensorflow/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tfx::tf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(Tensor, KeepsValuesTypeAndShape) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};

  const Tensor tensor = Tensor::FromData<float>({2, 3}, values);

  EXPECT_EQ(tensor.dtype(), ::tensorflow::DT_FLOAT);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.num_elements(), 6);
  EXPECT_THAT(tensor.data<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Tensor, ScalarsAndVectorsOfEveryElementType) {
  EXPECT_EQ(Tensor::Scalar<double>(0.1).scalar<double>(), 0.1);
  EXPECT_EQ(Tensor::Scalar<int32_t>(-7).scalar<int32_t>(), -7);
  EXPECT_EQ(Tensor::Scalar<int64_t>(int64_t{1} << 40).scalar<int64_t>(), int64_t{1} << 40);
  EXPECT_EQ(Tensor::Scalar<uint8_t>(255).scalar<uint8_t>(), 255);
  EXPECT_EQ(Tensor::Scalar<bool>(true).scalar<bool>(), true);
  EXPECT_TRUE(Tensor::Scalar<float>(1).shape().empty());
  EXPECT_THAT(Tensor::Vector<int64_t>({3, 4}).shape(), ElementsAre(2));
}

TEST(Tensor, StringsMayBeShortLongEmptyOrBinary) {
  const std::string binary("a\0b\xff", 4);
  const std::string longer(100000, 'x');  // beyond the 22 bytes that are kept in place

  Tensor tensor = Tensor::Strings(std::vector<std::string>{"", "short", binary, longer});
  tensor.set_string(1, longer);
  tensor.set_string(1, "again");

  EXPECT_EQ(tensor.dtype(), ::tensorflow::DT_STRING);
  EXPECT_THAT(tensor.strings(), ElementsAre("", "again", binary, longer));
  EXPECT_EQ(Tensor::String(binary).string_at(0), binary);
}

TEST(Tensor, EmptyIsZeroFilled) {
  EXPECT_THAT(Tensor::Empty(::tensorflow::DT_INT64, {3, 5}).data<int64_t>(), Each(0));
  EXPECT_THAT(Tensor::Empty(::tensorflow::DT_STRING, {2}).strings(), ElementsAre("", ""));
  EXPECT_EQ(Tensor::Empty(::tensorflow::DT_FLOAT, {0, 4}).num_elements(), 0);
  EXPECT_TRUE(Tensor::Empty(::tensorflow::DT_FLOAT, {0, 4}).data<float>().empty());
}

TEST(Tensor, CopiesShareTheirData) {
  Tensor tensor = Tensor::Vector<int32_t>({1, 2});
  const Tensor copy = tensor;

  tensor.mutable_data<int32_t>()[0] = 9;

  EXPECT_THAT(copy.data<int32_t>(), ElementsAre(9, 2));
}

TEST(Tensor, OfNothingIsInvalid) {
  const Tensor tensor;

  EXPECT_FALSE(tensor.valid());
  EXPECT_EQ(tensor.num_elements(), 0);
  EXPECT_EQ(tensor.dtype(), ::tensorflow::DT_INVALID);
  EXPECT_TRUE(tensor.data<float>().empty());
}

TEST(TensorDeathTest, ReadingAsAnotherTypeSaysWhichTypeItIs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Tensor::Scalar<float>(1).data<int64_t>(), "DT_FLOAT tensor read as DT_INT64");
  EXPECT_DEATH(Tensor::FromData<float>({3}, std::vector<float>{1, 2}), "2 values for 3 elements");
}

}  // namespace
}  // namespace tfx::tf
