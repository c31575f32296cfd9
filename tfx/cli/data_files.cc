#include "tfx/cli/data_files.h"

#include <iostream>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/store.h"
#include "tfx/data_validation/statistics/statistics_io.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;

bool IsText(const std::string& path) { return absl::EndsWith(path, ".pbtxt"); }
bool IsTFRecordName(const std::string& path) { return absl::EndsWith(path, ".tfrecord"); }

}  // namespace

bool IsShardedName(const std::string& path) { return absl::EndsWith(path, ".tfrecords"); }

absl::Status CheckOutputName(const std::string& flag, const std::string& path) {
  if (path == "-" || IsText(path) || IsTFRecordName(path) || IsShardedName(path)) return absl::OkStatus();
  if (absl::EndsWith(path, ".pb")) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      flag, "=", path, ": the name must end in .pbtxt (text) or .pb (binary), or be - for standard output"));
}

absl::Status WriteMessage(CommandContext& context, const std::string& path, const google::protobuf::Message& message) {
  RETURN_IF_ERROR(CheckOutputName("output", path));
  if (path == "-") {
    if (context.json) {
      context.out << ToJson(message).dump(2) << "\n";
    } else {
      std::string text;
      google::protobuf::TextFormat::PrintToString(message, &text);
      context.out << text;
    }
    return absl::OkStatus();
  }
  if (IsText(path)) return io::WriteTextProto(path, message);
  if (!IsTFRecordName(path)) return io::WriteBinaryProto(path, message);
  ASSIGN_OR_RETURN(const std::unique_ptr<io::TFRecordWriter> writer,
                   io::TFRecordWriter::Open(path, io::Compression::kNone));
  RETURN_IF_ERROR(writer->Write(io::SerializeDeterministically(message)));
  return writer->Close();
}

absl::Status ReadMessage(const std::string& path, google::protobuf::Message* message) {
  if (path == "-") {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return io::ParseTextProto(text, "standard input", message);
  }
  return IsText(path) ? io::ReadTextProto(path, message) : io::ReadBinaryProto(path, message);
}

absl::Status ReadStatistics(const std::string& path, DatasetFeatureStatisticsList* statistics) {
  if (path == "-") return ReadMessage(path, statistics);
  if (path.find_first_of("*?[") == std::string::npos) {
    ASSIGN_OR_RETURN(*statistics, tfdv::LoadStatistics(path));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> files, io::Glob(path));
  if (files.empty()) return absl::NotFoundError(absl::StrCat(path, " matches no file"));
  ASSIGN_OR_RETURN(*statistics, tfdv::LoadShardedStatistics(files));
  return absl::OkStatus();
}

}  // namespace tfx::cli
