#include "tfx/cli/run_compare_command.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/run_compare_details.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/eval_reader.h"

namespace tfx::cli {
namespace {

// The order in which they are shown.
constexpr const char* kSections[] = {"parameters", "metrics", "slices", "data", "drift", "schema", "nodes"};

// What is known of a run: by (place of the section, name), as text.
using Facts = std::map<std::pair<int, std::string>, std::string>;
enum Section { kParameters, kMetrics, kSlices, kData, kDrift, kSchema, kNodes };

std::vector<std::string> Lines(const std::string& text) { return absl::StrSplit(text, '\n', absl::SkipEmpty()); }

class FactReader {
 public:
  FactReader(mlmd::MetadataStore& store, Facts* facts, RunDetails* details, std::vector<std::string>* notes)
      : store_(store), facts_(*facts), details_(*details), notes_(*notes) {}

  absl::Status Read(const mlmd::Context& run) {
    ASSIGN_OR_RETURN(const auto page, store_.GetExecutionsByContext(run.id()));
    for (const mlmd::Execution& execution : page.items) {
      ASSIGN_OR_RETURN(const std::string node, NodeId(store_, execution));
      Put(kNodes, node, StateName(execution));
      for (const auto* properties : {&execution.properties(), &execution.custom_properties()}) {
        for (const auto& [name, value] : *properties) {
          // The data's own fingerprint is among the facts of the data.
          if (name != "input_fingerprint") Put(kParameters, absl::StrCat(node, ".", name), ToText(value));
        }
      }
      ASSIGN_OR_RETURN(const auto events, store_.GetEventsByExecutionIDs({execution.id()}));
      for (const mlmd::Event& event : events) {
        if (!IsOutput(event)) continue;
        ASSIGN_OR_RETURN(const auto artifacts, store_.GetArtifactsByID({event.artifact_id()}));
        for (const mlmd::Artifact& artifact : artifacts) {
          ReadArtifact(absl::StrCat(node, ".", EventKey(event)), artifact);
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  // A second fact of the same name, as of a node that ran twice, gets a number.
  void Put(Section section, const std::string& name, std::string value) {
    if (facts_.try_emplace({section, name}, value).second) return;
    for (int n = 2; !facts_.try_emplace({section, absl::StrCat(name, " #", n)}, value).second; ++n) {
    }
  }

  void Unreadable(const mlmd::Artifact& artifact, const absl::Status& status) {
    notes_.push_back(
        absl::StrCat(artifact.type(), " ", artifact.id(), " is left out: ", std::string(status.message())));
  }

  void ReadArtifact(const std::string& name, const mlmd::Artifact& artifact) {
    const std::string& type = artifact.type();
    if (type == "Examples") ReadExamples(name, artifact);
    if (type == "ExampleStatistics") ReadCounts(name, artifact);
    if (type == "Schema") ReadSchema(name, artifact);
    if (type == "ModelEvaluation") ReadMetrics(name, artifact);
    if (type == "ModelBlessing" && artifact.custom_properties().contains("blessed")) {
      Put(kMetrics, absl::StrCat(name, " blessed"), ToText(artifact.custom_properties().at("blessed")));
    }
  }

  void ReadExamples(const std::string& name, const mlmd::Artifact& artifact) {
    for (const auto* properties : {&artifact.properties(), &artifact.custom_properties()}) {
      for (const char* key : {"span", "version", "split_names"}) {
        const auto it = properties->find(key);
        if (it != properties->end()) Put(kData, absl::StrCat(name, " ", key), ToText(it->second));
      }
    }
    const auto it = artifact.custom_properties().find("input_fingerprint");
    if (it == artifact.custom_properties().end()) return;
    // A line "split:train,num_files:1,..." for each split of the input.
    for (const std::string& line : Lines(it->second.string_value())) {
      const size_t comma = line.find(',');
      if (line.starts_with("split:") && comma != std::string::npos) {
        Put(kData, absl::StrCat(name, " fingerprint of split ", line.substr(6, comma - 6)), line.substr(comma + 1));
      } else {
        Put(kData, absl::StrCat(name, " fingerprint"), line);
      }
    }
  }

  void ReadCounts(const std::string& name, const mlmd::Artifact& artifact) {
    const auto splits = io::ListDirectory(artifact.uri());
    if (!splits.ok()) return Unreadable(artifact, splits.status());
    for (const std::string& split : *splits) {
      const bool is_split = split.starts_with("Split-");
      std::string file = io::JoinPath(artifact.uri(), is_split ? split : "");
      if (!is_split && split != "FeatureStats.pb") continue;
      // One file, or shards of one.
      const std::string whole = io::JoinPath(file, "FeatureStats.pb");
      file = io::Stat(whole).ok() ? whole : io::JoinPath(file, "FeatureStats.tfrecords");
      ::tensorflow::metadata::v0::DatasetFeatureStatisticsList statistics;
      if (const absl::Status status = ReadStatistics(file, &statistics); !status.ok()) {
        Unreadable(artifact, status);
        continue;
      }
      uint64_t examples = 0;
      for (const auto& dataset : statistics.datasets()) {
        // Of several datasets the others are slices of the first.
        if (&dataset == &statistics.datasets(0)) examples = dataset.num_examples();
      }
      Put(kData, absl::StrCat(name, is_split ? absl::StrCat(" examples of ", split.substr(6)) : " examples"),
          absl::StrCat(examples));
      details_.statistics[is_split ? absl::StrCat(name, " of ", split.substr(6)) : name] = std::move(statistics);
    }
  }

  void ReadSchema(const std::string& name, const mlmd::Artifact& artifact) {
    ::tensorflow::metadata::v0::Schema schema;
    const absl::Status status = io::ReadTextProto(io::JoinPath(artifact.uri(), "schema.pbtxt"), &schema);
    if (!status.ok()) return Unreadable(artifact, status);
    details_.schemas[name] = schema;
    for (auto& feature : *schema.mutable_feature()) {
      const std::string subject = absl::StrCat(name, " feature '", feature.name(), "'");
      feature.clear_name();
      Put(kSchema, subject, feature.ShortDebugString());
    }
    for (auto& domain : *schema.mutable_string_domain()) {
      const std::string subject = absl::StrCat(name, " string_domain '", domain.name(), "'");
      domain.clear_name();
      Put(kSchema, subject, domain.ShortDebugString());
    }
    schema.clear_feature();
    schema.clear_string_domain();
    Put(kSchema, absl::StrCat(name, " (the rest)"), schema.ShortDebugString());
  }

  void ReadMetrics(const std::string& name, const mlmd::Artifact& artifact) {
    auto result = tfma::LoadEvalResult(artifact.uri());
    if (!result.ok()) return Unreadable(artifact, result.status());
    for (const std::string& metric : tfma::NumericMetricNames(*result)) {
      const std::optional<double> value = tfma::FindMetric(*result, metric);
      if (value.has_value()) Put(kMetrics, absl::StrCat(name, " ", metric), absl::StrFormat("%.9g", *value));
    }
    details_.evaluations[name] = *std::move(result);
  }

  mlmd::MetadataStore& store_;
  Facts& facts_;
  RunDetails& details_;
  std::vector<std::string>& notes_;
};

// For a column of a table: the beginning, on one line.
std::string Shortened(const std::string& value) {
  constexpr size_t kMost = 40;
  std::string line;
  for (const char c : value) {
    const bool blank = c == '\n' || c == ' ' || c == '\t';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (line.size() <= kMost) return line;
  size_t end = kMost - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // whole characters
  return line.substr(0, end) + "...";
}

absl::Status Compare(CommandContext& context, const std::vector<std::string>& names, const DetailOptions& options) {
  if (names.size() < 2) return absl::InvalidArgumentError("give two runs or more; tfx run list shows them");
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  std::vector<std::string> runs;
  std::vector<Facts> facts(names.size());
  std::vector<RunDetails> run_details(names.size());
  std::vector<std::string> notes;
  std::set<std::pair<int, std::string>> keys;
  for (size_t i = 0; i < names.size(); ++i) {
    ASSIGN_OR_RETURN(const mlmd::Context run, FindRun(*store, names[i]));
    runs.push_back(run.name());
    RETURN_IF_ERROR(FactReader(*store, &facts[i], &run_details[i], &notes).Read(run));
    for (const auto& [key, value] : facts[i]) keys.insert(key);
  }
  ASSIGN_OR_RETURN(const Details details, CompareDetails(run_details, options));
  notes.insert(notes.end(), details.notes.begin(), details.notes.end());
  nlohmann::json json = {
      {"runs", runs}, {"notes", notes}, {"differences", nlohmann::json::array()}, {"same", nlohmann::json::array()}};
  std::vector<std::string> header = {"DIFFERENT", ""};
  header.insert(header.end(), runs.begin(), runs.end());
  Table table(header);
  int different = 0;
  const auto add = [&](int section, const std::string& name, const std::vector<std::optional<std::string>>& values) {
    nlohmann::json list = nlohmann::json::array();
    std::vector<std::string> row = {kSections[section], name};
    for (const auto& value : values) {
      list.push_back(value ? nlohmann::json(*value) : nlohmann::json(nullptr));
      row.push_back(value ? Shortened(*value) : "-");
    }
    ++different;
    json["differences"].push_back({{"section", kSections[section]}, {"name", name}, {"values", list}});
    table.AddRow(row);
  };
  std::map<int, int> same;
  for (int section = 0; section < static_cast<int>(std::size(kSections)); ++section) {
    for (auto key = keys.lower_bound({section, ""}); key != keys.end() && key->first == section; ++key) {
      std::vector<std::optional<std::string>> values;
      for (const Facts& of_run : facts) {
        const auto it = of_run.find(*key);
        values.push_back(it == of_run.end() ? std::nullopt : std::optional(it->second));
      }
      if (std::all_of(values.begin(), values.end(), [&](const auto& value) { return value == values[0]; })) {
        ++same[section];
        json["same"].push_back({{"section", kSections[section]}, {"name", key->second}, {"value", *values[0]}});
      } else if (section != kSchema) {  // of schemas the details say which fields differ
        add(section, key->second, values);
      }
    }
    for (const DetailDifference& difference : section == kSlices   ? details.slices
                                              : section == kDrift  ? details.drift
                                              : section == kSchema ? details.schema
                                                                   : std::vector<DetailDifference>()) {
      add(section, difference.name, difference.values);
    }
  }
  if (context.json) {
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  if (different == 0) {
    context.out << "the runs do not differ\n";
  } else {
    table.Print(context.out);
  }
  for (const auto& [section, count] : same) context.out << "the same: " << count << " " << kSections[section] << "\n";
  for (const std::string& note : notes) context.out << "note: " << note << "\n";
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<mlmd::Context> FindRun(mlmd::MetadataStore& store, const std::string& name) {
  if (name == "latest") {
    ASSIGN_OR_RETURN(const auto runs,
                     store.GetContextsByType("pipeline_run", "",
                                             {.limit = 1, .direction = mlmd::ListOptions::Direction::kDescending}));
    if (!runs.items.empty()) return runs.items[0];
  }
  ASSIGN_OR_RETURN(const std::optional<mlmd::Context> run, store.GetContextByTypeAndName("pipeline_run", name));
  if (run.has_value()) return *run;
  ASSIGN_OR_RETURN(const auto runs, store.GetContextsByType("pipeline_run"));
  std::vector<std::string> names;
  for (const mlmd::Context& known : runs.items) names.push_back(known.name());
  return absl::NotFoundError(
      absl::StrCat("there is no run '", name, "'", DidYouMean(name, names), "; see tfx run list"));
}

void AddRunCompareCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "compare",
                                 "What differs between runs: parameters, metrics, slices, data, drift, schema.",
                                 "tfx run compare 2026-11-21T07:42:04.286321 latest --pipeline_root=taxi");
  AddStoreFlags(*command, context);
  auto runs = std::make_shared<std::vector<std::string>>();
  command->add_option("runs", *runs, "Names of runs, or latest.")->required();
  auto options = std::make_shared<DetailOptions>();
  command->add_option("--slices", options->slices, "Slices of an evaluation, the worst changed first; -1: all.")
      ->check(CLI::Range(-1, 1'000'000))
      ->capture_default_str();
  command->add_option("--slice_metric", options->slice_metric,
                      "Metric by which slices are compared (default: the evaluation's first).");
  command->add_option("--min_examples", options->min_examples, "Leave out slices with fewer examples.")
      ->capture_default_str();
  command->add_option("--features", options->features, "Drifted features of a split, the farthest first; -1: all.")
      ->check(CLI::Range(-1, 1'000'000))
      ->capture_default_str();
  SetAction(*command, context, [&context, runs, options] { return Compare(context, *runs, *options); });
}

}  // namespace tfx::cli
