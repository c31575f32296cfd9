#include "tfx/metadata_service/grpc_web.h"

#include <random>

#include "absl/strings/escaping.h"
#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

using ::testing::HasSubstr;

TEST(GrpcWeb, DecodesOneWholeFrame) {
  const std::string frame("\0\0\0\0\3abc", 8);
  EXPECT_EQ(Ok(DecodeGrpcWebRequest(frame, GrpcWebCoding::kBinary)), "abc");
  EXPECT_EQ(Ok(DecodeGrpcWebRequest(absl::Base64Escape(frame), GrpcWebCoding::kBase64)), "abc");
  EXPECT_EQ(Ok(DecodeGrpcWebRequest(std::string(5, '\0'), GrpcWebCoding::kBinary)), "");
}

TEST(GrpcWeb, RefusesOtherBodiesWithTheReason) {
  const auto refusal = [](const std::string& body, GrpcWebCoding coding = GrpcWebCoding::kBinary) {
    const absl::Status status = DecodeGrpcWebRequest(body, coding).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return Message(status);
  };
  EXPECT_THAT(refusal(""), HasSubstr("ends within"));
  EXPECT_THAT(refusal(std::string("\0\0\0\0", 4)), HasSubstr("ends within"));
  EXPECT_THAT(refusal(std::string("\1\0\0\0\0", 5)), HasSubstr("flags 1"));
  EXPECT_THAT(refusal(std::string("\0\0\0\0\3ab", 7)), HasSubstr("says 3 bytes"));
  EXPECT_THAT(refusal(std::string("\0\0\0\0\1ab", 7)), HasSubstr("says 1 bytes"));
  EXPECT_THAT(refusal(std::string("\0\xff\xff\xff\xff"
                                  "ab",
                                  7)),
              HasSubstr("4294967295"));
  EXPECT_THAT(refusal("%%%", GrpcWebCoding::kBase64), HasSubstr("base64"));
}

TEST(GrpcWeb, EncodesErrorsAsTrailersWithoutAMessage) {
  const std::string body =
      EncodeGrpcWebResponse(absl::NotFoundError("50% of\n\xc3\xa4"), "ignored", GrpcWebCoding::kBinary);
  const std::string trailers = "grpc-status:5\r\ngrpc-message:50%25 of%0A%C3%A4\r\n";
  EXPECT_EQ(body, std::string("\x80\0\0\0", 4) + static_cast<char>(trailers.size()) + trailers);
}

TEST(GrpcWeb, SurvivesRandomBodies) {
  std::mt19937 random(7);
  int decoded = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string body(random() % 9, '\0');
    for (char& byte : body) byte = static_cast<char>(random() % 3);
    const auto message = DecodeGrpcWebRequest(body, i % 2 == 0 ? GrpcWebCoding::kBinary : GrpcWebCoding::kBase64);
    decoded += message.ok();
    EXPECT_TRUE(!message.ok() || message->size() + 5 <= body.size());
  }
  EXPECT_GT(decoded, 0);
}

}  // namespace
}  // namespace mlmd
