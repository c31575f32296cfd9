#include "tfx/tensorflow/event_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/util/event.pb.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::tf {
namespace {

using ::tensorflow::Event;

constexpr size_t kBufferBytes = 64 << 10;

double SystemSeconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class T>
void AppendLittleEndian(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::string HostName() {
  char name[256] = "";
  return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

absl::Status ErrnoStatus(int error, std::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", std::string(what), " ", path));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventWriter>> EventWriter::Open(const std::string& directory,
                                                               const EventWriterOptions& options) {
  RETURN_IF_ERROR(io::CreateDirectories(directory));
  std::function<double()> now = options.now ? options.now : SystemSeconds;
  // The count keeps writers of one process and second apart.
  static std::atomic<int> count{0};
  const std::string name = absl::StrCat("events.out.tfevents.", static_cast<int64_t>(now()), ".", HostName(), ".",
                                        getpid(), ".", count.fetch_add(1), ".v2");
  std::string path = io::JoinPath(directory, name);
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return ErrnoStatus(errno, "make", path);
  std::unique_ptr<EventWriter> writer(new EventWriter(std::move(path), std::move(now), descriptor));
  Event version;
  version.set_file_version("brain.Event:2");
  version.mutable_source_metadata()->set_writer("tfx.tensorflow.event_writer");
  RETURN_IF_ERROR(writer->Write(version));
  RETURN_IF_ERROR(writer->Flush());
  return writer;
}

EventWriter::EventWriter(std::string path, std::function<double()> now, int descriptor)
    : path_(std::move(path)), now_(std::move(now)), descriptor_(descriptor) {}

EventWriter::~EventWriter() { Close().IgnoreError(); }

absl::Status EventWriter::AddScalar(std::string_view tag, float value, int64_t step) {
  Event event;
  event.set_step(step);
  auto* summary = event.mutable_summary()->add_value();
  summary->set_tag(std::string(tag));
  summary->mutable_metadata()->mutable_plugin_data()->set_plugin_name("scalars");
  summary->mutable_metadata()->set_data_class(::tensorflow::DATA_CLASS_SCALAR);
  summary->mutable_tensor()->set_dtype(::tensorflow::DT_FLOAT);
  summary->mutable_tensor()->mutable_tensor_shape();
  summary->mutable_tensor()->add_float_val(value);
  return Write(event);
}

absl::Status EventWriter::AddGraph(const ::tensorflow::GraphDef& graph) {
  Event event;
  event.set_graph_def(graph.SerializeAsString());
  return Write(event);
}

absl::Status EventWriter::Write(Event& event) {
  if (descriptor_ < 0) return absl::FailedPreconditionError(absl::StrCat(path_, " is closed already"));
  event.set_wall_time(now_());
  const std::string bytes = event.SerializeAsString();
  std::string length;
  AppendLittleEndian<uint64_t>(bytes.size(), &length);
  buffer_ += length;
  AppendLittleEndian<uint32_t>(MaskedCrc32c(length), &buffer_);
  buffer_ += bytes;
  AppendLittleEndian<uint32_t>(MaskedCrc32c(bytes), &buffer_);
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status EventWriter::Flush() {
  size_t done = 0;
  absl::Status status;
  while (descriptor_ >= 0 && done < buffer_.size()) {
    const ssize_t written = write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      status = ErrnoStatus(errno, "write", path_);
      break;
    }
    done += static_cast<size_t>(written);
  }
  buffer_.erase(0, done);
  return status;
}

absl::Status EventWriter::Close() {
  if (descriptor_ < 0) return absl::OkStatus();
  const absl::Status flushed = Flush();
  const bool closed = close(std::exchange(descriptor_, -1)) == 0;
  if (!flushed.ok()) return flushed;
  return closed ? absl::OkStatus() : ErrnoStatus(errno, "close", path_);
}

}  // namespace tfx::tf
