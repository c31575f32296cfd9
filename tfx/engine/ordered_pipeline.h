// Reads shards one by one, maps them on several threads, and delivers the results in the order of the shards.
//
// Used by Engine; see engine.h for the guarantees. With one thread everything runs on the caller's thread.
#ifndef TFX_ENGINE_ORDERED_PIPELINE_H_
#define TFX_ENGINE_ORDERED_PIPELINE_H_

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx {

template <class Shard, class Result>
class OrderedPipeline {
 public:
  using Source = std::function<absl::StatusOr<std::optional<Shard>>()>;

  explicit OrderedPipeline(int num_threads)
      : num_threads_(num_threads > 0 ? num_threads : std::max(1u, std::thread::hardware_concurrency())) {}

  template <class Fn, class Sink>
  absl::Status Run(const Source& source, Fn fn, Sink sink) {
    auto work = [&] { Work(source, fn, sink); };
    std::vector<std::thread> threads;
    for (int i = 1; i < num_threads_; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    return status_;
  }

 private:
  template <class Fn, class Sink>
  void Work(const Source& source, Fn& fn, Sink& sink) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      // Wait for the source to be free and for room, so that a slow shard does not let results pile up.
      changed_.wait(lock, [&] { return stopped_ || (!reading_ && next_read_ < next_sink_ + 2 * num_threads_); });
      if (stopped_) return;
      reading_ = true;
      const long index = next_read_++;
      lock.unlock();
      absl::StatusOr<std::optional<Shard>> shard = source();
      lock.lock();
      reading_ = false;
      if (shard.ok() && !shard->has_value()) {
        --next_read_;
        stopped_ = true;
        changed_.notify_all();
        Drain(lock, sink);
        return;
      }
      if (!shard.ok()) stopped_ = true;
      changed_.notify_all();
      if (shard.ok()) {
        lock.unlock();
        absl::StatusOr<Result> result = fn(static_cast<const Shard&>(**shard));
        shard = std::optional<Shard>();  // its memory is not held while the result waits for its turn
        lock.lock();
        done_.emplace(index, std::move(result));
      } else {
        done_.emplace(index, shard.status());
      }
      Drain(lock, sink);
    }
  }

  // Delivers the results that are next in order. Only one thread delivers; the others leave their result and go on.
  template <class Sink>
  void Drain(std::unique_lock<std::mutex>& lock, Sink& sink) {
    if (sinking_) return;
    sinking_ = true;
    for (auto it = done_.find(next_sink_); status_.ok() && it != done_.end(); it = done_.find(next_sink_)) {
      absl::StatusOr<Result> result = std::move(it->second);
      done_.erase(it);
      lock.unlock();
      absl::Status status = result.ok() ? sink(*std::move(result)) : result.status();
      lock.lock();
      ++next_sink_;
      if (!status.ok()) {
        status_ = status;
        stopped_ = true;
      }
      changed_.notify_all();
    }
    sinking_ = false;
  }

  const long num_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
  bool sinking_ = false;
  bool stopped_ = false;
  long next_read_ = 0;
  long next_sink_ = 0;
  std::map<long, absl::StatusOr<Result>> done_;
  absl::Status status_;
};

}  // namespace tfx

#endif  // TFX_ENGINE_ORDERED_PIPELINE_H_
