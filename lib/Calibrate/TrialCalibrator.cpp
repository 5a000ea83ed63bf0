// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A worker holds one path through the tree of formats: the network of the
// trial at hand, step by step, with the values of all samples. The next trial
// begins where it differs.
#include "mase/Calibrate/TrialCalibrator.h"

#include "Calibrating.h"
#include "EffectiveBits.h"
#include "Metrics/LabelStatistics.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include <cmath>
#include <numeric>
#include <thread>

namespace mase {

TrialCalibrator::~TrialCalibrator() = default;

ParameterBits parameterBitsOf(const Step &step,
                              const LayerPrecision &precision) {
  auto bits = [&](OperandRole role, const std::vector<float> &values,
                  absl::Span<const int64_t> shape) {
    const std::optional<NumberFormat> &format = precision[role];
    return values.empty() ? 0
           : format       ? (*format)->packedBits(shape)
                          : 32 * int64_t(values.size());
  };
  return {bits(OperandRole::Weight, step.weight, {step.outRow(), step.inRow()}),
          bits(OperandRole::Bias, step.bias, {step.outRow()})};
}

namespace {

/// A step's precisions, with the scales of data chosen.
struct StepChoices {
  std::vector<LayerPrecision> precisions;
  /// By choice: its place in the order of visits, and the number of its
  /// data_in.
  std::vector<uint32_t> rank, data;

  const LayerPrecision &at(uint32_t choice) const {
    static const LayerPrecision kFloat;
    return precisions.empty() ? kFloat : precisions[choice];
  }
  uint32_t rankOf(uint32_t choice) const {
    return precisions.empty() ? 0 : rank[choice];
  }
  uint32_t dataOf(uint32_t choice) const {
    return precisions.empty() ? 0 : data[choice];
  }

  /// What shares its data_in stands together.
  void order() {
    absl::flat_hash_map<std::string, uint32_t> numbers;
    for (const LayerPrecision &p : precisions) {
      const auto &format = p[OperandRole::DataIn];
      data.push_back(numbers
                         .try_emplace(format ? format->text() : "",
                                      uint32_t(numbers.size()))
                         .first->second);
    }
    std::vector<uint32_t> visits(precisions.size());
    std::iota(visits.begin(), visits.end(), 0);
    std::sort(visits.begin(), visits.end(), [&](uint32_t a, uint32_t b) {
      return std::tie(data[a], a) < std::tie(data[b], b);
    });
    rank.resize(visits.size());
    for (uint32_t i = 0; i < visits.size(); ++i)
      rank[visits[i]] = i;
  }
};

/// What the evaluation samples are measured by.
class Measures {
public:
  /// `labels` [samples] tell nothing unless `isLabelled`; `probabilities`
  /// [samples, classes] are the float network's.
  Measures(Blocks x, absl::Span<const int32_t> labels, bool isLabelled,
           absl::Span<const float> probabilities, ClassifierOutput output,
           InstructionSet set)
      : input(std::move(x)), output(output), metrics(metricsKernels(set)),
        statistics(labels.data(), int64_t(labels.size()), output.classes()),
        isLabelled(isLabelled),
        targets(size_t(input.blocks() * output.classes() * kLanes)) {
    for (int64_t b = 0; b < input.blocks(); ++b)
      toBlock(probabilities, output.classes(), b, input.lanes(b),
              &targets[size_t(b * output.classes() * kLanes)]);
  }

  TrialCalibrator::Result measure(const Blocks &y) const {
    TrialCalibrator::Result result;
    OutputBlocks values = {y.data(),    output.size * kLanes, kLanes, output,
                           y.samples(), statistics.padded(0)};
    double sums[kLossSums] = {}, targetSums[kLossSums] = {};
    metrics.accumulateTarget(values, targets.data(), targetSums);
    result.lossToFloat = statistics.mean(targetSums);
    if (!isLabelled)
      return result;
    std::vector<uint64_t> correct(size_t(y.blocks()));
    metrics.accumulate(values, sums, correct.data());
    std::vector<uint32_t> counts(size_t(output.classes()), 0);
    metrics.countRight(correct.data(), statistics.members(0), y.blocks(),
                       output.classes(), counts.data());
    std::vector<uint8_t> predicted;
    if (statistics.hasEmptyClass()) {
      predicted.resize(counts.size(), 0);
      statistics.markPredicted(values, correct.data(), predicted.data());
    }
    result.metrics = statistics.finish(
        sums, counts.data(), predicted.empty() ? nullptr : predicted.data());
    if (output.isBinary()) {
      PairCounter counter;
      statistics.setAuc(y.data(), y.samples(), counter, *result.metrics);
    }
    return result;
  }

  const Blocks input;

private:
  ClassifierOutput output;
  const MetricsKernels &metrics;
  LabelStatistics statistics;
  bool isLabelled;
  std::vector<float> targets; ///< [blocks, classes, kLanes]
};

/// The network of a trial, as far as the next one shares it.
class Path {
public:
  Path(const Calibrator &calibrator, const StepRunner &runner,
       const std::vector<StepChoices> &choices, const Measures &measures,
       size_t lastFit)
      : calibrator(calibrator), runner(runner), choices(choices),
        measures(measures), lastFit(lastFit), levels(choices.size()) {}

  TrialCalibrator::Result run(const Assignment &trial) {
    size_t first = 0;
    if (!last.empty())
      while (first < trial.size() && trial[first] == last[first])
        ++first;
    for (size_t k = first; k < trial.size(); ++k)
      update(k, trial[k], k > first || last.empty());
    last = trial;
    TrialCalibrator::Result result =
        measures.measure(resultOf(evaluation, measures.input));
    for (const Level &level : levels) {
      result.effectiveBitOperations += level.effectiveBitOperations;
      result.parameterBits.push_back(level.parameterBits);
    }
    return result;
  }

private:
  struct Level {
    std::optional<uint32_t> data; ///< for which the next two are
    std::optional<LeastSquares> fit;
    std::optional<InputCodes> codes;
    int64_t effectiveBitOperations = 0;
    ParameterBits parameterBits;
  };

  void update(size_t k, uint32_t choice, bool inputChanged) {
    const LayerPrecision &precision = choices[k].at(choice);
    Level &level = levels[k];
    evaluation.resize(k);
    rounded.resize(std::min(rounded.size(), k));
    bool isRounded = precision != LayerPrecision();
    const Step &before = calibrator.network().steps[k];
    if (before.kind != Step::Kind::Linear || !isRounded) {
      RoundedStep step;
      step.step = before;
      step.precision = precision;
      return finish(k, std::move(step), std::nullopt);
    }
    const auto &data = precision[OperandRole::DataIn];
    if (inputChanged || level.data != choices[k].dataOf(choice)) {
      level.data = choices[k].dataOf(choice);
      level.fit.emplace(calibrator.fit(k, rounded, data));
      level.codes.reset();
      if (std::optional<CodeGrid> grid = data ? codeGrid(*data) : std::nullopt)
        level.codes.emplace(runner.inputCodes(
            *grid, valueOf(&measures.input, evaluation, before.input)
                       .ofParticles(before.particles)));
    }
    RoundedStep step =
        calibrator.roundParameters(k, *level.fit, data, precision);
    step.precision[OperandRole::DataOut] = precision[OperandRole::DataOut];
    std::optional<Blocks> values;
    if (level.codes)
      if (std::optional<IntegerLinear> linear =
              IntegerLinear::make(step.step, step.precision)) {
        values = runner.runInteger(step.step, *linear, *level.codes);
        if (const auto &out = step.precision[OperandRole::DataOut])
          runner.round(*out, step.step.outShape, *values);
      }
    finish(k, std::move(step), std::move(values));
  }

  /// The values of a step whose parameters are there; `values` of the
  /// evaluation samples, if they are, too.
  void finish(size_t k, RoundedStep step, std::optional<Blocks> values) {
    levels[k].effectiveBitOperations =
        effectiveBitOperations(step.step, step.precision);
    levels[k].parameterBits = parameterBitsOf(step.step, step.precision);
    auto run = [&](const Blocks &input, const RoundedSteps &before) {
      return runner.run(step.step, step.precision,
                        operandsOf(step.step, input, before));
    };
    auto measured = std::make_shared<RoundedStep>();
    measured->values =
        values ? *std::move(values) : run(measures.input, evaluation);
    evaluation.push_back(std::move(measured));
    if (k >= lastFit)
      return;
    step.values = run(calibrator.input(), rounded);
    rounded.push_back(std::make_shared<RoundedStep>(std::move(step)));
  }

  const Calibrator &calibrator;
  const StepRunner &runner;
  const std::vector<StepChoices> &choices;
  const Measures &measures;
  /// The last step that calibration rounds: behind it, calibration samples'
  /// values are of no use.
  size_t lastFit;
  std::vector<Level> levels;
  Assignment last;
  RoundedSteps rounded, evaluation; ///< on calibration and evaluation samples
};

class Implementation : public TrialCalibrator {
public:
  Implementation(Network n, Options o, FiniteSamples finite,
                 absl::Span<const float> evaluation,
                 absl::Span<const int32_t> labels, bool isLabelled,
                 absl::Span<const float> probabilities)
      : network(std::move(n)), options(std::move(o)),
        samples(std::move(finite)),
        set(options.calibration.instructionSet.value_or(bestInstructionSet())),
        runner(set), calibrator(network, samples.x, options.calibration),
        measures(Blocks(evaluation, network.inFeatures), labels, isLabelled,
                 probabilities, network.output(), set) {
    if (options.choices.empty())
      options.choices.resize(network.steps.size());
    for (size_t k = 0; k < network.steps.size(); ++k) {
      StepChoices &step = choices.emplace_back();
      step.precisions = options.choices[k];
      if (network.steps[k].kind == Step::Kind::Linear &&
          !step.precisions.empty())
        lastFit = k;
    }
    for (size_t k = 0; k < network.steps.size(); ++k) {
      chooseScales(k);
      choices[k].order();
    }
  }

  std::vector<Result> evaluate(absl::Span<const Assignment> trials,
                               int jobs) const override {
    std::vector<Assignment> ranks;
    for (const Assignment &trial : trials) {
      Assignment &rank = ranks.emplace_back();
      for (size_t k = 0; k < trial.size(); ++k)
        rank.push_back(choices[k].rankOf(trial[k]));
    }
    std::vector<size_t> order(trials.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::tie(ranks[a], a) < std::tie(ranks[b], b);
    });
    std::vector<Result> results(trials.size());
    auto work = [&](size_t begin, size_t end) {
      Path path(calibrator, runner, choices, measures, lastFit);
      for (size_t i = begin; i < end; ++i)
        results[order[i]] = i > begin && ranks[order[i]] == ranks[order[i - 1]]
                                ? results[order[i - 1]]
                                : path.run(trials[order[i]]);
    };
    auto workers = size_t(
        std::clamp<int64_t>(std::min<int64_t>(options.maxBytes / bytesPerPath(),
                                              int64_t(trials.size())),
                            1, std::max(jobs, 1)));
    std::vector<std::thread> threads;
    for (size_t w = 1; w < workers; ++w)
      threads.emplace_back(work, trials.size() * w / workers,
                           trials.size() * (w + 1) / workers);
    work(0, trials.size() / workers);
    for (std::thread &thread : threads)
      thread.join();
    return results;
  }

  Calibration calibrated(const Assignment &trial) const override {
    std::vector<LayerPrecision> precisions;
    for (size_t k = 0; k < trial.size(); ++k)
      precisions.push_back(choices[k].at(trial[k]));
    Calibration result = Calibrating(calibrator, precisions).result();
    samples.warn(result.warnings);
    return result;
  }

private:
  /// The choice with the most bits, the first of several.
  LayerPrecision widest(size_t k) const {
    LayerPrecision result;
    double most = -1;
    for (const LayerPrecision &precision : options.choices[k]) {
      double bits = 0;
      for (const std::optional<NumberFormat> &format : precision.values)
        bits += format ? (*format)->bitsPerElement() : 32;
      if (bits > most) {
        most = bits;
        result = precision;
      }
    }
    return result;
  }

  /// Closes the formats of data of a step's choices.
  void chooseScales(size_t k) {
    std::vector<LayerPrecision> base;
    for (size_t j = 0; j < network.steps.size(); ++j)
      base.push_back(widest(j));
    const LayerPrecision own = base[k];
    absl::flat_hash_map<std::string, NumberFormat> chosen[kNumRoles];
    for (LayerPrecision &precision : choices[k].precisions)
      for (OperandRole role : {OperandRole::DataIn, OperandRole::DataOut}) {
        std::optional<NumberFormat> &format = precision[role];
        if (!openFormat(format))
          continue;
        auto known = chosen[size_t(role)].find(format->text());
        if (known == chosen[size_t(role)].end()) {
          base[k] = own;
          base[k][role] = format;
          Calibrating state(calibrator, base);
          for (int pass = 0; pass < options.calibration.exponentPasses; ++pass)
            state.moveScale(k, role);
          known = chosen[size_t(role)]
                      .emplace(format->text(), *state.precision(k)[role])
                      .first;
        }
        format = known->second;
      }
  }

  int64_t bytesPerPath() const {
    int64_t bytes = 1;
    for (const Step &step : network.steps) {
      int64_t perSample = 4 * step.outFeatures;
      if (step.kind == Step::Kind::Linear) {
        perSample += 4 * step.inFeatures;
        bytes += 24 * step.inRow() * step.inRow();
      }
      bytes +=
          perSample * (calibrator.input().samples() + measures.input.samples());
    }
    return bytes;
  }

  Network network;
  Options options;
  FiniteSamples samples;
  InstructionSet set;
  StepRunner runner;
  Calibrator calibrator;
  Measures measures;
  std::vector<StepChoices> choices;
  size_t lastFit = 0;
};

/// Every choice of every step, each at least once.
absl::Status checkChoices(const Network &network,
                          const TrialCalibrator::Options &options) {
  size_t most = 1;
  for (const auto &choices : options.choices)
    most = std::max(most, choices.size());
  if (!options.choices.empty() &&
      options.choices.size() != network.steps.size())
    return absl::InvalidArgumentError(
        absl::StrCat("expected choices for ", network.steps.size(),
                     " layers, found ", options.choices.size()));
  for (size_t c = 0; c < most; ++c) {
    std::vector<LayerPrecision> precisions(network.steps.size());
    for (size_t k = 0; k < options.choices.size(); ++k)
      if (const auto &choices = options.choices[k]; !choices.empty())
        precisions[k] = choices[std::min(c, choices.size() - 1)];
    if (absl::Status status =
            checkCalibration(network, precisions, options.calibration);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<std::unique_ptr<TrialCalibrator>> TrialCalibrator::create(
    Network network, Options options, absl::Span<const float> x,
    absl::Span<const float> evaluation, absl::Span<const int32_t> labels) {
  if (absl::Status status = checkChoices(network, options); !status.ok())
    return status;
  absl::StatusOr<FiniteSamples> finite = finiteSamples(network, x);
  if (!finite.ok())
    return finite.status();
  std::vector<int32_t> none(evaluation.size() / size_t(network.inFeatures), 0);
  bool isLabelled = !labels.empty();
  if (!isLabelled)
    labels = none;
  auto evaluator = Evaluator::create(network, {}, evaluation, labels);
  if (!evaluator.ok())
    return evaluator.status();
  std::vector<float> probabilities =
      probabilitiesOf((*evaluator)->logits(Assignment(network.steps.size(), 0)),
                      network.output());
  return std::make_unique<Implementation>(
      std::move(network), std::move(options), *std::move(finite), evaluation,
      labels, isLabelled, probabilities);
}

} // namespace mase
