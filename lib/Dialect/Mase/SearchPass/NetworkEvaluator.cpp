// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Joins Evaluate to Search.
#include "NetworkEvaluator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
NetworkEvaluator::create(const PrecisionSpace &space, NetworkFromIR network,
                         absl::Span<const float> x,
                         absl::Span<const int32_t> labels, double compareTo) {
  std::shared_ptr<NetworkEvaluator> result(new NetworkEvaluator);
  result->space = &space;
  result->compareTo = compareTo;
  result->numSteps = network.layers.size();
  Evaluator::Options options;
  options.choices.resize(result->numSteps);
  for (const LayerKnobs &layer : space.layers) {
    mlir::Operation *op = layer.operation();
    auto it = llvm::find(network.layers, op);
    int step =
        it == network.layers.end() ? -1 : int(it - network.layers.begin());
    result->stepOf.push_back(step);
    if (step < 0)
      continue;
    for (const LayerChoice &choice : layer.choices)
      options.choices[step].push_back(
          choice.illegal.empty() ? choice.formats : LayerPrecision());
  }
  mlir::Operation *anyLayer = space.layers.front().operation();
  anyLayer->getParentOfType<ModuleOp>()->walk([&](LayerOpInterface op) {
    if (!isa<QuantizableOpInterface>(*op))
      result->fixedCost.add(getLayerCost(op, PrecisionAttr()));
  });
  auto evaluator = Evaluator::create(std::move(network.network),
                                     std::move(options), x, labels);
  if (!evaluator.ok())
    return evaluator.status();
  result->evaluator = *std::move(evaluator);
  return result;
}

ArrayRef<MetricInfo> NetworkEvaluator::metrics() const {
  static const MetricInfo infos[] = {
      {"loss", MetricGroup::Software},
      {"accuracy", MetricGroup::Software},
      {"accuracy_micro", MetricGroup::Software},
      {"average_bitwidth", MetricGroup::Hardware},
      {"memory_density", MetricGroup::Hardware},
      {"average_bitwidth_all", MetricGroup::Hardware},
      {"model_bytes", MetricGroup::Hardware}};
  return infos;
}

void NetworkEvaluator::addCosts(const Point &point,
                                std::vector<double> &values) const {
  NetworkCost total = fixedCost;
  for (const LayerKnobs &layer : space->layers)
    total.add(layer.choices[layer.choiceAt(point)].cost);
  values.push_back(total.averageBitwidth());
  values.push_back(compareTo / total.averageBitwidth());
  values.push_back(total.averageBitwidthAll());
  values.push_back(double(total.packedBytes));
}

void NetworkEvaluator::evaluateBatch(const EvaluationContext &,
                                     ArrayRef<TrialRequest> trials,
                                     MutableArrayRef<TrialResult> results) {
  std::vector<Assignment> assignments;
  std::vector<size_t> evaluated;
  assignments.reserve(trials.size());
  for (auto [i, trial] : llvm::enumerate(trials)) {
    Assignment assignment(numSteps, 0);
    const std::string *illegal = nullptr;
    for (auto [layer, step] : llvm::zip_equal(space->layers, stepOf)) {
      size_t choice = layer.choiceAt(*trial.point);
      if (!layer.choices[choice].illegal.empty())
        illegal = &layer.choices[choice].illegal;
      if (step >= 0)
        assignment[step] = uint32_t(choice);
    }
    if (illegal) {
      results[i] = TrialResult::failure(*illegal);
      continue;
    }
    evaluated.push_back(i);
    assignments.push_back(std::move(assignment));
  }
  std::vector<Metrics> metrics = evaluator->evaluate(assignments);
  for (auto [i, m] : llvm::zip_equal(evaluated, metrics)) {
    results[i].metrics = {m.loss, m.accuracy, m.accuracyMicro};
    addCosts(*trials[i].point, results[i].metrics);
  }
}
