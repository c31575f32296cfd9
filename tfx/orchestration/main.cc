#include "tfx/orchestration/main.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <map>
#include <thread>

#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/orchestration/command_line.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/orchestration/pipeline_store.h"
#include "tfx/orchestration/program_identity.h"
#include "tfx/orchestration/reporter.h"
#include "tfx/orchestration/why.h"

namespace tfx {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

std::atomic<bool> interrupted{false};

// The first signal asks to stop; the second ends the process at once, which is safe at any moment.
void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(kExitInterrupted);
}

class SignalScope {
 public:
  SignalScope() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~SignalScope() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }

 private:
  struct sigaction old_int_ {
  }, old_term_{};
};

class Program {
 public:
  Program(std::string name, CommandLine command, const CreatePipelineFn& create, const MainOptions& options)
      : name_(std::move(name)), command_(std::move(command)), create_(create), options_(options) {}

  int Main() {
    if (!command_.errors.empty()) return UsageErrors(command_.errors);
    if (command_.verb == "help" && command_.arguments.empty()) return Help();
    FillDefaults();
    pipeline_ = create_(command_.flags);
    if (pipeline_.root.empty()) pipeline_.root = command_.flags["pipeline_root"];
    if (command_.verb == "help") return HelpOn(command_.arguments[0]);
    const auto& problems = command_.flags.problems();
    if (!problems.empty()) return UsageErrors({problems.begin(), problems.end()});
    if (const auto found = FindPipelineStore(pipeline_, MetadataPathFlag()); found.ok()) {
      metadata_ = *found;
    } else if (pipeline_.metadata_connection_config.Check().ok()) {
      return UsageErrors({std::string(found.status().message())});
    }  // else it is among the wiring errors
    if (command_.verb == "compile") return Compile();
    if (command_.verb == "graph") return Graph();
    if (command_.verb == "why") return Why();
    return Run();
  }

 private:
  int Fail(const absl::Status& status, int code) {
    const std::string text = FitOnScreen(std::string(status.message()));
    if (command_.flags.GetBool("json")) {
      std::cout << nlohmann::json{{"event", "error"}, {"exit_code", code}, {"message", std::string(status.message())}}
                       .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                << std::endl;
    } else {
      std::cerr << name_ << ": " << text << std::endl;
    }
    return code;
  }
  int UsageErrors(const std::vector<std::string>& errors) {
    for (const std::string& error : errors) std::cerr << name_ << ": " << error << "\n";
    std::cerr << "Try '" << name_ << " help'." << std::endl;
    return kExitUsage;
  }
  int NotATarget(std::string_view word, std::vector<std::string> known) {
    return UsageErrors({Concat("no node '", word, "' in the pipeline", DidYouMean(word, known))});
  }

  // Defaults that depend on other flags.
  void FillDefaults() {
    const std::string root = command_.flags["pipeline_root"];
    const FlagDeclaration* serving = command_.flags.Find("serving_model_dir");
    if (!root.empty() && !command_.flags.IsGiven("serving_model_dir") && serving->default_value.empty()) {
      command_.flags.Set("serving_model_dir", io::JoinPath(root, "serving_model"));
    }
  }

  // Not through operator[] where it is empty: it is no flag that the pipeline lacks.
  std::string MetadataPathFlag() const {
    const bool has_value =
        command_.flags.IsGiven("metadata_path") || !command_.flags.Find("metadata_path")->default_value.empty();
    return has_value ? command_.flags["metadata_path"] : "";
  }

  // All wiring errors at once, with the flags that were left empty.
  int WiringErrors(const absl::Status& status) {
    std::string text = Concat("the pipeline cannot run:\n", status.message());
    std::string hint;
    for (const std::string& flag : command_.flags.read_but_empty()) Append(&hint, hint.empty() ? "" : ", ", "--", flag);
    if (!hint.empty()) Append(&text, "\nFlags that the pipeline reads and that were not given: ", hint);
    if (command_.flags.GetBool("json")) return Fail(absl::InvalidArgumentError(text), kExitUsage);
    std::cerr << name_ << ": " << text << std::endl;
    return kExitUsage;
  }

  int Compile() {
    if (const std::string form = command_.flags["to"]; form != "ir") {
      return UsageErrors({Concat("--to=", form, " is not known; known: ir")});
    }
    const auto compiled = CompileToIr(pipeline_);
    if (!compiled.ok()) return WiringErrors(compiled.status());
    const std::string output = command_.flags["output"];
    if (output.empty()) {
      std::cout << IrToText(*compiled);
      return kExitOk;
    }
    if (const absl::Status written = io::WriteFile(output, IrToText(*compiled)); !written.ok()) {
      return Fail(written, kExitUsage);
    }
    std::cout << "Wrote " << output << std::endl;
    return kExitOk;
  }

  int Graph() {
    const auto compiled = CompileToIr(pipeline_);
    if (!compiled.ok()) return WiringErrors(compiled.status());
    nlohmann::json nodes = nlohmann::json::array();
    for (const auto& entry : compiled->nodes()) {
      const ir::PipelineNode& node = entry.pipeline_node();
      nlohmann::json inputs = nlohmann::json::object();
      std::string text = Concat(node.node_info().id(), "\n");
      for (const auto& [key, spec] : SortedInputs(node)) {
        for (const std::string& source : spec) {
          Append(&text, "  <- ", key, " = ", source, "\n");
          inputs[key].push_back(source);
        }
      }
      nlohmann::json outputs = nlohmann::json::object();
      for (const auto& [key, type] : SortedOutputs(node)) {
        Append(&text, "  -> ", key, " : ", type, "\n");
        outputs[key] = type;
      }
      nodes.push_back(
          {{"id", node.node_info().id()},
           {"type", node.node_info().type().name()},
           {"inputs", inputs},
           {"outputs", outputs},
           {"upstream", std::vector<std::string>(node.upstream_nodes().begin(), node.upstream_nodes().end())}});
      if (!command_.flags.GetBool("json")) std::cout << text;
    }
    if (command_.flags.GetBool("json")) {
      std::cout << nlohmann::json{{"pipeline", compiled->pipeline_info().id()}, {"nodes", nodes}}.dump(
                       -1, ' ', false, nlohmann::json::error_handler_t::replace)
                << std::endl;
    }
    return kExitOk;
  }
  static std::map<std::string, std::vector<std::string>> SortedInputs(const ir::PipelineNode& node) {
    std::map<std::string, std::vector<std::string>> inputs;
    const auto add = [&](const std::string& key, const ir::InputSpec& spec) {
      for (const auto& channel : spec.channels()) {
        inputs[key].push_back(channel.producer_node_query().id().empty()
                                  ? Concat("every ", channel.artifact_query().type().name(), " of all runs")
                                  : Concat(channel.producer_node_query().id(), ".", channel.output_key()));
      }
    };
    for (const auto& [key, spec] : node.inputs().inputs()) {
      if (spec.hidden()) continue;
      add(key, spec);
      for (const std::string& part : spec.mixed_inputs().input_keys()) {
        const auto it = node.inputs().inputs().find(part);
        if (it != node.inputs().inputs().end()) add(key, it->second);
      }
      if (spec.has_input_graph_ref()) inputs[key].push_back("the newest that fit, of all runs");
    }
    return inputs;
  }
  static std::map<std::string, std::string> SortedOutputs(const ir::PipelineNode& node) {
    std::map<std::string, std::string> outputs;
    for (const auto& [key, spec] : node.outputs().outputs()) outputs[key] = spec.artifact_spec().type().name();
    return outputs;
  }

  int Why() {
    if (command_.arguments.size() != 1) return UsageErrors({"why needs one node: why NODE"});
    std::vector<std::string> ids;
    for (const Node& node : pipeline_.graph.nodes()) ids.push_back(node.id);
    const std::string& id = command_.arguments[0];
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) return NotATarget(id, ids);
    if (!metadata_.IsSet()) return WiringErrors(pipeline_.Check());
    const auto store = OpenPipelineStore(metadata_, StoreUse::kLook);
    if (!store.ok()) return Fail(store.status(), kExitUsage);
    const auto explanation = Explain(**store, pipeline_.name, pipeline_.root, id);
    if (!explanation.ok()) return Fail(explanation.status(), kExitUsage);
    std::cout << (command_.flags.GetBool("json") ? ToJson(*explanation) : ToText(*explanation));
    return kExitOk;
  }

  int Run() {
    if (!command_.arguments.empty()) return UsageErrors({Concat("run takes no word '", command_.arguments[0], "'")});
    const int64_t threads = command_.flags.GetInt("threads");
    const int64_t seed = command_.flags.GetInt("seed");
    std::vector<std::string> errors(command_.flags.problems().begin(), command_.flags.problems().end());
    if (threads < 0 || threads > 1024) errors.push_back("--threads must be 0 to 1024");
    if (seed < 0) errors.push_back("--seed must be at least 0");
    if (command_.flags.IsGiven("run_id") && command_.flags.GetBool("resume")) {
      errors.push_back("give --run_id or --resume, not both");
    }
    if (!errors.empty()) return UsageErrors(errors);
    const auto compiled = CompileToIr(pipeline_);
    if (!compiled.ok()) return WiringErrors(compiled.status());
    const std::string only = command_.flags["node"];
    std::vector<std::string> ids;
    for (const Node& node : pipeline_.graph.nodes()) ids.push_back(node.id);
    if (!only.empty() && std::find(ids.begin(), ids.end(), only) == ids.end()) return NotATarget(only, ids);
    if (const absl::Status known = CheckRuntimeParameters(); !known.ok()) return Fail(known, kExitUsage);

    const auto store = OpenPipelineStore(metadata_, StoreUse::kRun);
    if (!store.ok()) return Fail(store.status(), kExitFailed);
    LocalRunOptions run{
        .root = pipeline_.root,
        .run_id = command_.flags["run_id"],
        .only_node = only,
        .use_cache = !command_.flags.GetBool("no_cache"),
        .num_threads = static_cast<int>(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency())),
        .seed = static_cast<uint64_t>(seed),
        .runtime_parameters = command_.runtime_parameters,
        .store_name = metadata_.Name(),
        .program_name = name_,
        .program_build_id = ProgramBuildId(),
        .interrupted = &interrupted};
    if (run.run_id.empty() && (command_.flags.GetBool("resume") || !only.empty())) {
      const auto newest = NewestRunId(**store, pipeline_.name, pipeline_.root);
      if (!newest.ok()) return Fail(Annotate(newest.status(), only.empty() ? "--resume" : "--node"), kExitUsage);
      run.run_id = *newest;
    }
    const SignalScope signals;
    LocalDagRunner runner(*compiled, pipeline_.graph, **store);
    const auto reporter = MakeReporter();
    const auto outcome = runner.Run(run, *reporter);
    if (!outcome.ok()) return Fail(outcome.status(), kExitFailed);
    return outcome->exit_code;
  }

  absl::Status CheckRuntimeParameters() const {
    std::vector<std::string> known;
    for (const Node& node : pipeline_.graph.nodes()) {
      for (const auto& [name, value] : node.parameters) {
        if (!value.runtime_parameter_name.empty()) known.push_back(value.runtime_parameter_name);
      }
    }
    for (const auto& [name, value] : command_.runtime_parameters) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return absl::InvalidArgumentError(
            Concat("--runtime_parameter ", name, ": the pipeline has no such parameter", DidYouMean(name, known)));
      }
    }
    return absl::OkStatus();
  }

  std::unique_ptr<Reporter> MakeReporter() const {
    if (command_.flags.GetBool("json")) return MakeJsonReporter(std::cout);
    winsize size{};
    if (!isatty(STDOUT_FILENO)) return MakeLineReporter(std::cout);
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    // A table that does not fit cannot be redrawn in place.
    if (known && size.ws_row <= pipeline_.graph.nodes().size() + 2) return MakeLineReporter(std::cout);
    return MakeTableReporter(std::cout, known ? size.ws_col : 100);
  }

  void PrintFlags() const {
    std::cout << "\nFlags\n";
    for (const FlagDeclaration& flag : command_.flags.declarations()) {
      std::string left = Concat("  --", flag.name, IsSwitch(flag.name) ? "" : "=...");
      if (left.size() < 28) left.append(28 - left.size(), ' ');
      std::cout << left << flag.doc;
      if (!flag.default_value.empty()) std::cout << " Default: " << flag.default_value << ".";
      std::cout << "\n";
    }
  }

  int Help() const {
    if (!options_.doc.empty()) std::cout << options_.doc << "\n\n";
    std::cout << "Usage: " << name_ << " VERB [FLAGS]\n\nVerbs\n";
    for (const VerbDescription& verb : Verbs()) {
      std::string left = Concat("  ", verb.name, verb.arguments.empty() ? "" : " ", verb.arguments);
      if (left.size() < 24) left.append(24 - left.size(), ' ');
      std::cout << left << verb.doc << "\n" << std::string(24, ' ') << name_ << " " << verb.example << "\n";
    }
    PrintFlags();
    std::cout << "\nExit codes: 0 done, 1 a node failed, 2 wrong usage or wiring, 130 stopped by Ctrl-C or SIGTERM."
              << std::endl;
    return kExitOk;
  }

  int HelpOn(const std::string& word) {
    std::vector<std::string> known;
    for (const VerbDescription& verb : Verbs()) {
      known.push_back(verb.name);
      if (verb.name != word) continue;
      std::cout << "Usage: " << name_ << " " << verb.name << (verb.arguments.empty() ? "" : " ") << verb.arguments
                << " [FLAGS]\n\n"
                << verb.doc << "\nExample: " << name_ << " " << verb.example << "\n";
      PrintFlags();
      std::cout.flush();
      return kExitOk;
    }
    for (const Node& node : pipeline_.graph.nodes()) {
      known.push_back(node.id);
      known.push_back(node.info.name);
      if (node.id != word && node.info.name != word) continue;
      std::cout << HelpText(node.info) << std::flush;
      return kExitOk;
    }
    return UsageErrors({Concat("no verb or node '", word, "'", DidYouMean(word, known))});
  }

  std::string name_;
  CommandLine command_;
  const CreatePipelineFn& create_;
  const MainOptions& options_;
  Pipeline pipeline_;
  MetadataConnectionConfig metadata_;  // not set where the pipeline's own is wrong
};

}  // namespace

int Main(int argc, char** argv, CreatePipelineFn create_pipeline, const MainOptions& options) {
  std::string name = argc > 0 ? io::Basename(argv[0]) : "program";
  CommandLine command = ParseCommandLine(argc, argv, DeclareFlags(options.flags));
  return Program(std::move(name), std::move(command), create_pipeline, options).Main();
}

}  // namespace tfx
