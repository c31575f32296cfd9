// Serialized tf.Examples and tf.SequenceExamples: the decoder takes exactly what protobuf takes, and what it read is
// written back as a message that reads the same.
#include "fuzz_driver.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/text_format.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/dataset/examples.h"

namespace {

using tfx::dataset::DecodeExamples;
using tfx::dataset::EncodeExamples;
using tfx::dataset::PayloadFormat;

template <class Message>
std::string Check(const std::string& input, PayloadFormat format) {
  tfx::io::Records records;
  records.Append(input);
  const auto batch = DecodeExamples(records, {.format = format});
  Message message;
  const bool is_message = message.ParseFromString(input);
  if (!batch.ok()) {
    // A message may still be refused: a SequenceExample whose steps have several kinds, a reserved name.
    if (absl::IsInvalidArgument(batch.status())) return "";
    return is_message ? "protobuf reads what is refused: " + batch.status().ToString() : "";
  }
  if (!is_message) return "protobuf refuses what is read";
  if ((*batch)->num_rows() != 1) return "not one row";
  if (!(*batch)->ValidateFull().ok()) return "the batch is damaged";
  const auto written = EncodeExamples(**batch, format);
  if (!written.ok()) return "what was read cannot be written: " + written.status().ToString();
  const auto again = DecodeExamples(*written, {.format = format});
  if (!again.ok()) return "what was written cannot be read: " + again.status().ToString();
  const auto twice = EncodeExamples(**again, format);
  if (!twice.ok() || (*twice)[0] != (*written)[0]) return "read and written twice it is another message";
  return "";
}

std::string Run(const std::string& input) {
  const std::string wrong = Check<tensorflow::Example>(input, PayloadFormat::kExample);
  return wrong.empty() ? Check<tensorflow::SequenceExample>(input, PayloadFormat::kSequenceExample) : wrong;
}

template <class Message>
std::string Serialized(const char* text) {
  Message message;
  google::protobuf::TextFormat::ParseFromString(text, &message);
  return message.SerializeAsString();
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  google::protobuf::SetLogHandler(nullptr);  // millions of lines
  return {.seeds = {Serialized<tensorflow::Example>(R"(features {
                      feature { key: "i" value { int64_list { value: [1, -2, 9223372036854775807] } } }
                      feature { key: "f" value { float_list { value: [0.5, 1e30] } } }
                      feature { key: "b" value { bytes_list { value: ["x", ""] } } }
                      feature { key: "none" value { } } feature { key: "empty" value { int64_list { } } } })"),
                    Serialized<tensorflow::SequenceExample>(R"(
                      context { feature { key: "id" value { bytes_list { value: "a" } } } }
                      feature_lists { feature_list { key: "s" value {
                        feature { int64_list { value: [1, 2] } } feature { } feature { int64_list { value: 3 } } } } })")},
          .words = {std::string("\x0a\x00", 2), "\x0a\x05", "\x12\x03", "\x1a\x0a", "\x08\x01", "\x0d\x00\x00\x80\x3f",
                    "\x0b", "\x0c", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x80\x80\x80\x80\x10"},
          .run = Run};
}
