// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Joins Evaluate to Search.
#include "NetworkEvaluator.h"

#include "mase/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

CostEvaluator::CostEvaluator(const PrecisionSpace &space, func::FuncOp function,
                             double compareTo)
    : space(space), compareTo(compareTo),
      list(/*isBinary=*/false, [](const NetworkMetric &metric) {
        return metric.source == MetricSource::Cost ||
               metric.source == MetricSource::Parameters;
      }) {
  function->walk([&](LayerOpInterface op) {
    if (!isa<QuantizableOpInterface>(*op))
      fixed += LayerCosts(op).in(PrecisionAttr());
  });
  activations = Activations::create(function);
  if (activations)
    for (mlir::Operation *op : activations->layers()) {
      auto layer = llvm::find_if(space.layers, [&](const LayerKnobs &layer) {
        return layer.operation() == op;
      });
      activationLayers.push_back(
          layer == space.layers.end() ? -1 : int(layer - space.layers.begin()));
    }
}

Measured CostEvaluator::measure(const Point &point) const {
  NetworkCost total{fixed, std::nullopt};
  SmallVector<const LayerChoice *, 16> choices;
  for (const LayerKnobs &layer : space.layers) {
    choices.push_back(&layer.choices[layer.choiceAt(point)]);
    total += choices.back()->cost;
  }
  if (activations) {
    SmallVector<ActivationFormats, 16> formats;
    for (int layer : activationLayers)
      formats.push_back(layer < 0 ? ActivationFormats()
                                  : choices[layer]->activations);
    total.activationBytes = activations->largestBytes(formats);
  }
  return {.cost = total, .compareTo = compareTo};
}

absl::Status CostEvaluator::checkLegal(const Point &point) const {
  for (const LayerKnobs &layer : space.layers)
    if (const LayerChoice &choice = layer.choices[layer.choiceAt(point)];
        !choice.illegal.ok())
      return choice.illegal;
  return absl::OkStatus();
}

std::vector<double> CostEvaluator::staticMetrics(const Point &point) const {
  return list.values(measure(point));
}

void CostEvaluator::evaluateBatch(const EvaluationContext &,
                                  ArrayRef<TrialRequest> trials,
                                  MutableArrayRef<TrialResult> results) {
  for (auto [trial, result] : llvm::zip_equal(trials, results))
    if (absl::Status status = checkLegal(*trial.point); !status.ok())
      result = TrialResult::failure(messageOf(status));
    else
      result.metrics = staticMetrics(*trial.point);
}

NetworkEvaluator::NetworkEvaluator(const PrecisionSpace &space,
                                   func::FuncOp function, MetricList list,
                                   double compareTo)
    : list(std::move(list)), space(space), costs(space, function, compareTo) {}

absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
NetworkEvaluator::create(const PrecisionSpace &space, func::FuncOp function,
                         NetworkFromIR network, const Dataset &dataset,
                         absl::Span<const float> target, double compareTo,
                         std::optional<CalibrationSource> calibration) {
  MetricList list(network.network.output().isBinary(),
                  [&](const NetworkMetric &metric) {
                    switch (metric.source) {
                    case MetricSource::Results:
                      return dataset.labelled;
                    case MetricSource::Comparison:
                      return calibration || !target.empty();
                    default:
                      return metric.source == MetricSource::Cost ||
                             metric.source == MetricSource::Parameters;
                    }
                  });
  std::shared_ptr<NetworkEvaluator> result(
      new NetworkEvaluator(space, function, std::move(list), compareTo));
  result->numSteps = network.layers.size();
  std::vector<std::vector<LayerPrecision>> choices(result->numSteps);
  double macs = 0;
  for (const LayerKnobs &layer : space.layers) {
    mlir::Operation *op = layer.operation();
    auto it = llvm::find(network.layers, op);
    int step =
        it == network.layers.end() ? -1 : int(it - network.layers.begin());
    result->stepOf.push_back(step);
    std::vector<ParameterBits> &bits = result->openBits.emplace_back();
    if (step < 0)
      continue;
    macs += double(layer.choices.front().cost.macs);
    for (const LayerChoice &choice : layer.choices) {
      choices[step].push_back(choice.illegal.ok() ? choice.formats
                                                  : LayerPrecision());
      bits.push_back(
          parameterBitsOf(network.network.steps[step], choice.formats));
    }
  }
  // A trial that shares nothing with the one before it, as measured on an
  // AVX-512 machine; half of that or twice as much is near enough.
  constexpr double kMacsPerSecond = 1e11, kSamplesPerSecond = 1.2e8;
  result->samples = dataset.samples;
  result->seconds = 5e-6 + double(dataset.samples) *
                               (macs / kMacsPerSecond + 1 / kSamplesPerSecond);
  if (calibration) {
    // Sums over the samples for each Linear, and errors fed back.
    constexpr double kCalibratedMacsPerSecond = 2e10;
    result->seconds += 5e-5 + double(calibration->x.size()) /
                                  double(network.network.inFeatures) * macs /
                                  kCalibratedMacsPerSecond;
    TrialCalibrator::Options options;
    options.choices = std::move(choices);
    options.maxBytes = calibration->maxBytes;
    absl::Span<const int32_t> labels = dataset.labels;
    auto calibrator = TrialCalibrator::create(
        std::move(network.network), std::move(options), calibration->x,
        dataset.x, dataset.labelled ? labels : labels.subspan(0, 0));
    if (!calibrator.ok())
      return calibrator.status();
    result->calibrator = *std::move(calibrator);
    return result;
  }
  auto evaluator =
      Evaluator::create(std::move(network.network),
                        {.choices = std::move(choices), .target = target},
                        dataset.x, dataset.labels);
  if (!evaluator.ok())
    return evaluator.status();
  result->evaluator = *std::move(evaluator);
  return result;
}

std::vector<double> NetworkEvaluator::staticMetrics(const Point &point) const {
  std::vector<double> values = list.values(costs.measure(point));
  if (calibrator)
    for (auto [metric, value] : llvm::zip_equal(list.metrics(), values))
      if (metric->source == MetricSource::Parameters)
        value = std::nan("");
  return values;
}

Assignment NetworkEvaluator::assignmentOf(const Point &point) const {
  Assignment assignment(numSteps, 0);
  for (auto [layer, step] : llvm::zip_equal(space.layers, stepOf))
    if (step >= 0)
      assignment[step] = uint32_t(layer.choiceAt(point));
  return assignment;
}

/// `cost`, with other bits for the parameters of a layer (of which MASE counts
/// the weights where it `isCounted`).
static void setParameterBits(Cost &cost, bool isCounted,
                             const ParameterBits &before,
                             const ParameterBits &after) {
  for (auto [was, is] : {std::pair(before.weight, after.weight),
                         std::pair(before.bias, after.bias)}) {
    cost.parameterBits += is - was;
    cost.packedBytes += int64_t(llvm::divideCeil(uint64_t(is), 8)) -
                        int64_t(llvm::divideCeil(uint64_t(was), 8));
  }
  if (isCounted)
    cost.maseWeightBits += after.weight - before.weight;
}

void NetworkEvaluator::evaluateBatch(const EvaluationContext &context,
                                     ArrayRef<TrialRequest> trials,
                                     MutableArrayRef<TrialResult> results) {
  std::vector<Assignment> assignments;
  std::vector<size_t> evaluated;
  assignments.reserve(trials.size());
  for (auto [i, trial] : llvm::enumerate(trials)) {
    if (absl::Status status = costs.checkLegal(*trial.point); !status.ok()) {
      results[i] = TrialResult::failure(messageOf(status));
      continue;
    }
    evaluated.push_back(i);
    assignments.push_back(assignmentOf(*trial.point));
  }
  if (context.isHopeless)
    return evaluateUnlessHopeless(context.isHopeless, trials, assignments,
                                  evaluated, results);
  auto set = [&](size_t i, const Measured &measured) {
    results[i].metrics = list.values(measured);
    results[i].errors = list.errors(measured);
  };
  if (calibrator) {
    for (auto [i, r] :
         llvm::zip_equal(evaluated, calibrator->evaluate(assignments))) {
      Measured measured = costs.measure(*trials[i].point);
      measured.results = r.metrics.value_or(Metrics());
      measured.results->crossEntropy = r.lossToFloat;
      for (auto [layer, step, bits] :
           llvm::zip_equal(space.layers, stepOf, openBits)) {
        if (step < 0)
          continue;
        size_t choice = layer.choiceAt(*trials[i].point);
        setParameterBits(*measured.cost,
                         layer.choices[choice].cost.maseWeights > 0,
                         bits[choice], r.parameterBits[step]);
      }
      measured.cost->ebops = r.effectiveBitOperations;
      set(i, measured);
    }
    return;
  }
  std::vector<Metrics> metrics = evaluator->evaluate(assignments);
  for (auto [i, m] : llvm::zip_equal(evaluated, metrics)) {
    Measured measured = costs.measure(*trials[i].point);
    measured.results = m;
    set(i, measured);
  }
}

void NetworkEvaluator::evaluateUnlessHopeless(
    IsHopeless isHopeless, ArrayRef<TrialRequest> trials,
    ArrayRef<Assignment> assignments, ArrayRef<size_t> evaluated,
    MutableArrayRef<TrialResult> results) {
  std::vector<Measured> measured;
  for (size_t i : evaluated)
    measured.push_back(costs.measure(*trials[i].point));
  std::vector<int64_t> seen(assignments.size());
  auto mayDrop = [&](size_t t, const Metrics &best) {
    Measured hoped = measured[t];
    hoped.results = best;
    std::vector<double> low = list.values(hoped), high = low;
    // Results may come to be worse than that, costs are known.
    for (auto [metric, least, most] :
         llvm::zip_equal(list.metrics(), low, high))
      if (takesData(metric->source))
        (metric->direction == Direction::Minimize ? most : least) =
            metric->direction == Direction::Minimize ? HUGE_VAL : 0.0;
    return isHopeless(low, high);
  };
  std::vector<std::optional<Metrics>> metrics =
      evaluator->evaluate(assignments, mayDrop, absl::MakeSpan(seen));
  for (auto [t, i] : llvm::enumerate(evaluated)) {
    TrialResult &result = results[i];
    measured[t].results = metrics[t];
    result.metrics = list.values(measured[t]);
    if (metrics[t]) {
      result.errors = list.errors(measured[t]);
    } else {
      result.state = TrialState::Pruned;
      result.reason = "hopeless after " + std::to_string(seen[t]) + " of " +
                      std::to_string(samples) + " samples";
    }
    samplesSeen += uint64_t(seen[t]);
    samplesWanted += uint64_t(samples);
  }
}
