#include "tfx/example_gen/input_patterns.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::example_gen {
namespace {

using components::example_gen::Input;
using components::example_gen::Output;
using ::testing::HasSubstr;

template <class T>
T Proto(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class InputPatternsTest : public ::testing::Test {
 protected:
  InputPatternsTest()
      : base_(io::JoinPath(
            ::tfx::testing::TestFolder(),
            "input_patterns_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {}
  ~InputPatternsTest() override { EXPECT_TRUE(io::RemoveRecursively(base_).ok()); }

  void Touch(const std::string& path) { ASSERT_TRUE(io::WriteFile(io::JoinPath(base_, path), "a,b\n1,2\n").ok()); }
  absl::StatusOr<ResolvedInput> Resolve(const std::string& splits, const std::string& range = "") {
    const auto config = Proto<configs::RangeConfig>(range);
    return ResolveInput(base_, Proto<Input>(splits), range.empty() ? nullptr : &config);
  }

  const std::string base_;
};

TEST_F(InputPatternsTest, DefaultConfigReadsAllFilesAsSpanZero) {
  Touch("data.csv");

  const auto resolved = ResolveInput(base_, DefaultInputConfig(), nullptr);

  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->span, 0);
  EXPECT_FALSE(resolved->version.has_value());
  EXPECT_THAT(resolved->fingerprint, HasSubstr("split:single_split,num_files:1,total_bytes:8,xor_checksum:"));
}

TEST_F(InputPatternsTest, PicksTheLargestSpanByNumberThenTheLargestVersionInIt) {
  Touch("span-9/v3/data.csv");
  Touch("span-10/v1/data.csv");
  Touch("span-10/v2/data.csv");

  const auto resolved = Resolve("splits { name: 's' pattern: 'span-{SPAN}/v{VERSION}/*' }");

  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->span, 10);
  EXPECT_EQ(resolved->version, 2);
  EXPECT_EQ(resolved->config.splits(0).pattern(), "span-10/v2/*");
}

TEST_F(InputPatternsTest, KeepsTheZeroPaddingOfTheFileSystem) {
  Touch("span-0007/data.csv");

  const auto resolved = Resolve("splits { name: 's' pattern: 'span-{SPAN:4}/*' }");

  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->span, 7);
  EXPECT_EQ(resolved->config.splits(0).pattern(), "span-0007/*");
}

TEST_F(InputPatternsTest, CountsADateInDaysSinceTheEpoch) {
  Touch("1970-01-02/data.csv");
  Touch("2000-01-01/data.csv");

  const auto resolved = Resolve("splits { name: 's' pattern: '{YYYY}-{MM}-{DD}/*' }");

  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->span, 10957);
}

TEST_F(InputPatternsTest, StaticRangeChoosesTheSpan) {
  Touch("span-1/data.csv");
  Touch("span-2/data.csv");

  const auto resolved = Resolve("splits { name: 's' pattern: 'span-{SPAN}/*' }",
                                "static_range { start_span_number: 1 end_span_number: 1 }");

  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->span, 1);
}

TEST_F(InputPatternsTest, RefusesWhatCannotBeResolved) {
  Touch("span-1/train/data.csv");
  Touch("span-2/eval/data.csv");
  Touch("span-x/train/data.csv");
  struct Case {
    const char* splits;
    const char* range;
    absl::StatusCode code;
    const char* words;
  };
  for (const Case& c : {
           Case{"splits { name: 's' pattern: 'missing/*' }", "", absl::StatusCode::kNotFound, "missing/*"},
           Case{"splits { name: 's' pattern: 'none-{SPAN}/*' }", "", absl::StatusCode::kNotFound, "none-{SPAN}"},
           Case{"splits { name: 's' pattern: 'span-{SPAN}/train/*' }", "", absl::StatusCode::kInvalidArgument,
                "span 'x'"},
           Case{"splits { name: 's' pattern: 'a{SPAN:0}' }", "", absl::StatusCode::kInvalidArgument,
                "positive integer"},
           Case{"splits { name: 's' pattern: '{SPAN}{SPAN}' }", "", absl::StatusCode::kInvalidArgument,
                "more than once"},
           Case{"splits { name: 's' pattern: '{VERSION}' }", "", absl::StatusCode::kInvalidArgument, "without {SPAN}"},
           Case{"splits { name: 's' pattern: '{YYYY}-{MM}' }", "", absl::StatusCode::kInvalidArgument, "together"},
           Case{"splits { name: 's' pattern: '{SPAN}{YYYY}{MM}{DD}' }", "", absl::StatusCode::kInvalidArgument, "both"},
           Case{"splits { name: 's' pattern: '*' }", "rolling_range { num_spans: 1 }",
                absl::StatusCode::kInvalidArgument, "range_config needs"},
           Case{"splits { name: 's' pattern: 'span-{SPAN}/*' }", "rolling_range { num_spans: 2 }",
                absl::StatusCode::kInvalidArgument, "num_spans 1"},
           Case{"splits { name: 's' pattern: 'span-{SPAN:1}/train/*' } splits { name: 't' pattern: "
                "'span-{SPAN:1}/eval/*' }",
                "", absl::StatusCode::kInvalidArgument, "is not an integer"},
       }) {
    const auto resolved = Resolve(c.splits, c.range);

    EXPECT_EQ(resolved.status().code(), c.code) << c.splits << resolved.status();
    EXPECT_THAT(std::string(resolved.status().message()), HasSubstr(c.words)) << c.splits;
  }
}

TEST_F(InputPatternsTest, RefusesSplitsOfDifferentSpans) {
  Touch("train/span-2/data.csv");
  Touch("eval/span-1/data.csv");

  const auto resolved = Resolve(
      "splits { name: 'train' pattern: 'train/span-{SPAN}/*' } splits { name: 'eval' pattern: 'eval/span-{SPAN}/*' }");

  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(resolved.status().message()), HasSubstr("differs from that of split 'train'"));
}

TEST(EffectiveOutputConfigTest, HashesOneInputSplitTwoToOneByDefault) {
  const auto output = EffectiveOutputConfig(DefaultInputConfig(), Output());

  ASSERT_TRUE(output.ok()) << output.status();
  ASSERT_EQ(output->split_config().splits_size(), 2);
  EXPECT_EQ(output->split_config().splits(0).name(), "train");
  EXPECT_EQ(output->split_config().splits(0).hash_buckets(), 2);
  EXPECT_EQ(output->split_config().splits(1).hash_buckets(), 1);
}

TEST(EffectiveOutputConfigTest, ReportsAllProblemsAtOnce) {
  const auto status =
      EffectiveOutputConfig(Proto<Input>("splits { name: 'a' pattern: '*' } splits { name: 'a' pattern: '' }"),
                            Proto<Output>("split_config { splits { name: 'train' } }"))
          .status();

  for (const char* words : {"'a' twice", "without a name or a pattern", "several splits", "no hash_buckets"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace tfx::example_gen
