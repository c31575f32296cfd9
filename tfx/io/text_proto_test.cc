#include "tfx/io/text_proto.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/proto/example_gen.pb.h"
#include "tfx/testing/test_folder.h"

namespace tfx::io {
namespace {

using ::tensorflow::metadata::v0::Schema;

std::string Path(std::string_view name) { return JoinPath(JoinPath(testing::TestFolder(), "text_proto_test"), name); }

TEST(TextProto, RoundTrip) {
  Schema schema;
  ASSERT_TRUE(ParseTextProto("feature { name: 'fare' type: FLOAT }", "test", &schema).ok());

  ASSERT_TRUE(WriteTextProto(Path("s.pbtxt"), schema).ok());
  EXPECT_EQ(*ReadFile(Path("s.pbtxt")), "feature {\n  name: \"fare\"\n  type: FLOAT\n}\n");
  Schema again;
  ASSERT_TRUE(ReadTextProto(Path("s.pbtxt"), &again).ok());
  EXPECT_EQ(again.SerializeAsString(), schema.SerializeAsString());
}

TEST(TextProto, ErrorsNameFileLineAndColumn) {
  ASSERT_TRUE(WriteFile(Path("bad.pbtxt"), "feature {\n  nam: \"x\"\n}\n").ok());
  Schema schema;

  const absl::Status status = ReadTextProto(Path("bad.pbtxt"), &schema);

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(status.message(), Path("bad.pbtxt") + ":2:6: ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "nam")) << status;
  EXPECT_EQ(ReadTextProto(Path("none"), &schema).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ParseTextProto(std::string("\0\xff", 2), "x", &schema).code(), absl::StatusCode::kInvalidArgument);
}

TEST(BinaryProto, RoundTripAndDataLoss) {
  Schema schema;
  schema.add_feature()->set_name("fare");
  ASSERT_TRUE(WriteBinaryProto(Path("s.pb"), schema).ok());
  Schema again;
  ASSERT_TRUE(ReadBinaryProto(Path("s.pb"), &again).ok());
  EXPECT_EQ(again.feature(0).name(), "fare");

  ASSERT_TRUE(WriteFile(Path("s.pb"), "\x0a\xff").ok());
  const absl::Status status = ReadBinaryProto(Path("s.pb"), &again);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), Path("s.pb")));
}

TEST(SerializeDeterministically, SortsMapKeys) {
  tensorflow::Example forward, backward;
  for (int i = 0; i < 50; ++i) {
    (*forward.mutable_features()->mutable_feature())[std::to_string(i)];
    (*backward.mutable_features()->mutable_feature())[std::to_string(49 - i)];
  }
  EXPECT_EQ(SerializeDeterministically(forward), SerializeDeterministically(backward));
}

TEST(TfxJson, IsTheTextOfExecutionProperties) {
  components::example_gen::Output output;
  auto* const split = output.mutable_split_config()->add_splits();
  split->set_name("tr\u00e4in");
  split->set_hash_buckets(2);
  EXPECT_EQ(ToTfxJson(output),
            "{\n  \"split_config\": {\n    \"splits\": [\n      {\n        \"hash_buckets\": 2,\n"
            "        \"name\": \"tr\\u00e4in\"\n      }\n    ]\n  }\n}");
  EXPECT_EQ(ToTfxJson(components::example_gen::Output()), "{}");

  components::example_gen::Output again;
  ASSERT_TRUE(ParseJson(ToTfxJson(output), "output_config", &again).ok());
  EXPECT_EQ(again.SerializeAsString(), output.SerializeAsString());
}

TEST(ParseJson, NamesWhatItCannotParse) {
  components::example_gen::Output output;
  const absl::Status status = ParseJson("{\"split_confg\": {}}", "--output_config", &output);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(status.message(), "--output_config: ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "split_confg")) << status;
}

}  // namespace
}  // namespace tfx::io
