// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/RemoveUnits.h"

#include "Calibrator.h"
#include "HiddenUnits.h"

#include "absl/strings/str_cat.h"

#include <cmath>
#include <numeric>
#include <queue>

namespace mase {
namespace {

struct Layer : HiddenLayer {
  std::vector<bool> alive; ///< of its units
  /// [units, units]: the inverse of the covariance of those that are alive, as
  /// the network was at `version`.
  std::vector<double> inverse;
  std::vector<double> mean;
  int64_t version = -1;
};

std::vector<Layer> layersOf(const Network &network,
                            const std::vector<bool> &keeps) {
  std::vector<Layer> result;
  for (HiddenLayer &hidden : hiddenLayersOf(network, keeps)) {
    Layer &layer = result.emplace_back();
    static_cast<HiddenLayer &>(layer) = std::move(hidden);
    layer.alive.assign(size_t(network.steps[layer.reader].inFeatures), true);
  }
  return result;
}

class Removing {
public:
  Removing(const Network &network, absl::Span<const float> samples,
           const RemoveUnitsOptions &options)
      : net(network), precisions(options.precisions),
        limit(options.maxDivergence),
        kernels(calibrationKernels(
            options.instructionSet.value_or(bestInstructionSet()))),
        runner(options.instructionSet.value_or(bestInstructionSet())),
        x(samples, network.inFeatures), layers(layersOf(net, options.keeps)),
        values(runFloat(net, runner, x)),
        targets(resultOf(values, x), net.output(), kernels, options.distance) {}

  /// `afterEach` is called when a unit is gone.
  template <typename AfterEach> void run(const AfterEach &afterEach);
  RemovedUnits result() const;
  /// Multiply-accumulates of the Linears as they are now.
  int64_t macs() const;

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
  std::vector<LayerPrecision> precisions;
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

int64_t Removing::macs() const {
  int64_t sum = 0;
  for (size_t k = 0; k < net.steps.size(); ++k) {
    const Step &step = net.steps[k];
    if (step.kind != Step::Kind::Linear)
      continue;
    int64_t out = step.outRow();
    for (const Layer &layer : layers)
      if (layer.producer == k)
        out = std::count(layer.alive.begin(), layer.alive.end(), true);
    sum += step.particles == 1 ? aliveInputs(k) * out
                               : step.particles * step.inRow() * out;
  }
  return sum;
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
  double after = targets.loss(resultOf(without, x)) - targets.least();
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

template <typename AfterEach> void Removing::run(const AfterEach &afterEach) {
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
    if (candidate.version != version) {
      queue.push(measure(candidate.layer, candidate.unit));
    } else if (candidate.divergence <= limit) {
      remove(candidate);
      afterEach();
    }
  }
}

RemovedUnits Removing::result() const {
  RemovedUnits result;
  result.network = net;
  result.precisions = precisions;
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
    if (kept.size() != layer.alive.size())
      keepUnits(result, layer, kept);
  }
  result.macsAfter = macsOf(result.network);
  return result;
}

} // namespace

std::vector<RemovedUnits> removalPath(const Network &network,
                                      absl::Span<const float> samples,
                                      const RemoveUnitsOptions &options,
                                      double share) {
  Removing removing(network, samples, options);
  std::vector<RemovedUnits> path = {removing.result()};
  removing.run([&] {
    if (double(removing.macs()) <= share * double(path.back().macsAfter))
      path.push_back(removing.result());
  });
  return path;
}

absl::StatusOr<RemovedUnits> removeUnits(const Network &network,
                                         absl::Span<const float> samples,
                                         const RemoveUnitsOptions &options) {
  if (!(options.maxDivergence >= 0))
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a divergence of at least 0, found ", options.maxDivergence));
  if (!options.precisions.empty() &&
      options.precisions.size() != network.steps.size())
    return absl::InvalidArgumentError(
        absl::StrCat("expected precisions for ", network.steps.size(),
                     " layers, found ", options.precisions.size()));
  std::vector<LayerPrecision> none(network.steps.size());
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
  absl::StatusOr<FiniteSamples> finite =
      checkedSamples(network, none, samples, checked);
  if (!finite.ok())
    return finite.status();
  Removing removing(network, finite->x, options);
  removing.run([] {});
  RemovedUnits result = removing.result();
  finite->warn(result.warnings);
  return result;
}

} // namespace mase
