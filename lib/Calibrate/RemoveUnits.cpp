// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/RemoveUnits.h"

#include "Calibrator.h"

#include "absl/strings/str_cat.h"

#include <cmath>
#include <numeric>
#include <queue>

namespace mase {
namespace {

/// Whether the step computes each feature from the same feature of its input.
bool isOfFeature(const Step &step) {
  switch (step.kind) {
  case Step::Kind::Affine:
  case Step::Kind::Relu:
  case Step::Kind::LeakyRelu:
  case Step::Kind::Clip:
  case Step::Kind::Tanh:
  case Step::Kind::Sigmoid:
    return true;
  default:
    return false;
  }
}

/// A Linear's results, and who reads them.
struct Layer {
  size_t producer; ///< the Linear
  size_t reader;   ///< the one that reads its units
  std::vector<size_t> between;
  std::vector<bool> alive; ///< of its units
  /// [units, units]: the inverse of the covariance of those that are alive, as
  /// the network was at `version`.
  std::vector<double> inverse;
  std::vector<double> mean;
  int64_t version = -1;
};

std::vector<Layer> layersOf(const Network &network,
                            const std::vector<bool> &keeps) {
  std::vector<int> readers = countReaders(network);
  std::vector<int> next(network.steps.size(), -1);
  for (size_t k = 0; k < network.steps.size(); ++k)
    for (int operand : network.steps[k].operands())
      if (operand >= 0)
        next[size_t(operand)] = int(k);
  auto keepsAll = [&](size_t k) {
    return (k < keeps.size() && keeps[k]) || readers[k + 1] != 1 ||
           next[k] < 0 || network.steps[k].particles != 1;
  };
  std::vector<Layer> result;
  for (size_t k = 0; k < network.steps.size(); ++k) {
    if (network.steps[k].kind != Step::Kind::Linear || keepsAll(k))
      continue;
    Layer layer{k, size_t(next[k]), {}, {}, {}, {}};
    while (isOfFeature(network.steps[layer.reader]) &&
           !keepsAll(layer.reader)) {
      layer.between.push_back(layer.reader);
      layer.reader = size_t(next[layer.reader]);
    }
    const Step &reader = network.steps[layer.reader];
    if (reader.kind != Step::Kind::Linear || reader.particles != 1)
      continue;
    layer.alive.assign(size_t(reader.inFeatures), true);
    result.push_back(std::move(layer));
  }
  return result;
}

int64_t macsOf(const Network &network) {
  int64_t macs = 0;
  for (const Step &step : network.steps)
    if (step.kind == Step::Kind::Linear)
      macs += step.particles * step.inRow() * step.outRow();
  return macs;
}

class Removing {
public:
  Removing(const Network &network, absl::Span<const float> samples,
           const RemoveUnitsOptions &options)
      : net(network), limit(options.maxDivergence),
        kernels(calibrationKernels(
            options.instructionSet.value_or(bestInstructionSet()))),
        runner(options.instructionSet.value_or(bestInstructionSet())),
        x(samples, network.inFeatures), layers(layersOf(net, options.keeps)),
        values(runFloat(net, runner, x)),
        targets(resultOf(values, x), net.output(), kernels) {}

  void run();
  RemovedUnits result() const;

private:
  /// A unit, and what the network without it gives.
  struct Candidate {
    double cost; ///< divergence that it adds, for each multiplication saved
    size_t layer, unit;
    double divergence; ///< of the whole network without it
    int64_t version;   ///< of the network on which that was measured
    /// The cheapest is on top; of equals the first.
    bool operator<(const Candidate &other) const {
      return std::tie(cost, layer, unit) >
             std::tie(other.cost, other.layer, other.unit);
    }
  };

  void measureCovariance(Layer &layer);
  /// The reader's step without the unit.
  Step repaired(const Layer &layer, size_t unit) const;
  RoundedSteps runFrom(size_t k, const Step &step) const;
  Candidate measure(size_t layer, size_t unit);
  void remove(const Candidate &candidate);
  int64_t macsOfUnit(const Layer &layer) const;
  int64_t aliveInputs(size_t k) const;

  Network net;
  double limit;
  const CalibrationKernels &kernels;
  StepRunner runner;
  Blocks x;
  std::vector<Layer> layers;
  RoundedSteps values;
  SoftTargets targets;
  double divergence = 0;
  int64_t version = 0; ///< counts the units that were removed
};

/// (H + ridge)^-1 of the inputs that are alive, means of all.
void Removing::measureCovariance(Layer &layer) {
  const Step &reader = net.steps[layer.reader];
  const Blocks &in = valueOf(&x, values, reader.input);
  const int64_t all = in.rows();
  Blocks y(all + 1, in.samples()); // with ones, for the means
  for (int64_t b = 0; b < in.blocks(); ++b) {
    std::copy_n(in.row(b, 0), all * kLanes, y.row(b, 0));
    std::fill_n(y.row(b, all), kLanes, 1.0f);
  }
  y.clearTail();
  std::vector<double> sums(size_t((all + 1) * (all + 1)));
  kernels.gram(y.data(), all + 1, y.data(), all + 1, y.blocks(),
               /*bytes=*/false, /*symmetric=*/true, sums.data());
  auto n = double(in.samples());
  const double *total = sums.data() + all * (all + 1);
  const bool centred = !reader.bias.empty();
  layer.mean.resize(size_t(all));
  for (int64_t i = 0; i < all; ++i)
    layer.mean[size_t(i)] = total[i] / n;

  std::vector<int64_t> order;
  for (int64_t i = 0; i < all; ++i)
    if (layer.alive[size_t(i)])
      order.push_back(i);
  const auto count = int64_t(order.size());
  std::vector<double> h(size_t(count * count));
  double trace = 0;
  for (int64_t a = 0; a < count; ++a)
    for (int64_t b = 0; b <= a; ++b) {
      int64_t i = order[size_t(a)], j = order[size_t(b)];
      double sum = sums[size_t(i * (all + 1) + j)];
      if (centred)
        sum -= total[i] * total[j] / n;
      h[size_t(a * count + b)] = sum / n;
      trace += a == b ? sum / n : 0;
    }
  // What never varies says nothing, and what repeats another would make H
  // singular.
  const double ridge = trace > 0 ? 1e-4 * trace / double(count) : 1;
  for (int64_t a = 0; a < count; ++a)
    h[size_t(a * count + a)] += ridge;
  kernels.factorize(h.data(), count);
  const int64_t lanes = (count + 7) / 8 * 8;
  std::vector<double> identity(size_t(count * lanes), 0);
  for (int64_t a = 0; a < count; ++a)
    identity[size_t(a * lanes + a)] = 1;
  kernels.solve(h.data(), count, identity.data(), lanes);
  layer.inverse.assign(size_t(all * all), 0);
  for (int64_t a = 0; a < count; ++a)
    for (int64_t b = 0; b < count; ++b)
      layer.inverse[size_t(order[size_t(a)] * all + order[size_t(b)])] =
          identity[size_t(a * lanes + b)];
  layer.version = version;
}

Step Removing::repaired(const Layer &layer, size_t unit) const {
  Step step = net.steps[layer.reader];
  const auto in = size_t(step.inFeatures);
  const double *row = &layer.inverse[unit * in];
  for (size_t o = 0; o < size_t(step.outFeatures); ++o) {
    float *w = &step.weight[o * in];
    const double lost = double(w[unit]) / row[unit];
    double moved = 0; // of the mean
    for (size_t i = 0; i < in; ++i) {
      if (!layer.alive[i])
        continue;
      float to = i == unit ? 0.0f : float(double(w[i]) - lost * row[i]);
      moved += (double(to) - double(w[i])) * layer.mean[i];
      w[i] = to;
    }
    if (!step.bias.empty())
      step.bias[o] = float(double(step.bias[o]) - moved);
  }
  return step;
}

RoundedSteps Removing::runFrom(size_t k, const Step &step) const {
  RoundedSteps result = values;
  for (size_t s = k; s < net.steps.size(); ++s) {
    const Step &run = s == k ? step : net.steps[s];
    auto to = std::make_shared<RoundedStep>();
    to->values = runner.run(run, {}, operandsOf(run, x, result));
    result[s] = std::move(to);
  }
  return result;
}

/// How many inputs of a Linear are alive.
int64_t Removing::aliveInputs(size_t k) const {
  for (const Layer &layer : layers)
    if (layer.reader == k)
      return std::count(layer.alive.begin(), layer.alive.end(), true);
  return net.steps[k].inFeatures;
}

int64_t Removing::macsOfUnit(const Layer &layer) const {
  int64_t out = net.steps[layer.reader].outFeatures;
  for (const Layer &other : layers)
    if (other.producer == layer.reader)
      out = std::count(other.alive.begin(), other.alive.end(), true);
  return out + aliveInputs(layer.producer);
}

Removing::Candidate Removing::measure(size_t index, size_t unit) {
  Layer &layer = layers[index];
  if (layer.version != version)
    measureCovariance(layer);
  RoundedSteps without = runFrom(layer.reader, repaired(layer, unit));
  double after = targets.loss(resultOf(without, x)) - targets.entropy();
  return {(after - divergence) / double(macsOfUnit(layer)), index, unit, after,
          version};
}

void Removing::remove(const Candidate &candidate) {
  Layer &layer = layers[candidate.layer];
  Step step = repaired(layer, candidate.unit);
  values = runFrom(layer.reader, step);
  net.steps[layer.reader] = std::move(step);
  layer.alive[candidate.unit] = false;
  divergence = candidate.divergence;
  ++version;
}

void Removing::run() {
  std::priority_queue<Candidate> queue;
  for (size_t l = 0; l < layers.size(); ++l)
    for (size_t u = 0; u < layers[l].alive.size(); ++u)
      queue.push(measure(l, u));
  // What a unit costs rises as others go, as a rule: only the cheapest is
  // measured again, until one stays the cheapest.
  while (!queue.empty()) {
    Candidate candidate = queue.top();
    queue.pop();
    Layer &layer = layers[candidate.layer];
    // A Linear without an input, or a network without a Linear, is none.
    if (std::count(layer.alive.begin(), layer.alive.end(), true) == 1)
      continue;
    if (candidate.version != version)
      queue.push(measure(candidate.layer, candidate.unit));
    else if (candidate.divergence <= limit)
      remove(candidate);
  }
}

/// The elements of `values`, `inner` for each index, that `kept` names.
void keepRows(std::vector<float> &values, const std::vector<int64_t> &kept,
              int64_t inner) {
  if (values.empty())
    return;
  std::vector<float> result;
  for (int64_t i : kept)
    result.insert(result.end(), values.begin() + i * inner,
                  values.begin() + (i + 1) * inner);
  values = std::move(result);
}

void keepColumns(std::vector<float> &values, const std::vector<int64_t> &kept,
                 int64_t in) {
  std::vector<float> result;
  for (size_t row = 0; row < values.size(); row += size_t(in))
    for (int64_t i : kept)
      result.push_back(values[row + size_t(i)]);
  values = std::move(result);
}

RemovedUnits Removing::result() const {
  RemovedUnits result;
  result.network = net;
  result.kept.resize(net.steps.size());
  result.macsBefore = macsOf(net);
  result.divergence = divergence;
  for (const Layer &layer : layers) {
    std::vector<int64_t> kept;
    for (size_t u = 0; u < layer.alive.size(); ++u)
      if (layer.alive[u])
        kept.push_back(int64_t(u));
    const auto count = int64_t(kept.size());
    result.units += int64_t(layer.alive.size());
    result.removed += int64_t(layer.alive.size()) - count;
    if (kept.size() == layer.alive.size())
      continue;
    std::vector<Step> &steps = result.network.steps;
    auto setOut = [&](size_t k) {
      steps[k].outFeatures = count;
      if (!steps[k].outShape.empty())
        steps[k].outShape.back() = count;
      result.kept[k] = kept;
    };
    auto setIn = [&](size_t k) {
      steps[k].inFeatures = count;
      if (!steps[k].inShape.empty())
        steps[k].inShape.back() = count;
    };
    Step &producer = steps[layer.producer];
    keepRows(producer.weight, kept, producer.inFeatures);
    keepRows(producer.bias, kept, 1);
    setOut(layer.producer);
    for (size_t k : layer.between) {
      keepRows(steps[k].scale, kept, 1);
      keepRows(steps[k].shift, kept, 1);
      setIn(k);
      setOut(k);
    }
    keepColumns(steps[layer.reader].weight, kept,
                steps[layer.reader].inFeatures);
    setIn(layer.reader);
  }
  result.macsAfter = macsOf(result.network);
  return result;
}

} // namespace

absl::StatusOr<RemovedUnits> removeUnits(const Network &network,
                                         absl::Span<const float> samples,
                                         const RemoveUnitsOptions &options) {
  if (!(options.maxDivergence >= 0))
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a divergence of at least 0, found ", options.maxDivergence));
  std::vector<LayerPrecision> none(network.steps.size());
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
  absl::StatusOr<FiniteSamples> finite =
      checkedSamples(network, none, samples, checked);
  if (!finite.ok())
    return finite.status();
  Removing removing(network, finite->x, options);
  removing.run();
  RemovedUnits result = removing.result();
  finite->warn(result.warnings);
  return result;
}

} // namespace mase
