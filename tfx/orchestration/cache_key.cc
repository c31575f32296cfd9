#include "tfx/orchestration/cache_key.h"

#include <algorithm>
#include <set>

#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/orchestration/versions.h"

namespace tfx {
namespace {

using nlohmann::json;

// Without ids of types and times of updates, which say nothing about the content.
std::string ArtifactDigest(const ml_metadata::Artifact& artifact) {
  ml_metadata::Artifact content = artifact;
  content.clear_type_id();
  content.clear_last_update_time_since_epoch();
  return Sha256Hex(io::SerializeDeterministically(content)).substr(0, 16);
}

absl::StatusOr<std::string> FileDigest(std::string_view path) {
  ASSIGN_OR_RETURN(const auto file, io::OpenForRead(path));
  Sha256 digest;
  std::string buffer(1 << 16, '\0');
  for (uint64_t offset = 0; offset < file->size();) {
    ASSIGN_OR_RETURN(const size_t read, file->Read(offset, buffer.size(), buffer.data()));
    if (read == 0) break;
    digest.Update(std::string_view(buffer).substr(0, read));
    offset += read;
  }
  return digest.HexDigest();
}

json IngredientsToJson(const CacheIngredients& c) {
  json inputs = json::object();
  for (const auto& [key, artifacts] : c.inputs) {
    json list = json::array();
    for (const auto& a : artifacts)
      list.push_back({{"id", a.id}, {"type", a.type}, {"uri", a.uri}, {"digest", a.digest}});
    inputs[key] = list;
  }
  return {{"pipeline", c.pipeline},
          {"node", c.node},
          {"type", c.type_name},
          {"executor", c.executor},
          {"inputs", inputs},
          {"outputs", c.outputs},
          {"parameters", c.parameters},
          {"files", c.files},
          {"program", c.program_build_id},
          {"seed", c.seed},
          {"library", c.library_version}};
}

std::string Dump(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);  // keys come sorted
}

// Long texts, such as a schema of options in JSON, on one line with the end cut off.
std::string Shorten(std::string_view text) {
  constexpr size_t kLongest = 120;
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.size() > kLongest) line = line.substr(0, kLongest - 3) + "...";
  return line.empty() ? "(empty)" : line;
}

std::string Names(const std::vector<CacheIngredients::InputArtifact>& artifacts) {
  if (artifacts.empty()) return "nothing";
  std::string text;
  for (const auto& a : artifacts) Append(&text, text.empty() ? "" : ", ", "artifact ", a.id, " (", a.uri, ")");
  return text;
}

template <typename Value, typename Describe>
void Compare(const std::map<std::string, Value>& before, const std::map<std::string, Value>& after, Describe describe) {
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  for (const std::string& key : keys) {
    const auto b = before.find(key);
    const auto a = after.find(key);
    describe(key, b == before.end() ? nullptr : &b->second, a == after.end() ? nullptr : &a->second);
  }
}

}  // namespace

absl::StatusOr<CacheIngredients> CollectIngredients(const std::string& pipeline, const ir::PipelineNode& node,
                                                    const std::string& executor, const ResolvedInputs& inputs,
                                                    const PropertyMap& properties,
                                                    const std::vector<std::string>& file_parameters) {
  CacheIngredients out;
  out.pipeline = pipeline;
  out.node = node.node_info().id();
  out.type_name = node.node_info().type().name();
  out.executor = executor;
  out.library_version = kTfxCppVersion;
  for (const auto& [key, artifacts] : inputs) {
    auto& list = out.inputs[key];
    for (const auto& a : artifacts) list.push_back({a.id(), a.type(), a.uri(), ArtifactDigest(a)});
  }
  for (const auto& [key, spec] : node.outputs().outputs()) out.outputs[key] = spec.artifact_spec().type().name();
  for (const auto& [name, value] : properties) out.parameters[name] = ToString(value);
  for (const std::string& name : file_parameters) {
    const auto it = out.parameters.find(name);
    if (it == out.parameters.end() || it->second.empty()) continue;
    auto digest = FileDigest(it->second);
    if (!digest.ok()) return Annotate(digest.status(), name);
    out.files[name] = *digest;
  }
  return out;
}

std::string CacheKey(const CacheIngredients& ingredients) { return Sha256Hex(Dump(IngredientsToJson(ingredients))); }

std::string CacheRecordToJson(const CacheRecord& record) {
  constexpr const char* kAnswers[] = {"reused", "no match", "disabled"};
  return Dump({{"key", CacheKey(record.ingredients)},
               {"ingredients", IngredientsToJson(record.ingredients)},
               {"decision",
                {{"answer", kAnswers[static_cast<int>(record.decision.answer)]},
                 {"reused_execution", record.decision.reused_execution},
                 {"note", record.decision.note}}}},
              2) +
         "\n";
}

absl::StatusOr<CacheRecord> CacheRecordFromJson(std::string_view text, std::string_view name_for_errors) {
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const absl::Status bad = absl::DataLossError(Concat(name_for_errors, ": no record of a cache key"));
  if (!parsed.is_object() || !parsed.contains("ingredients") || !parsed.contains("decision")) return bad;
  const json& in = parsed["ingredients"];
  const json& decision = parsed["decision"];
  CacheRecord record;
  CacheIngredients& out = record.ingredients;
  try {
    out.pipeline = in.at("pipeline").get<std::string>();
    out.node = in.at("node").get<std::string>();
    out.type_name = in.at("type").get<std::string>();
    out.executor = in.at("executor").get<std::string>();
    out.library_version = in.at("library").get<std::string>();
    out.outputs = in.at("outputs").get<std::map<std::string, std::string>>();
    out.parameters = in.at("parameters").get<std::map<std::string, std::string>>();
    out.files = in.at("files").get<std::map<std::string, std::string>>();
    out.program_build_id = in.at("program").get<std::string>();
    out.seed = in.at("seed").get<std::string>();
    for (const auto& [key, list] : in.at("inputs").items()) {
      auto& artifacts = out.inputs[key];
      for (const auto& a : list) {
        artifacts.push_back({a.at("id").get<int64_t>(), a.at("type").get<std::string>(), a.at("uri").get<std::string>(),
                             a.at("digest").get<std::string>()});
      }
    }
    const std::string answer = decision.at("answer").get<std::string>();
    record.decision.answer = answer == "reused"     ? CacheDecision::Answer::kReused
                             : answer == "disabled" ? CacheDecision::Answer::kDisabled
                                                    : CacheDecision::Answer::kNoMatch;
    record.decision.reused_execution = decision.at("reused_execution").get<int64_t>();
    record.decision.note = decision.at("note").get<std::string>();
  } catch (const json::exception&) {
    return bad;
  }
  return record;
}

std::vector<std::string> DescribeChanges(const CacheIngredients& before, const CacheIngredients& after) {
  std::vector<std::string> lines;
  using Artifacts = std::vector<CacheIngredients::InputArtifact>;
  Compare(before.inputs, after.inputs, [&](const std::string& key, const Artifacts* b, const Artifacts* a) {
    const Artifacts none;
    const Artifacts& old_list = b ? *b : none;
    const Artifacts& new_list = a ? *a : none;
    const bool same_ids = std::equal(old_list.begin(), old_list.end(), new_list.begin(), new_list.end(),
                                     [](const auto& x, const auto& y) { return x.id == y.id; });
    const bool same = same_ids && std::equal(old_list.begin(), old_list.end(), new_list.begin(),
                                             [](const auto& x, const auto& y) { return x.digest == y.digest; });
    if (same) return;
    lines.push_back(same_ids ? Concat("input ", key, ": the properties of ", Names(new_list), " changed")
                             : Concat("input ", key, " changed: ", Names(old_list), " -> ", Names(new_list)));
  });
  Compare(before.parameters, after.parameters, [&](const std::string& key, const std::string* b, const std::string* a) {
    if (b && a && *b == *a) return;
    const std::string change = Concat(b ? Shorten(*b) : "(absent)", " -> ", a ? Shorten(*a) : "(absent)");
    lines.push_back(key == "input_fingerprint" ? Concat("files changed: input_fingerprint ", change)
                    : key == "module_path"     ? Concat("code changed: the program was rebuilt, ", change)
                                               : Concat("parameter ", key, " changed: ", change));
  });
  Compare(before.files, after.files, [&](const std::string& key, const std::string* b, const std::string* a) {
    if (b && a && *b == *a) return;
    const auto path = after.parameters.find(key);
    lines.push_back(Concat("file ", key, " changed: the content of ",
                           path == after.parameters.end() ? "(absent)" : Shorten(path->second)));
  });
  if (before.seed != after.seed) lines.push_back(Concat("seed changed: ", before.seed, " -> ", after.seed));
  // The program's build id is also in module_path, which is reported above.
  if (before.program_build_id != after.program_build_id && !after.parameters.contains("module_path")) {
    lines.push_back(
        Concat("code changed: the program was rebuilt, ", before.program_build_id, " -> ", after.program_build_id));
  }
  if (before.library_version != after.library_version) {
    lines.push_back(Concat("code changed: tfx-cpp ", before.library_version, " -> ", after.library_version));
  }
  if (before.executor != after.executor || before.type_name != after.type_name) {
    lines.push_back(Concat("the node became another component: ", before.type_name, " -> ", after.type_name));
  }
  if (before.outputs != after.outputs) lines.push_back("the node's outputs changed");
  return lines;
}

}  // namespace tfx
