// Statistics, schema and anomalies for people: one model, drawn as a web page, a fragment of one, or text.
//
//   ASSIGN_OR_RETURN(auto train, DatasetsToShow(train_stats, "train"));
//   ASSIGN_OR_RETURN(auto eval, DatasetsToShow(eval_stats, "eval"));
//   train.insert(train.end(), eval.begin(), eval.end());
//   ASSIGN_OR_RETURN(DisplayModel model, MakeDisplayModel({.datasets = train, .schema = &schema, .anomalies =
//   &anomalies},
//                                                         {.title = "Taxi trips"}));
//   RETURN_IF_ERROR(io::WriteFile("page.html", RenderHtml(model)));
//   std::cout << RenderText(model, {.width = 100});
//
// Everything here is stateless, deterministic and thread-safe.
#ifndef TFX_DATA_VALIDATION_DISPLAY_DISPLAY_H_
#define TFX_DATA_VALIDATION_DISPLAY_DISPLAY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/display/display_model.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

// Statistics and the name they go by. Not owned; must live through MakeDisplayModel.
struct DisplayDataset {
  std::string name;
  const ::tensorflow::metadata::v0::DatasetFeatureStatistics* statistics = nullptr;
};

// The datasets of a list under names for people. An only dataset without slices goes by `name`; slices by
// "name: slice", or by the slice's name where `name` is empty. `slices` unset: the only dataset, or the one named
// "All Examples", or all where there is neither; set: those slices, in that order; empty: all of them.
// NOT_FOUND: a slice is not in the list (names the nearest). INVALID_ARGUMENT: the list is empty.
absl::StatusOr<std::vector<DisplayDataset>> DatasetsToShow(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& list, std::string_view name,
    const std::optional<std::vector<std::string>>& slices = std::nullopt);

struct DisplayInputs {
  // Shown together, at most 8. Schema and anomalies belong to the first one.
  std::vector<DisplayDataset> datasets;
  const ::tensorflow::metadata::v0::Schema* schema = nullptr;        // null: anomalies->baseline(), where set
  const ::tensorflow::metadata::v0::Anomalies* anomalies = nullptr;  // with drift_skew_info; null: not validated
  // What drift and skew were measured against; null: formulas show the measured values only.
  const ::tensorflow::metadata::v0::DatasetFeatureStatistics* previous = nullptr;
  const ::tensorflow::metadata::v0::DatasetFeatureStatistics* serving = nullptr;
  std::optional<std::string> environment;  // of the validation: for the schema change of "missing in environment"
};

struct DisplayOptions {
  std::string title = "Statistics";
  // Features to show; unset: all. The deny list is applied after the allow list.
  std::optional<std::vector<FeaturePath>> allowlist_features;
  std::vector<FeaturePath> denylist_features;
  int max_labels = 100;                 // of a chart, >= 1; fewer where the budget below asks for it
  int max_label_bytes = 120;            // longer labels and names are cut, with an ellipsis; >= 8
  int64_t max_model_bytes = 2'700'000;  // aimed at for the model's JSON by fewer labels (never under 10); 0: no limit
};

// INVALID_ARGUMENT: no dataset, more than 8, a dataset without statistics, two datasets of one name, options out of
// range. Statistics from hostile or broken files are shown as well as they go: bytes that are not UTF-8 become
// \x escapes; of a feature given twice in a dataset the first one counts; impossible counts are alerts.
absl::StatusOr<DisplayModel> MakeDisplayModel(const DisplayInputs& inputs, const DisplayOptions& options = {});

// One self-contained page: no request leaves it (Content-Security-Policy default-src 'none'), works offline and from
// file://. UTF-8. Under 3 MB for 1,000 features of two datasets at the default options.
std::string RenderHtml(const DisplayModel& model);

// The same as an element to put into another page, for example a notebook's output cell: a <div> with an own shadow
// root and the scripts that fill it. The surrounding page must allow inline scripts. Independent of other fragments
// beside it.
std::string RenderFragment(const DisplayModel& model);

// The script alone: defines `TfxStatistics.mount(element, model)`, where model is DisplayModelJson's value as a
// JavaScript object; returns a handle with `destroy()`. README.md, "Embedding". Constant text.
std::string_view StatisticsScript();

// The model as JSON, UTF-8, safe inside <script type="application/json">. README.md lists the keys.
std::string DisplayModelJson(const DisplayModel& model);

struct TextOptions {
  int width = 100;                        // columns; at least 60 are used
  bool color = false;                     // ANSI colours
  int max_features = 0;                   // rows per section; 0: all
  bool details = false;                   // charts, top values, quantiles and the schema change of each feature
  std::string sort_by = "feature_order";  // an id of DisplayModel::sort_orders; unknown ids count as feature_order
};

// The model in a terminal. Lines end in "\n" and are at most `width` columns, save for exact texts of anomalies, which
// are wrapped. Control characters of names and values never reach the terminal.
std::string RenderText(const DisplayModel& model, const TextOptions& options = {});

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_DISPLAY_H_
