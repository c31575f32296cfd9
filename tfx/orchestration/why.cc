#include "tfx/orchestration/why.h"

#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/orchestration/cache_key.h"
#include "tfx/orchestration/output_staging.h"

namespace tfx {
namespace {

absl::StatusOr<CacheRecord> ReadRecord(const std::string& root, const std::string& node, int64_t execution) {
  const std::string path = CacheRecordPath(root, node, execution);
  ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path));
  return CacheRecordFromJson(text, path);
}

}  // namespace

absl::StatusOr<Explanation> Explain(mlmd::MetadataStore& store, const std::string& pipeline, const std::string& root,
                                    const std::string& node) {
  ASSIGN_OR_RETURN(const auto context, store.GetContextByTypeAndName("node", Concat(pipeline, ".", node)));
  const absl::Status none = absl::NotFoundError(Concat("node '", node, "' of pipeline '", pipeline, "' never ran"));
  if (!context) return none;
  ASSIGN_OR_RETURN(const auto page, store.GetExecutionsByContext(context->id()));
  if (page.items.empty()) return none;
  const ml_metadata::Execution& execution = page.items.back();

  Explanation out{.node = node, .execution_id = execution.id()};
  out.state = ml_metadata::Execution::State_Name(execution.last_known_state());
  ASSIGN_OR_RETURN(const auto contexts, store.GetContextsByExecution(execution.id()));
  for (const auto& c : contexts) {
    if (c.type() == "pipeline_run") out.run_id = c.name();
  }
  const std::string absolute = io::AbsolutePath(root);
  const auto record = ReadRecord(absolute, node, execution.id());
  if (!record.ok()) {
    const std::string& type = execution.type();
    if (type.ends_with(".Resolver")) {
      out.reasons.push_back("resolvers run in every run: they look for the newest artifacts");
    } else if (type.ends_with(".Importer")) {
      out.reasons.push_back("importers run in every run: they register the files again when these are not known yet");
    } else if (execution.last_known_state() == ml_metadata::Execution::FAILED) {
      out.reasons.push_back("it failed before the cache was asked");
    } else {
      out.reasons.push_back(Concat("no record is left of what it depended on (", record.status().message(), ")"));
    }
    return out;
  }
  if (record->decision.answer == CacheDecision::Answer::kReused) {
    out.compared_with = record->decision.reused_execution;
    out.reasons.push_back(
        Concat("reused: inputs, parameters and code are the same as in execution ", record->decision.reused_execution));
    return out;
  }
  if (record->decision.answer == CacheDecision::Answer::kDisabled) {
    out.reasons.push_back("the cache is off for it (--no_cache, Pipeline::enable_cache or NodeOptions::enable_cache)");
  }
  // The newest earlier one with a record is what the user has in mind as "before".
  for (size_t i = page.items.size() - 1; i-- > 0;) {
    const auto before = ReadRecord(absolute, node, page.items[i].id());
    if (!before.ok()) continue;
    out.compared_with = page.items[i].id();
    for (std::string& line : DescribeChanges(before->ingredients, record->ingredients)) {
      out.reasons.push_back(std::move(line));
    }
    if (out.reasons.empty() && !record->decision.note.empty()) {
      out.reasons.push_back(Concat("nothing changed, but ", record->decision.note));
    }
    if (out.reasons.empty()) {
      out.reasons.push_back(Concat("nothing changed, but execution ", out.compared_with, " ended ",
                                   ml_metadata::Execution::State_Name(page.items[i].last_known_state())));
    }
    return out;
  }
  if (out.reasons.empty()) out.reasons.push_back("it never ran before");
  return out;
}

std::string ToText(const Explanation& e) {
  std::string text = Concat(e.node, ": execution ", e.execution_id, " of run ", e.run_id, ", ", e.state);
  if (e.compared_with != 0 && e.state != "CACHED") Append(&text, ", compared with execution ", e.compared_with);
  text += "\n";
  for (const std::string& reason : e.reasons) Append(&text, "  ", reason, "\n");
  return text;
}

std::string ToJson(const Explanation& e) {
  return nlohmann::json{{"node", e.node},
                        {"run_id", e.run_id},
                        {"execution_id", e.execution_id},
                        {"state", e.state},
                        {"compared_with", e.compared_with},
                        {"reasons", e.reasons}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace tfx
