// TensorBoard event files: scalars over steps and the graph, in the files that TensorFlow 2's summary writer makes.
//
//   ASSIGN_OR_RETURN(auto events, EventWriter::Open("model_run/train"));
//   RETURN_IF_ERROR(events->AddScalar("epoch_loss", loss, step));
//   RETURN_IF_ERROR(events->Close());
//
// Format: TFRecord framing (tfx/io/tfrecord.h) around tensorflow.Event (tensorflow/core/util/event.proto), the first
// with file_version "brain.Event:2"; file name events.out.tfevents.<seconds>.<host>.<pid>.<n>.v2. Unlike other files of
// ours it appears at once and grows, so that TensorBoard shows a run that is still going on.
// Does not need the TensorFlow runtime. Thread-compatible.
#ifndef TFX_TENSORFLOW_EVENT_WRITER_H_
#define TFX_TENSORFLOW_EVENT_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tensorflow {
class Event;
class GraphDef;
}  // namespace tensorflow

namespace tfx::tf {

struct EventWriterOptions {
  std::function<double()> now;  // seconds since 1970; empty: the system's clock
};

class EventWriter {
 public:
  // Makes the directory where needed. Errors of this and the other functions name the file.
  static absl::StatusOr<std::unique_ptr<EventWriter>> Open(const std::string& directory,
                                                           const EventWriterOptions& options = {});
  ~EventWriter();  // flushes; Close reports what goes wrong
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // One point of the curve `tag`, as tf.summary.scalar writes it (plugin "scalars"). NaN and infinities are kept.
  absl::Status AddScalar(std::string_view tag, float value, int64_t step);
  // What the Graphs tab shows.
  absl::Status AddGraph(const ::tensorflow::GraphDef& graph);
  // Hands everything so far to the operating system, for readers.
  absl::Status Flush();
  absl::Status Close();

  const std::string& path() const { return path_; }

 private:
  EventWriter(std::string path, std::function<double()> now, int descriptor);
  absl::Status Write(::tensorflow::Event& event);  // with the time of now
  std::string path_;
  std::function<double()> now_;
  int descriptor_;  // -1 after Close
  std::string buffer_;
};

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_EVENT_WRITER_H_
