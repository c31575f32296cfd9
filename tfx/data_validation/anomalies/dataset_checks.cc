#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/data_validation/anomalies/feature_check.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

void CompareNumExamples(double num_examples, const DatasetView* control, const std::string& control_name,
                        v0::NumericValueComparator* comparator, AnomalyReasons* reasons) {
  if (control == nullptr) return;
  const std::string versus = absl::StrCat(" num examples in current dataset versus the ", control_name);
  const double control_examples = control->num_examples();
  if (control_examples == 0) {
    if (!comparator->has_max_fraction_threshold()) return;
    comparator->clear_max_fraction_threshold();
    reasons->push_back({AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES, absl::StrCat("High", versus, ", which has 0."),
                        absl::StrCat("The ", control_name,
                                     " has 0 examples, so there is a high number of examples in the current dataset "
                                     "versus the ",
                                     control_name, ".")});
    return;
  }
  const double ratio = num_examples / control_examples;
  auto describe = [&](const char* relation, double threshold) {
    return absl::StrCat("The ratio of num examples in the current dataset versus the ", control_name, " is ",
                        absl::SixDigits(ratio), " (up to six significant digits), which is ", relation,
                        " the threshold ", absl::SixDigits(threshold), ".");
  };
  if (comparator->has_max_fraction_threshold() && ratio > comparator->max_fraction_threshold()) {
    reasons->push_back({AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES, absl::StrCat("High", versus, "."),
                        describe("above", comparator->max_fraction_threshold())});
    comparator->set_max_fraction_threshold(ratio);
  }
  if (comparator->has_min_fraction_threshold() && ratio < comparator->min_fraction_threshold()) {
    reasons->push_back({AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES, absl::StrCat("Low", versus, "."),
                        describe("below", comparator->min_fraction_threshold())});
    comparator->set_min_fraction_threshold(ratio);
  }
}

}  // namespace

AnomalyReasons CheckDatasetConstraints(const DatasetView& stats, const DatasetView* previous_span,
                                       const DatasetView* previous_version, bool tfdv_compat,
                                       v0::DatasetConstraints* constraints) {
  AnomalyReasons reasons;
  const double num_examples = stats.num_examples();
  if (constraints->has_num_examples_drift_comparator()) {
    CompareNumExamples(num_examples, previous_span, "previous span",
                       constraints->mutable_num_examples_drift_comparator(), &reasons);
  }
  if (constraints->has_num_examples_version_comparator()) {
    CompareNumExamples(num_examples, previous_version, "previous version",
                       constraints->mutable_num_examples_version_comparator(), &reasons);
  }
  if (tfdv_compat && !constraints->has_min_examples_count()) return reasons;
  if (constraints->has_min_examples_count() && num_examples < static_cast<double>(constraints->min_examples_count())) {
    constraints->set_min_examples_count(static_cast<int64_t>(num_examples));
    reasons.push_back({AnomalyInfo::DATASET_LOW_NUM_EXAMPLES, "Low num examples in dataset.",
                       absl::StrCat("The dataset has ", num_examples, " examples, which is fewer than expected.")});
  }
  if (constraints->has_max_examples_count() && num_examples > static_cast<double>(constraints->max_examples_count())) {
    constraints->set_max_examples_count(static_cast<int64_t>(num_examples));
    reasons.push_back({AnomalyInfo::DATASET_HIGH_NUM_EXAMPLES, "High num examples in dataset.",
                       absl::StrCat("The dataset has ", num_examples, " examples, which is more than expected.")});
  }
  return reasons;
}

}  // namespace tfx::tfdv
