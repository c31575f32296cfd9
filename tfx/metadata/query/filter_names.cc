#include "tfx/metadata/query/filter_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::tfx::Append;

constexpr FilterField kId = {"id", FilterType::kInt};
constexpr FilterField kTypeId = {"type_id", FilterType::kInt};
constexpr FilterField kName = {"name", FilterType::kString};
constexpr FilterField kTypeName = {"type", FilterType::kString};
constexpr FilterField kExternalId = {"external_id", FilterType::kString};
constexpr FilterField kCreateTime = {"create_time_since_epoch", FilterType::kInt};
constexpr FilterField kUpdateTime = {"last_update_time_since_epoch", FilterType::kInt};
constexpr FilterField kUri = {"uri", FilterType::kString};
constexpr FilterField kState = {"state", FilterType::kInt, FilterEnum::kArtifactState};
constexpr FilterField kLastKnownState = {"last_known_state", FilterType::kInt, FilterEnum::kExecutionState};
constexpr FilterField kEventType = {"type", FilterType::kInt, FilterEnum::kEventType};
constexpr FilterField kEventTime = {"milliseconds_since_epoch", FilterType::kInt};

constexpr FilterField kArtifactFields[] = {kId,         kTypeId,     kTypeName, kName, kExternalId,
                                           kCreateTime, kUpdateTime, kUri,      kState};
constexpr FilterField kExecutionFields[] = {kId,         kTypeId,     kTypeName,   kName,
                                            kExternalId, kCreateTime, kUpdateTime, kLastKnownState};
constexpr FilterField kContextFields[] = {kId, kTypeId, kTypeName, kName, kExternalId, kCreateTime, kUpdateTime};
constexpr FilterField kPropertyFields[] = {{"int_value", FilterType::kInt},
                                           {"double_value", FilterType::kDouble},
                                           {"string_value", FilterType::kString},
                                           {"bool_value", FilterType::kBool}};

constexpr FilterField kNeighbourContext[] = {kId, kName, kTypeName, kCreateTime, kUpdateTime};
constexpr FilterField kNeighbourArtifact[] = {kId, kName, kTypeName, kCreateTime, kUpdateTime, kUri, kState};
constexpr FilterField kNeighbourExecution[] = {kId, kName, kTypeName, kCreateTime, kUpdateTime, kLastKnownState};
constexpr FilterField kEventOfArtifact[] = {kEventType, kEventTime, {"execution_id", FilterType::kInt}};
constexpr FilterField kEventOfExecution[] = {kEventType, kEventTime, {"artifact_id", FilterType::kInt}};

const FilterNeighbour kOfArtifact[] = {
    {"contexts_", kNeighbourContext,
     " JOIN Attribution $L ON $L.artifact_id = N.id JOIN Context $A ON $A.id = $L.context_id", true,
     "SELECT $L.artifact_id FROM Context $A$T CROSS JOIN Attribution $L WHERE $L.context_id = $A.id"},
    {"events_", kEventOfArtifact, " JOIN Event $A ON $A.artifact_id = N.id"},
};
const FilterNeighbour kOfExecution[] = {
    {"contexts_", kNeighbourContext,
     " JOIN Association $L ON $L.execution_id = N.id JOIN Context $A ON $A.id = $L.context_id", true,
     "SELECT $L.execution_id FROM Context $A$T CROSS JOIN Association $L WHERE $L.context_id = $A.id"},
    {"events_", kEventOfExecution, " JOIN Event $A ON $A.execution_id = N.id"},
};
const FilterNeighbour kOfContext[] = {
    {"artifacts_", kNeighbourArtifact,
     " JOIN Attribution $L ON $L.context_id = N.id JOIN Artifact $A ON $A.id = $L.artifact_id", true},
    {"child_contexts_", kNeighbourContext,
     " JOIN ParentContext $L ON $L.parent_context_id = N.id JOIN Context $A ON $A.id = $L.context_id", true},
    {"executions_", kNeighbourExecution,
     " JOIN Association $L ON $L.context_id = N.id JOIN Execution $A ON $A.id = $L.execution_id", true},
    {"parent_contexts_", kNeighbourContext,
     " JOIN ParentContext $L ON $L.context_id = N.id JOIN Context $A ON $A.id = $L.parent_context_id", true},
};

absl::Span<const FilterNeighbour> Neighbours(FilterBase base) {
  switch (base) {
    case FilterBase::kArtifact:
      return kOfArtifact;
    case FilterBase::kExecution:
      return kOfExecution;
    case FilterBase::kContext:
      return kOfContext;
  }
  return {};
}

}  // namespace

std::string_view FilterTypeName(FilterType type) {
  switch (type) {
    case FilterType::kNull:
      return "NULL";
    case FilterType::kBool:
      return "BOOL";
    case FilterType::kInt:
      return "INT64";
    case FilterType::kDouble:
      return "DOUBLE";
    case FilterType::kString:
      return "STRING";
  }
  return "";
}

std::optional<int64_t> EnumNumber(FilterEnum kind, std::string_view name) {
  using ml_metadata::Artifact;
  using ml_metadata::Event;
  using ml_metadata::Execution;
  const std::string word(name);
  Artifact::State state;
  Execution::State last_known_state;
  Event::Type type;
  switch (kind) {
    case FilterEnum::kArtifactState:
      if (!Artifact::State_Parse(word, &state) || state == Artifact::ABANDONED || state == Artifact::REFERENCE) break;
      return state;
    case FilterEnum::kExecutionState:
      if (!Execution::State_Parse(word, &last_known_state)) break;
      return last_known_state;
    case FilterEnum::kEventType:
      if (!Event::Type_Parse(word, &type) || type == Event::PENDING_OUTPUT) break;
      return type;
    case FilterEnum::kNone:
      break;
  }
  return std::nullopt;
}

absl::Span<const FilterField> BaseFields(FilterBase base) {
  switch (base) {
    case FilterBase::kArtifact:
      return kArtifactFields;
    case FilterBase::kExecution:
      return kExecutionFields;
    case FilterBase::kContext:
      return kContextFields;
  }
  return {};
}

absl::Span<const FilterField> PropertyFields() { return kPropertyFields; }

const FilterNeighbour* FindNeighbour(FilterBase base, std::string_view word) {
  for (const FilterNeighbour& neighbour : Neighbours(base)) {
    if (word.size() <= neighbour.prefix.size() || word.substr(0, neighbour.prefix.size()) != neighbour.prefix) continue;
    const std::string_view suffix = word.substr(neighbour.prefix.size());
    if (std::all_of(suffix.begin(), suffix.end(),
                    [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; })) {
      return &neighbour;
    }
  }
  return nullptr;
}

const FilterField* FindField(absl::Span<const FilterField> fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const FilterField& field) {
    return absl::EqualsIgnoreCase(std::string(field.name), std::string(name));
  });
  return found == fields.end() ? nullptr : &*found;
}

std::string StructName(absl::Span<const FilterField> fields) {
  std::string text = "STRUCT<";
  for (size_t i = 0; i < std::min<size_t>(fields.size(), 3); ++i) {
    Append(&text, i == 0 ? "" : ", ", fields[i].name, " ", FilterTypeName(fields[i].type));
  }
  return text + (fields.size() > 3 ? ", ...>" : ">");
}

}  // namespace mlmd
