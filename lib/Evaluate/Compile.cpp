// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From steps and choices to nodes and plans.
#include "Compiled.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace mase {
namespace {

using Format = std::optional<FixedPointFormat>;

auto orderOf(const Format &f) {
  return f ? std::tuple(true, f->width, f->fracWidth, f->isSigned, f->rounding)
           : std::tuple(false, 0, 0, false, Rounding::NearestEven);
}

auto orderOf(const LayerPrecision &p) {
  return std::tuple(orderOf(p.dataIn), orderOf(p.weight), orderOf(p.bias),
                    orderOf(p.dataOut));
}

/// Numbers values in the order in which they come up, in logarithmic time each:
/// a step may have a million precisions.
template <typename Key> class Numbering {
public:
  /// The number of `key`, and whether it is new.
  std::pair<size_t, bool> operator()(Key key) {
    auto [it, isNew] = numbers.try_emplace(std::move(key), numbers.size());
    return {it->second, isNew};
  }

private:
  std::map<Key, size_t> numbers;
};

using FormatKey = decltype(orderOf(Format()));

void rankChoices(StepPlans &plans, const std::vector<LayerPrecision> &choices) {
  auto less = [](const LayerPrecision &a, const LayerPrecision &b) {
    return orderOf(a) < orderOf(b);
  };
  plans.precisions = choices;
  if (plans.precisions.empty())
    plans.precisions.emplace_back();
  std::sort(plans.precisions.begin(), plans.precisions.end(), less);
  plans.precisions.erase(
      std::unique(plans.precisions.begin(), plans.precisions.end()),
      plans.precisions.end());
  for (const LayerPrecision &choice : choices)
    plans.rankOfChoice.push_back(
        uint32_t(std::lower_bound(plans.precisions.begin(),
                                  plans.precisions.end(), choice, less) -
                 plans.precisions.begin()));
  if (choices.empty())
    plans.rankOfChoice.push_back(0);
}

/// The form in which `plan` wants a value.
Form formFor(const LinearPlan &plan) {
  Form form;
  if (plan.dataIn)
    form.format = *plan.dataIn;
  switch (plan.mode) {
  case SumMode::Bytes:
    form.kind = Form::Kind::Bytes;
    break;
  case SumMode::Exact64:
  case SumMode::Integer:
    form.kind = Form::Kind::Rounded64;
    break;
  case SumMode::Float:
    if (!plan.dataIn)
      break;
    [[fallthrough]];
  case SumMode::Exact32:
    form.kind = Form::Kind::Rounded;
  }
  return form;
}

/// The index of `form` among those of `node`, which it joins if it is new.
int addForm(Node &node, const Form &form) {
  auto it = std::find(node.forms.begin(), node.forms.end(), form);
  int index = int(it - node.forms.begin());
  if (it == node.forms.end())
    node.forms.push_back(form);
  return index;
}

class Compiler {
public:
  Compiler(Compiled &result, const Evaluator::Options &options)
      : result(result), options(options) {}

  void run() {
    Network &network = result.network;
    size_t steps = network.steps.size();
    result.plans.resize(steps);
    for (size_t k = 0; k < steps; ++k) {
      StepPlans &plans = result.plans[k];
      rankChoices(plans, options.choices.empty() ? std::vector<LayerPrecision>{}
                                                 : options.choices[k]);
      if (plans.precisions.size() > 1) {
        plans.column = int(result.columns.size());
        result.columns.push_back(int(k));
      }
    }
    countReaders();
    Node input;
    input.rows = network.inFeatures;
    result.nodes.push_back(std::move(input));
    for (size_t k = 0; k < steps; ++k)
      addStep(int(k));
    result.firstNode = result.nodeOfStep;
    for (size_t k = steps; k-- > 1;)
      result.firstNode[k - 1] =
          std::min(result.firstNode[k - 1], result.firstNode[k]);
    for (Node &node : result.nodes)
      node.positive = endsInRelu(node);
    for (size_t k = 0; k < steps; ++k)
      if (network.steps[k].kind == Step::Kind::Linear)
        planSum(int(k));
      else
        planElementwise(result.plans[k]);
  }

private:
  void countReaders() {
    readers.assign(result.network.steps.size() + 1, 0);
    for (const Step &step : result.network.steps) {
      ++readers[size_t(step.input + 1)];
      if (readsOther(step))
        ++readers[size_t(step.rhs + 1)];
    }
  }

  static bool readsOther(const Step &step) {
    return !step.rhsIsConstant &&
           (step.kind == Step::Kind::Add || step.kind == Step::Kind::Sub ||
            step.kind == Step::Kind::Mul);
  }

  static bool isSoftmax(const Step &step) {
    return step.kind == Step::Kind::Softmax ||
           step.kind == Step::Kind::LogSoftmax;
  }

  void addStep(int k) {
    const Step &step = result.network.steps[size_t(k)];
    int from = result.nodeOfValue(step.input);
    Node &producer = result.nodes[size_t(from)];
    bool fuses =
        (step.kind == Step::Kind::Affine || step.kind == Step::Kind::Relu ||
         step.kind == Step::Kind::Sigmoid || step.rhsIsConstant) &&
        (producer.kind == Node::Kind::Sum ||
         producer.kind == Node::Kind::Value) &&
        step.kind != Step::Kind::Linear && !isSoftmax(step) &&
        readers[size_t(step.input + 1)] == 1;
    if (fuses) {
      producer.steps.push_back(k);
      result.nodeOfStep.push_back(from);
      return;
    }
    Node node;
    node.kind = step.kind == Step::Kind::Linear ? Node::Kind::Sum
                : isSoftmax(step)               ? Node::Kind::Softmax
                                                : Node::Kind::Value;
    node.input = from;
    node.rows = step.outFeatures;
    node.steps = {k};
    if (readsOther(step))
      node.others = {result.nodeOfValue(step.rhs)};
    if (step.kind == Step::Kind::Linear)
      producer.linearReaders.push_back(k);
    result.nodeOfStep.push_back(int(result.nodes.size()));
    result.nodes.push_back(std::move(node));
  }

  bool endsInRelu(const Node &node) const {
    if (node.steps.empty())
      return false;
    size_t last = size_t(node.steps.back());
    if (result.network.steps[last].kind != Step::Kind::Relu)
      return false;
    const auto &precisions = result.plans[last].precisions;
    return std::none_of(
        precisions.begin(), precisions.end(),
        [](const LayerPrecision &p) { return p.dataOut.has_value(); });
  }

  void planSum(int k) {
    const Step &step = result.network.steps[size_t(k)];
    StepPlans &plans = result.plans[size_t(k)];
    Node &input = result.nodes[size_t(result.nodeOfValue(step.input))];
    Numbering<FormatKey> weightFormats, biasFormats;
    Numbering<std::tuple<int, size_t, int>> productKeys;
    Numbering<std::tuple<int, size_t, int, size_t>> sumKeys;
    Numbering<std::tuple<size_t, bool, FormatKey>> chainKeys;
    std::map<std::pair<SumMode, FormatKey>, int> forms;
    for (const LayerPrecision &p : plans.precisions) {
      auto [w, newWeights] = weightFormats(orderOf(p.weight));
      if (newWeights)
        plans.weights.push_back(std::make_unique<WeightSet>(step, p.weight));
      size_t b = 0;
      if (!step.bias.empty()) {
        auto [number, newBias] = biasFormats(orderOf(p.bias));
        if (newBias)
          plans.biases.push_back(std::make_unique<BiasSet>(step, p.bias));
        b = number;
      }
      LinearPlan plan =
          planLinear(step, *plans.weights[w],
                     plans.biases.empty() ? nullptr : plans.biases[b].get(),
                     p.dataIn, result.kernels->linearBytes != nullptr);
      auto [known, newForm] =
          forms.try_emplace({plan.mode, orderOf(plan.dataIn)}, 0);
      if (newForm)
        known->second = addForm(input, formFor(plan));
      int form = known->second;
      input.rawIsRead |= form == 0;
      bool later = plan.addsBiasLater();
      plans.form.push_back(form);
      plans.productKey.push_back(
          uint32_t(productKeys({form, w, int(plan.mode)}).first));
      plans.sumKey.push_back(uint32_t(
          sumKeys({form, w, int(plan.mode), later ? 0 : b + 1}).first));
      plans.chainKey.push_back(uint32_t(
          chainKeys({later ? b + 1 : 0, later, orderOf(p.dataOut)}).first));
      plans.linear.push_back(std::move(plan));
    }
  }

  static void planElementwise(StepPlans &plans) {
    for (size_t rank = 0; rank < plans.precisions.size(); ++rank)
      plans.chainKey.push_back(uint32_t(rank));
  }

  Compiled &result;
  const Evaluator::Options &options;
  std::vector<int> readers; ///< of the input, then of each step's result
};

} // namespace

absl::StatusOr<std::unique_ptr<Compiled>>
compile(Network network, const Evaluator::Options &options,
        InstructionSet set) {
  if (absl::Status status = checkNetwork(network, options); !status.ok())
    return status;
  auto result = std::make_unique<Compiled>();
  result->network = std::move(network);
  result->kernels = &kernelsFor(set);
  Compiler(*result, options).run();
  return result;
}

} // namespace mase
