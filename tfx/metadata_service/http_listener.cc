#include "tfx/metadata_service/http_listener.h"

#include <google/protobuf/util/json_util.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/grpc_web.h"

namespace mlmd {
namespace {

using google::protobuf::Message;
using ::tfx::Concat;

constexpr const char* kJsonType = "application/json";

// google/rpc/code.proto.
int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

void AnswerJsonError(const absl::Status& status, httplib::Response* response) {
  const nlohmann::ordered_json error = {{"code", static_cast<int>(status.code())},
                                        {"status", std::string(absl::StatusCodeToString(status.code()))},
                                        {"message", std::string(status.message())}};
  response->status = HttpStatus(status.code());
  response->set_content(error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), kJsonType);
}

// "application/grpc-web+proto; charset=..." -> "application/grpc-web".
std::string BareType(const httplib::Request& request) {
  std::string type = request.get_header_value("Content-Type");
  type = type.substr(0, type.find(';'));
  if (type.ends_with("+proto")) type.resize(type.size() - 6);
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

bool UseCertificates(SSL_CTX& context, const ServerTls& tls) {
  const auto reader = [](const std::string& text) {
    return std::unique_ptr<BIO, int (*)(BIO*)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  };
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  const auto chain = reader(tls.material.certificate_chain);
  bool first = true, ok = true;
  while (X509* certificate = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (first) {
      ok = ok && SSL_CTX_use_certificate(&context, certificate) == 1;
      X509_free(certificate);
    } else {
      ok = ok && SSL_CTX_add_extra_chain_cert(&context, certificate) == 1;  // takes it over
    }
    first = false;
  }
  const auto key_text = reader(tls.material.private_key);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
  ok = ok && key != nullptr && SSL_CTX_use_PrivateKey(&context, key) == 1;
  EVP_PKEY_free(key);
  if (tls.clients_need_certificate) {
    const auto trusted = reader(tls.material.trusted);
    X509_STORE* store = SSL_CTX_get_cert_store(&context);
    while (X509* certificate = PEM_read_bio_X509(trusted.get(), nullptr, nullptr, nullptr)) {
      ok = ok && X509_STORE_add_cert(store, certificate) == 1;
      X509_free(certificate);
    }
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return ok && !first;
}

class HttplibListener final : public HttpListener {
 public:
  HttplibListener(const HttpListenerOptions& options, CallDispatcher& dispatcher, const ServiceMetrics& metrics,
                  std::function<bool()> serving)
      : options_(options), dispatcher_(dispatcher), metrics_(metrics), serving_(std::move(serving)) {}

  ~HttplibListener() override {
    if (server_ != nullptr) server_->stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const override { return port_; }

  absl::Status Listen() {
    if (options_.tls.has_value()) {
      server_ = std::make_unique<httplib::SSLServer>(
          [this](SSL_CTX& context) { return UseCertificates(context, *options_.tls); });
    } else {
      server_ = std::make_unique<httplib::Server>();
    }
    if (!server_->is_valid()) {
      return absl::InvalidArgumentError("ssl_config: OpenSSL does not accept the certificates for the HTTP port");
    }
    server_->new_task_queue = [threads = options_.threads] { return new httplib::ThreadPool(threads); };
    server_->set_keep_alive_timeout(2);
    server_->set_tcp_nodelay(true);
    // Not the library's SO_REUSEPORT, by which two servers would each get some of the calls.
    server_->set_socket_options([](auto socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    });
    server_->set_payload_max_length(static_cast<size_t>(options_.max_request_bytes));
    server_->set_post_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) { AddCorsHeaders(request, &response); });
    // An unexpected exception (out of memory, say) ends the request, and says nothing of its cause.
    server_->set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
      AnswerJsonError(absl::InternalError("the request could not be answered"), &response);
    });
    server_->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(metrics_.Text(), "text/plain; version=0.0.4; charset=utf-8");
    });
    server_->Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      const bool serving = serving_();
      response.status = serving ? 200 : 503;
      response.set_content(serving ? "ok\n" : "draining\n", "text/plain");
    });
    const std::string calls = Concat("/", kStoreServiceName, "/([A-Za-z]+)");
    server_->Options(calls, [](const httplib::Request&, httplib::Response& response) { response.status = 204; });
    server_->Post(calls, [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) { AnswerCall(request, reader, &response); });
    if (options_.port == 0) {
      port_ = server_->bind_to_any_port(options_.bind_address);
    } else {
      port_ = server_->bind_to_port(options_.bind_address, options_.port) ? options_.port : -1;
    }
    if (port_ <= 0) {
      return absl::UnavailableError(Concat("http_port: cannot listen on ", options_.bind_address, " port ",
                                           options_.port, "; is it taken, or not an address of this machine?"));
    }
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    return absl::OkStatus();
  }

 private:
  void AddCorsHeaders(const httplib::Request& request, httplib::Response* response) const {
    const std::string& allowed = options_.cors_allow_origin;
    const std::string origin = request.get_header_value("Origin");
    if (allowed.empty() || origin.empty() || (allowed != "*" && allowed != origin)) return;
    response->set_header("Access-Control-Allow-Origin", allowed);
    response->set_header("Access-Control-Expose-Headers", "grpc-status,grpc-message");
    if (allowed != "*") response->set_header("Vary", "Origin");
    if (request.method == "OPTIONS") {
      response->set_header("Access-Control-Allow-Methods", "POST");
      response->set_header("Access-Control-Allow-Headers", "content-type,x-grpc-web,x-user-agent,grpc-timeout");
      response->set_header("Access-Control-Max-Age", "86400");
    }
  }

  void AnswerCall(const httplib::Request& request, const httplib::ContentReader& reader,
                  httplib::Response* response) const {
    std::string body;
    const auto limit = static_cast<size_t>(options_.max_request_bytes);
    bool too_long = false;
    // Counted here, since a compressed body is longer than it says.
    const bool complete = reader([&](const char* data, size_t size) {
      too_long = too_long || size > limit - body.size();
      if (!too_long) body.append(data, size);
      return !too_long;
    });
    const std::string type = BareType(request);
    const bool json = type == kJsonType;
    const bool base64 = type == "application/grpc-web-text";
    if (!json && !base64 && type != "application/grpc-web") {
      response->status = 415;
      response->set_content("content types are application/json, application/grpc-web, application/grpc-web-text\n",
                            "text/plain");
      return;
    }
    const auto answer_error = [&](const absl::Status& status) {
      if (json) return AnswerJsonError(status, response);
      response->set_content(EncodeGrpcWebResponse(status, "", base64 ? GrpcWebCoding::kBase64 : GrpcWebCoding::kBinary),
                            type + "+proto");
    };
    if (too_long || !complete) {
      too_long = too_long || response->status == 413;  // by the length that it announced
      answer_error(too_long ? absl::ResourceExhaustedError(Concat("the request is longer than ", limit, " bytes"))
                            : absl::InvalidArgumentError("the request did not arrive whole"));
      if (json && too_long) response->status = 413;
      return;
    }
    const StoreCall* call = FindStoreCall(request.matches[1].str());
    if (call == nullptr) {
      return answer_error(absl::UnimplementedError(Concat(kStoreServiceName, " has no such call")));
    }
    const std::string peer = Concat(request.remote_addr, ":", request.remote_port);
    const std::unique_ptr<Message> input(call->request->New());
    google::protobuf::Arena arena;
    Message* const output = call->response->New(&arena);
    CallDispatcher::Request info{json ? Transport::kJson : Transport::kGrpcWeb, peer,
                                 static_cast<int64_t>(body.size())};
    if (json) {
      AnswerJson(*call, info, body, input.get(), output, response);
    } else {
      const GrpcWebCoding coding = base64 ? GrpcWebCoding::kBase64 : GrpcWebCoding::kBinary;
      absl::StatusOr<std::string> message = DecodeGrpcWebRequest(body, coding);
      if (!message.ok()) return answer_error(message.status());
      if (!input->ParseFromString(*message)) {
        return answer_error(absl::InvalidArgumentError(
            Concat("the request is no ", call->request->GetDescriptor()->full_name(), " message")));
      }
      std::string encoded_list;
      const absl::Status status = dispatcher_.Dispatch(*call, info, input.get(), output, &encoded_list);
      const std::string answer = status.ok() ? output->SerializeAsString() + encoded_list : "";
      response->set_content(EncodeGrpcWebResponse(status, answer, coding), type + "+proto");
    }
  }

  void AnswerJson(const StoreCall& call, const CallDispatcher::Request& info, const std::string& body, Message* input,
                  Message* output, httplib::Response* response) const {
    namespace json = google::protobuf::util;
    if (const auto parsed = json::JsonStringToMessage(body, input); !parsed.ok()) {
      return AnswerJsonError(
          absl::InvalidArgumentError(Concat("the request is no ", call.request->GetDescriptor()->full_name(),
                                            " in JSON: ", parsed.message().ToString().substr(0, 300))),
          response);
    }
    if (const absl::Status status = dispatcher_.Dispatch(call, info, input, output, nullptr); !status.ok()) {
      return AnswerJsonError(status, response);
    }
    std::string text;
    json::JsonPrintOptions names;
    names.preserve_proto_field_names = true;
    if (!json::MessageToJsonString(*output, &text, names).ok()) {
      return AnswerJsonError(
          absl::UnimplementedError("the answer holds a value (a proto property of a type unknown to the "
                                   "server) that has no form in JSON; call by gRPC or gRPC-Web"),
          response);
    }
    response->set_content(text, kJsonType);
  }

  const HttpListenerOptions options_;
  CallDispatcher& dispatcher_;
  const ServiceMetrics& metrics_;
  const std::function<bool()> serving_;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  int port_ = -1;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Start(const HttpListenerOptions& options,
                                                                  CallDispatcher& dispatcher,
                                                                  const ServiceMetrics& metrics,
                                                                  std::function<bool()> serving) {
  auto listener = std::make_unique<HttplibListener>(options, dispatcher, metrics, std::move(serving));
  RETURN_IF_ERROR(listener->Listen());
  return listener;
}

}  // namespace mlmd
