// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Timing networks on the cpu engine, one by one.
#include "LatencyEvaluator.h"

#include "mase/Execution/Engine.h"
#include "mase/Support/Error.h"
#include "mase/Tuning/ErrorCollector.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <mutex>

using namespace mlir;
using namespace mase;

/// Seconds that `run` takes.
template <typename Run> static double timeOf(Run run) {
  auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Nanoseconds a sample of `engine`.
static absl::StatusOr<double> timeEngine(Engine &engine,
                                         const ErrorCollector &errors) {
  constexpr int64_t kSamples = 1000;
  constexpr size_t kRepeats = 15;
  constexpr double kShortest = 1e-4; // of a repeat, in seconds
  // The time does not depend on the values; these are spread over [-2, 2).
  std::vector<float> x(size_t(kSamples * engine.getInputSize())),
      y(size_t(kSamples * engine.getOutputSize()));
  for (auto [i, value] : llvm::enumerate(x))
    value = float(int32_t(uint32_t(i) * 2654435761u)) * 0x1p-30f;
  bool ran = true;
  auto run = [&] { ran &= succeeded(engine.run(x, kSamples, y)); };
  run(); // caches
  int loops = 1;
  for (double once = timeOf(run); ran && once * loops < kShortest;)
    loops *= 2;
  std::vector<double> times;
  for (size_t i = 0; ran && i < kRepeats; ++i)
    times.push_back(timeOf([&] {
      for (int loop = 0; loop < loops; ++loop)
        run();
    }));
  if (!ran)
    return errors.status();
  std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
  return times[kRepeats / 2] * 1e9 / (double(loops) * double(kSamples));
}

absl::StatusOr<double>
mase::measureLatency(function_ref<absl::StatusOr<ModuleOp>()> make) {
  static std::mutex oneAtATime;
  std::lock_guard lock(oneAtATime);
  absl::StatusOr<ModuleOp> module = make();
  if (!module.ok())
    return module.status();
  ErrorCollector errors(module->getContext());
  FailureOr<std::unique_ptr<Engine>> engine =
      createEngine(EngineKind::Cpu, *module);
  if (failed(engine))
    return errors.status();
  return timeEngine(**engine, errors);
}

double mase::latencySeconds(double macs) {
  // Passes and the compiler, then the runs (jsc-new: 60 ms, 14 ns a sample).
  return 4e-2 + macs * 2e-5 + 16e3 * macs * 1.5e-11;
}

LatencyEvaluator::LatencyEvaluator(const SearchSetup &setup, ModuleOp module)
    : list(/*isBinary=*/false,
           [](const NetworkMetric &metric) {
             return metric.source == MetricSource::Clock;
           }),
      networks(setup), network(module.clone()) {
  eraseConfigurations(*network);
  double macs = 0;
  for (const LayerKnobs &layer : setup.space.layers)
    macs += double(layer.choices.front().cost.macs);
  seconds = latencySeconds(macs);
}

void LatencyEvaluator::evaluateBatch(const EvaluationContext &,
                                     ArrayRef<TrialRequest> trials,
                                     MutableArrayRef<TrialResult> results) {
  for (auto [trial, result] : llvm::zip_equal(trials, results)) {
    OwningOpRef<ModuleOp> module;
    absl::StatusOr<double> latency =
        measureLatency([&]() -> absl::StatusOr<ModuleOp> {
          module = network->clone();
          if (auto put = networks.put(*trial.point, *module); !put.ok())
            return put.status();
          return *module;
        });
    if (latency.ok())
      result.metrics = list.values({.latency = *latency});
    else
      result = TrialResult::failure(messageOf(latency.status()));
  }
}

TrialResult LatencyEvaluator::evaluateFromScratch(const TrialRequest &) {
  return TrialResult();
}
