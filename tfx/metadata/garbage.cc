#include "tfx/metadata/garbage.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr size_t kBatch = 500;

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
    std::set<std::string> ended_well;  // pipelines whose newest such run was met
    for (Run& run : runs_) {
      ASSIGN_OR_RETURN(const std::vector<Context> parents, store_.GetParentContextsByContext(run.context.id()));
      for (const Context& parent : parents) {
        if (parent.type() == "pipeline") run.pipeline = parent.name();
      }
      run.newest = newest_.try_emplace(run.pipeline, run.context.name()).second;
      ASSIGN_OR_RETURN(const Page<Execution> executions, store_.GetExecutionsByContext(run.context.id()));
      bool well = true, running = false;
      std::vector<int64_t> ids;
      for (const Execution& execution : executions.items) {
        ids.push_back(execution.id());
        const auto state = execution.last_known_state();
        well = well && (state == Execution::COMPLETE || state == Execution::CACHED);
        running = running || state == Execution::RUNNING || state == Execution::NEW;
      }
      const bool newest_well = well && ended_well.insert(run.pipeline).second;
      const std::string name = Concat("run '", run.context.name(), "' of pipeline '", run.pipeline, "'");
      const std::string reason = running       ? Concat(name, ", which is going on, made or used it")
                                 : run.newest  ? Concat(name, ", its newest, made or used it")
                                 : newest_well ? Concat(name, ", the newest that ended well, made or used it")
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
    std::set<std::string> needed_uris;  // each with a closing slash
    for (const auto& [id, reason] : plan_.needed) {
      if (!artifacts_[id].uri().empty() && artifacts_[id].state() != Artifact::DELETED) {
        needed_uris.insert(Folder(artifacts_[id].uri()));
      }
    }
    for (const auto& [id, artifact] : artifacts_) {
      if (artifact.state() == Artifact::DELETED) {
        ++plan_.deleted;
        plan_.needed.erase(id);
        continue;
      }
      if (plan_.needed.contains(id)) continue;
      const Run& run = runs_[static_cast<size_t>(run_of_[id])];
      plan_.garbage.push_back({.artifact = artifact,
                               .reason = Concat("last made or used by run '", run.context.name(), "' of pipeline '",
                                                run.pipeline, "', whose newest run is '", newest_[run.pipeline], "'"),
                               .files_are_shared = Overlaps(needed_uris, Folder(artifact.uri()))});
    }
    return std::move(plan_);
  }

  static std::string Folder(std::string uri) {
    while (!uri.empty() && uri.back() == '/') uri.pop_back();
    return uri + "/";
  }

  // Whether the folder is, holds or lies in one of the others.
  static bool Overlaps(const std::set<std::string>& folders, const std::string& folder) {
    const auto it = folders.lower_bound(folder);
    if (it != folders.end() && it->starts_with(folder)) return true;
    for (size_t slash = folder.find('/'); slash != std::string::npos; slash = folder.find('/', slash + 1)) {
      if (folders.contains(folder.substr(0, slash + 1))) return true;
    }
    return false;
  }

  MetadataStore& store_;
  std::map<int64_t, Artifact> artifacts_;
  std::vector<Run> runs_;                              // newest first
  std::map<std::string, std::string> newest_;          // the newest run by pipeline
  std::map<int64_t, ptrdiff_t> run_of_;                // artifact -> place of the newest run that made or used it
  std::vector<std::pair<int64_t, std::string>> open_;  // needed, and not followed yet
  GarbagePlan plan_;
};

// Sets the state and nothing else.
absl::Status SetState(MetadataStore& store, const std::vector<Artifact>& artifacts, Artifact::State state) {
  for (size_t begin = 0; begin < artifacts.size(); begin += kBatch) {
    std::vector<Artifact> batch;
    for (size_t i = begin; i < std::min(artifacts.size(), begin + kBatch); ++i) {
      Artifact& update = batch.emplace_back();
      update.set_id(artifacts[i].id());
      update.set_type_id(artifacts[i].type_id());
      update.set_state(state);
    }
    RETURN_IF_ERROR(store.PutArtifacts(batch, {.update_mask = {"state"}}).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GarbagePlan> PlanGarbage(MetadataStore& store) { return Planner(store).Plan(); }

absl::StatusOr<GarbageOutcome> CollectGarbage(MetadataStore& store, const GarbagePlan& plan,
                                              const RemoveFiles& remove) {
  GarbageOutcome outcome;
  std::vector<Artifact> fresh;
  std::set<int64_t> fresh_ids;
  for (const GarbageItem& item : plan.garbage) {
    if (item.artifact.state() == Artifact::MARKED_FOR_DELETION) continue;
    fresh.push_back(item.artifact);
    fresh_ids.insert(item.artifact.id());
  }
  RETURN_IF_ERROR(SetState(store, fresh, Artifact::MARKED_FOR_DELETION));
  outcome.marked = static_cast<int64_t>(fresh.size());

  // A run may have taken one between planning and marking.
  ASSIGN_OR_RETURN(const GarbagePlan now, PlanGarbage(store));
  std::vector<Artifact> spared;
  for (const Artifact& artifact : fresh) {
    if (now.needed.contains(artifact.id())) spared.push_back(artifact);
  }
  RETURN_IF_ERROR(SetState(store, spared, Artifact::LIVE));
  outcome.spared = static_cast<int64_t>(spared.size());
  if (!remove) return outcome;

  std::set<int64_t> planned;
  for (const GarbageItem& item : plan.garbage) planned.insert(item.artifact.id());
  for (const GarbageItem& item : now.garbage) {
    if (!planned.contains(item.artifact.id())) continue;
    bool removed = true;
    if (!item.files_are_shared && !item.artifact.uri().empty()) {
      ASSIGN_OR_RETURN(removed, remove(item.artifact));
    }
    if (!removed) {
      ++outcome.kept;
      continue;
    }
    RETURN_IF_ERROR(SetState(store, {item.artifact}, Artifact::DELETED));
    ++outcome.deleted;
  }
  return outcome;
}

}  // namespace mlmd
