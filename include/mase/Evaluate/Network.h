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
  bool rhsIsConstant = false; ///< binary: the operand is `constant`
  bool constantIsLhs = false; ///< …and stands on the left
  int64_t inFeatures = 0;     ///< features of a sample, flattened
  int64_t outFeatures = 0;
  /// Shapes of a sample, for formats with slices of an axis; empty: a vector.
  std::vector<int64_t> inShape, outShape;
  std::vector<float> weight;   ///< Linear: [out, in]
  std::vector<float> bias;     ///< Linear: [out] or empty
  std::vector<float> scale;    ///< Affine: [features]
  std::vector<float> shift;    ///< Affine: [features]
  std::vector<float> constant; ///< binary: [features]
  float alpha = 0;             ///< LeakyRelu
  float lower = 0, upper = 0;  ///< Clip
  /// Function: from inFeatures to outFeatures values; called by several
  /// threads.
  std::function<void(absl::Span<const float>, absl::Span<float>)> function;

  /// Add, Sub, Mul, Div.
  bool isBinary() const {
    return kind == Kind::Add || kind == Kind::Sub || kind == Kind::Mul ||
           kind == Kind::Div;
  }
  /// Whether `rhs` is read.
  bool readsOther() const { return isBinary() && !rhsIsConstant; }
  /// Whether a result needs all features of the sample; a Linear apart.
  bool isOfSample() const {
    return kind == Kind::Softmax || kind == Kind::LogSoftmax ||
           kind == Kind::Function;
  }
};

/// A network: samples of `inFeatures` values in, the result of the last step
/// out. Flatten is no step: activations are flat already.
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
