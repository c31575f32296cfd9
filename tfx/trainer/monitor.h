// "Did the metric get better?", for EarlyStopping and ModelCheckpoint.
#ifndef TFX_TRAINER_MONITOR_H_
#define TFX_TRAINER_MONITOR_H_

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/trainer/callbacks.h"

namespace keras::internal {

class Monitor {
 public:
  Monitor(std::string name, Mode mode, double min_delta) : name_(std::move(name)), min_delta_(std::abs(min_delta)) {
    max_ = mode == Mode::kMax;
    if (mode == Mode::kAuto) {
      for (const char* part : {"acc", "auc", "precision", "recall"})
        max_ = max_ || name_.find(part) != std::string::npos;
    }
    best_ = max_ ? -HUGE_VAL : HUGE_VAL;
  }

  // True, and the value is the new best, when it is better by more than min_delta. NaN never is.
  // INVALID_ARGUMENT lists the logs when the monitored one is not among them.
  absl::StatusOr<bool> Improved(const Logs& logs) {
    const auto found = logs.find(name_);
    if (found == logs.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : logs) names.push_back(name);
      return absl::InvalidArgumentError(absl::StrCat(
          "monitor \"", name_, "\" is not among the logs", tfx::DidYouMean(name_, names), " (logs: ",
          absl::StrJoin(names, ", "), name_.rfind("val_", 0) == 0 ? "; val_ ones need validation_data)" : ")"));
    }
    const bool better = max_ ? found->second - min_delta_ > best_ : found->second + min_delta_ < best_;
    if (better) best_ = found->second;
    return better;
  }

  double best() const { return best_; }
  void set_best(double best) { best_ = best; }

 private:
  std::string name_;
  double min_delta_;
  bool max_ = false;
  double best_;
};

}  // namespace keras::internal

#endif  // TFX_TRAINER_MONITOR_H_
