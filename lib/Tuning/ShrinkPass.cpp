// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-shrink: mase::shrink on the IR.
#include "SamplesPass.h"
#include "ShrinkIR.h"

#include "mase/Support/AtomicFile.h"
#include "mase/Support/Termination.h"
#include "mase/Tuning/Passes.h"

#include "llvm/Support/Path.h"

namespace mase {
#define GEN_PASS_DEF_MASESHRINKPASS
#include "mase/Tuning/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

/// What people ask for: HGQ's published points are among them. Of other costs
/// ten times as much, too.
constexpr int64_t kStops[] = {40000, 20000, 13000, 7000, 4000, 2500, 1500};

using Cost = ShrinkOptions::Cost;

StringRef nameOf(Cost cost) {
  switch (cost) {
  case Cost::EffectiveBitOperations:
    return "effective bit operations";
  case Cost::BitOperations:
    return "bit operations";
  case Cost::PackedBytes:
    return "bytes";
  case Cost::Macs:
    return "multiplications";
  }
  return "";
}

struct ShrinkPass : SamplesPass<mase::impl::MaseShrinkPassBase<ShrinkPass>> {
  using SamplesPass::SamplesPass;

protected:
  LogicalResult run() override {
    ShrinkOptions options;
    if (failed(read(options)))
      return failure();
    FailureOr<Start> input = readStart(/*takesOpenFormats=*/false);
    if (failed(input))
      return failure();
    auto &[network, original, samples] = *input;
    x = samples.x;
    completeOptions(network, options);
    // The float parameters are to be known after it, too.
    bool isFloat = llvm::none_of(network.precisions(), isQuantized);
    if (!network.isRecorded())
      network.record(samples.x,
                     isFloat ? kShrinkingCalibration : "rounding=nearest");
    Network start = network.network();
    std::vector<LayerPrecision> precisions = network.precisions();
    if (isFloat) {
      absl::StatusOr<Calibration> calibrated =
          calibrateToShrink(start, samples.x, options);
      if (!calibrated.ok())
        return fail(calibrated.status());
      start = calibrated->network;
      precisions = calibrated->precisions;
    }
    InterruptScope scope;
    if (scope.isOutermost())
      options.interrupt = &InterruptScope::stop();
    absl::StatusOr<Shrinkage> result =
        shrink(original, start, precisions, samples.x, options);
    if (!result.ok())
      return fail(result.status());
    warn(result->warnings);
    distance = result->distance == Distance::SquaredError ? "squared error"
                                                          : "divergence";
    remark(Twine(samples.samples) + " samples: " + Twine(result->costBefore) +
           " " + nameOf(metric) + ", " + distance + " " +
           small(result->divergenceBefore));
    if (result->least)
      return fail("expected a budget that can be met, found " + Twine(budget) +
                  ": the least that was reached is " + Twine(*result->least));
    const ShrunkNetwork &last = result->networks.back();
    ArrayRef<ShrunkNetwork> within(result->networks);
    for (const ShrunkNetwork &shrunk :
         result->isPartial ? within.drop_back() : within)
      if (failed(report(shrunk)))
        return failure();
    if (result->isPartial)
      warn("interrupted: the network is partial, with " +
           std::to_string(last.cost) + " " + nameOf(metric).str() +
           " where at most " + std::to_string(last.budget) + " were wanted");
    return writeShrunk(network, last, x);
  }

private:
  LogicalResult read(ShrinkOptions &options) {
    if (failed(choose("cost", cost, shrinkCosts(), metric)) ||
        failed(choose<ShrinkOptions::Effort>(
            "effort", effort,
            {{"fast", ShrinkOptions::Effort::Fast},
             {"full", ShrinkOptions::Effort::Full}},
            options.effort)) ||
        failed(choose<std::optional<Distance>>(
            "loss", loss,
            {{"auto", std::nullopt},
             {"divergence", Distance::Divergence},
             {"squared_error", Distance::SquaredError}},
            options.distance)))
      return failure();
    if (starts < 0)
      return fail("expected starts of at least 1, or 0, found " +
                  Twine(starts));
    if (budget < 0)
      return fail("expected budget=N of at least 0, found " +
                  (budget == -1 ? Twine("none") : Twine(budget)));
    options.cost = metric;
    options.budget = budget;
    options.units = units;
    options.starts = int(std::min<int64_t>(starts, INT_MAX));
    if (getContext().isMultithreadingEnabled())
      options.jobs = int(getContext().getNumThreads());
    for (int64_t stop : kStops) {
      options.stops.push_back(stop);
      if (metric != Cost::EffectiveBitOperations)
        options.stops.push_back(10 * stop);
    }
    options.seed = uint64_t(std::max<int64_t>(seed, 0));
    return success();
  }

  /// Says what a network is like, and writes it where the user wants it.
  LogicalResult report(const ShrunkNetwork &shrunk) {
    remark("within " + Twine(shrunk.budget) + ": " + Twine(shrunk.cost) + " " +
           nameOf(metric) + ", " + distance + " " + small(shrunk.divergence) +
           ", " + Twine(shrunk.zeroWeights) + " of " + Twine(shrunk.weights) +
           " weights 0, " + Twine(shrunk.liveUnits) + " of " +
           Twine(shrunk.units) + " units, inputs of " +
           llvm::formatv("{0:F1}", shrunk.meanWidth).str() + " bits");
    if (path.empty())
      return success();
    OwningOpRef<ModuleOp> module(cast<ModuleOp>(getOperation()->clone()));
    FailureOr<CalibratedNetwork> network = CalibratedNetwork::read(*module);
    if (failed(network))
      return failure();
    if (failed(writeShrunk(*network, shrunk, x)))
      return failure();
    llvm::SmallString<128> file(path);
    llvm::sys::path::append(file, cost + "_" + Twine(shrunk.budget) + ".mlir");
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os);
    absl::Status status =
        writeFile(file, text, AtomicFileOptions{/*createDirectories=*/true});
    return status.ok() ? success() : fail(status);
  }

  static std::string small(double x) {
    return llvm::formatv("{0:F5}", std::max(x, 0.0)).str();
  }

  ArrayRef<float> x; ///< samples
  Cost metric = Cost::EffectiveBitOperations;
  StringRef distance; ///< what that of answers is called
};

} // namespace
