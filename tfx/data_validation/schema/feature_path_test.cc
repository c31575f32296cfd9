#include "tfx/data_validation/schema/feature_path.h"

#include <string>

#include "gtest/gtest.h"

namespace tfx::tfdv {
namespace {

TEST(ParsePath, GivesBackWhatSerializePathWrote) {
  for (const FeaturePath& path :
       {FeaturePath{}, FeaturePath{"a"}, FeaturePath{"a", "b"}, FeaturePath{"a.b", "c'd"}, FeaturePath{"", "x"},
        FeaturePath{"(ext)", "(a.b)"}, FeaturePath{"(", ")"}, FeaturePath{"##SEQUENCE##", "f"}, FeaturePath{"'"}}) {
    const auto parsed = ParsePath(SerializePath(path));
    ASSERT_TRUE(parsed.ok()) << SerializePath(path) << ": " << parsed.status();
    EXPECT_EQ(*parsed, path) << SerializePath(path);
  }
}

TEST(ParsePath, RefusesWhatIsNoPath) {
  for (const char* text : {".", "a.", ".a", "a..b", "'a", "'a'b", "(a)b"}) {
    EXPECT_EQ(ParsePath(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tfx::tfdv
