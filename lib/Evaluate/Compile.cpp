// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From steps and choices to nodes and plans.
#include "Compiled.h"

#include "mase/Numerics/WordOrder.h"

#include "absl/container/flat_hash_map.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>

namespace mase {
namespace {

using Format = std::optional<NumberFormat>;

/// Small numbers for formats, in the order in which they come up; 0 for none.
class FormatNumbers {
public:
  int operator()(const Format &format) {
    if (!format)
      return 0;
    // Most often the very same object.
    auto [it, isNew] = byModel.try_emplace(&**format, 0);
    if (isNew)
      it->second = byText.try_emplace(format->text(), int(byText.size()) + 1)
                       .first->second;
    return it->second;
  }
  std::array<int, kNumRoles> operator()(const LayerPrecision &p) {
    std::array<int, kNumRoles> result;
    for (OperandRole role : kAllRoles)
      result[size_t(role)] = (*this)(p[role]);
    return result;
  }

private:
  absl::flat_hash_map<const NumberFormat::Model *, int> byModel;
  absl::flat_hash_map<std::string, int> byText;
};

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

void rankChoices(StepPlans &plans, const std::vector<LayerPrecision> &choices,
                 FormatNumbers &numbers) {
  using Key = std::array<int, kNumRoles>;
  std::vector<Key> keys;
  for (const LayerPrecision &choice : choices)
    keys.push_back(numbers(choice));
  std::vector<size_t> order(choices.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(keys[a], a) < std::tie(keys[b], b);
  });
  plans.rankOfChoice.resize(std::max<size_t>(choices.size(), 1));
  const Key *last = nullptr;
  for (size_t i : order) {
    if (!last || keys[i] != *last)
      plans.precisions.push_back(choices[i]);
    last = &keys[i];
    plans.rankOfChoice[i] = uint32_t(plans.precisions.size() - 1);
  }
  if (choices.empty())
    plans.precisions.emplace_back();
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
  case SumMode::Steps64:
  case SumMode::Steps:
    form = Form();
    form.kind = Form::Kind::Steps;
    form.any = plan.data;
    form.shift = plan.steps->inputShift;
    break;
  case SumMode::Float:
    if (!plan.data)
      break;
    if (!plan.dataIn) {
      form.kind = Form::Kind::RoundedAny;
      form.any = plan.data;
      break;
    }
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
      rankChoices(plans,
                  options.choices.empty() ? std::vector<LayerPrecision>{}
                                          : options.choices[k],
                  numbers);
      planRoundings(plans, network.steps[k]);
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
    for (Node &node : result.nodes)
      packBytes(node);
    for (size_t k = 0; k < steps; ++k)
      if (result.plans[k].precisions.size() > 1) {
        result.plans[k].column = int(result.columns.size());
        result.columns.push_back(int(k));
      }
  }

private:
  void countReaders() {
    readers.assign(result.network.steps.size() + 1, 0);
    for (const Step &step : result.network.steps)
      for (int value : step.operands())
        ++readers[size_t(value) + 1];
  }

  void addStep(int k) {
    const Step &step = result.network.steps[size_t(k)];
    int from = result.nodeOfValue(step.input);
    Node &producer = result.nodes[size_t(from)];
    bool fuses = step.kind != Step::Kind::Linear && !step.isOfSample() &&
                 !step.readsOther() &&
                 (producer.kind == Node::Kind::Sum ||
                  producer.kind == Node::Kind::Value) &&
                 readers[size_t(step.input) + 1] == 1;
    if (fuses) {
      producer.steps.push_back(k);
      result.nodeOfStep.push_back(from);
      return;
    }
    Node node;
    node.kind = step.kind == Step::Kind::Linear ? Node::Kind::Sum
                : step.isOfSample()             ? Node::Kind::Sample
                                                : Node::Kind::Value;
    node.input = from;
    node.rows = step.outFeatures;
    node.steps = {k};
    std::vector<int> operands = step.operands();
    for (size_t i = 1; i < operands.size(); ++i)
      node.others.push_back(result.nodeOfValue(operands[i]));
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
    return std::none_of(precisions.begin(), precisions.end(),
                        [](const LayerPrecision &p) {
                          return p[OperandRole::DataOut].has_value();
                        });
  }

  void planSum(int k) {
    const Step &step = result.network.steps[size_t(k)];
    StepPlans &plans = result.plans[size_t(k)];
    Node &input = result.nodes[size_t(result.nodeOfValue(step.input))];
    Numbering<int> weightFormats, biasFormats;
    Numbering<std::vector<uint32_t>> weightValues, biasValues;
    std::vector<size_t> valuesOfWeight, valuesOfBias; // by format
    Numbering<std::tuple<int, size_t, int, size_t>> productKeys;
    Numbering<std::tuple<int, size_t, int, size_t>> sumKeys;
    Numbering<std::tuple<size_t, bool, int>> chainKeys;
    std::map<std::tuple<SumMode, int, std::vector<int>>, int> forms;
    std::map<int, std::shared_ptr<const ValueFormat>> dataFormats;
    for (const LayerPrecision &p : plans.precisions) {
      const Format &weight = p[OperandRole::Weight],
                   &bias = p[OperandRole::Bias], &data = p[OperandRole::DataIn];
      auto [w, newWeights] = weightFormats(numbers(weight));
      if (newWeights) {
        plans.weights.push_back(std::make_unique<WeightSet>(step, weight));
        valuesOfWeight.push_back(
            weightValues(bitsOfAll(plans.weights.back()->values)).first);
      }
      size_t b = 0;
      if (!step.bias.empty()) {
        auto [number, newBias] = biasFormats(numbers(bias));
        if (newBias) {
          plans.biases.push_back(std::make_unique<BiasSet>(step, bias));
          valuesOfBias.push_back(
              biasValues(bitsOfAll(plans.biases.back()->values)).first);
        }
        b = number;
      }
      std::shared_ptr<const ValueFormat> &dataFormat =
          dataFormats[numbers(data)];
      if (data && !dataFormat)
        dataFormat = std::make_shared<ValueFormat>(
            *data, shapeOr(step.inShape, step.inFeatures));
      LinearPlan plan =
          planLinear(step, *plans.weights[w],
                     plans.biases.empty() ? nullptr : plans.biases[b].get(),
                     dataFormat, result.kernels->linearBytes != nullptr);
      plans.weights[w]->readsBytes |= plan.mode == SumMode::Bytes;
      auto [known, newForm] = forms.try_emplace(
          {plan.mode, numbers(data),
           plan.steps ? plan.steps->inputShift : std::vector<int>{}},
          0);
      if (newForm)
        known->second = addForm(input, formFor(plan));
      int form = known->second;
      input.rawIsRead |= form == 0;
      bool later = plan.addsBiasLater();
      plans.form.push_back(form);
      // Sums depend on what the parameters are worth; of steps, their scales
      // and rounding depend on the formats, too.
      if (!plan.steps) {
        w = valuesOfWeight[w];
        b = plans.biases.empty() ? 0 : valuesOfBias[b];
      }
      // Of steps, the products' shifts depend on the bias.
      plans.productKey.push_back(uint32_t(
          productKeys({form, w, int(plan.mode), plan.steps ? b + 1 : 0})
              .first));
      plans.sumKey.push_back(uint32_t(
          sumKeys({form, w, int(plan.mode), later ? 0 : b + 1}).first));
      plans.chainKey.push_back(
          uint32_t(chainKeys({later ? b + 1 : 0, later,
                              numbers(p[OperandRole::DataOut])})
                       .first));
      plans.linear.push_back(std::move(plan));
    }
    mergeRanks(plans);
  }

  /// The order of the node's rows in bytes, and the weights that multiply them.
  void packBytes(Node &node) const {
    std::vector<WeightSet *> sets;
    bool isWhole =
        true; // each reader multiplies all rows by a weight of theirs
    for (int reader : node.linearReaders) {
      isWhole &= result.network.steps[size_t(reader)].particles == 1;
      for (auto &set : result.plans[size_t(reader)].weights)
        if (set->readsBytes)
          sets.push_back(set.get());
    }
    if (isWhole && !sets.empty())
      node.order = orderOfRows(node, sets);
    for (WeightSet *set : sets)
      set->pack(node.order);
  }

  /// One in which the weights have an eighth fewer words that are not all zero,
  /// if there is one; else empty.
  static std::vector<int64_t> orderOfRows(const Node &node,
                                          absl::Span<WeightSet *const> sets) {
    constexpr size_t kMostWeights = 1 << 15;
    const auto in = size_t(node.rows);
    std::vector<int64_t> weights;
    for (const WeightSet *set : sets)
      weights.insert(weights.end(), set->codes.begin(), set->codes.end());
    if (in > kMostOrderedFeatures || weights.size() > kMostWeights)
      return {}; // it would take long
    const int64_t enough = countNonZeroWords(weights, in) * 7 / 8;
    if (leastNonZeroWords(weights, in) > enough)
      return {};
    std::vector<int64_t> order = orderOfFeatures(weights, in);
    return countNonZeroWords(weights, in, order) > enough
               ? std::vector<int64_t>()
               : order;
  }

  static std::vector<uint32_t> bitsOfAll(const std::vector<float> &values) {
    std::vector<uint32_t> bits(values.size());
    std::transform(values.begin(), values.end(), bits.begin(), bitsOf);
    return bits;
  }

  /// Ranks with the same results become one: narrow formats often round a
  /// layer's parameters to the same values.
  static void mergeRanks(StepPlans &plans) {
    Numbering<std::array<uint32_t, 3>> results;
    std::vector<uint32_t> merged;
    for (size_t r = 0; r < plans.linear.size(); ++r) {
      auto [rank, isNew] =
          results({plans.productKey[r], plans.sumKey[r], plans.chainKey[r]});
      merged.push_back(uint32_t(rank));
      if (isNew && rank != r)
        plans.eachByRank([&, rank = rank](auto &values) {
          values[rank] = std::move(values[r]);
        });
    }
    size_t ranks = size_t(*std::max_element(merged.begin(), merged.end())) + 1;
    plans.eachByRank([&](auto &values) {
      values.erase(values.begin() + ptrdiff_t(ranks), values.end());
    });
    for (uint32_t &rank : plans.rankOfChoice)
      rank = merged[rank];
  }

  static std::vector<int64_t> shapeOr(const std::vector<int64_t> &shape,
                                      int64_t features) {
    return shape.empty() ? std::vector<int64_t>{features} : shape;
  }

  void planRoundings(StepPlans &plans, const Step &step) {
    std::map<int, std::shared_ptr<const ValueFormat>> ins, outs;
    auto get = [&](auto &known, const Format &format,
                   const std::vector<int64_t> &shape) {
      auto &entry = known[numbers(format)];
      if (format && !entry)
        entry = std::make_shared<ValueFormat>(*format, shape);
      return entry;
    };
    bool isLinear = step.kind == Step::Kind::Linear;
    for (const LayerPrecision &p : plans.precisions) {
      plans.roundOut.push_back(get(outs, p[OperandRole::DataOut],
                                   shapeOr(step.outShape, step.outFeatures)));
      plans.roundIn.push_back(
          isLinear ? nullptr
                   : get(ins, p[OperandRole::DataIn],
                         shapeOr(step.inShape, step.inFeatures)));
      const ValueFormat *in = plans.roundIn.back().get();
      plans.constant.emplace_back();
      if (step.rhsIsConstant && in && !in->fixed()) {
        plans.constant.back() = step.constant;
        in->round(plans.constant.back());
      }
    }
  }

  static void planElementwise(StepPlans &plans) {
    for (size_t rank = 0; rank < plans.precisions.size(); ++rank)
      plans.chainKey.push_back(uint32_t(rank));
  }

  Compiled &result;
  const Evaluator::Options &options;
  FormatNumbers numbers;
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
