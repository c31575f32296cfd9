#include "tfx/data_validation/anomalies/anomaly_reason.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tfx::tfdv {

AnomalyInfo ToAnomalyInfo(AnomalyReasons reasons, AnomalyInfo::Severity severity) {
  const bool all_new = std::all_of(reasons.begin(), reasons.end(), [](const AnomalyReason& reason) {
    return reason.type == AnomalyInfo::SCHEMA_NEW_COLUMN;
  });
  if (all_new && reasons.size() > 1) reasons.resize(1);
  AnomalyInfo info;
  std::string short_description, description;
  for (const AnomalyReason& reason : reasons) {
    AnomalyInfo::Reason* proto = info.add_reason();
    proto->set_type(reason.type);
    proto->set_short_description(reason.short_description);
    proto->set_description(reason.description);
    if (description.empty()) {
      description = reason.description;
      short_description = reason.short_description;
    } else if (!reason.description.empty()) {
      absl::StrAppend(&description, " ", reason.description);
      short_description = "Multiple errors";
    }
  }
  info.set_description(description);
  info.set_short_description(short_description);
  info.set_severity(severity);
  return info;
}

AnomalyReasons ReasonsOf(const AnomalyInfo& info) {
  AnomalyReasons reasons;
  for (const AnomalyInfo::Reason& reason : info.reason()) {
    reasons.push_back({reason.type(), reason.short_description(), reason.description()});
  }
  return reasons;
}

}  // namespace tfx::tfdv
