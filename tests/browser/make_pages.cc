// make_pages FOLDER: the pages that check_pages.py opens in a browser, from real, recorded and made-up statistics.
//
// taxi.html (train and eval, schema, drift and skew), anomalies.html (one data set that breaks its schema in many
// ways), wide.html (1,000 features twice), hostile.html (names and values that try to break out), fragments.html (two
// fragments in one page). Needs TFX_SAMPLE_DATA_DIR.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/synthetic_statistics.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using StatisticsList = v0::DatasetFeatureStatisticsList;

absl::Status WritePage(const std::string& folder, const std::string& name, const DisplayInputs& inputs,
                       const std::string& title) {
  ASSIGN_OR_RETURN(const DisplayModel model, MakeDisplayModel(inputs, {.title = title}));
  RETURN_IF_ERROR(io::WriteFile(Concat(folder, "/", name, ".txt"), RenderText(model, {.width = 110, .details = true})));
  return io::WriteFile(Concat(folder, "/", name, ".html"), RenderHtml(model));
}

absl::StatusOr<std::vector<DisplayDataset>> Pair(const StatisticsList& first, const std::string& first_name,
                                                 const StatisticsList& second, const std::string& second_name) {
  ASSIGN_OR_RETURN(std::vector<DisplayDataset> datasets, DatasetsToShow(first, first_name));
  ASSIGN_OR_RETURN(std::vector<DisplayDataset> more, DatasetsToShow(second, second_name));
  datasets.insert(datasets.end(), more.begin(), more.end());
  return datasets;
}

v0::Feature* FeatureOf(v0::Schema* schema, const std::string& name) {
  for (v0::Feature& feature : *schema->mutable_feature()) {
    if (feature.name() == name) return &feature;
  }
  std::cerr << "the schema lacks " << name << "\n";
  std::exit(1);
}

absl::Status TaxiPages(const std::string& folder) {
  const char* samples = std::getenv("TFX_SAMPLE_DATA_DIR");
  if (samples == nullptr) return absl::FailedPreconditionError("set TFX_SAMPLE_DATA_DIR (./dev deps fills it)");
  const std::string data = Concat(samples, "/components/testdata/");
  StatisticsList train, eval;
  RETURN_IF_ERROR(io::ReadBinaryProto(Concat(data, "statistics_gen/Split-train/FeatureStats.pb"), &train));
  RETURN_IF_ERROR(io::ReadBinaryProto(Concat(data, "statistics_gen/Split-eval/FeatureStats.pb"), &eval));
  v0::Schema schema;
  RETURN_IF_ERROR(io::ReadTextProto(Concat(data, "schema_gen/schema.pbtxt"), &schema));
  FeatureOf(&schema, "payment_type")->mutable_drift_comparator()->mutable_infinity_norm()->set_threshold(0.05);
  FeatureOf(&schema, "company")->mutable_skew_comparator()->mutable_infinity_norm()->set_threshold(0.0001);
  FeatureOf(&schema, "trip_miles")->mutable_drift_comparator()->mutable_jensen_shannon_divergence()->set_threshold(0.2);
  ASSIGN_OR_RETURN(const std::vector<DisplayDataset> both, Pair(train, "train", eval, "eval"));
  ASSIGN_OR_RETURN(const v0::Anomalies few,
                   ValidateStatistics(train, schema, {.previous_span_statistics = &eval, .serving_statistics = &eval}));
  RETURN_IF_ERROR(WritePage(folder, "taxi",
                            {.datasets = both,
                             .schema = &schema,
                             .anomalies = &few,
                             .previous = &eval.datasets(0),
                             .serving = &eval.datasets(0)},
                            "Chicago taxi trips"));

  // The same data under a schema that asks for something else.
  FeatureOf(&schema, "trip_seconds")->set_type(v0::FLOAT);
  FeatureOf(&schema, "trip_start_hour")->mutable_int_domain()->set_max(20);
  FeatureOf(&schema, "fare")->mutable_float_domain()->set_min(0.5);
  FeatureOf(&schema, "fare")->mutable_float_domain()->set_max(100);
  FeatureOf(&schema, "pickup_census_tract")->mutable_presence()->set_min_count(1);
  FeatureOf(&schema, "dropoff_latitude")->mutable_presence()->set_min_fraction(0.99);
  FeatureOf(&schema, "tips")->set_name("gratuity");
  FeatureOf(&schema, "company")->mutable_unique_constraints()->set_min(1);
  FeatureOf(&schema, "company")->mutable_unique_constraints()->set_max(20);
  for (v0::StringDomain& domain : *schema.mutable_string_domain()) {
    if (domain.name() == "payment_type") domain.mutable_value()->DeleteSubrange(0, 2);
  }
  schema.mutable_dataset_constraints()->set_min_examples_count(20000);
  ASSIGN_OR_RETURN(const v0::Anomalies many,
                   ValidateStatistics(train, schema, {.previous_span_statistics = &eval, .serving_statistics = &eval}));
  std::cout << "anomalies.html: " << many.anomaly_info_size() << " features with anomalies\n";
  ASSIGN_OR_RETURN(const std::vector<DisplayDataset> one, DatasetsToShow(train, "train"));
  RETURN_IF_ERROR(WritePage(folder, "anomalies",
                            {.datasets = one,
                             .schema = &schema,
                             .anomalies = &many,
                             .previous = &eval.datasets(0),
                             .serving = &eval.datasets(0)},
                            "Taxi trips that break their schema"));

  ASSIGN_OR_RETURN(const DisplayModel first, MakeDisplayModel({.datasets = both}, {.title = "First"}));
  ASSIGN_OR_RETURN(const DisplayModel second, MakeDisplayModel({.datasets = one}, {.title = "Second"}));
  return io::WriteFile(Concat(folder, "/fragments.html"),
                       Concat("<!doctype html><meta charset=utf-8><body><input id=\"outside\">", RenderFragment(first),
                              RenderFragment(second), "</body>"));
}

absl::Status WidePage(const std::string& folder) {
  const StatisticsList monday = SyntheticStatistics(1000, 1), tuesday = SyntheticStatistics(1000, 2);
  ASSIGN_OR_RETURN(const v0::Schema schema, InferSchema(monday));
  ASSIGN_OR_RETURN(const v0::Anomalies anomalies, ValidateStatistics(tuesday, schema));
  ASSIGN_OR_RETURN(const std::vector<DisplayDataset> both, Pair(tuesday, "Tuesday", monday, "Monday"));
  return WritePage(folder, "wide", {.datasets = both, .schema = &schema, .anomalies = &anomalies}, "1,000 features");
}

absl::Status HostilePage(const std::string& folder) {
  const StatisticsList list = HostileStatistics();
  const v0::Schema schema;
  ASSIGN_OR_RETURN(const v0::Anomalies anomalies, ValidateStatistics(list, schema));
  ASSIGN_OR_RETURN(const std::vector<DisplayDataset> one, DatasetsToShow(list, "</script><script>broken()</script>"));
  return WritePage(folder, "hostile", {.datasets = one, .schema = &schema, .anomalies = &anomalies},
                   "</title><script>broken()</script>");
}

absl::Status MakePages(const std::string& folder) {
  RETURN_IF_ERROR(io::CreateDirectories(folder));
  RETURN_IF_ERROR(TaxiPages(folder));
  RETURN_IF_ERROR(WidePage(folder));
  return HostilePage(folder);
}

}  // namespace
}  // namespace tfx::tfdv

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_pages FOLDER\n";
    return 2;
  }
  const absl::Status status = tfx::tfdv::MakePages(argv[1]);
  if (!status.ok()) std::cerr << "make_pages: " << status << "\n";
  return status.ok() ? 0 : 1;
}
