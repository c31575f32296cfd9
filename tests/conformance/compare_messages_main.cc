// Compares recorded messages with those that the command line wrote. One JSON object a line on standard input:
//
//   {"id": "x", "type": "tensorflow.metadata.v0.Schema", "expected": "a.pbtxt", "actual": "b.pb",
//    "tolerance": 1e-6,               floating-point numbers, relative; 1e-9 absolute is always allowed
//    "covariance_margin": 2e-6,       of statistics: absolute difference of covariances and correlations
//    "baseline": "schema.pbtxt",      of Anomalies: what the baseline must be; it is then left out
//    "cut_debug_text": true,          of Anomalies: texts up to "incompatible domain_info: " only
//    "approximate": {"input": "x.tfrecord.gz", "epsilon": 0.01}}   of statistics: quantiles by rank
//
// Files named .pbtxt hold messages as text, with lines "---" between several, .pb one in binary, and others TFRecords;
// lists of messages are compared as sets. One object a line comes back: id, difference ("" when
// equal), single_precision (STANDARD histograms that agree to float32 only).
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow/core/example/feature.pb.h"
#include "tensorflow_data_validation/skew/protos/feature_skew_results.pb.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/golden_files.h"

namespace tfx {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using google::protobuf::Message;
using nlohmann::json;
using v0::Histogram;
using Messages = std::vector<std::unique_ptr<Message>>;

absl::StatusOr<std::unique_ptr<Message>> NewMessage(const std::string& type) {
  if (type == "tensorflow.metadata.v0.DatasetFeatureStatisticsList") {
    return std::make_unique<v0::DatasetFeatureStatisticsList>();
  }
  if (type == "tensorflow.metadata.v0.Schema") return std::make_unique<v0::Schema>();
  if (type == "tensorflow.metadata.v0.Anomalies") return std::make_unique<v0::Anomalies>();
  namespace skew = ::tensorflow::data_validation;
  if (type == "tensorflow.data_validation.FeatureSkew") return std::make_unique<skew::FeatureSkew>();
  if (type == "tensorflow.data_validation.SkewPair") return std::make_unique<skew::SkewPair>();
  if (type == "tensorflow.data_validation.MatchStats") return std::make_unique<skew::MatchStats>();
  if (type == "tensorflow.data_validation.ConfusionCount") return std::make_unique<skew::ConfusionCount>();
  return absl::InvalidArgumentError(absl::StrCat("no type ", type));
}

absl::StatusOr<Messages> Read(const std::string& path, const std::string& type) {
  Messages messages;
  auto add = [&]() -> absl::StatusOr<Message*> {
    ASSIGN_OR_RETURN(std::unique_ptr<Message> message, NewMessage(type));
    messages.push_back(std::move(message));
    return messages.back().get();
  };
  if (absl::EndsWith(path, ".pbtxt")) {
    // A recorded list of messages has lines "---" between them; a list of none is an empty file.
    ASSIGN_OR_RETURN(std::string text, io::ReadFile(path));
    size_t begin = 0;
    while (begin <= text.size()) {
      const size_t end = std::min(text.find("---\n", begin), text.size());
      ASSIGN_OR_RETURN(Message * message, add());
      RETURN_IF_ERROR(io::ParseTextProto(std::string_view(text).substr(begin, end - begin), path, message));
      begin = end + 4;
    }
    return messages;
  }
  if (absl::EndsWith(path, ".pb")) {
    ASSIGN_OR_RETURN(Message * message, add());
    RETURN_IF_ERROR(io::ReadBinaryProto(path, message));
    return messages;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<io::TFRecordReader> reader, io::TFRecordReader::Open(path));
  while (true) {
    std::string_view record;
    ASSIGN_OR_RETURN(const bool there_is_one, reader->Read(&record));
    if (!there_is_one) return messages;
    ASSIGN_OR_RETURN(Message * message, add());
    if (!message->ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      return absl::DataLossError(absl::StrCat(path, ": not a ", type));
    }
  }
}

// Datasets by name and features by path; their order is free.
void Sort(v0::DatasetFeatureStatisticsList* list) {
  auto by_name = [](const auto& a, const auto& b) { return a.name() < b.name(); };
  std::stable_sort(list->mutable_datasets()->begin(), list->mutable_datasets()->end(), by_name);
  for (auto& dataset : *list->mutable_datasets()) {
    auto by_path = [](const auto& a, const auto& b) {
      return std::lexicographical_compare(a.path().step().begin(), a.path().step().end(), b.path().step().begin(),
                                          b.path().step().end());
    };
    std::stable_sort(dataset.mutable_features()->begin(), dataset.mutable_features()->end(), by_path);
    auto by_paths = [&](const auto& a, const auto& b) {
      return std::pair(a.path_x().DebugString(), a.path_y().DebugString()) <
             std::pair(b.path_x().DebugString(), b.path_y().DebugString());
    };
    std::stable_sort(dataset.mutable_cross_features()->begin(), dataset.mutable_cross_features()->end(), by_paths);
  }
}

// Calls `visit` with the numeric statistics of features that both lists have in the same place.
template <class Visit>
void ForEachNumericFeature(v0::DatasetFeatureStatisticsList* a, v0::DatasetFeatureStatisticsList* b,
                           const Visit& visit) {
  for (int i = 0; i < std::min(a->datasets_size(), b->datasets_size()); ++i) {
    for (int j = 0; j < std::min(a->datasets(i).features_size(), b->datasets(i).features_size()); ++j) {
      v0::FeatureNameStatistics* x = a->mutable_datasets(i)->mutable_features(j);
      v0::FeatureNameStatistics* y = b->mutable_datasets(i)->mutable_features(j);
      if (x->has_num_stats() && y->has_num_stats()) visit(x, y);
    }
  }
}

// -0 is a number of its own to the wire, not to arithmetic.
void ClearMinusZeros(Message* message) {
  const auto& reflection = *message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) ClearMinusZeros(reflection.MutableMessage(message, field));
      for (int i = 0; field->is_repeated() && i < reflection.FieldSize(*message, field); ++i) {
        ClearMinusZeros(reflection.MutableRepeatedMessage(message, field, i));
      }
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE && !field->is_repeated() &&
               !field->has_presence() && reflection.GetDouble(*message, field) == 0) {
      reflection.ClearField(message, field);
    }
  }
}

// Covariances and correlations that differ by at most `margin` are made equal.
void AcceptRoundedCovariances(double margin, const v0::DatasetFeatureStatisticsList& expected,
                              v0::DatasetFeatureStatisticsList* actual) {
  for (int i = 0; i < std::min(expected.datasets_size(), actual->datasets_size()); ++i) {
    const auto& from = expected.datasets(i).cross_features();
    auto* to = actual->mutable_datasets(i)->mutable_cross_features();
    for (int j = 0; j < std::min(from.size(), to->size()); ++j) {
      if (!from[j].has_num_cross_stats() || !(*to)[j].has_num_cross_stats()) continue;
      const auto& a = from[j].num_cross_stats();
      auto* b = (*to)[j].mutable_num_cross_stats();
      if (std::fabs(a.covariance() - b->covariance()) <= margin) b->set_covariance(a.covariance());
      if (std::fabs(a.correlation() - b->correlation()) <= margin) b->set_correlation(a.correlation());
    }
  }
}

bool NearlyEqual(double a, double b, double total) {
  return a == b || std::fabs(a - b) <= 2e-5 * std::max(std::fabs(a), std::fabs(b)) || std::fabs(a - b) <= 1e-5 * total;
}

// Newer versions of the library interpolate STANDARD histograms of FLOAT features in float32, ours in float64. What
// agrees to 2e-5 counts as equal and is made so.
int AcceptSinglePrecision(const Histogram& expected, Histogram* actual) {
  const int last = actual->buckets_size() - 1;
  if (expected.type() == Histogram::STANDARD && expected.buckets().empty() && last >= 0 &&
      actual->buckets(last).high_value() - actual->buckets(0).low_value() > std::numeric_limits<float>::max()) {
    actual->clear_buckets();  // float32 overflows where float64 does not
    return 1;
  }
  if (expected.type() != Histogram::STANDARD || expected.buckets_size() != actual->buckets_size()) return 0;
  double total = 0, range = 0;
  for (const auto& bucket : expected.buckets()) {
    total += bucket.sample_count();
    if (std::isfinite(bucket.low_value())) range = std::max(range, std::fabs(bucket.low_value()));
    if (std::isfinite(bucket.high_value())) range = std::max(range, std::fabs(bucket.high_value()));
  }
  for (int i = 0; i < expected.buckets_size(); ++i) {
    const auto& a = expected.buckets(i);
    const auto& b = actual->buckets(i);
    if (!NearlyEqual(a.sample_count(), b.sample_count(), total) || !NearlyEqual(a.low_value(), b.low_value(), range) ||
        !NearlyEqual(a.high_value(), b.high_value(), range)) {
      return 0;
    }
  }
  if (Difference(expected, *actual).empty()) return 0;
  *actual->mutable_buckets() = expected.buckets();
  return 1;
}

int AcceptSinglePrecision(v0::DatasetFeatureStatisticsList* expected, v0::DatasetFeatureStatisticsList* actual) {
  int accepted = 0;
  ForEachNumericFeature(expected, actual, [&](v0::FeatureNameStatistics* a, v0::FeatureNameStatistics* b) {
    if (b->type() != v0::FeatureNameStatistics::FLOAT) return;
    auto accept = [&](const auto& from, auto* to) {
      for (int i = 0; i < std::min(from.histograms_size(), to->histograms_size()); ++i) {
        accepted += AcceptSinglePrecision(from.histograms(i), to->mutable_histograms(i));
      }
    };
    accept(a->num_stats(), b->mutable_num_stats());
    if (!a->num_stats().has_weighted_numeric_stats() || !b->num_stats().has_weighted_numeric_stats()) return;
    accept(a->num_stats().weighted_numeric_stats(), b->mutable_num_stats()->mutable_weighted_numeric_stats());
  });
  return accepted;
}

absl::StatusOr<std::map<std::string, std::vector<double>>> NumericColumns(const std::string& path) {
  std::map<std::string, std::vector<double>> columns;
  ASSIGN_OR_RETURN(const std::unique_ptr<io::TFRecordReader> reader, io::TFRecordReader::Open(path));
  while (true) {
    std::string_view record;
    ASSIGN_OR_RETURN(const bool there_is_one, reader->Read(&record));
    if (!there_is_one) break;
    ::tensorflow::Example example;
    if (!example.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      return absl::DataLossError(absl::StrCat(path, ": not an Example"));
    }
    for (const auto& [name, feature] : example.features().feature()) {
      std::vector<double>& column = columns[name];
      for (float value : feature.float_list().value()) column.push_back(value);
      for (int64_t value : feature.int64_list().value()) column.push_back(static_cast<double>(value));
    }
  }
  for (auto& [name, column] : columns) {
    std::erase_if(column, [](double value) { return std::isnan(value); });
    std::sort(column.begin(), column.end());
  }
  return columns;
}

// How far the share `rank` lies from the shares of values below and up to `value`.
double RankError(const std::vector<double>& column, double value, double rank) {
  const auto [low, high] = std::equal_range(column.begin(), column.end(), value);
  const double size = static_cast<double>(column.size());
  const double below = static_cast<double>(low - column.begin()) / size;
  const double up_to = static_cast<double>(high - column.begin()) / size;
  return std::max({0.0, below - rank, rank - up_to});
}

// Medians, quantiles and counts up to a boundary are checked by rank against the exact input; both sides then lose
// them.
absl::StatusOr<std::string> AcceptApproximateQuantiles(const json& approximate,
                                                       v0::DatasetFeatureStatisticsList* expected,
                                                       v0::DatasetFeatureStatisticsList* actual) {
  ASSIGN_OR_RETURN(const auto columns, NumericColumns(approximate["input"].get<std::string>()));
  const double epsilon = approximate["epsilon"].get<double>();
  std::string wrong;
  ForEachNumericFeature(expected, actual, [&](v0::FeatureNameStatistics* a, v0::FeatureNameStatistics* b) {
    const std::string& name = b->path().step(0);
    const auto it = columns.find(name);
    if (it == columns.end() || it->second.empty()) {
      absl::StrAppend(&wrong, name, ": not in the input\n");
      return;
    }
    const std::vector<double>& column = it->second;
    auto check = [&](double value, double rank, double bound, const std::string& what) {
      const double error = RankError(column, value, rank);
      if (!(error <= bound)) absl::StrAppend(&wrong, name, " ", what, ": rank off by ", error, " of the column\n");
    };
    check(b->num_stats().median(), 0.5, epsilon, "median");
    if (a->num_stats().histograms_size() != b->num_stats().histograms_size()) {
      absl::StrAppend(&wrong, name, ": another number of histograms\n");
    }
    for (const Histogram& histogram : b->num_stats().histograms()) {
      const bool quantiles = histogram.type() == Histogram::QUANTILES;
      const int n = histogram.buckets_size();
      double total = 0;
      for (int i = 0; i < n; ++i) {
        const auto& bucket = histogram.buckets(i);
        total += bucket.sample_count();
        const std::string what = absl::StrCat(quantiles ? "quantile " : "bucket ", i + 1, " of ", n);
        // Counts between fine quantiles, a thousand of them, are interpolated.
        check(bucket.high_value(), total / static_cast<double>(column.size()), epsilon + (quantiles ? 0 : 0.001), what);
        if (quantiles) check(bucket.high_value(), (i + 1.0) / n, epsilon, what);
      }
    }
    for (v0::NumericStatistics* numbers : {a->mutable_num_stats(), b->mutable_num_stats()}) {
      numbers->clear_median();
      numbers->clear_histograms();
    }
  });
  return wrong;
}

void CutDebugText(v0::Anomalies* anomalies) {
  constexpr std::string_view kMarker = "incompatible domain_info: ";
  auto cut = [&](std::string* text) {
    const size_t at = text->find(kMarker);
    if (at != std::string::npos) text->resize(at + kMarker.size());
  };
  for (auto& [path, info] : *anomalies->mutable_anomaly_info()) {
    cut(info.mutable_description());
    for (auto& reason : *info.mutable_reason()) cut(reason.mutable_description());
  }
}

absl::StatusOr<std::string> CompareAnomalies(const json& job, v0::Anomalies* expected, v0::Anomalies* actual) {
  if (job.contains("baseline")) {
    v0::Schema baseline;
    RETURN_IF_ERROR(io::ReadTextProto(job["baseline"].get<std::string>(), &baseline));
    if (const std::string difference = Difference(baseline, actual->baseline()); !difference.empty()) {
      return absl::StrCat("baseline: ", difference);
    }
    actual->clear_baseline();
  }
  if (job.value("cut_debug_text", false)) {
    CutDebugText(expected);
    CutDebugText(actual);
  }
  return std::string();
}

absl::Status Compare(const json& job, json* result) {
  const std::string type = job["type"];
  ASSIGN_OR_RETURN(Messages expected, Read(job["expected"], type));
  ASSIGN_OR_RETURN(Messages actual, Read(job["actual"], type));
  if (expected.size() != actual.size()) {
    (*result)["difference"] = absl::StrCat(expected.size(), " messages expected, ", actual.size(), " found");
    return absl::OkStatus();
  }
  for (Messages* messages : {&expected, &actual}) {
    std::sort(messages->begin(), messages->end(),
              [](const auto& a, const auto& b) { return a->DebugString() < b->DebugString(); });
  }
  std::string difference;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (auto* a = dynamic_cast<v0::DatasetFeatureStatisticsList*>(expected[i].get())) {
      auto* b = static_cast<v0::DatasetFeatureStatisticsList*>(actual[i].get());
      for (v0::DatasetFeatureStatisticsList* list : {a, b}) {
        Sort(list);
        ClearMinusZeros(list);
      }
      AcceptRoundedCovariances(job.value("covariance_margin", 0.0), *a, b);
      (*result)["single_precision"] = AcceptSinglePrecision(a, b);
      if (job.contains("approximate")) {
        ASSIGN_OR_RETURN(difference, AcceptApproximateQuantiles(job["approximate"], a, b));
      }
    } else if (auto* c = dynamic_cast<v0::Anomalies*>(expected[i].get())) {
      ASSIGN_OR_RETURN(difference, CompareAnomalies(job, c, static_cast<v0::Anomalies*>(actual[i].get())));
    }
    difference += Difference(*expected[i], *actual[i], job.value("tolerance", 1e-6));
  }
  (*result)["difference"] = difference;
  return absl::OkStatus();
}

int Main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const json job = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!job.is_object()) {
      std::cerr << "compare_messages: not a JSON object: " << line << "\n";
      return 1;
    }
    json result = {{"id", job.value("id", "")}, {"difference", ""}, {"single_precision", 0}};
    if (const absl::Status status = Compare(job, &result); !status.ok()) result["difference"] = status.ToString();
    std::cout << result.dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace tfx

int main() { return tfx::Main(); }
