// For tests: recorded results of the Python library, and comparison of messages with tolerance.
#ifndef TFX_TESTING_GOLDEN_FILES_H_
#define TFX_TESTING_GOLDEN_FILES_H_

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"

namespace tfx {

// "" when the recorded results are not on this machine.
inline std::string GoldenDirectory(const std::string& below) {
  const char* root = std::getenv("TFX_GOLDEN_DIR");
  if (root == nullptr) return "";
  const std::string path = absl::StrCat(root, "/", below);
  return std::filesystem::exists(path) ? path : "";
}

inline std::vector<std::string> Subdirectories(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// "" when equal: doubles to `fraction` relative or 1e-9 absolute, everything else exactly.
inline std::string Difference(const google::protobuf::Message& expected, const google::protobuf::Message& actual,
                              double fraction = 1e-6) {
  google::protobuf::util::MessageDifferencer differencer;
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_float_comparison(google::protobuf::util::DefaultFieldComparator::APPROXIMATE);
  comparator.set_treat_nan_as_equal(true);
  comparator.SetDefaultFractionAndMargin(fraction, 1e-9);
  differencer.set_field_comparator(&comparator);
  std::string report;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(expected, actual)) return "";
  return report.empty() ? "messages differ" : report;
}

}  // namespace tfx

#endif  // TFX_TESTING_GOLDEN_FILES_H_
