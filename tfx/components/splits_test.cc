#include "tfx/components/splits.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tfx {
namespace {

using ::testing::ElementsAre;

TEST(SplitNamesTest, AreWrittenAsTfxWritesThem) {
  EXPECT_EQ(EncodeSplitNames({"train", "eval"}), "[\"train\", \"eval\"]");
  EXPECT_EQ(EncodeSplitNames({}), "[]");
}

TEST(SplitNamesTest, AreReadBack) {
  EXPECT_THAT(*DecodeSplitNames("[\"train\", \"eval\"]"), ElementsAre("train", "eval"));
  EXPECT_THAT(*DecodeSplitNames(""), ElementsAre());
}

TEST(SplitNamesTest, MustBeAListOfStrings) {
  for (const char* text : {"train", "{}", "[1]", "[\"train\""}) {
    EXPECT_EQ(DecodeSplitNames(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(SplitsToProcessTest, LeavesOutWhatIsExcluded) {
  Artifact artifact;
  artifact.properties["split_names"] = std::string("[\"train\", \"eval\"]");
  ExecutionProperties properties;
  properties.Set("exclude_splits", std::string("[\"eval\"]"));

  EXPECT_THAT(*SplitsToProcess(artifact, properties), ElementsAre("train"));
}

TEST(SplitsToProcessTest, FailsWhenNothingIsLeft) {
  Artifact artifact;
  artifact.uri = "root/Examples/1";
  artifact.properties["split_names"] = std::string("[\"eval\"]");
  ExecutionProperties properties;
  properties.Set("exclude_splits", std::string("[\"eval\"]"));

  const absl::Status status = SplitsToProcess(artifact, properties).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("root/Examples/1"));
}

TEST(WithThousandsTest, GroupsDigits) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(10036), "10,036");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
  EXPECT_EQ(WithThousands(-123456), "-123,456");
}

}  // namespace
}  // namespace tfx
