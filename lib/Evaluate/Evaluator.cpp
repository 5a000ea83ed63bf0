// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials by chunks of samples that fit the cache.
#include "mase/Evaluate/Evaluator.h"

#include "Compiled.h"
#include "Metrics/LabelStatistics.h"
#include "TrialList.h"
#include "Workspace.h"
#include "mase/Numerics/Elementary.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <mutex>

namespace mase {

Evaluator::~Evaluator() = default;

namespace {

/// What the values of a chunk of samples may take: most of a level-2 cache.
constexpr int64_t kChunkBytes = 640 * 1024;

/// Blocks after which trials may be dropped for the first time.
constexpr int64_t kFirstChunk = 4;

/// Bytes that a sample takes in all nodes.
int64_t bytesPerSample(const Compiled &compiled) {
  int64_t bytes = 0;
  for (const Node &node : compiled.nodes) {
    int64_t perRow = node.kind == Node::Kind::Sum ? 4 : 0;
    for (const Form &form : node.forms)
      perRow +=
          form.kind == Form::Kind::Bytes ? 1
          : form.kind == Form::Kind::Rounded64 || form.kind == Form::Kind::Steps
              ? 8
              : 4;
    bytes += perRow * node.rows;
  }
  return bytes;
}

/// Sums of one trial, from chunk to chunk.
struct Partial {
  double loss[kLossSums] = {}, target[kLossSums] = {};
};

class EvaluatorImpl : public Evaluator {
public:
  EvaluatorImpl(std::unique_ptr<Compiled> c, InstructionSet set,
                absl::Span<const float> x, absl::Span<const int32_t> labels,
                absl::Span<const float> target)
      : compiled(std::move(c)), metrics(metricsKernels(set)),
        output(compiled->network.output()),
        statistics(labels.data(), int64_t(labels.size()), output.classes()) {
    int64_t blocks = statistics.blocks();
    int64_t perBlock = bytesPerSample(*compiled) * kLanes;
    int64_t fitting = std::max<int64_t>(1, kChunkBytes / perBlock);
    int64_t chunks = std::max<int64_t>(1, (blocks + fitting - 1) / fitting);
    chunkBlocks = (blocks + chunks - 1) / chunks;
    // To blocks of 64 samples, feature major within a block.
    int64_t features = compiled->network.inFeatures;
    input.reset(static_cast<float *>(
        std::aligned_alloc(64, size_t(blocks * features * kLanes) * 4)));
    std::fill_n(input.get(), blocks * features * kLanes, 0.0f);
    for (int64_t i = 0; i < statistics.samples(); ++i)
      for (int64_t f = 0; f < features; ++f)
        input.get()[((i / kLanes) * features + f) * kLanes + i % kLanes] =
            x[size_t(i * features + f)];
    int64_t classes = output.classes();
    for (int64_t b = 0; !target.empty() && b < blocks; ++b) {
      targets.resize(size_t((b + 1) * classes * kLanes));
      toBlock(target, classes, b,
              std::min<int64_t>(kLanes, statistics.samples() - b * kLanes),
              &targets[size_t(b * classes * kLanes)]);
    }
  }

  std::vector<Metrics>
  evaluate(absl::Span<const Assignment> trials) const override {
    std::vector<Metrics> results(trials.size());
    for (size_t t = 0; t < trials.size(); t += maxTrials())
      evaluatePart(trials.subspan(t, maxTrials()), results.data() + t);
    return results;
  }

  std::vector<std::optional<Metrics>>
  evaluate(absl::Span<const Assignment> trials, MayDrop mayDrop,
           absl::Span<int64_t> samples) const override {
    std::vector<std::optional<Metrics>> results(trials.size());
    for (size_t t = 0; t < trials.size(); t += maxTrials())
      evaluatePart(
          trials.subspan(t, maxTrials()),
          [&](size_t k, const Metrics &best) { return mayDrop(t + k, best); },
          samples.empty() ? samples : samples.subspan(t, maxTrials()),
          results.data() + t);
    return results;
  }

  std::vector<float> logits(const Assignment &trial) const override {
    int64_t classes = compiled->network.outFeatures;
    std::vector<float> result(size_t(statistics.samples() * classes));
    TrialList list(*compiled, absl::MakeConstSpan(&trial, 1));
    std::unique_ptr<Workspace> workspace = takeWorkspace();
    for (int64_t b = 0; b < statistics.blocks(); b += chunkBlocks) {
      int64_t blocks = std::min(chunkBlocks, statistics.blocks() - b);
      workspace->setChunk(chunk(b), blocks);
      const float *y = workspace->run(list, 0, TrialList::kStart);
      int64_t end = std::min((b + blocks) * kLanes, statistics.samples());
      for (int64_t i = b * kLanes; i < end; ++i)
        for (int64_t c = 0; c < classes; ++c) {
          float v = y[((i / kLanes - b) * classes + c) * kLanes + i % kLanes];
          result[size_t(i * classes + c)] = v == v ? v : canonicalNaN();
        }
    }
    giveBack(std::move(workspace));
    return result;
  }

private:
  /// Trials that are evaluated together. The AUC takes their results for all
  /// samples: as many as fit some memory.
  size_t maxTrials() const {
    constexpr int64_t kRankedBytes = 32 << 20;
    if (!output.isBinary())
      return absl::Span<const Assignment>::npos;
    return size_t(
        std::max<int64_t>(1, kRankedBytes / (4 * statistics.samples())));
  }

  void evaluatePart(absl::Span<const Assignment> trials,
                    Metrics *results) const {
    Run run(*this, trials);
    for (int64_t b = 0; b < statistics.blocks(); b += chunkBlocks)
      run.chunk(b, std::min(chunkBlocks, statistics.blocks() - b));
    run.results([&](size_t t, const Metrics &m) { results[t] = m; });
  }

  void evaluatePart(absl::Span<const Assignment> trials, MayDrop mayDrop,
                    absl::Span<int64_t> samples,
                    std::optional<Metrics> *results) const {
    Run run(*this, trials);
    // Twice the samples each time, as far as the cache goes.
    int64_t next = 0;
    for (int64_t b = 0; b < statistics.blocks(); b = next) {
      next = std::min(
          {statistics.blocks(), b + chunkBlocks, b + std::max(b, kFirstChunk)});
      run.chunk(b, next - b);
      if (next < statistics.blocks())
        run.drop(next, mayDrop);
    }
    run.results([&](size_t t, const Metrics &m) { results[t] = m; });
    if (!samples.empty())
      run.samplesSeen(samples);
  }

  /// Trials on their way through the samples.
  class Run {
  public:
    Run(const EvaluatorImpl &evaluator, absl::Span<const Assignment> trials)
        : e(evaluator), list(*e.compiled, trials),
          classes(size_t(e.output.classes())), partials(trials.size()),
          counts(trials.size() * classes, 0),
          ranked(e.output.isBinary() ? trials.size() : 0),
          predicted(e.statistics.hasEmptyClass() ? trials.size() * classes : 0,
                    0),
          seen(trials.size(), 0), dropped(trials.size(), false),
          correct(size_t(e.chunkBlocks)), workspace(e.takeWorkspace()) {}
    ~Run() { e.giveBack(std::move(workspace)); }

    /// The next `blocks` blocks, from `first` on.
    void chunk(int64_t first, int64_t blocks) {
      const LabelStatistics &statistics = e.statistics;
      workspace->setChunk(e.chunk(first), blocks);
      int64_t samples =
          std::min(blocks * kLanes, statistics.samples() - first * kLanes);
      int difference = TrialList::kStart;
      bool isReadOnce = finishesResults(e.output) && e.targets.empty() &&
                        predicted.empty() && ranked.empty();
      for (size_t t = 0; t < list.size(); ++t) {
        difference = std::min(difference, list.firstDifference[t]);
        if (isRepeat(t) || dropped[t])
          continue;
        const Workspace::Result y =
            isReadOnce ? workspace->runUnfinished(list, t, difference)
                       : Workspace::Result{workspace->run(list, t, difference)};
        OutputBlocks values = {y.data,  e.output.size * kLanes,
                               kLanes,  e.output,
                               samples, statistics.padded(first),
                               y.bias,  y.scale,
                               y.shift, y.relu};
        e.metrics.accumulate(values, partials[t].loss, correct.data());
        if (!e.targets.empty())
          e.metrics.accumulateTarget(
              values, &e.targets[size_t(first) * classes * kLanes],
              partials[t].target);
        e.metrics.countRight(correct.data(), statistics.members(first), blocks,
                             int64_t(classes), countsOf(t));
        if (!predicted.empty())
          statistics.markPredicted(values, correct.data(), predictedOf(t));
        if (!ranked.empty())
          ranked[t].insert(ranked[t].end(), y.data, y.data + samples);
        seen[t] += samples;
        difference = TrialList::kSame;
      }
    }

    /// Drops what may be dropped with the blocks before `block` done.
    void drop(int64_t block, MayDrop mayDrop) {
      std::vector<uint32_t> rest(classes, 0), best(classes);
      e.statistics.countRest(block, rest.data());
      for (size_t t = 0; t < list.size(); ++t) {
        if (isRepeat(t) || dropped[t])
          continue;
        for (size_t c = 0; c < classes; ++c)
          best[c] = countsOf(t)[c] + rest[c];
        dropped[t] = mayDrop(list.index[t], finish(t, best.data()));
      }
    }

    /// Calls `set(trial, metrics)` for each that was not dropped.
    template <typename Set> void results(Set set) {
      bool keeps = false;
      Metrics metrics;
      for (size_t t = 0; t < list.size(); ++t) {
        if (!isRepeat(t)) {
          keeps = !dropped[t];
          metrics = keeps ? finish(t, countsOf(t)) : Metrics();
        }
        if (keeps)
          set(list.index[t], metrics);
      }
    }

    void samplesSeen(absl::Span<int64_t> samples) const {
      for (size_t t = 0, origin = 0; t < list.size(); ++t) {
        if (!isRepeat(t))
          origin = t;
        samples[list.index[t]] = seen[origin];
      }
    }

  private:
    bool isRepeat(size_t t) const {
      return list.firstDifference[t] == TrialList::kSame;
    }
    uint32_t *countsOf(size_t t) { return counts.data() + t * classes; }
    uint8_t *predictedOf(size_t t) {
      return predicted.empty() ? nullptr : predicted.data() + t * classes;
    }
    Metrics finish(size_t t, const uint32_t *right) {
      Metrics metrics =
          e.statistics.finish(partials[t].loss, right, predictedOf(t));
      if (!ranked.empty())
        e.statistics.setAuc(ranked[t].data(), int64_t(ranked[t].size()),
                            counter, metrics);
      if (!e.targets.empty())
        metrics.crossEntropy = e.statistics.mean(partials[t].target);
      return metrics;
    }

    const EvaluatorImpl &e;
    TrialList list;
    size_t classes;
    std::vector<Partial> partials;
    std::vector<uint32_t> counts;
    /// Of binary classifiers, the results so far.
    std::vector<std::vector<float>> ranked;
    PairCounter counter;
    std::vector<uint8_t> predicted;
    std::vector<int64_t> seen;
    std::vector<bool> dropped;
    std::vector<uint64_t> correct;
    std::unique_ptr<Workspace> workspace;
  };

  const float *chunk(int64_t block) const {
    return input.get() + block * compiled->network.inFeatures * kLanes;
  }

  /// Workspaces keep what they computed: the next call may need some of it.
  std::unique_ptr<Workspace> takeWorkspace() const {
    std::lock_guard lock(mutex);
    if (workspaces.empty())
      return std::make_unique<Workspace>(*compiled, chunkBlocks);
    std::unique_ptr<Workspace> workspace = std::move(workspaces.back());
    workspaces.pop_back();
    return workspace;
  }
  void giveBack(std::unique_ptr<Workspace> workspace) const {
    std::lock_guard lock(mutex);
    workspaces.push_back(std::move(workspace));
  }

  struct Free {
    void operator()(void *p) const { std::free(p); }
  };
  std::unique_ptr<const Compiled> compiled;
  const MetricsKernels &metrics;
  ClassifierOutput output;
  LabelStatistics statistics;
  std::vector<float> targets; ///< [blocks][classes][64], or empty
  int64_t chunkBlocks = 1;
  std::unique_ptr<float[], Free> input;
  mutable std::mutex mutex;
  mutable std::vector<std::unique_ptr<Workspace>> workspaces;
};

absl::Status checkData(const Network &network, absl::Span<const float> x,
                       absl::Span<const int32_t> labels) {
  if (labels.empty())
    return absl::InvalidArgumentError("expected at least one sample");
  if (x.size() != labels.size() * size_t(network.inFeatures))
    return absl::InvalidArgumentError(absl::StrCat(
        "expected ", labels.size(), " samples of ", network.inFeatures,
        " features, as many as there are labels, found ", x.size(), " values"));
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= network.output().classes())
      return absl::InvalidArgumentError(absl::StrCat(
          "expected labels from 0 to ", network.output().classes() - 1,
          ", found ", labels[i], " at sample ", i));
  return absl::OkStatus();
}

absl::Status checkTarget(const Network &network, size_t samples,
                         absl::Span<const float> target) {
  size_t expected = samples * size_t(network.output().classes());
  if (!target.empty() && target.size() != expected)
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", expected, " probabilities to compare with, ",
                     "one for each sample and class, found ", target.size()));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<std::unique_ptr<Evaluator>>
Evaluator::create(Network network, Options options, absl::Span<const float> x,
                  absl::Span<const int32_t> labels) {
  InstructionSet set = options.instructionSet.value_or(bestInstructionSet());
  absl::StatusOr<std::unique_ptr<Compiled>> compiled =
      compile(std::move(network), options, set);
  if (!compiled.ok())
    return compiled.status();
  if (absl::Status status = checkData((*compiled)->network, x, labels);
      !status.ok())
    return status;
  if (absl::Status status =
          checkTarget((*compiled)->network, labels.size(), options.target);
      !status.ok())
    return status;
  return std::make_unique<EvaluatorImpl>(*std::move(compiled), set, x, labels,
                                         options.target);
}

} // namespace mase
