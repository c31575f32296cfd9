#include "tfx/data_validation/display/schema_entry.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "tfx/base/concat.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/display/display_label.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

void AppendLines(const google::protobuf::Message& message, const char* field, std::vector<std::string>* lines) {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.SetInitialIndentLevel(1);
  printer.PrintToString(message, &text);
  lines->push_back(Concat(field, " {"));
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    lines->push_back(DisplayLabel({line.data(), line.size()}, 400));
  }
  lines->push_back("}");
}

const v0::StringDomain* NamedDomain(const v0::Schema& schema, const v0::Feature& feature) {
  if (!feature.has_domain()) return nullptr;
  for (const v0::StringDomain& domain : schema.string_domain()) {
    if (domain.name() == feature.domain()) return &domain;
  }
  return nullptr;
}

std::string TypeName(const v0::Schema& schema, const v0::Feature& feature) {
  if (feature.has_string_domain() || NamedDomain(schema, feature) != nullptr) return "STRING";
  return v0::FeatureType_Name(feature.type());
}

std::string PresenceName(const v0::Feature& feature) {
  if (feature.has_group_presence())
    return feature.group_presence().required() ? "required in group" : "optional in group";
  if (!feature.has_presence()) return "";
  return feature.presence().min_fraction() == 1.0 ? "required" : "optional";
}

std::string ValencyName(const v0::ValueCount& count) {
  if (count.has_min() && count.has_max()) {
    if (count.min() == 1 && count.max() == 1) return "single";
    return Concat("[", count.min(), ",", count.max(), "]");
  }
  if (count.has_min()) return Concat("[", count.min(), ",inf)");
  if (count.has_max()) return Concat("[0,", count.max(), "]");
  return "";
}

// TFDV leaves the cell of a fixed shape empty; the shape is what a reader looks for.
std::string ValencyName(const v0::Feature& feature) {
  if (feature.has_shape()) {
    std::string dims;
    for (const auto& dim : feature.shape().dim()) Append(&dims, dims.empty() ? "" : " x ", dim.size());
    return dims.empty() ? "scalar" : Concat("shape ", dims);
  }
  if (feature.has_value_counts()) {
    std::string levels;
    for (const v0::ValueCount& count : feature.value_counts().value_count()) {
      Append(&levels, levels.empty() ? "" : ", ", ValencyName(count));
    }
    return levels;
  }
  return feature.has_value_count() ? ValencyName(feature.value_count()) : "";
}

template <class Domain>
std::string RangeText(const Domain& domain, const char* least, const char* greatest) {
  return Concat("min: ", domain.has_min() ? Concat(domain.min()) : least,
                "; max: ", domain.has_max() ? Concat(domain.max()) : greatest);
}

std::string DomainName(const v0::Schema& schema, const v0::Feature& feature) {
  switch (feature.domain_info_case()) {
    case v0::Feature::DOMAIN_INFO_NOT_SET:
      return "-";
    case v0::Feature::kDomain: {
      const v0::StringDomain* domain = NamedDomain(schema, feature);
      return Concat("'", feature.domain(), "' (",
                    domain == nullptr ? "missing" : Concat(domain->value_size(), " values"), ")");
    }
    case v0::Feature::kStringDomain:
      return Concat("'", feature.string_domain().name(), "' (", feature.string_domain().value_size(), " values)");
    case v0::Feature::kIntDomain:
      return feature.int_domain().has_min() || feature.int_domain().has_max()
                 ? RangeText(feature.int_domain(), "-inf", "inf")
                 : "int";
    case v0::Feature::kFloatDomain:
      return RangeText(feature.float_domain(), "-inf", "inf");
    default: {
      // The member's own name: "bool_domain" -> "bool".
      const google::protobuf::OneofDescriptor* oneof = v0::Feature::descriptor()->FindOneofByName("domain_info");
      std::string name = feature.GetReflection()->GetOneofFieldDescriptor(feature, oneof)->name();
      return name.substr(0, name.rfind("_domain"));
    }
  }
}

void AddPaths(const google::protobuf::RepeatedPtrField<v0::Feature>& features, const FeaturePath& parent,
              std::vector<FeaturePath>* paths) {
  for (const v0::Feature& feature : features) {
    const FeaturePath path = ChildPath(parent, feature.name());
    paths->push_back(path);
    if (feature.has_struct_domain()) AddPaths(feature.struct_domain().feature(), path, paths);
  }
}

}  // namespace

std::vector<std::string> SchemaEntryLines(const v0::Schema& schema, const FeaturePath& path) {
  std::vector<std::string> lines;
  if (const v0::Feature* found = FindFeature(schema, path); found != nullptr) {
    const v0::StringDomain* domain = NamedDomain(schema, *found);
    if (found->has_struct_domain()) {
      v0::Feature feature = *found;
      feature.mutable_struct_domain()->Clear();
      AppendLines(feature, "feature", &lines);
    } else {
      AppendLines(*found, "feature", &lines);
    }
    if (domain != nullptr) AppendLines(*domain, "string_domain", &lines);
  } else if (const v0::SparseFeature* sparse = FindSparseFeature(schema, path); sparse != nullptr) {
    AppendLines(*sparse, "sparse_feature", &lines);
  } else if (const v0::WeightedFeature* weighted = FindWeightedFeature(schema, path); weighted != nullptr) {
    AppendLines(*weighted, "weighted_feature", &lines);
  }
  return lines;
}

std::vector<std::string> DatasetConstraintsLines(const v0::Schema& schema) {
  std::vector<std::string> lines;
  if (schema.has_dataset_constraints()) AppendLines(schema.dataset_constraints(), "dataset_constraints", &lines);
  return lines;
}

DisplaySchemaEntry SchemaEntry(const v0::Schema& schema, const FeaturePath& path, size_t max_text_bytes) {
  DisplaySchemaEntry entry;
  const std::vector<std::string> lines = SchemaEntryLines(schema, path);
  entry.present = !lines.empty();
  for (const std::string& line : lines) {
    if (entry.text.size() + line.size() + 1 > max_text_bytes) {
      entry.text += "...\n";
      break;
    }
    Append(&entry.text, line, "\n");
  }
  if (const v0::Feature* feature = FindFeature(schema, path); feature != nullptr) {
    entry.type = TypeName(schema, *feature);
    entry.presence = IsDeprecated(*feature) ? "deprecated" : PresenceName(*feature);
    entry.valency = ValencyName(*feature);
    entry.domain = DisplayLabel(DomainName(schema, *feature), 120);
  } else if (FindSparseFeature(schema, path) != nullptr) {
    entry.type = "SPARSE";
  } else if (FindWeightedFeature(schema, path) != nullptr) {
    entry.type = "WEIGHTED";
  }
  return entry;
}

std::vector<DiffLine> LineDiff(const std::vector<std::string>& before, const std::vector<std::string>& after,
                               int context, int max_lines) {
  size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  const size_t rows = before.size() - head - tail, columns = after.size() - head - tail;
  if (rows == 0 && columns == 0) return {};
  std::vector<DiffLine> whole;
  for (size_t i = 0; i < head; ++i) whole.push_back({' ', before[i]});
  // length[i][j]: of the longest common subsequence of what is left from line i and line j. Texts so different that
  // the table would be huge are shown as all out, all in.
  constexpr size_t kMaxCells = 4'000'000;
  const bool exact = (rows + 1) * (columns + 1) <= kMaxCells;
  std::vector<int> length(exact ? (rows + 1) * (columns + 1) : 0);
  const auto at = [&](size_t i, size_t j) -> int& { return length[i * (columns + 1) + j]; };
  for (size_t i = exact ? rows : 0; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      at(i, j) = before[head + i] == after[head + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (size_t i = 0, j = 0; i < rows || j < columns;) {
    if (exact && i < rows && j < columns && before[head + i] == after[head + j]) {
      whole.push_back({' ', before[head + i]});
      ++i, ++j;
    } else if (i < rows && (!exact || j == columns || at(i + 1, j) >= at(i, j + 1))) {
      whole.push_back({'-', before[head + i++]});
    } else {
      whole.push_back({'+', after[head + j++]});
    }
  }
  for (size_t i = 0; i < tail; ++i) whole.push_back({' ', before[before.size() - tail + i]});

  std::vector<bool> kept(whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].mark == ' ') continue;
    const size_t first = i - std::min<size_t>(i, context);
    for (size_t k = first; k < std::min(whole.size(), i + context + 1); ++k) kept[k] = true;
  }
  // The line that opens a message says what is changed.
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!kept[i] || whole[i].text.empty() || whole[i].text[0] != ' ') continue;
    size_t opening = i;
    while (opening > 0 && whole[opening].text[0] == ' ') --opening;
    kept[opening] = true;
  }
  std::vector<DiffLine> shown;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!kept[i]) {
      if (!shown.empty() && shown.back().text != "...") shown.push_back({' ', "..."});
      continue;
    }
    shown.push_back(whole[i]);
  }
  if (!shown.empty() && shown.back().text == "...") shown.pop_back();
  if (static_cast<int>(shown.size()) > max_lines) {
    const size_t left_out = shown.size() - max_lines;
    shown.resize(max_lines);
    shown.push_back({' ', Concat("... ", left_out, " more lines")});
  }
  return shown;
}

std::vector<FeaturePath> SchemaPaths(const v0::Schema& schema) {
  std::vector<FeaturePath> paths;
  AddPaths(schema.feature(), {}, &paths);
  for (const auto& sparse : schema.sparse_feature()) paths.push_back({sparse.name()});
  for (const auto& weighted : schema.weighted_feature()) paths.push_back({weighted.name()});
  return paths;
}

}  // namespace tfx::tfdv
