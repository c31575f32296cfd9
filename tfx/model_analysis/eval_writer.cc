#include "tfx/model_analysis/eval_writer.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// EvalRun.version names the release of TFMA whose files these are laid out as, not ours: its readers look at it.
constexpr char kCompatibleTfmaVersion[] = "0.47.1";

template <class Message>
absl::Status WriteRecords(const std::vector<Message>& messages, const std::string& path) {
  ASSIGN_OR_RETURN(auto writer, io::TFRecordWriter::Open(path, io::Compression::kNone));
  for (const Message& message : messages) RETURN_IF_ERROR(writer->Write(io::SerializeDeterministically(message)));
  return writer->Close();
}

absl::Status WriteConfig(const EvalResult& result, const EvalWriterOptions& options, const std::string& path) {
  pb::EvalRun run;
  *run.mutable_eval_config() = result.eval_config;
  run.set_version(kCompatibleTfmaVersion);
  run.set_data_location(options.data_location);
  run.set_file_format(options.file_format);
  for (const auto& [name, location] : result.model_locations) (*run.mutable_model_locations())[name] = location;
  std::string json;
  if (const auto status = google::protobuf::util::MessageToJsonString(run, &json); !status.ok()) {
    return absl::InternalError(absl::StrCat("eval_config.json: ", std::string(status.message())));
  }
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  if (parsed.is_discarded()) return absl::InternalError("eval_config.json: protobuf wrote JSON that does not parse");
  return io::WriteFile(path, parsed.dump(2));
}

}  // namespace

absl::Status WriteEvalResult(const EvalResult& result, std::string_view directory, const EvalWriterOptions& options) {
  RETURN_IF_ERROR(io::CreateDirectories(directory));
  const auto& disabled = result.eval_config.options().disabled_outputs().values();
  const auto enabled = [&](const std::string& name) {
    return std::find(disabled.begin(), disabled.end(), name) == disabled.end();
  };
  const auto path = [&](const std::string& name) { return io::JoinPath(directory, name); };
  if (enabled("eval_config.json")) RETURN_IF_ERROR(WriteConfig(result, options, path("eval_config.json")));
  if (enabled("metrics")) {
    RETURN_IF_ERROR(WriteRecords(result.metrics, io::ShardedFileName(directory, "metrics", 0, 1, ".tfrecord")));
  }
  if (enabled("plots")) {
    RETURN_IF_ERROR(WriteRecords(result.plots, io::ShardedFileName(directory, "plots", 0, 1, ".tfrecord")));
  }
  if (enabled("attributions")) {
    RETURN_IF_ERROR(
        WriteRecords(result.attributions, io::ShardedFileName(directory, "attributions", 0, 1, ".tfrecord")));
  }
  if (enabled("validations") && result.validation) {
    RETURN_IF_ERROR(WriteRecords(std::vector<pb::ValidationResult>{*result.validation}, path("validations.tfrecord")));
  }
  return absl::OkStatus();
}

}  // namespace tfx::tfma
