// The contract that carries statistics, analyzers and metrics: a mergeable summary of rows.
//
// An accumulator is a copyable value type. A fresh copy of an empty accumulator (which holds the options) is the
// identity of Merge. The engine gives each shard such a copy, adds the shard's batches, and merges the partial results
// in shard order, so the result depends on the data and never on threads. For every accumulator:
//   - Merge is associative, and merging an empty accumulator changes nothing;
//   - splitting the rows into batches or shards at other places changes nothing beyond the documented error bound;
//   - ParseFrom(Serialize()) on an empty accumulator of the same options restores the state.
// tfx/testing/accumulator_properties.h checks these for any accumulator. Each accumulator's header states the size of
// its state and its error bound. Thread-compatible: one thread at a time per object.
#ifndef TFX_ENGINE_ACCUMULATOR_H_
#define TFX_ENGINE_ACCUMULATOR_H_

#include <concepts>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tfx {

template <class A, class Batch>
concept AccumulatorOf = std::copyable<A> && requires(A a, const A& other, const Batch& batch, std::string_view bytes) {
  // Adds the rows of a batch. INVALID_ARGUMENT when the batch does not fit the accumulator's options.
  { a.Add(batch) } -> std::same_as<absl::Status>;
  // Adds the rows that `other` has seen. Both must have the same options.
  { a.Merge(other) } -> std::same_as<absl::Status>;
  // The whole state as bytes, the same on every machine.
  { other.Serialize() } -> std::same_as<std::string>;
  // Replaces the state of an accumulator of the same options. DATA_LOSS when the bytes are not such a state.
  { a.ParseFrom(bytes) } -> std::same_as<absl::Status>;
};

}  // namespace tfx

#endif  // TFX_ENGINE_ACCUMULATOR_H_
