// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-calibrate, --mase-equalize, --mase-refine and --mase-remove-units:
// lib/Calibrate on the IR.
#include "SamplesPass.h"

#include "mase/Calibrate/Equalize.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"
#include "mase/Tuning/Passes.h"

namespace mase {
#define GEN_PASS_DEF_MASECALIBRATEPASS
#define GEN_PASS_DEF_MASEEQUALIZEPASS
#define GEN_PASS_DEF_MASEREFINEPASS
#define GEN_PASS_DEF_MASEREMOVEUNITSPASS
#include "mase/Tuning/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

/// Those that choose what is open.
template <typename Base> struct ChoosingPass : SamplesPass<Base> {
  using SamplesPass<Base>::SamplesPass;

protected:
  LogicalResult options(CalibrationOptions &result) {
    using Options = CalibrationOptions;
    if (failed(this->template choose<Options::Range>(
            "range", this->range,
            {{"max", Options::Range::Max},
             {"percentile", Options::Range::Percentile},
             {"mse", Options::Range::SquaredError}},
            result.range)) ||
        failed(this->template choose<Options::WeightRounding>(
            "rounding", this->rounding,
            {{"nearest", Options::WeightRounding::Nearest},
             {"gptq", Options::WeightRounding::ErrorFeedback}},
            result.rounding)) ||
        failed(this->template choose<Options::Granularity>(
            "granularity", this->granularity,
            {{"tensor", Options::Granularity::Tensor},
             {"channel", Options::Granularity::Channel}},
            result.granularity)) ||
        failed(this->template choose<bool>(
            "grid", this->grid, {{"power_of_two", false}, {"free", true}},
            anyScale)))
      return failure();
    if (this->exponents < 0)
      return this->fail("expected exponents of at least 0, found " +
                        Twine(this->exponents));
    result.percentile = this->percentile;
    result.exponentPasses = int(this->exponents);
    return success();
  }

  /// The precisions of `network`, open as the options want them.
  std::vector<LayerPrecision> precisions(const CalibratedNetwork &network) {
    std::vector<LayerPrecision> result = network.precisions();
    if (!anyScale)
      return result;
    for (LayerPrecision &precision : result)
      for (OperandRole role : kAllRoles)
        if (precision[role] && (*precision[role])->open()) {
          OpenFormat format = *(*precision[role])->open();
          format.powerOfTwo = false;
          precision[role] = format;
        }
    return result;
  }

  /// Options as text, for the mase.calibration.
  std::string optionsText() {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << "range=" << this->range;
    if (this->range == "percentile")
      os << " percentile=" << this->percentile;
    os << " granularity=" << this->granularity << " grid=" << this->grid
       << " rounding=" << this->rounding << " exponents=" << this->exponents;
    return text;
  }

  static std::string lossText(const Calibration &calibration) {
    return SamplesPass<Base>::digits(calibration.lossToFloat) + ", of " +
           SamplesPass<Base>::digits(calibration.leastLoss) + " at least";
  }

  /// Of a network with an open format, on the samples.
  virtual LogicalResult run(CalibratedNetwork &network, const Dataset &samples,
                            const CalibrationOptions &options) = 0;

  LogicalResult run() final {
    CalibrationOptions chosen;
    if (failed(options(chosen)))
      return failure();
    FailureOr<CalibratedNetwork> network =
        CalibratedNetwork::read(this->getOperation());
    if (failed(network))
      return failure();
    if (!network->isOpen()) {
      warnNothingToDo(this->getOperation(), this->getArgument(),
                      "formats with frac_width = \"auto\" or scale = \"auto\"");
      return success();
    }
    FailureOr<Dataset> samples = this->read(network->function());
    if (failed(samples))
      return failure();
    return run(*network, *samples, chosen);
  }

private:
  bool anyScale = false;
};

struct CalibratePass
    : ChoosingPass<mase::impl::MaseCalibratePassBase<CalibratePass>> {
  using ChoosingPass::ChoosingPass;

protected:
  LogicalResult run(CalibratedNetwork &network, const Dataset &samples,
                    const CalibrationOptions &options) override {
    absl::StatusOr<Calibration> result =
        calibrate(network.network(), precisions(network), samples.x, options);
    if (!result.ok())
      return fail(result.status());
    warn(result->warnings);
    network.write(result->network, result->precisions);
    network.record(samples.x, optionsText());
    int64_t layers = llvm::count_if(result->precisions, isQuantized);
    remark(Twine(layers) + " layers on " + Twine(samples.samples) +
           " samples: cross-entropy against the float network " +
           lossText(*result));
    return success();
  }
};

struct EqualizePass
    : ChoosingPass<mase::impl::MaseEqualizePassBase<EqualizePass>> {
  using ChoosingPass::ChoosingPass;

protected:
  LogicalResult run(CalibratedNetwork &network, const Dataset &samples,
                    const CalibrationOptions &options) override {
    absl::StatusOr<Equalization> result =
        equalize(network.network(), precisions(network), samples.x, options);
    if (!result.ok())
      return fail(result.status());
    warn(result->calibration.warnings);
    int64_t moved = network.rescale(result->network, result->exponents);
    remark(Twine(moved) +
           " features rescaled: cross-entropy of the calibrated "
           "network against the float network " +
           lossText(result->calibration));
    return success();
  }
};

struct RefinePass : SamplesPass<mase::impl::MaseRefinePassBase<RefinePass>> {
  using SamplesPass::SamplesPass;

protected:
  LogicalResult run() override {
    if (passes < 1)
      return fail("expected passes of at least 1, found " + Twine(passes));
    FailureOr<Start> start = readStart(/*takesOpenFormats=*/false);
    if (failed(start))
      return failure();
    RefineOptions options;
    options.passes = int(passes);
    absl::StatusOr<Refinement> result =
        start->network.refine(start->original, start->samples.x, options);
    if (!result.ok())
      return fail(result.status());
    remark("moved weights " + Twine(result->movedWeights) +
           " times and biases " + Twine(result->movedBiases) + " times in " +
           Twine(result->passes) + " passes on " +
           Twine(start->samples.samples) +
           " samples: cross-entropy against the float network from " +
           digits(result->lossBefore) + " to " + digits(result->lossAfter));
    return success();
  }
};

struct RemoveUnitsPass
    : SamplesPass<mase::impl::MaseRemoveUnitsPassBase<RemoveUnitsPass>> {
  using SamplesPass::SamplesPass;

protected:
  LogicalResult run() override {
    FailureOr<Start> start = readStart(/*takesOpenFormats=*/true);
    if (failed(start))
      return failure();
    auto &[network, whole, samples] = *start;
    RemoveUnitsOptions options;
    options.maxDivergence = kl;
    options.precisions = network.precisions();
    for (bool removable : network.removable())
      options.keeps.push_back(!removable);
    absl::StatusOr<RemovedUnits> result =
        removeUnits(whole, samples.x, options);
    if (!result.ok())
      return fail(result.status());
    warn(result->warnings);
    if (result->units == 0) {
      warnNothingToDo(getOperation(), getArgument(),
                      "a linear or matmul whose results go to one other");
      return success();
    }
    if (failed(replace(network, *result, samples.x)))
      return failure();
    remark("removed " + Twine(result->removed) + " of " + Twine(result->units) +
           " units, " + Twine(result->macsBefore) +
           " multiplications a sample became " + Twine(result->macsAfter) +
           ": divergence " + digits(result->divergence) + " of " + digits(kl) +
           " nats on " + Twine(samples.samples) + " samples");
    return success();
  }

private:
  /// What calibration rounded is rounded again, to the same formats.
  LogicalResult replace(CalibratedNetwork &network, const RemovedUnits &smaller,
                        ArrayRef<float> x) {
    std::optional<std::string> calibrated = network.recordedOptions();
    network.remove(smaller);
    if (!calibrated)
      return success();
    FailureOr<CalibratedNetwork> rest = CalibratedNetwork::read(getOperation());
    if (failed(rest))
      return failure();
    absl::StatusOr<Calibration> rounded =
        calibrate(rest->network(), rest->precisions(), x, {});
    if (!rounded.ok())
      return fail(rounded.status());
    rest->write(rounded->network, rounded->precisions);
    rest->record(x, *calibrated);
    return success();
  }
};

} // namespace
