// Anomalies for people and machines, as the validating verbs of `tfx data` print them.
#ifndef TFX_CLI_DATA_ANOMALIES_H_
#define TFX_CLI_DATA_ANOMALIES_H_

#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tfx/cli/command.h"

namespace tfx::cli {

// A table by feature, then what is about the whole data set; "No anomalies." when there are none; with --json the
// message. An anomaly without a text for the whole (ValidateDistributions) gets a row per reason.
void PrintAnomalies(CommandContext& context, const ::tensorflow::metadata::v0::Anomalies& anomalies);

}  // namespace tfx::cli

#endif  // TFX_CLI_DATA_ANOMALIES_H_
