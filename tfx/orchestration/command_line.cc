#include "tfx/orchestration/command_line.h"

#include <algorithm>

#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"

namespace tfx {
namespace {

constexpr char kRuntimeParameter[] = "runtime_parameter";

std::string Underscored(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

}  // namespace

const std::vector<VerbDescription>& Verbs() {
  static const auto& verbs = *new std::vector<VerbDescription>{
      {"compile", "", "Writes the pipeline in TFX's intermediate representation.",
       "compile --to=ir --output=pipeline.pbtxt"},
      {"graph", "", "Shows the nodes and what flows between them.", "graph"},
      {"help", "[VERB or NODE]", "Explains a verb, or the inputs, parameters and outputs of a node.", "help Trainer"},
      {"run", "", "Runs the pipeline, or one node of it.", "run --data_root=data --pipeline_root=out"},
      {"why", "NODE", "Tells what made a node run, or that its outputs were reused.",
       "why Trainer --pipeline_root=out"},
  };
  return verbs;
}

bool IsSwitch(std::string_view flag) {
  return flag == "json" || flag == "no_cache" || flag == "resume" || flag == "help";
}

std::vector<FlagDeclaration> DeclareFlags(const std::vector<FlagDeclaration>& own) {
  std::vector<FlagDeclaration> all = {
      {"data_root", "", "Directory of the input data."},
      {"help", "", "Same as the verb help."},
      {"json", "", "One JSON object per event or answer."},
      {"metadata_path", "",
       "ML Metadata: a SQLite file, grpc://host:port, mysql://..., postgresql://..., a config as text, or a file that "
       "holds one of these; default: metadata.db in --pipeline_root."},
      {"no_cache", "", "Run every node, also where an earlier result could be reused."},
      {"node", "", "run: only this node, on the outputs that the nodes above it have in --run_id."},
      {"output", "", "compile: file to write; default: standard output."},
      {"pipeline_root", "", "Directory where artifacts go."},
      {"resume", "", "run: go on with the newest run; nodes that it finished are not run again."},
      {"run_id", "", "run: go on with this run; with --node default: the newest."},
      {kRuntimeParameter, "", "NAME=VALUE for a RuntimeParameter of the pipeline; may be repeated."},
      {"seed", "0", "Seed of everything random."},
      {"serving_model_dir", "", "Directory that models are pushed to; default: serving_model in --pipeline_root."},
      {"threads", "0", "Nodes at a time and threads per node; 0: one per core."},
      {"to", "ir", "compile: the form; ir."},
      {"train_steps", "1000", "Steps of training."},
  };
  for (const FlagDeclaration& flag : own) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.name == flag.name; });
    if (it == all.end()) {
      all.push_back(flag);
    } else {
      it->default_value = flag.default_value;
      if (!flag.doc.empty()) it->doc = flag.doc;
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

CommandLine ParseCommandLine(int argc, const char* const* argv, const std::vector<FlagDeclaration>& declarations) {
  CommandLine out{.flags = Flags(declarations)};
  std::vector<std::string> names;
  for (const FlagDeclaration& d : declarations) names.push_back(d.name);
  std::vector<std::string> words;
  bool only_words = false;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (only_words || !argument.starts_with("-") || argument == "-") {
      words.emplace_back(argument);
      continue;
    }
    if (argument == "--") {
      only_words = true;
      continue;
    }
    if (argument == "-h") argument = "--help";
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    const size_t equals = argument.find('=');
    const std::string name = Underscored(argument.substr(0, equals));
    if (out.flags.Find(name) == nullptr) {
      out.errors.push_back(Concat("unknown flag --", name, DidYouMean(name, names)));
      continue;
    }
    std::string value;
    if (equals != argument.npos) {
      value = argument.substr(equals + 1);
    } else if (IsSwitch(name)) {
      value = "true";
    } else if (i + 1 < argc && !std::string_view(argv[i + 1]).starts_with("--")) {
      value = argv[++i];
    } else {
      out.errors.push_back(Concat("flag --", name, " needs a value: --", name, "=VALUE"));
      continue;
    }
    if (name == kRuntimeParameter) {
      const size_t split = value.find('=');
      if (split == value.npos || split == 0) {
        out.errors.push_back(Concat("--", kRuntimeParameter, "=", value, " must be NAME=VALUE"));
      } else {
        out.runtime_parameters[value.substr(0, split)] = value.substr(split + 1);
      }
    } else {
      out.flags.Set(name, value);
    }
  }
  out.verb = words.empty() ? "help" : words[0];
  if (words.size() > 1) out.arguments.assign(words.begin() + 1, words.end());
  if (out.flags.IsGiven("help") && out.flags.GetBool("help")) {
    out.arguments = words.empty() ? std::vector<std::string>() : std::vector<std::string>{words[0]};
    out.verb = "help";
  }
  std::vector<std::string> verbs;
  for (const VerbDescription& verb : Verbs()) verbs.push_back(verb.name);
  if (std::find(verbs.begin(), verbs.end(), out.verb) == verbs.end()) {
    out.errors.push_back(Concat("unknown verb '", out.verb, "'", DidYouMean(out.verb, verbs)));
  }
  return out;
}

}  // namespace tfx
