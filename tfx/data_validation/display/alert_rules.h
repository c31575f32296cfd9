// What deserves a look before anything else. AlertRules() lists the rules in alphabetical order; a rule looks at one
// feature in one dataset. Anomalies, and features on which datasets disagree, are added by MakeDisplayModel.
// To add a rule: a function, a list entry, a case in alert_rules_test.cc.
#ifndef TFX_DATA_VALIDATION_DISPLAY_ALERT_RULES_H_
#define TFX_DATA_VALIDATION_DISPLAY_ALERT_RULES_H_

#include <span>
#include <string>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/display/display_model.h"

namespace tfx::tfdv {

struct AlertRule {
  const char* kind;
  const char* title;
  AlertLevel level;
  // What it found, in words; "" for nothing.
  std::string (*find)(const ::tensorflow::metadata::v0::FeatureNameStatistics& feature,
                      const ::tensorflow::metadata::v0::DatasetFeatureStatistics& dataset);
};

std::span<const AlertRule> AlertRules();

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_ALERT_RULES_H_
