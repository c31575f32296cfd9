// The link rule (HACKING.md) in one process: our own protobuf, gRPC, abseil and re2, those inside Arrow, and those
// inside TensorFlow work side by side, whichever is used first. Each order runs in a process of its own.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/tensorflow/runtime.h"
#include "tfx/tensorflow/session.h"

namespace tfx::tf {
namespace {

// re2 inside Arrow.
bool ArrowFindsByRegex() {
  if (!arrow::compute::Initialize().ok()) return false;
  arrow::StringBuilder builder;
  if (!builder.AppendValues({"Taxi 12", "bus", "taxi 7"}).ok()) return false;
  const auto strings = builder.Finish();
  if (!strings.ok()) return false;
  const arrow::compute::MatchSubstringOptions options("^[Tt]axi +\\d+$");
  const auto found = arrow::compute::CallFunction("match_substring_regex", {arrow::Datum(*strings)}, &options);
  if (!found.ok()) {
    std::fprintf(stderr, "arrow: %s\n", found.status().ToString().c_str());
    return false;
  }
  const std::shared_ptr<arrow::Array> array = found->make_array();
  const auto& flags = static_cast<const arrow::BooleanArray&>(*array);
  return flags.length() == 3 && flags.Value(0) && !flags.Value(1) && flags.Value(2);
}

// Our protobuf and TensorFlow's, in both directions, and TensorFlow's kernels with re2.
bool TensorFlowRuns() {
  Graph source;
  const Output x = source.Placeholder(::tensorflow::DT_STRING, {-1}, "x");
  source.Op("StaticRegexFullMatch", "y").Input(x).Attr("pattern", "[Tt]axi +\\d+").Finish();
  const auto def = source.ToGraphDef();
  if (!def.ok() || def->node_size() != 2) return false;
  Graph graph;
  const std::vector<std::string> wanted = {"x:0", "y:0"};
  const auto outputs = graph.Import(*def, "copy", {}, wanted);
  if (!outputs.ok()) return false;
  const auto session = Session::Create(graph);
  if (!session.ok()) return false;
  const auto values =
      (*session)->Run({{(*outputs)[0], Tensor::Strings(std::vector<std::string>{"taxi 7", "bus"})}}, {(*outputs)[1]});
  if (!values.ok()) return false;
  const auto flags = (*values)[0].data<bool>();
  return flags.size() == 2 && flags[0] && !flags[1];
}

// An echo through our own gRPC over loopback, without generated code.
class EchoServer {
 public:
  EchoServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ != nullptr) thread_ = std::thread([this] { Serve(); });
  }

  ~EchoServer() {
    if (server_ == nullptr) return;
    server_->Shutdown();
    queue_->Shutdown();
    thread_.join();
  }

  bool Echoes(const std::string& text) const {
    if (server_ == nullptr) return false;
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials());
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    grpc::CompletionQueue queue;
    const grpc::Slice slice(text);
    const grpc::ByteBuffer request(&slice, 1);
    const auto call = stub.PrepareUnaryCall(&context, "/echo.Echo/Echo", request, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, &context);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice answer;
    if (!status.ok() || !response.DumpToSingleSlice(&answer).ok()) {
      std::fprintf(stderr, "grpc: %s\n", status.error_message().c_str());
      return false;
    }
    return std::string(reinterpret_cast<const char*>(answer.begin()), answer.size()) == text;
  }

 private:
  // One call at a time is enough: wait for it, read, write back, finish.
  void Serve() {
    void* tag = nullptr;
    bool ok = false;
    const auto done = [&] { return queue_->Next(&tag, &ok) && ok; };
    while (true) {
      grpc::GenericServerContext context;
      grpc::GenericServerAsyncReaderWriter stream(&context);
      service_.RequestCall(&context, &stream, queue_.get(), queue_.get(), this);
      if (!done()) break;
      grpc::ByteBuffer message;
      stream.Read(&message, this);
      if (!done()) break;
      stream.WriteAndFinish(message, {}, grpc::Status::OK, this);
      if (!done()) break;
    }
    while (queue_->Next(&tag, &ok)) {
    }
  }

  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
  int port_ = 0;
};

[[noreturn]] void Report(bool passed) {
  std::fprintf(stderr, "%s\n", passed ? "all work together" : "something failed");
  std::exit(passed ? 0 : 1);
}

class CoexistenceDeathTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef _GLIBCXX_TSAN
    GTEST_SKIP() << "gRPC is not instrumented: ThreadSanitizer sees races in all it does";
#endif
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
};

TEST_F(CoexistenceDeathTest, TensorFlowAfterArrowAndGrpc) {
  EXPECT_EXIT(
      {
        bool passed = ArrowFindsByRegex();
        {
          const EchoServer server;
          passed = passed && server.Echoes("before") && !RuntimeIsLoaded() && TensorFlowRuns() &&
                   server.Echoes("after") && ArrowFindsByRegex();
        }
        Report(passed && TensorFlowRuns());
      },
      ::testing::ExitedWithCode(0), "all work together");
}

TEST_F(CoexistenceDeathTest, TensorFlowBeforeArrowAndGrpc) {
  EXPECT_EXIT(
      {
        bool passed = TensorFlowRuns() && ArrowFindsByRegex();
        {
          const EchoServer server;
          passed = passed && server.Echoes(std::string(100000, 'x')) && TensorFlowRuns() && server.Echoes("again");
        }
        Report(passed && ArrowFindsByRegex() && TensorFlowRuns());
      },
      ::testing::ExitedWithCode(0), "all work together");
}

}  // namespace
}  // namespace tfx::tf
