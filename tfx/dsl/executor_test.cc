#include "tfx/dsl/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tfx/dsl/flags.h"
#include "tfx/proto/trainer.pb.h"

namespace tfx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ArtifactTest, IntegersComeFromEitherKindOfPropertyAndFromText) {
  Artifact artifact;
  artifact.custom_properties["span"] = std::string("12");
  EXPECT_EQ(artifact.IntProperty("span"), 12);
  artifact.properties["span"] = int64_t{3};
  EXPECT_EQ(artifact.IntProperty("span"), 3);
  EXPECT_EQ(artifact.IntProperty("version", -1), -1);
}

TEST(ExecutorInputsTest, SingleAndOptionalCountArtifacts) {
  const ExecutorInputs inputs({{"one", {Artifact{.id = 1}}}, {"two", {Artifact{}, Artifact{}}}});

  EXPECT_EQ((*inputs.Single("one"))->id, 1);
  EXPECT_THAT(std::string(inputs.Single("two").status().message()),
              HasSubstr("'two' must be exactly one artifact, but there are 2"));
  EXPECT_EQ(*inputs.Optional("none"), nullptr);
  EXPECT_FALSE(inputs.Optional("two").ok());
}

TEST(ExecutionPropertiesTest, TypedGettersReadWhatIsThereAndNameWhatIsNot) {
  ExecutionProperties properties({{"n", int64_t{3}},
                                  {"x", 0.5},
                                  {"list", std::string("[\"a\", \"b\"]")},
                                  {"flag", std::string("true")},
                                  {"args", std::string("{\"num_steps\": 9}")},
                                  {"text", std::string("abc")}});

  EXPECT_EQ(*properties.Int("n"), 3);
  EXPECT_EQ(*properties.Double("n"), 3.0);
  EXPECT_EQ(*properties.Bool("flag"), true);
  EXPECT_THAT(*properties.StringList("list"), ElementsAre("a", "b"));
  EXPECT_EQ(properties.IntOr("missing", 4), 4);
  EXPECT_THAT(std::string(properties.Int("text").status().message()),
              HasSubstr("'text' must be an integer, not 'abc'"));
  EXPECT_THAT(std::string(properties.String("missing").status().message()),
              HasSubstr("parameter 'missing' is not set"));
  EXPECT_FALSE(properties.StringList("text").ok());
  components::trainer::TrainArgs args;
  ASSERT_TRUE(properties.Proto("args", &args).ok());
  EXPECT_EQ(args.num_steps(), 9);
  EXPECT_FALSE(properties.Proto("text", &args).ok());
}

TEST(FlagsTest, UndeclaredFlagsAndBadNumbersAreProblems) {
  Flags flags({{"train_steps", "1000", ""}, {"data_root", "", ""}});
  flags.Set("train_steps", "many");

  EXPECT_EQ(flags["trainsteps"], "");
  EXPECT_EQ(flags.GetInt("train_steps"), 0);
  EXPECT_EQ(flags["data_root"], "");
  EXPECT_THAT(flags.problems(),
              ElementsAre(HasSubstr("--train_steps=many must be an integer"), HasSubstr("did you mean train_steps?")));
  EXPECT_THAT(flags.read_but_empty(), ElementsAre("data_root"));
}

}  // namespace
}  // namespace tfx
