// gRPC-Web's framing of unary calls (github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): a body is a sequence of
// frames, each one byte of flags, four bytes of length (big endian) and the payload; the last frame of an answer has
// flag 0x80 and holds the trailers as text. "-text" content types carry the body in base64.
#ifndef TFX_METADATA_SERVICE_GRPC_WEB_H_
#define TFX_METADATA_SERVICE_GRPC_WEB_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlmd {

enum class GrpcWebCoding { kBinary, kBase64 };

// The message of a request body: exactly one uncompressed data frame. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<std::string> DecodeGrpcWebRequest(std::string_view body, GrpcWebCoding coding);
// The answer: a data frame with `message` where the status is OK, then the trailers grpc-status and grpc-message.
std::string EncodeGrpcWebResponse(const absl::Status& status, std::string_view message, GrpcWebCoding coding);

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_GRPC_WEB_H_
