#include "tfx/transform/analyzer_state.h"

#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/sketches/state_bytes.h"

namespace tft {

AnalyzerSet::AnalyzerSet(const AnalyzerSet& other) : names_(other.names_) {
  for (const auto& state : other.states_) states_.push_back(state->Clone());
}

AnalyzerSet& AnalyzerSet::operator=(const AnalyzerSet& other) {
  *this = AnalyzerSet(other);
  return *this;
}

absl::Status AnalyzerSet::Add(const AnalyzerBatch& batch) {
  if (batch.size() != states_.size()) return absl::InternalError("a batch has inputs for another set of analyzers");
  for (size_t i = 0; i < states_.size(); ++i) RETURN_IF_ERROR(::tfx::Annotate(states_[i]->Add(batch[i]), names_[i]));
  return absl::OkStatus();
}

absl::Status AnalyzerSet::Merge(const AnalyzerSet& other) {
  if (other.states_.size() != states_.size()) return absl::InternalError("merging two different sets of analyzers");
  for (size_t i = 0; i < states_.size(); ++i) {
    RETURN_IF_ERROR(::tfx::Annotate(states_[i]->Merge(*other.states_[i]), names_[i]));
  }
  return absl::OkStatus();
}

std::string AnalyzerSet::Serialize() const {
  ::tfx::sketches::StateWriter writer;
  for (const auto& state : states_) writer.Bytes(state->Serialize());
  return writer.Take();
}

absl::Status AnalyzerSet::ParseFrom(std::string_view bytes) {
  ::tfx::sketches::StateReader reader(bytes);
  for (size_t i = 0; i < states_.size(); ++i) {
    const std::string_view state = reader.Bytes();
    if (!reader.good()) break;
    RETURN_IF_ERROR(::tfx::Annotate(states_[i]->ParseFrom(state), names_[i]));
  }
  if (!reader.ok()) return absl::DataLossError("the bytes are not the states of a set of analyzers");
  return absl::OkStatus();
}

}  // namespace tft
