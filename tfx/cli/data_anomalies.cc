#include "tfx/cli/data_anomalies.h"

#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/anomalies/validation.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::AnomalyInfo;

constexpr size_t kMaxNameBytes = 80;

// A name may hold anything, also line breaks, and be of any length; a row of the table is a line. --json has all of it.
std::string Shown(const std::string& feature) {
  std::string shown;
  for (const char c : feature) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      shown += absl::CHexEscape(absl::string_view(&c, 1));
    } else {
      shown += c;
    }
  }
  if (shown.size() <= kMaxNameBytes) return shown;
  size_t end = kMaxNameBytes;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80) --end;  // whole characters of UTF-8
  return shown.substr(0, end) + "...";
}

void AddRows(const std::string& name, const AnomalyInfo& info, Table* table) {
  const std::string feature = Shown(name);
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
