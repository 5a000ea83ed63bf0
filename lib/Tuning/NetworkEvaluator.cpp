// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Joins Evaluate to Search.
#include "NetworkEvaluator.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// The one software metric that is wanted small, in softwareMetrics(isBinary).
static constexpr size_t kLoss = 0;

ArrayRef<MetricInfo> mase::softwareMetrics(bool isBinary) {
  static const MetricInfo infos[] = {{"loss", MetricGroup::Software, "nats"},
                                     {"accuracy", MetricGroup::Software},
                                     {"accuracy_micro", MetricGroup::Software},
                                     {"auc", MetricGroup::Software}};
  return ArrayRef(infos).drop_back(isBinary ? 0 : 1);
}

std::vector<double> mase::softwareValues(const Metrics &metrics,
                                         bool isBinary) {
  std::vector<double> values = {metrics.loss, metrics.accuracy,
                                metrics.accuracyMicro};
  if (isBinary)
    values.push_back(metrics.auc.value_or(std::nan("")));
  return values;
}

std::vector<double> mase::softwareErrors(const Metrics &metrics,
                                         bool isBinary) {
  std::vector<double> errors = {std::nan(""), metrics.accuracyError,
                                metrics.accuracyMicroError};
  if (isBinary)
    errors.push_back(metrics.auc ? metrics.aucError : std::nan(""));
  return errors;
}

ArrayRef<MetricInfo> mase::costMetrics() {
  static const MetricInfo infos[] = {
      {"average_bitwidth", MetricGroup::Hardware, "bits"},
      {"memory_density", MetricGroup::Hardware},
      {"average_bitwidth_all", MetricGroup::Hardware, "bits"},
      {"model_bytes", MetricGroup::Hardware, "bytes"},
      {"activation_bytes", MetricGroup::Hardware, "bytes"},
      {"macs", MetricGroup::Hardware},
      {"flops", MetricGroup::Hardware},
      {"thop_flops", MetricGroup::Hardware},
      {"bitops", MetricGroup::Hardware},
      {"ebops", MetricGroup::Hardware}};
  return infos;
}

const MetricInfo &mase::parametersMetric() {
  static const MetricInfo info{"parameters", MetricGroup::Hardware};
  return info;
}

void mase::appendCosts(const NetworkCost &cost, double compareTo,
                       std::vector<double> &metrics) {
  double bitwidth = cost.averageBitwidth();
  llvm::append_range(
      metrics,
      ArrayRef<double>(
          {bitwidth, compareTo / bitwidth, cost.averageBits(),
           double(cost.packedBytes),
           cost.activationBytes ? double(*cost.activationBytes) : std::nan(""),
           double(cost.macs), double(cost.flops()), double(cost.thopFlops),
           double(cost.bitops), double(cost.ebops)}));
}

CostEvaluator::CostEvaluator(const PrecisionSpace &space, double compareTo)
    : space(space), compareTo(compareTo) {
  // Of the network alone: a module may hold other functions.
  auto function =
      space.layers.front().operation()->getParentOfType<func::FuncOp>();
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

ArrayRef<MetricInfo> CostEvaluator::metrics() const { return costMetrics(); }

void CostEvaluator::append(const Point &point,
                           std::vector<double> &metrics) const {
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
  appendCosts(total, compareTo, metrics);
}

const std::string *CostEvaluator::illegalReason(const Point &point) const {
  for (const LayerKnobs &layer : space.layers)
    if (const LayerChoice &choice = layer.choices[layer.choiceAt(point)];
        !choice.illegal.empty())
      return &choice.illegal;
  return nullptr;
}

std::vector<double> CostEvaluator::staticMetrics(const Point &point) const {
  std::vector<double> values;
  append(point, values);
  return values;
}

void CostEvaluator::evaluateBatch(const EvaluationContext &,
                                  ArrayRef<TrialRequest> trials,
                                  MutableArrayRef<TrialResult> results) {
  for (auto [trial, result] : llvm::zip_equal(trials, results))
    if (const std::string *reason = illegalReason(*trial.point))
      result = TrialResult::failure(*reason);
    else
      append(*trial.point, result.metrics);
}

NetworkEvaluator::NetworkEvaluator(const PrecisionSpace &space, bool isBinary,
                                   double compareTo)
    : infos(softwareMetrics(isBinary).vec()), isBinary(isBinary), space(space),
      costs(space, compareTo) {
  llvm::append_range(infos, costMetrics());
}

absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
NetworkEvaluator::create(const PrecisionSpace &space, NetworkFromIR network,
                         absl::Span<const float> x,
                         absl::Span<const int32_t> labels, double compareTo) {
  std::shared_ptr<NetworkEvaluator> result(new NetworkEvaluator(
      space, network.network.output().isBinary(), compareTo));
  result->numSteps = network.layers.size();
  Evaluator::Options options;
  options.choices.resize(result->numSteps);
  double macs = 0;
  for (const LayerKnobs &layer : space.layers) {
    mlir::Operation *op = layer.operation();
    auto it = llvm::find(network.layers, op);
    int step =
        it == network.layers.end() ? -1 : int(it - network.layers.begin());
    result->stepOf.push_back(step);
    if (step < 0)
      continue;
    macs += double(layer.choices.front().cost.macs);
    for (const LayerChoice &choice : layer.choices)
      options.choices[step].push_back(
          choice.illegal.empty() ? choice.formats : LayerPrecision());
  }
  // A trial that shares nothing with the one before it, as measured on an
  // AVX-512 machine; half of that or twice as much is near enough.
  constexpr double kMacsPerSecond = 1e11, kSamplesPerSecond = 1.2e8;
  result->samples = int64_t(labels.size());
  result->seconds = 5e-6 + double(labels.size()) *
                               (macs / kMacsPerSecond + 1 / kSamplesPerSecond);
  auto evaluator = Evaluator::create(std::move(network.network),
                                     std::move(options), x, labels);
  if (!evaluator.ok())
    return evaluator.status();
  result->evaluator = *std::move(evaluator);
  return result;
}

std::vector<double> NetworkEvaluator::staticMetrics(const Point &point) const {
  std::vector<double> values(softwareMetrics(isBinary).size(), std::nan(""));
  costs.append(point, values);
  return values;
}

void NetworkEvaluator::evaluateBatch(const EvaluationContext &context,
                                     ArrayRef<TrialRequest> trials,
                                     MutableArrayRef<TrialResult> results) {
  std::vector<Assignment> assignments;
  std::vector<size_t> evaluated;
  assignments.reserve(trials.size());
  for (auto [i, trial] : llvm::enumerate(trials)) {
    if (const std::string *reason = costs.illegalReason(*trial.point)) {
      results[i] = TrialResult::failure(*reason);
      continue;
    }
    Assignment assignment(numSteps, 0);
    for (auto [layer, step] : llvm::zip_equal(space.layers, stepOf))
      if (step >= 0)
        assignment[step] = uint32_t(layer.choiceAt(*trial.point));
    evaluated.push_back(i);
    assignments.push_back(std::move(assignment));
  }
  if (context.isHopeless)
    return evaluateUnlessHopeless(context.isHopeless, trials, assignments,
                                  evaluated, results);
  std::vector<Metrics> metrics = evaluator->evaluate(assignments);
  for (auto [i, m] : llvm::zip_equal(evaluated, metrics)) {
    results[i].metrics = softwareValues(m, isBinary);
    results[i].errors = softwareErrors(m, isBinary);
    costs.append(*trials[i].point, results[i].metrics);
  }
}

void NetworkEvaluator::evaluateUnlessHopeless(
    IsHopeless isHopeless, ArrayRef<TrialRequest> trials,
    ArrayRef<Assignment> assignments, ArrayRef<size_t> evaluated,
    MutableArrayRef<TrialResult> results) {
  std::vector<std::vector<double>> costOf(assignments.size());
  for (auto [i, cost] : llvm::zip_equal(evaluated, costOf))
    costs.append(*trials[i].point, cost);
  std::vector<int64_t> seen(assignments.size());
  auto mayDrop = [&](size_t t, const Metrics &best) {
    std::vector<double> low(softwareMetrics(isBinary).size(), 0.0),
        high = softwareValues(best, isBinary);
    std::swap(low[kLoss], high[kLoss]);
    high[kLoss] = HUGE_VAL;
    llvm::append_range(low, costOf[t]);
    llvm::append_range(high, costOf[t]);
    return isHopeless(low, high);
  };
  std::vector<std::optional<Metrics>> metrics =
      evaluator->evaluate(assignments, mayDrop, absl::MakeSpan(seen));
  for (auto [t, i] : llvm::enumerate(evaluated)) {
    TrialResult &result = results[i];
    if (const std::optional<Metrics> &m = metrics[t]) {
      result.metrics = softwareValues(*m, isBinary);
      result.errors = softwareErrors(*m, isBinary);
    } else {
      result.state = TrialState::Pruned;
      result.reason = "hopeless after " + std::to_string(seen[t]) + " of " +
                      std::to_string(samples) + " samples";
      result.metrics.assign(softwareMetrics(isBinary).size(), std::nan(""));
    }
    llvm::append_range(result.metrics, costOf[t]);
    samplesSeen += uint64_t(seen[t]);
    samplesWanted += uint64_t(samples);
  }
}
