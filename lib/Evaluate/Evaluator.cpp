// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials by chunks of samples that fit the cache.
#include "mase/Evaluate/Evaluator.h"

#include "Compiled.h"
#include "Data/MetricsKernels.h"
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

/// Bytes that a sample takes in all nodes.
int64_t bytesPerSample(const Compiled &compiled) {
  int64_t bytes = 0;
  for (const Node &node : compiled.nodes) {
    int64_t perRow = node.kind == Node::Kind::Sum ? 4 : 0;
    for (const Form &form : node.forms)
      perRow += form.kind == Form::Kind::Bytes       ? 1
                : form.kind == Form::Kind::Rounded64 ? 8
                                                     : 4;
    bytes += perRow * node.rows;
  }
  return bytes;
}

/// Sums of one trial, from chunk to chunk.
struct Partial {
  double loss[kLossSums] = {};
};

class EvaluatorImpl : public Evaluator {
public:
  EvaluatorImpl(std::unique_ptr<Compiled> c, InstructionSet set,
                absl::Span<const float> x, absl::Span<const int32_t> labels)
      : compiled(std::move(c)), metrics(metricsKernels(set)),
        statistics(labels.data(), int64_t(labels.size()),
                   compiled->network.outFeatures) {
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
  }

  std::vector<Metrics>
  evaluate(absl::Span<const Assignment> trials) const override {
    std::vector<Metrics> results(trials.size());
    TrialList list(*compiled, trials);
    int64_t classes = compiled->network.outFeatures;
    bool empties = statistics.hasEmptyClass();
    std::vector<Partial> partials(trials.size());
    std::vector<uint32_t> counts(trials.size() * size_t(classes), 0);
    std::vector<uint8_t> predicted(
        empties ? trials.size() * size_t(classes) : 0, 0);
    std::vector<uint64_t> correct(static_cast<size_t>(chunkBlocks));
    std::unique_ptr<Workspace> workspace = takeWorkspace();
    for (int64_t b = 0; b < statistics.blocks(); b += chunkBlocks) {
      int64_t blocks = std::min(chunkBlocks, statistics.blocks() - b);
      workspace->setChunk(chunk(b), blocks);
      for (size_t t = 0; t < list.size(); ++t) {
        if (list.firstDifference[t] == TrialList::kSame)
          continue;
        LogitBlocks logits = {
            workspace->run(list, t),
            classes * kLanes,
            kLanes,
            classes,
            std::min(blocks * kLanes, statistics.samples() - b * kLanes),
            statistics.padded(b)};
        metrics.accumulate(logits, partials[t].loss, correct.data());
        statistics.count(correct.data(), b, blocks,
                         counts.data() + t * size_t(classes));
        if (empties)
          statistics.markPredicted(logits,
                                   predicted.data() + t * size_t(classes));
      }
    }
    giveBack(std::move(workspace));
    for (size_t t = 0; t < list.size(); ++t)
      results[list.index[t]] =
          list.firstDifference[t] == TrialList::kSame
              ? results[list.index[t - 1]]
              : statistics.finish(
                    partials[t].loss, counts.data() + t * size_t(classes),
                    empties ? predicted.data() + t * size_t(classes) : nullptr);
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
      const float *y = workspace->run(list, 0);
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
  LabelStatistics statistics;
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
    if (labels[i] < 0 || labels[i] >= network.outFeatures)
      return absl::InvalidArgumentError(
          absl::StrCat("expected labels from 0 to ", network.outFeatures - 1,
                       ", found ", labels[i], " at sample ", i));
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
  return std::make_unique<EvaluatorImpl>(*std::move(compiled), set, x, labels);
}

} // namespace mase
