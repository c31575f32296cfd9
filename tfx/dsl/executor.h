// What a component does when its node runs.
//
//   class StatisticsGenExecutor : public Executor {
//     absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
//                     const ExecutorContext& context) override {
//       ASSIGN_OR_RETURN(const Artifact* examples, inputs.Single("examples"));
//       OutputArtifact& statistics = outputs["statistics"];
//       ... read under examples->uri, write under statistics.path ...
//       statistics.properties["split_names"] = examples->StringProperty("split_names");
//       outputs.set_summary("2 splits, 18 features");
//       return absl::OkStatus();
//     }
//   };
//
// Contract: an executor writes only under `path` of its outputs, context.tmp_dir and context.stateful_dir. The launcher
// moves `path` to `uri` after Do returned OK, so artifacts appear whole or not at all; on an error everything under
// `path` and tmp_dir is removed. One executor object per execution, one thread calls it.
#ifndef TFX_DSL_EXECUTOR_H_
#define TFX_DSL_EXECUTOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/dsl/property_value.h"

namespace google::protobuf {
class Message;
}

namespace tfx {

struct Artifact {
  int64_t id = 0;                 // in ML Metadata; 0 for an output that is not published yet
  std::string type_name;          // "Examples"
  std::string uri;                // directory, or file for value artifacts
  PropertyMap properties;         // declared by the type
  PropertyMap custom_properties;  // any name

  // The declared property, else the custom property of that name (TFX puts span in either), else the fallback. A
  // value of another kind counts as absent; integers in a string ("3") are read as integers.
  int64_t IntProperty(std::string_view name, int64_t fallback = 0) const;
  std::string StringProperty(std::string_view name, std::string_view fallback = "") const;
  bool HasProperty(std::string_view name) const;
};

struct OutputArtifact : Artifact {
  // Where to write now. An existing empty directory; for value artifacts a file path in an existing directory. `uri` is
  // where it will be found afterwards: use that only in what is recorded.
  std::string path;
};

class ExecutorInputs {
 public:
  using Map = std::map<std::string, std::vector<Artifact>, std::less<>>;
  ExecutorInputs() = default;
  explicit ExecutorInputs(Map artifacts) : artifacts_(std::move(artifacts)) {}

  // All artifacts of a key, in a stable order (as resolved); empty when the optional input is absent.
  const std::vector<Artifact>& Get(std::string_view key) const;
  // Exactly one, else INVALID_ARGUMENT naming the key and the count.
  absl::StatusOr<const Artifact*> Single(std::string_view key) const;
  // At most one: nullptr when absent, INVALID_ARGUMENT when several.
  absl::StatusOr<const Artifact*> Optional(std::string_view key) const;
  const Map& all() const { return artifacts_; }

 private:
  Map artifacts_;
};

class ExecutorOutputs {
 public:
  using Map = std::map<std::string, std::vector<OutputArtifact>, std::less<>>;
  ExecutorOutputs() = default;
  explicit ExecutorOutputs(Map artifacts) : artifacts_(std::move(artifacts)) {}

  // The output's artifact (the first where Resize made several). A key that the component does not declare, or whose
  // optional output is switched off, aborts: ask Has first.
  OutputArtifact& operator[](std::string_view key);
  bool Has(std::string_view key) const;
  // `count` artifacts for one key, in directories "<uri>/0", "<uri>/1", ... (count 1: "<uri>" itself). Their properties
  // are copies of the first. Made empty before return; call before writing.
  absl::StatusOr<std::vector<OutputArtifact>*> Resize(std::string_view key, size_t count);
  Map& all() { return artifacts_; }
  const Map& all() const { return artifacts_; }

  // A few words for the table of the run: "10,036 train and 4,966 eval Examples".
  void set_summary(std::string text) { summary_ = std::move(text); }
  const std::string& summary() const { return summary_; }

 private:
  Map artifacts_;
  std::string summary_;
};

// The node's parameters, as recorded in ML Metadata: names are those of the component's description. Absent optional
// parameters are not there. Typed getters answer INVALID_ARGUMENT naming the parameter where it is absent or does not
// parse as what is asked; the `Or` forms give the fallback when absent only.
class ExecutionProperties {
 public:
  ExecutionProperties() = default;
  explicit ExecutionProperties(PropertyMap values) : values_(std::move(values)) {}

  bool Has(std::string_view name) const;
  absl::StatusOr<std::string> String(std::string_view name) const;
  absl::StatusOr<int64_t> Int(std::string_view name) const;
  absl::StatusOr<double> Double(std::string_view name) const;                        // accepts an integer
  absl::StatusOr<bool> Bool(std::string_view name) const;                            // bool, 0/1, or JSON true/false
  absl::StatusOr<std::vector<std::string>> StringList(std::string_view name) const;  // JSON list of strings
  std::string StringOr(std::string_view name, std::string_view fallback) const;
  int64_t IntOr(std::string_view name, int64_t fallback) const;
  bool BoolOr(std::string_view name, bool fallback) const;
  // JSON text of a proto parameter. Absent: the message is left as it is and OK.
  absl::Status Proto(std::string_view name, google::protobuf::Message* message) const;

  void Set(std::string_view name, PropertyValue value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  void Erase(std::string_view name);
  const PropertyMap& all() const { return values_; }

 private:
  PropertyMap values_;
};

// Set once by Ctrl-C, SIGTERM or a time limit. Thread-safe.
class CancellationToken {
 public:
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  // CANCELLED once cancelled. Long loops call it at least every second.
  absl::Status Check() const { return cancelled() ? absl::CancelledError("stopped on request") : absl::OkStatus(); }

 private:
  std::atomic<bool> cancelled_{false};
};

struct ExecutorContext {
  std::string pipeline_name;
  std::string run_id;
  std::string node_id;
  int64_t execution_id = 0;
  int num_threads = 1;       // >= 1; what this node may use
  uint64_t seed = 0;         // the run's --seed
  std::string tmp_dir;       // empty at the start, removed afterwards
  std::string stateful_dir;  // survives failures and kills of this node, removed after success: checkpoints
  const CancellationToken* cancellation = nullptr;  // never null in a run
  // Progress as a fraction 0-1 (negative: unknown) and a few words; and a line for the log. Thread-safe, may be empty
  // only in hand-made contexts: call through the methods below.
  std::function<void(double fraction, std::string_view text)> on_progress;
  std::function<void(std::string_view line)> on_log;

  void Progress(double fraction, std::string_view text) const {
    if (on_progress) on_progress(fraction, text);
  }
  void Log(std::string_view line) const {
    if (on_log) on_log(line);
  }
  absl::Status CheckCancelled() const { return cancellation ? cancellation->Check() : absl::OkStatus(); }
};

class Executor {
 public:
  virtual ~Executor() = default;
  // The driver: runs before the cache is asked, also when the answer then comes from the cache, so it must be cheap. It
  // may add or rewrite properties (they join the cache key and the execution's record) and set properties of the
  // outputs; outputs have no path and no uri yet. ExampleGen resolves span and version and takes fingerprints here.
  virtual absl::Status Prepare(const ExecutorInputs& inputs, ExecutorOutputs& outputs,
                               ExecutionProperties& properties) {
    return absl::OkStatus();
  }
  virtual absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                          const ExecutorContext& context) = 0;
};

}  // namespace tfx

#endif  // TFX_DSL_EXECUTOR_H_
