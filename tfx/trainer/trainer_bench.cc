// Training steps per second of the Chicago taxi model: batch 40, Adam, input pipeline included. Needs $TFX_GOLDEN_DIR.
// Python's Keras `fit` reaches 200 to 450 steps/s on the machine where the target of 1,500 was set.
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "tfx/trainer/taxi_model_for_test.h"

namespace keras {
namespace {

constexpr int64_t kSteps = 1000;

void TrainTaxi(benchmark::State& state, bool with_metrics) {
  const char* golden = std::getenv("TFX_GOLDEN_DIR");
  if (golden == nullptr) {
    state.SkipWithError("TFX_GOLDEN_DIR is not set");
    return;
  }
  const std::string transform = TaxiTransformDirectory(golden);
  Model model = TaxiModel(1, with_metrics);
  const Dataset data = TaxiExamples(transform, "train").Cache().Shuffle({.seed = 1}).Repeat().Batch(40);
  for (auto _ : state) {
    const absl::Status status = model.Fit(data, {.steps_per_epoch = kSteps});
    if (!status.ok()) {
      state.SkipWithError(status.ToString().c_str());
      return;
    }
  }
  if (model.history().back().at("loss") > 0.5) state.SkipWithError("the model did not learn");
  state.counters["steps/s"] = benchmark::Counter(static_cast<double>(kSteps) * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate);
}

void BM_TaxiFit(benchmark::State& state) { TrainTaxi(state, false); }
void BM_TaxiFitWithAccuracyAndAuc(benchmark::State& state) { TrainTaxi(state, true); }
BENCHMARK(BM_TaxiFit)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
BENCHMARK(BM_TaxiFitWithAccuracyAndAuc)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace keras
