#include "tfx/metadata_service/grpc_web.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

constexpr size_t kHeaderBytes = 5;
constexpr uint8_t kDataFlag = 0, kTrailerFlag = 0x80;

void AppendFrame(uint8_t flag, std::string_view payload, std::string* body) {
  const auto size = static_cast<uint32_t>(payload.size());
  for (const uint32_t byte : {uint32_t{flag}, size >> 24, size >> 16 & 0xff, size >> 8 & 0xff, size & 0xff}) {
    body->push_back(static_cast<char>(byte));
  }
  body->append(payload);
}

// As gRPC writes grpc-message: what is not printable ASCII, and the percent sign, in %XX.
std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && byte != '%') {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace

absl::StatusOr<std::string> DecodeGrpcWebRequest(std::string_view body, GrpcWebCoding coding) {
  std::string decoded;
  if (coding == GrpcWebCoding::kBase64) {
    if (!absl::Base64Unescape({body.data(), body.size()}, &decoded)) {
      return absl::InvalidArgumentError("gRPC-Web request: the body is not base64");
    }
    body = decoded;
  }
  if (body.size() < kHeaderBytes) {
    return absl::InvalidArgumentError("gRPC-Web request: the body ends within the frame's header");
  }
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(body[i])); };
  if (byte(0) != kDataFlag) {
    return absl::InvalidArgumentError(Concat("gRPC-Web request: a frame with flags ", byte(0),
                                             ", but only one uncompressed data frame (0) is understood"));
  }
  const uint32_t size = byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
  if (body.size() - kHeaderBytes != size) {
    return absl::InvalidArgumentError(
        Concat("gRPC-Web request: the frame says ", size, " bytes, but the body holds ", body.size() - kHeaderBytes));
  }
  return std::string(body.substr(kHeaderBytes));
}

std::string EncodeGrpcWebResponse(const absl::Status& status, std::string_view message, GrpcWebCoding coding) {
  std::string trailers = Concat("grpc-status:", static_cast<int>(status.code()), "\r\n");
  if (!status.ok()) {
    Append(&trailers, "grpc-message:", PercentEncoded({status.message().data(), status.message().size()}), "\r\n");
  }
  std::string body;
  body.reserve(message.size() + trailers.size() + 2 * kHeaderBytes);
  if (status.ok()) AppendFrame(kDataFlag, message, &body);
  AppendFrame(kTrailerFlag, trailers, &body);
  return coding == GrpcWebCoding::kBase64 ? absl::Base64Escape(body) : body;
}

}  // namespace mlmd
