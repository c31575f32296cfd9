// Tells the user what a run does: a live table on a terminal, plain lines in a pipe, or one JSON object per event.
//
// Calls come one at a time (the runner holds a lock) from several threads.
#ifndef TFX_ORCHESTRATION_REPORTER_H_
#define TFX_ORCHESTRATION_REPORTER_H_

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/orchestration/node_launcher.h"

namespace tfx {

struct RunOutcome {
  std::string run_id;
  int exit_code = 0;  // 0 all done, 1 a node failed, 130 stopped on request
  double seconds = 0;
  std::vector<std::pair<std::string, NodeResult>> nodes;  // in the order of the IR
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void RunStarted(const std::string& pipeline, const std::string& run_id,
                          const std::vector<std::string>& nodes) {}
  virtual void NodeStarted(const std::string& node) {}
  virtual void NodeProgress(const std::string& node, double fraction, std::string_view text) {}
  virtual void NodeLog(const std::string& node, std::string_view line) {}
  virtual void NodeFinished(const std::string& node, const NodeResult& result) {}
  virtual void Tick() {}  // now and then, for clocks
  virtual void RunFinished(const RunOutcome& outcome) {}
};

// `width`: columns of the terminal.
std::unique_ptr<Reporter> MakeTableReporter(std::ostream& out, int width);
std::unique_ptr<Reporter> MakeLineReporter(std::ostream& out);
// Events: run_started {pipeline, run_id, nodes}, node_started {node}, node_progress {node, fraction, text}, node_log
// {node, line}, node_finished {node, state, seconds, execution_id, summary, outputs, error?: {code, message}},
// run_finished {run_id, exit_code, seconds, states}.
std::unique_ptr<Reporter> MakeJsonReporter(std::ostream& out);

// An error cut to what fits on a screen: at most 16 lines of at most 200 characters.
std::string FitOnScreen(std::string_view message);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_REPORTER_H_
