// Runs Aggregate and Map over shards on the machine's cores, with results that do not depend on the number of threads.
//
//   Engine engine({.num_threads = 4});
//   ASSIGN_OR_RETURN(Stats stats, engine.Aggregate(records, decode, Stats(options)));
//
// A ShardSource hands out the shards of a data set one after another; the engine serialises its calls and never calls
// it again after the end or an error. Shards are cut by the data (so many records each), never by the thread count.
// At most 2 shards per thread are in flight, which bounds memory. The first error in shard order wins and stops the
// work. Thread-safe: one Engine may run several plans at the same time; each plan uses its own threads.
#ifndef TFX_ENGINE_ENGINE_H_
#define TFX_ENGINE_ENGINE_H_

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "tfx/base/status_macros.h"
#include "tfx/engine/accumulator.h"
#include "tfx/engine/ordered_pipeline.h"

namespace tfx {

template <class Shard>
using ShardSource = std::function<absl::StatusOr<std::optional<Shard>>()>;

struct EngineOptions {
  int num_threads = 0;  // 0: as many as the machine has cores
};

class Engine {
 public:
  Engine() = default;
  explicit Engine(EngineOptions options) : options_(options) {}

  // Applies `fn` to every shard in parallel and hands the results to `sink` in shard order, one at a time.
  //   fn:   absl::StatusOr<Result>(const Shard&), called from several threads at once
  //   sink: absl::Status(Result), called from one thread at a time
  template <class Shard, class Fn, class Sink>
  absl::Status Map(const ShardSource<Shard>& source, Fn fn, Sink sink) const {
    using Result = typename std::invoke_result_t<Fn, const Shard&>::value_type;
    return OrderedPipeline<Shard, Result>(options_.num_threads).Run(source, std::move(fn), std::move(sink));
  }

  // Folds all shards into one accumulator: each shard into a copy of `empty`, the copies merged in shard order.
  //   decode: absl::StatusOr<Batch>(const Shard&), called from several threads at once
  template <class Shard, class Decode, class A>
  requires AccumulatorOf<A, typename std::invoke_result_t<Decode, const Shard&>::value_type> absl::StatusOr<A>
  Aggregate(const ShardSource<Shard>& source, Decode decode, const A& empty)
  const {
    A total = empty;
    auto accumulate = [&](const Shard& shard) -> absl::StatusOr<A> {
      ASSIGN_OR_RETURN(auto batch, decode(shard));
      A partial = empty;
      RETURN_IF_ERROR(partial.Add(batch));
      return partial;
    };
    RETURN_IF_ERROR(Map(source, accumulate, [&](A partial) { return total.Merge(partial); }));
    return total;
  }

 private:
  EngineOptions options_;
};

}  // namespace tfx

#endif  // TFX_ENGINE_ENGINE_H_
