#include "tfx/cli/data_anomalies.h"

#include <map>
#include <string>

#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/anomalies/validation.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::AnomalyInfo;

void AddRows(const std::string& feature, const AnomalyInfo& info, Table* table) {
  const std::string severity = AnomalyInfo::Severity_Name(info.severity());
  if (!info.short_description().empty() || !info.description().empty() || info.reason().empty()) {
    table->AddRow({feature, severity, info.short_description(), info.description()});
    return;
  }
  for (const AnomalyInfo::Reason& reason : info.reason()) {
    table->AddRow({feature, severity, reason.short_description(), reason.description()});
  }
}

}  // namespace

void PrintAnomalies(CommandContext& context, const Anomalies& anomalies) {
  if (context.json) {
    context.out << ToJson(anomalies).dump(2) << "\n";
    return;
  }
  if (!tfdv::HasAnomalies(anomalies)) {
    context.out << "No anomalies.\n";
    return;
  }
  Table table({"FEATURE", "SEVERITY", "ANOMALY", "DESCRIPTION"});
  for (const auto& [feature, info] : std::map(anomalies.anomaly_info().begin(), anomalies.anomaly_info().end())) {
    AddRows(feature, info, &table);
  }
  if (anomalies.has_dataset_anomaly_info()) AddRows("(dataset)", anomalies.dataset_anomaly_info(), &table);
  if (anomalies.data_missing()) table.AddRow({"(dataset)", "ERROR", "Data missing", "The data set has no examples."});
  table.Print(context.out);
}

}  // namespace tfx::cli
