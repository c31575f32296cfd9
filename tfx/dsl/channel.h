// A promise of artifacts of one type: what a node will put out, and what another takes in.
//
//   Channel<Examples> c = example_gen.examples;          // one producer
//   Channel<Examples> both = Union(c, other.examples);   // all artifacts of both, each once
//   Channel<Model> m = OutputOf<Model>("Trainer", "model");  // by name, for a node that is added later
//
// A default-made channel is "not wired": right for an optional input, a reported error for a required one. Values,
// cheap to copy. Only Pipeline::Add gives a channel its producer.
#ifndef TFX_DSL_CHANNEL_H_
#define TFX_DSL_CHANNEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/dsl/artifact_types.h"

namespace tfx {

// One producer's output. Names a node either by its place in a pipeline or, for OutputOf, by its id.
struct ChannelRef {
  uint64_t graph = 0;     // identity of the PipelineGraph that made the node; 0: by `node_id`
  size_t node_index = 0;  // within that graph
  std::string node_id;
  std::string output_key;
};

template <ArtifactType T>
class Channel {
 public:
  using Type = T;
  Channel() = default;
  explicit Channel(std::vector<ChannelRef> sources) : sources_(std::move(sources)) {}

  bool wired() const { return !sources_.empty(); }
  const std::vector<ChannelRef>& sources() const { return sources_; }

 private:
  std::vector<ChannelRef> sources_;
};

template <ArtifactType T>
Channel<T> OutputOf(std::string_view node_id, std::string_view output_key) {
  return Channel<T>({ChannelRef{.node_id = std::string(node_id), .output_key = std::string(output_key)}});
}

template <ArtifactType T, std::same_as<Channel<T>>... More>
Channel<T> Union(const Channel<T>& first, const More&... more) {
  std::vector<ChannelRef> sources = first.sources();
  (sources.insert(sources.end(), more.sources().begin(), more.sources().end()), ...);
  return Channel<T>(std::move(sources));
}

}  // namespace tfx

#endif  // TFX_DSL_CHANNEL_H_
