// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network with its choices, laid out for evaluation: a list of nodes, each a
// sum (a Linear's) or an earlier value followed by a chain of operations on
// single features. A node is computed again only where something it depends on
// has changed.
#ifndef MASE_LIB_EVALUATE_COMPILED_H
#define MASE_LIB_EVALUATE_COMPILED_H

#include "Precision.h"
#include "mase/Evaluate/Evaluator.h"

#include "absl/status/statusor.h"

#include <memory>
#include <vector>

namespace mase {

/// A form in which a node's value is wanted. Every node's form 0 is Raw.
struct Form {
  enum class Kind : uint8_t {
    Raw,
    Rounded,    ///< to `format`, as binary32
    Bytes,      ///< codes of `format`
    Rounded64,  ///< to `format`, as binary64
    RoundedAny, ///< by `any`, as binary32
    Steps       ///< code - zero point of `any`, times 2^shift, as binary64
  };
  Kind kind = Kind::Raw;
  FixedPointFormat format = {};
  std::shared_ptr<const ValueFormat> any;
  std::vector<int> shift;

  bool operator==(const Form &o) const {
    return kind == o.kind && format == o.format && shift == o.shift &&
           (any == o.any || (any && o.any && any->format() == o.any->format()));
  }
  /// Whether it is computed from the raw form by a pass of its own.
  bool isWide() const {
    return kind == Kind::Rounded64 || kind == Kind::RoundedAny ||
           kind == Kind::Steps || format.width > Rounder::kMaxWidth;
  }
};

/// A step under each of its distinct precisions, which are ranked: data_in
/// changes slowest, then weight, bias, data_out. Precisions of a Linear that
/// cannot give different results have one rank.
struct StepPlans {
  std::vector<LayerPrecision> precisions; ///< by rank
  std::vector<uint32_t> rankOfChoice;     ///< by index into Options::choices
  /// How data_in and data_out round, by rank; null where they don't. Of a
  /// Linear data_in is null: its form says it.
  std::vector<std::shared_ptr<const ValueFormat>> roundIn, roundOut;
  /// Add, Sub, Mul: the constant rounded by data_in, by rank, where that is not
  /// fixed point; else empty.
  std::vector<std::vector<float>> constant;
  std::vector<LinearPlan> linear; ///< Linear: by rank
  std::vector<int> form;          ///< Linear: of its input, by rank
  /// What the products' sum, the sum with the bias, and the chain depend on:
  /// equal keys, equal results. By rank.
  std::vector<uint32_t> productKey, sumKey, chainKey;
  /// The column of this step's rank in the matrix of trials; -1: one rank only.
  int column = -1;
  std::vector<std::unique_ptr<WeightSet>> weights;
  std::vector<std::unique_ptr<BiasSet>> biases;

  /// Calls `function` with each vector of a Linear that has an entry by rank.
  template <typename Function> void eachByRank(Function function) {
    function(precisions);
    function(roundIn);
    function(roundOut);
    function(constant);
    function(linear);
    function(form);
    function(productKey);
    function(sumKey);
    function(chainKey);
  }
};

struct Node {
  enum class Kind : uint8_t {
    Input,
    Sum,
    Value,
    Sample ///< softmax and what else needs all features of a sample
  };
  Kind kind = Kind::Input;
  int input = -1;          ///< node read
  std::vector<int> others; ///< nodes read by Add, Sub, Mul of the chain
  /// The chain's steps in order; of Sum nodes, the first is the Linear itself,
  /// and of Sample nodes the only one.
  std::vector<int> steps;
  int64_t rows = 0;
  std::vector<Form> forms = {Form{}};
  /// Bytes have the rows in this order, four to a word: row order[k] is the
  /// k-th; empty: as they come.
  std::vector<int64_t> order;
  /// Linear steps that read this node.
  std::vector<int> linearReaders;
  /// Some of them may read it raw.
  bool rawIsRead = false;
  /// Always ends in a ReLU: no NaN, nothing below +0.
  bool positive = false;

  int lastStep() const { return steps.empty() ? -1 : steps.back(); }
};

/// Everything that evaluations share; never changes after `compile`.
struct Compiled {
  Network network;
  std::vector<StepPlans> plans; ///< one per step
  std::vector<Node> nodes;      ///< in topological order; 0 is the input
  std::vector<int> nodeOfStep;  ///< the node that computes a step
  /// The first node that changes where step k or later ones change.
  std::vector<int> firstNode;
  std::vector<int> columns; ///< the step of each column
  const Kernels *kernels = nullptr;

  /// The node of a value as Step::input names it.
  int nodeOfValue(int value) const {
    return value < 0 ? 0 : nodeOfStep[size_t(value)];
  }
  /// The node of the network's result.
  int output() const { return nodeOfValue(int(network.steps.size()) - 1); }
};

/// Checks network and choices, and lays them out for `set`. The result does
/// not move in memory: plans point into it.
absl::StatusOr<std::unique_ptr<Compiled>>
compile(Network network, const Evaluator::Options &options, InstructionSet set);

/// Whether network and choices are consistent: shapes, operands, formats.
absl::Status checkNetwork(const Network &network,
                          const Evaluator::Options &options);

} // namespace mase

#endif // MASE_LIB_EVALUATE_COMPILED_H
