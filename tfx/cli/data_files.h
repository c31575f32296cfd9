// Messages that `tfx data` reads and writes: statistics, schemas, anomalies.
//
// Names say the format: .pbtxt is text, .pb binary, .tfrecord a TFRecord file of one message (statistics as TFDV writes
// them); "-" is standard input or output, as text. Statistics are read from all that statistics/statistics_io.h knows,
// and from the shards that a pattern names.
#ifndef TFX_CLI_DATA_FILES_H_
#define TFX_CLI_DATA_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/cli/command.h"

namespace tfx::cli {

inline constexpr char kOutputHelp[] = "File: .pbtxt is text, .pb binary; - is standard output, as text.";

// Whether the name stands for shards of statistics: it ends in ".tfrecords".
bool IsShardedName(const std::string& path);

// INVALID_ARGUMENT naming the flag when the name has none of the endings above. Ask before long work.
absl::Status CheckOutputName(const std::string& flag, const std::string& path);

// Whole or not at all. With --json, standard output gets JSON.
absl::Status WriteMessage(CommandContext& context, const std::string& path, const google::protobuf::Message& message);

// NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT with line and column of text; DATA_LOSS for bytes that are no such
// message. All name the file.
absl::Status ReadMessage(const std::string& path, google::protobuf::Message* message);
absl::Status ReadStatistics(const std::string& path,
                            ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* statistics);

}  // namespace tfx::cli

#endif  // TFX_CLI_DATA_FILES_H_
