// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network as the evaluator sees it: steps in topological order over
// activations of a batch of samples, parameters as binary32. Plain C++; the
// IR is translated into it by Evaluate/FromIR.h.
#ifndef MASE_EVALUATE_NETWORK_H
#define MASE_EVALUATE_NETWORK_H

#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/NumberFormat.h"
#include "mase/Numerics/OperandRole.h"

#include "absl/types/span.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// The formats of one layer; an absent format computes in binary32.
using LayerPrecision = ByRole<std::optional<NumberFormat>>;

struct Step {
  enum class Kind : uint8_t {
    Linear,    ///< y[o] = sum_i x[i] w[o][i] + b[o]      (also matmul by a
               ///< constant)
    Affine,    ///< y[c] = fma(x[c], scale[c], shift[c])  (inference BatchNorm)
    Relu,      ///< y = x > 0 ? x : +0
    LeakyRelu, ///< y = x > 0 ? x : alpha x
    Clip,      ///< y = x < lower ? lower : x > upper ? upper : x
    Tanh,
    Sigmoid, ///< y = 1 / (1 + exp(-x))
    Add,     ///< y = a + b; `constant` in place of b where `rhs` is -1
    Sub,
    Mul,
    Div,
    ReduceSum,  ///< y[f] = sum over particles of x[p][f], formats of data_in
                ///< as integers where they are (ReduceSums)
    ReduceMean, ///< the same, divided by their number
    Moves,      ///< y[k] is element `sources[k]` of one of `inputs`
    Softmax,    ///< over the features, semantics.md section 1
    LogSoftmax, ///< its logarithm, logSoftmaxF32 of Numerics
    Function    ///< `function` of a sample: what no kernel here knows
  };

  Kind kind = Kind::Relu;
  std::string name; ///< the layer's name
  std::string type; ///< MASE's name of the operation: "linear", "relu", …
  bool quantizable = false;
  /// Indices of the values read: -1 is the network's input, k >= 0 is the
  /// result of step k. `rhs` is read by the binary kinds only.
  int input = -1;
  int rhs = -1;
  std::vector<int> inputs;    ///< Moves: all values read; `input` is the first
  bool rhsIsConstant = false; ///< binary: the operand is `constant`
  bool constantIsLhs = false; ///< …and stands on the left
  int64_t inFeatures = 0;     ///< features of a sample, flattened
  int64_t outFeatures = 0;
  /// Linear, Softmax, LogSoftmax: so many rows of a sample, one after the
  /// other, are computed alike; the features above are those of all. Reduce:
  /// those of the input, whose sum is one row.
  int64_t particles = 1;
  /// Shapes of a sample, for formats with slices of an axis; empty: a vector.
  std::vector<int64_t> inShape, outShape;
  std::vector<float> weight;   ///< Linear: [outRow(), inRow()]
  std::vector<float> bias;     ///< Linear: [outRow()] or empty
  std::vector<float> scale;    ///< Affine: [features]
  std::vector<float> shift;    ///< Affine: [features]
  std::vector<float> constant; ///< binary: [features]
  float alpha = 0;             ///< LeakyRelu
  float lower = 0, upper = 0;  ///< Clip
  /// Moves: index into `inputs`, and the feature of that value.
  std::vector<std::pair<uint32_t, uint32_t>> sources;
  /// Function: from inFeatures to outFeatures values; called by several
  /// threads.
  std::function<void(absl::Span<const float>, absl::Span<float>)> function;

  /// Add, Sub, Mul, Div.
  bool isBinary() const {
    return kind == Kind::Add || kind == Kind::Sub || kind == Kind::Mul ||
           kind == Kind::Div;
  }
  /// Features of one particle.
  int64_t inRow() const { return inFeatures / particles; }
  int64_t outRow() const {
    return isReduce() ? outFeatures : outFeatures / particles;
  }
  bool isReduce() const {
    return kind == Kind::ReduceSum || kind == Kind::ReduceMean;
  }
  /// Whether `rhs` is read.
  bool readsOther() const { return isBinary() && !rhsIsConstant; }
  /// Every value that is read, one maybe several times.
  std::vector<int> operands() const {
    if (kind == Kind::Moves)
      return inputs;
    return readsOther() ? std::vector<int>{input, rhs}
                        : std::vector<int>{input};
  }
  /// Whether a result needs all features of the sample; a Linear apart.
  bool isOfSample() const {
    return kind == Kind::Softmax || kind == Kind::LogSoftmax ||
           kind == Kind::Function || kind == Kind::Moves || isReduce();
  }
};

/// A network: samples of `inFeatures` values in, the result of the last step
/// out. Flatten and unflatten are no steps: activations are flat already.
struct Network {
  int64_t inFeatures = 0;
  int64_t outFeatures = 0;
  /// What the results are: metrics depend on it, values don't.
  OutputKind outputKind = OutputKind::Logits;
  std::vector<Step> steps;

  ClassifierOutput output() const { return {outFeatures, outputKind}; }
};

} // namespace mase

#endif // MASE_EVALUATE_NETWORK_H
