#include "tfx/orchestration/reporter.h"

#include <chrono>
#include <cstdio>
#include <map>
#include <ostream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"

namespace tfx {
namespace {

std::string Pad(std::string_view text, size_t width) {
  return text.size() >= width ? std::string(text) : Concat(text, std::string(width - text.size(), ' '));
}

std::string Seconds(double seconds) { return absl::StrFormat("%.1f s", seconds); }

std::string Totals(const RunOutcome& outcome) {
  std::map<std::string_view, int> counts;
  for (const auto& [node, result] : outcome.nodes) ++counts[NodeStateName(result.state)];
  std::string text;
  for (const auto& [state, count] : counts) Append(&text, text.empty() ? "" : ", ", count, " ", state);
  return Concat(text, " in ", Seconds(outcome.seconds));
}

// What went wrong, after the table or the lines.
void PrintEnd(const RunOutcome& outcome, std::ostream& out) {
  for (const auto& [node, result] : outcome.nodes) {
    if (result.state != NodeState::kFailed) continue;
    out << "\n" << node << " failed: " << FitOnScreen(std::string(result.status.message())) << "\n";
    if (result.status.code() == absl::StatusCode::kInternal) {
      out << "This is a fault of the program or of tfx-cpp, not of the data.\n";
    }
  }
  out << "\nRun " << outcome.run_id << ": " << Totals(outcome) << "\n";
  if (outcome.exit_code == 130) {
    out << "Stopped on request. Run again to go on: finished nodes are reused where the cache is on.\n";
  }
  out.flush();
}

class LineReporter : public Reporter {
 public:
  explicit LineReporter(std::ostream& out) : out_(out) {}
  void RunStarted(const std::string& pipeline, const std::string& run_id,
                  const std::vector<std::string>& nodes) override {
    for (const std::string& node : nodes) width_ = std::max(width_, node.size());
    out_ << "Pipeline " << pipeline << ", run " << run_id << std::endl;
  }
  void NodeStarted(const std::string& node) override { out_ << Pad(node, width_) << "  RUNNING" << std::endl; }
  void NodeLog(const std::string& node, std::string_view line) override {
    out_ << Pad(node, width_) << "  | " << line << std::endl;
  }
  void NodeFinished(const std::string& node, const NodeResult& result) override {
    out_ << Pad(node, width_) << "  " << Pad(NodeStateName(result.state), 8) << "  " << Pad(Seconds(result.seconds), 8)
         << "  " << result.summary << std::endl;
  }
  void RunFinished(const RunOutcome& outcome) override { PrintEnd(outcome, out_); }

 private:
  std::ostream& out_;
  size_t width_ = 4;
};

class TableReporter : public Reporter {
 public:
  TableReporter(std::ostream& out, int width) : out_(out), columns_(std::max(width, 40)) {}

  void RunStarted(const std::string& pipeline, const std::string& run_id,
                  const std::vector<std::string>& nodes) override {
    out_ << "Pipeline " << pipeline << ", run " << run_id << "\n\n";
    for (const std::string& node : nodes) {
      width_ = std::max(width_, node.size());
      order_.push_back(node);
    }
    Draw();
  }
  void NodeStarted(const std::string& node) override {
    Row& row = rows_[node];
    row.state = NodeState::kRunning;
    row.start = std::chrono::steady_clock::now();
    Draw();
  }
  void NodeProgress(const std::string& node, double fraction, std::string_view text) override {
    rows_[node].text =
        fraction >= 0 ? absl::StrFormat("%3.0f%%  %s", fraction * 100, std::string(text)) : std::string(text);
    Draw();
  }
  void NodeLog(const std::string& node, std::string_view line) override {
    Erase();
    out_ << node << " | " << line << "\n";
    drawn_ = 0;
    Draw();
  }
  void NodeFinished(const std::string& node, const NodeResult& result) override {
    Row& row = rows_[node];
    row.state = result.state;
    row.seconds = result.seconds;
    row.text = result.summary;
    Draw();
  }
  void Tick() override { Draw(); }
  void RunFinished(const RunOutcome& outcome) override {
    Draw();
    PrintEnd(outcome, out_);
  }

 private:
  struct Row {
    NodeState state = NodeState::kPending;
    double seconds = 0;
    std::chrono::steady_clock::time_point start;
    std::string text;
  };

  void Erase() {
    if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\x1b[J";
  }
  static const char* Colour(NodeState state) {
    switch (state) {
      case NodeState::kFailed:
      case NodeState::kCanceled:
        return "\x1b[31m";
      case NodeState::kRunning:
        return "\x1b[33m";
      case NodeState::kComplete:
        return "\x1b[32m";
      case NodeState::kCached:
      case NodeState::kAlreadyDone:
        return "\x1b[36m";
      default:
        return "\x1b[2m";
    }
  }
  void Draw() {
    Erase();
    std::string table = Concat(Pad("node", width_), "  ", Pad("state", 8), "  ", Pad("seconds", 8), "  made\n");
    for (const std::string& node : order_) {
      Row& row = rows_[node];
      if (row.state == NodeState::kRunning) {
        row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - row.start).count();
      }
      const std::string seconds = row.state == NodeState::kPending || row.state == NodeState::kSkipped
                                      ? ""
                                      : absl::StrFormat("%7.1f", row.seconds);
      const size_t room = columns_ > width_ + 23 ? columns_ - width_ - 23 : 10;
      std::string text = row.text.substr(0, row.text.find('\n'));
      if (text.size() > room) text = text.substr(0, room - 3) + "...";
      Append(&table, Pad(node, width_), "  ", Colour(row.state), Pad(NodeStateName(row.state), 8), "\x1b[0m  ",
             Pad(seconds, 8), "  ", text, "\n");
    }
    out_ << table;
    out_.flush();
    drawn_ = order_.size() + 1;
  }

  std::ostream& out_;
  size_t columns_;
  size_t width_ = 4;
  size_t drawn_ = 0;  // lines on the screen that the next drawing replaces
  std::vector<std::string> order_;
  std::map<std::string, Row> rows_;
};

class JsonReporter : public Reporter {
 public:
  explicit JsonReporter(std::ostream& out) : out_(out) {}
  void RunStarted(const std::string& pipeline, const std::string& run_id,
                  const std::vector<std::string>& nodes) override {
    Print({{"event", "run_started"}, {"pipeline", pipeline}, {"run_id", run_id}, {"nodes", nodes}});
  }
  void NodeStarted(const std::string& node) override { Print({{"event", "node_started"}, {"node", node}}); }
  void NodeProgress(const std::string& node, double fraction, std::string_view text) override {
    Print({{"event", "node_progress"}, {"node", node}, {"fraction", fraction}, {"text", text}});
  }
  void NodeLog(const std::string& node, std::string_view line) override {
    Print({{"event", "node_log"}, {"node", node}, {"line", line}});
  }
  void NodeFinished(const std::string& node, const NodeResult& result) override {
    nlohmann::json event = {{"event", "node_finished"},
                            {"node", node},
                            {"state", NodeStateName(result.state)},
                            {"seconds", result.seconds},
                            {"execution_id", result.execution_id},
                            {"summary", result.summary},
                            {"outputs", result.outputs}};
    if (!result.status.ok()) {
      event["error"] = {{"code", absl::StatusCodeToString(result.status.code())},
                        {"message", std::string(result.status.message())}};
    }
    Print(event);
  }
  void RunFinished(const RunOutcome& outcome) override {
    nlohmann::json states = nlohmann::json::object();
    for (const auto& [node, result] : outcome.nodes) states[node] = NodeStateName(result.state);
    Print({{"event", "run_finished"},
           {"run_id", outcome.run_id},
           {"exit_code", outcome.exit_code},
           {"seconds", outcome.seconds},
           {"states", states}});
  }

 private:
  void Print(const nlohmann::json& event) {
    out_ << event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Reporter> MakeTableReporter(std::ostream& out, int width) {
  return std::make_unique<TableReporter>(out, width);
}
std::unique_ptr<Reporter> MakeLineReporter(std::ostream& out) { return std::make_unique<LineReporter>(out); }
std::unique_ptr<Reporter> MakeJsonReporter(std::ostream& out) { return std::make_unique<JsonReporter>(out); }

std::string FitOnScreen(std::string_view message) {
  constexpr size_t kLines = 16;
  constexpr size_t kColumns = 200;
  const std::vector<std::string> lines = absl::StrSplit(std::string(message), '\n');
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == kLines) {
      Append(&text, "\n... (", lines.size() - i, " more lines)");
      break;
    }
    Append(&text, i == 0 ? "" : "\n", lines[i].size() > kColumns ? lines[i].substr(0, kColumns - 3) + "..." : lines[i]);
  }
  return text;
}

}  // namespace tfx
