#include "tfx/metadata/garbage.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/types/span.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr size_t kBatch = 500;
constexpr char kStateBefore[] = "state_before_gc";  // the state's name, "" where none was set

bool IsMade(const Event& event) { return event.type() == Event::OUTPUT || event.type() == Event::DECLARED_OUTPUT; }
bool IsUsed(const Event& event) {
  return event.type() == Event::INPUT || event.type() == Event::DECLARED_INPUT || event.type() == Event::INTERNAL_INPUT;
}

// A whole number among the custom or the typed properties; bool counts as 0 or 1.
std::optional<int64_t> IntProperty(const Artifact& artifact, const std::string& name) {
  for (const auto* properties : {&artifact.custom_properties(), &artifact.properties()}) {
    const auto it = properties->find(name);
    if (it == properties->end()) continue;
    if (it->second.has_int_value()) return it->second.int_value();
    if (it->second.has_bool_value()) return it->second.bool_value() ? 1 : 0;
  }
  return std::nullopt;
}

// Calls `body` with at most kBatch ids at a time.
template <typename Body>
absl::Status InBatches(const std::vector<int64_t>& ids, Body body) {
  for (size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const size_t end = std::min(ids.size(), begin + kBatch);
    RETURN_IF_ERROR(body(
        std::vector<int64_t>(ids.begin() + static_cast<ptrdiff_t>(begin), ids.begin() + static_cast<ptrdiff_t>(end))));
  }
  return absl::OkStatus();
}

// Where files are, as folders: one text, with a closing slash, for all uris of one place.
class Places {
 public:
  std::string Of(std::string uri) {
    if (uri.starts_with("file://")) uri.erase(0, 7);
    if (uri.empty()) return uri;
    if (const size_t scheme = uri.find("://"); scheme != std::string::npos) {
      return Concat(uri.substr(0, scheme + 3),
                    Closed(std::filesystem::path(uri.substr(scheme + 3)).lexically_normal()));
    }
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(uri, error).lexically_normal();
    if (error) return Closed(uri);
    // Most artifacts share their folders with others: of the rest, only a link changes the place.
    const auto [known, is_new] = folders_.try_emplace(path.parent_path().string());
    if (is_new) known->second = Canonical(path.parent_path());
    const std::filesystem::path place = known->second / path.filename();
    return Closed(std::filesystem::is_symlink(place, error) ? Canonical(place) : place);
  }

  void Add(const std::string& uri) { taken_.insert(Of(uri)); }
  // Whether the place is, holds or lies in one that was added.
  bool Overlaps(const std::string& uri) {
    if (taken_.empty()) return false;
    const std::string folder = Of(uri);
    const auto it = taken_.lower_bound(folder);
    if (it != taken_.end() && it->starts_with(folder)) return true;
    for (size_t slash = folder.find('/'); slash != std::string::npos; slash = folder.find('/', slash + 1)) {
      if (taken_.contains(folder.substr(0, slash + 1))) return true;
    }
    return false;
  }

 private:
  static std::filesystem::path Canonical(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical;
  }
  static std::string Closed(const std::filesystem::path& path) {
    std::string folder = path.string();
    while (!folder.empty() && folder.back() == '/') folder.pop_back();
    return folder + "/";
  }

  std::map<std::string, std::filesystem::path> folders_;  // canonical, by their normal form
  std::set<std::string> taken_;
};

struct Run {
  Context context;
  std::string pipeline;  // "" without
  bool newest = false;   // of its pipeline
};

class Planner {
 public:
  explicit Planner(MetadataStore& store) : store_(store) {}

  absl::StatusOr<GarbagePlan> Plan() {
    ASSIGN_OR_RETURN(const Page<Artifact> artifacts, store_.GetArtifacts());
    for (const Artifact& artifact : artifacts.items) artifacts_[artifact.id()] = artifact;
    RETURN_IF_ERROR(ReadRuns());
    RETURN_IF_ERROR(FindRoots());
    RETURN_IF_ERROR(FollowUpstream());
    return Sort();
  }

 private:
  void Need(int64_t id, std::string reason) {
    if (artifacts_.contains(id) && plan_.needed.try_emplace(id, reason).second)
      open_.emplace_back(id, std::move(reason));
  }

  // All runs, and which artifacts each made or used; what the kept ones need.
  absl::Status ReadRuns() {
    ASSIGN_OR_RETURN(Page<Context> page, store_.GetContextsByType("pipeline_run"));
    for (const Context& context : page.items) runs_.push_back({.context = context});
    // Newest first.
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
      return std::pair(a.context.create_time_since_epoch(), a.context.id()) >
             std::pair(b.context.create_time_since_epoch(), b.context.id());
    });
    std::set<std::string> ended_well;  // pipelines whose newest such run, behind the newest of all, was met
    for (Run& run : runs_) {
      ASSIGN_OR_RETURN(const std::vector<Context> parents, store_.GetParentContextsByContext(run.context.id()));
      for (const Context& parent : parents) {
        if (parent.type() == "pipeline") run.pipeline = parent.name();
      }
      run.newest = newest_.try_emplace(run.pipeline, run.context.name()).second;
      ASSIGN_OR_RETURN(const Page<Execution> executions, store_.GetExecutionsByContext(run.context.id()));
      bool well = !executions.items.empty(), running = false;
      std::vector<int64_t> ids;
      for (const Execution& execution : executions.items) {
        ids.push_back(execution.id());
        const auto state = execution.last_known_state();
        well = well && (state == Execution::COMPLETE || state == Execution::CACHED);
        running = running || state == Execution::RUNNING || state == Execution::NEW;
      }
      const bool newest_well = well && !run.newest && ended_well.insert(run.pipeline).second;
      const std::string name = Concat("run '", run.context.name(), "' of pipeline '", run.pipeline, "'");
      const std::string reason = running      ? Concat(name, ", which is going on, made or used it")
                                 : run.newest ? Concat(name, ", its newest, made or used it")
                                 : newest_well
                                     ? Concat(name, ", the last that ended well before the newest, made or used it")
                                     : "";
      RETURN_IF_ERROR(InBatches(ids, [&](const std::vector<int64_t>& batch) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<Event> events, store_.GetEventsByExecutionIDs(batch));
        for (const Event& event : events) {
          run_of_.try_emplace(event.artifact_id(), &run - runs_.data());
          if (!reason.empty()) Need(event.artifact_id(), reason);
        }
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  }

  absl::Status FindRoots() {
    std::set<std::string> blessed;  // pipelines whose newest blessed model was met
    for (auto it = artifacts_.rbegin(); it != artifacts_.rend(); ++it) {
      const Artifact& artifact = it->second;
      if (artifact.state() == Artifact::PENDING) Need(artifact.id(), "it is being made (PENDING)");
      if (artifact.state() == Artifact::REFERENCE) Need(artifact.id(), "it only refers to another's data (REFERENCE)");
      if (!run_of_.contains(artifact.id()) && artifact.state() != Artifact::DELETED) {
        Need(artifact.id(), "no run made or used it");
      }
      if (artifact.state() != Artifact::LIVE) continue;
      if (artifact.type() == "PushedModel" && IntProperty(artifact, "pushed").value_or(1) != 0) {
        Need(artifact.id(), "it is a pushed model");
      }
      if (artifact.type() == "ModelBlessing" && IntProperty(artifact, "blessed").value_or(0) == 1) {
        const auto run = run_of_.find(artifact.id());
        const std::string pipeline = run == run_of_.end() ? "" : runs_[static_cast<size_t>(run->second)].pipeline;
        if (!blessed.insert(pipeline).second) continue;
        const std::string reason = Concat("it is the newest blessed model of pipeline '", pipeline, "'");
        Need(artifact.id(), Concat("blesses the newest blessed model of pipeline '", pipeline, "'"));
        if (const auto model = IntProperty(artifact, "current_model_id")) Need(*model, reason);
      }
    }
    return absl::OkStatus();
  }

  // Everything that the needed artifacts were made from.
  absl::Status FollowUpstream() {
    std::set<int64_t> done;  // executions
    while (!open_.empty()) {
      std::vector<int64_t> artifacts;
      std::map<int64_t, std::string> reasons;
      for (auto& [id, reason] : open_) {
        artifacts.push_back(id);
        const bool derived = reason.find("was made from") != std::string::npos;
        reasons[id] = derived ? reason : Concat(artifacts_[id].type(), " ", id, " was made from it, and is needed");
      }
      open_.clear();
      std::map<int64_t, std::string> executions;
      RETURN_IF_ERROR(InBatches(artifacts, [&](const std::vector<int64_t>& batch) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<Event> events, store_.GetEventsByArtifactIDs(batch));
        for (const Event& event : events) {
          if (IsMade(event) && done.insert(event.execution_id()).second) {
            executions.try_emplace(event.execution_id(), reasons[event.artifact_id()]);
          }
        }
        return absl::OkStatus();
      }));
      std::vector<int64_t> ids;
      for (const auto& [id, reason] : executions) ids.push_back(id);
      RETURN_IF_ERROR(InBatches(ids, [&](const std::vector<int64_t>& batch) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<Event> events, store_.GetEventsByExecutionIDs(batch));
        for (const Event& event : events) {
          if (IsUsed(event)) Need(event.artifact_id(), executions[event.execution_id()]);
        }
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  }

  GarbagePlan Sort() {
    Places needed;
    for (const auto& [id, reason] : plan_.needed) {
      const Artifact& artifact = artifacts_[id];
      if (!artifact.uri().empty() && artifact.state() != Artifact::DELETED) needed.Add(artifact.uri());
    }
    for (const auto& [id, artifact] : artifacts_) {
      if (artifact.state() == Artifact::DELETED) {
        ++plan_.deleted;
        plan_.needed.erase(id);
        continue;
      }
      if (plan_.needed.contains(id)) {
        const bool marked = artifact.state() == Artifact::MARKED_FOR_DELETION;
        if (marked && artifact.custom_properties().contains(kStateBefore)) plan_.marked_in_vain.push_back(artifact);
        continue;
      }
      const Run& run = runs_[static_cast<size_t>(run_of_[id])];
      plan_.garbage.push_back({.artifact = artifact,
                               .reason = Concat("last made or used by run '", run.context.name(), "' of pipeline '",
                                                run.pipeline, "', whose newest run is '", newest_[run.pipeline], "'"),
                               .files_are_shared = !artifact.uri().empty() && needed.Overlaps(artifact.uri())});
    }
    return std::move(plan_);
  }

  MetadataStore& store_;
  std::map<int64_t, Artifact> artifacts_;
  std::vector<Run> runs_;                              // newest first
  std::map<std::string, std::string> newest_;          // the newest run by pipeline
  std::map<int64_t, ptrdiff_t> run_of_;                // artifact -> place of the newest run that made or used it
  std::vector<std::pair<int64_t, std::string>> open_;  // needed, and not followed yet
  GarbagePlan plan_;
};

// What the artifact becomes by an update of its state and of what its mark remembers; both as they are.
Artifact StateOf(const Artifact& artifact) {
  Artifact update;
  update.set_id(artifact.id());
  update.set_type_id(artifact.type_id());
  if (artifact.has_state()) update.set_state(artifact.state());
  const auto before = artifact.custom_properties().find(kStateBefore);
  if (before != artifact.custom_properties().end()) {
    (*update.mutable_custom_properties())[kStateBefore] = before->second;
  }
  return update;
}

Artifact Marked(const Artifact& artifact) {
  Artifact update = StateOf(artifact);
  (*update.mutable_custom_properties())[kStateBefore].set_string_value(
      artifact.has_state() ? Artifact::State_Name(artifact.state()) : "");
  update.set_state(Artifact::MARKED_FOR_DELETION);
  return update;
}

Artifact Unmarked(const Artifact& artifact) {
  Artifact update = StateOf(artifact);
  const std::string before = update.custom_properties().at(kStateBefore).string_value();
  update.clear_custom_properties();
  Artifact::State state;
  if (Artifact::State_Parse(before, &state)) {
    update.set_state(state);
  } else {
    update.clear_state();
  }
  return update;
}

// Whose files go now; `state` says whether they are gone.
Artifact Going(const Artifact& artifact, Artifact::State state) {
  Artifact update = StateOf(artifact);
  update.clear_custom_properties();
  update.set_state(state);
  return update;
}

// Of StateOf and nothing else.
absl::Status PutStates(MetadataStore& store, const std::vector<Artifact>& updates) {
  for (size_t begin = 0; begin < updates.size(); begin += kBatch) {
    const size_t size = std::min(kBatch, updates.size() - begin);
    RETURN_IF_ERROR(store
                        .PutArtifacts(absl::MakeConstSpan(updates).subspan(begin, size),
                                      {.update_mask = {"state", Concat("custom_properties.", kStateBefore)}})
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GarbagePlan> PlanGarbage(MetadataStore& store) { return Planner(store).Plan(); }

absl::StatusOr<GarbageOutcome> CollectGarbage(MetadataStore& store, const GarbagePlan& plan,
                                              const RemoveFiles& remove) {
  GarbageOutcome outcome;
  std::set<int64_t> planned;
  std::vector<Artifact> marks;
  for (const GarbageItem& item : plan.garbage) {
    planned.insert(item.artifact.id());
    if (item.artifact.state() != Artifact::MARKED_FOR_DELETION) marks.push_back(Marked(item.artifact));
  }
  RETURN_IF_ERROR(PutStates(store, marks));
  outcome.marked = static_cast<int64_t>(marks.size());

  // A run may have taken one between planning and marking.
  ASSIGN_OR_RETURN(const GarbagePlan now, PlanGarbage(store));
  std::vector<Artifact> spared;
  for (const Artifact& artifact : now.marked_in_vain) spared.push_back(Unmarked(artifact));
  RETURN_IF_ERROR(PutStates(store, spared));
  outcome.spared = static_cast<int64_t>(spared.size());
  if (!remove) return outcome;

  Places unmarked;  // of garbage that a run could still take
  for (const GarbageItem& item : now.garbage) {
    if (!planned.contains(item.artifact.id()) && !item.artifact.uri().empty()) unmarked.Add(item.artifact.uri());
  }
  for (const GarbageItem& item : now.garbage) {
    const Artifact& artifact = item.artifact;
    if (!planned.contains(artifact.id())) continue;
    const bool has_files = !item.files_are_shared && !artifact.uri().empty();
    bool removed = !has_files || !unmarked.Overlaps(artifact.uri());
    if (has_files && removed) {
      // Who is interrupted from here on may leave half of the files.
      RETURN_IF_ERROR(PutStates(store, {Going(artifact, Artifact::MARKED_FOR_DELETION)}));
      ASSIGN_OR_RETURN(removed, remove(artifact));
      if (!removed) RETURN_IF_ERROR(PutStates(store, {StateOf(artifact)}));
    }
    if (!removed) {
      ++outcome.kept;
      continue;
    }
    RETURN_IF_ERROR(PutStates(store, {Going(artifact, Artifact::DELETED)}));
    ++outcome.deleted;
  }
  return outcome;
}

}  // namespace mlmd
