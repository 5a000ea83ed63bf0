// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The values of a network's nodes for a chunk of samples, kept from trial to
// trial.
#ifndef MASE_LIB_EVALUATE_WORKSPACE_H
#define MASE_LIB_EVALUATE_WORKSPACE_H

#include "TrialList.h"

#include <cstdlib>
#include <list>
#include <memory>
#include <vector>

namespace mase {

class Workspace {
public:
  /// Room for `maxBlocks` blocks of samples.
  Workspace(const Compiled &compiled, int64_t maxBlocks);

  /// Starts with another chunk: `x` is the input in blocks (see Kernels.h).
  /// With the chunk that is there already, everything computed stays.
  void setChunk(const float *x, int64_t blocks);

  /// Brings the output up to date for trial `t`; returns it in blocks. What
  /// later trials want of a value that is computed now is computed with it.
  /// `firstDifference`: the first step that differs from the trial that was run
  /// before (the least of trials.firstDifference since then).
  const float *run(const TrialList &trials, size_t t, int firstDifference);

  /// A result before its last operations, which whoever reads it may do on the
  /// way: data[r] in blocks, + bias[r], fma(., scale[r], shift[r]), a ReLU;
  /// what is null is left out.
  struct Result {
    const float *data;
    const float *bias = nullptr, *scale = nullptr, *shift = nullptr;
    bool relu = false;
  };
  /// As `run`; operations that the result ends with are left to do where they
  /// are of this form.
  Result runUnfinished(const TrialList &trials, size_t t, int firstDifference);

private:
  struct Buffer {
    struct Free {
      void operator()(void *p) const { std::free(p); }
    };
    std::unique_ptr<void, Free> memory;
    uint64_t version = 0; ///< of the value held; 0: none

    template <typename T> T *as() { return static_cast<T *>(memory.get()); }
  };
  static constexpr uint32_t kNoKey = ~uint32_t(0);

  struct State {
    uint64_t version = 0;
    uint32_t productKey = kNoKey, sumKey = kNoKey;
    uint64_t productInput = 0, sumInput = 0; ///< versions of the input
    std::vector<uint64_t> inputVersions;     ///< of `input` and `others`
    std::vector<uint32_t> chainKeys;         ///< one per step of the chain
    std::vector<Buffer> forms;
    Buffer sum, products;
  };
  /// A chain's operations under the current trial.
  struct Program {
    std::vector<RowOp> ops;
    std::vector<RowOp> roundings; ///< of second operands
    /// Second operands that no kernel rounds; do not move in memory.
    std::list<std::vector<float>> others;
    Chain chain;
  };

  uint32_t rank(int step) const {
    int column = compiled.plans[size_t(step)].column;
    return column < 0 ? 0 : ranks[column];
  }
  void *allocate(Buffer &buffer, int64_t rows, size_t elementSize) const;
  void updateAll(const TrialList &trials, size_t t, int firstDifference);
  void update(size_t node);
  bool updateSum(size_t node);
  void computeSum(const Node &node, State &state, const LinearPlan &plan,
                  const Buffer &input, uint32_t productKey, uint64_t version);
  void applyScales(const StepSums &steps, float *y, int64_t rows,
                   int64_t blocks) const;
  std::vector<int64_t> inputRows(const Node &node) const;
  void runOps(const float *x, const std::vector<RowOp> &ops, float *y,
              int64_t rows) const;
  const float *roundedOther(const ValueFormat &format, const float *x,
                            int64_t rows);
  void *ensure(int node, int form);
  const float *ensureRaw(int node);
  void compute(int node, int form);
  void computeSample(const Node &node, State &state);
  void markWanted(const Node &node, int form);
  bool fuse(const Node &node, Chain &chain) const;
  void build(const Node &node);
  void append(const Node &node, int step);
  void runChain(const Node &node, State &state, const float *source);

  const Compiled &compiled;
  int64_t maxBlocks, blocks = 0;
  const float *chunk = nullptr;
  uint64_t nextVersion = 1;
  std::vector<State> states;
  Program program;
  std::vector<uint8_t> wanted; ///< forms to compute now
  std::vector<Destination> destinations;
  const TrialList *trials = nullptr;
  size_t trial = 0;
  const uint32_t *ranks = nullptr;
};

} // namespace mase

#endif // MASE_LIB_EVALUATE_WORKSPACE_H
