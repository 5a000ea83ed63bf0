// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network costs: parameters, operations, bits, bytes.
#ifndef MASE_ANALYSIS_COST_H
#define MASE_ANALYSIS_COST_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// What a layer costs in one precision, or layers together. All integers, so
/// that sums do not depend on their order.
struct Cost {
  /// Trained parameters; a BatchNorm's running statistics are none.
  int64_t parameters = 0;
  /// Multiply-accumulates a sample, one an element of a BatchNorm's among them.
  int64_t macs = 0;
  /// Operations a sample as thop 0.1 counts them, which MASE asks: one a MAC of
  /// a Linear, 4 an element of a BatchNorm, 3n - 1 of a softmax over n, nothing
  /// for the others.
  int64_t thopFlops = 0;
  /// Sum over Linear and matmul of MACs x bits of the data x bits of a weight;
  /// 32 bits where an operand has no integer format.
  int64_t bitops = 0;
  /// Effective bit operations, as HGQ counts them (Sun et al. 2024,
  /// arXiv:2405.00645): sum over the weights of Linear and matmul of the span
  /// of the code's non-zero bits x the bits of the data. A zero weight costs
  /// nothing, a binary32 one 32 bits.
  int64_t ebops = 0;
  /// Bits of all parameters when packed, at 32 for those in binary32.
  int64_t parameterBits = 0;
  /// Bytes of the packed parameters, each tensor rounded up to whole bytes.
  int64_t packedBytes = 0;
  /// Weights of a quantised Linear and their bits: all that MASE's average
  /// counts. 0 for every other layer.
  int64_t maseWeights = 0, maseWeightBits = 0;

  Cost &operator+=(const Cost &other);
  bool operator==(const Cost &) const = default;

  /// Floating-point operations a sample, two a MAC.
  int64_t flops() const { return 2 * macs; }
  /// Bits a parameter, over every parameter of every layer.
  double averageBits() const {
    return parameters ? double(parameterBits) / double(parameters) : 0.0;
  }
  /// MASE's average_bitwidth: bits a weight over *quantised* Linear layers
  /// only, 32 if there are none.
  double averageBitwidth() const {
    return maseWeights ? double(maseWeightBits) / double(maseWeights) : 32.0;
  }
};

/// The cost of one layer.
struct LayerCost : Cost {
  std::string name, type;
  /// The formats of its operands by role, null for binary32. Of the integer
  /// level and kernels: of an op's codes.
  std::array<NumberFormatAttrInterface, std::size(kAllRoles)> formats;
};

/// A layer's format that an op below the network level holds.
struct OwnFormat {
  llvm::StringRef layer;
  OperandRole role; ///< DataIn or DataOut
  NumberFormatAttrInterface format;
};

/// What a network costs: its layers, and what they hold together.
struct NetworkCost : Cost {
  /// Bytes of the largest set of activations that are alive at once, a sample
  /// (Activations); none where that is not known, as for kernels.
  std::optional<int64_t> activationBytes;
};

struct WeightBits;

/// The cost of a layer in many precisions: what depends on one format alone is
/// computed once.
class LayerCosts {
public:
  explicit LayerCosts(LayerOpInterface op);
  ~LayerCosts();
  /// In `precision`; null: binary32.
  Cost in(PrecisionAttr precision);

private:
  const WeightBits &weightBits(NumberFormatAttrInterface format);

  ProductOpInterface product; ///< null: no weight is multiplied
  bool isLinear = false;      ///< MASE's average counts its weights
  Cost fixed;                 ///< of what has no format
  llvm::SmallVector<int64_t> weightShape, biasShape, inputShape;
  /// By format.
  llvm::DenseMap<mlir::Attribute, std::unique_ptr<WeightBits>> bits;
};

/// The cost of a layer in `precision` (null: binary32).
LayerCost getLayerCost(LayerOpInterface op, PrecisionAttr precision);

/// The layers below `op` in the order of the IR, in the precision they have;
/// of the integer level and of kernels, the ops with parameters. Lowering keeps
/// the totals.
std::vector<LayerCost> getLayerCosts(mlir::Operation *op);

/// The sum of the `layers` of `op`, with the largest set of activations of the
/// functions in it.
NetworkCost getNetworkCost(mlir::Operation *op,
                           llvm::ArrayRef<LayerCost> layers);

/// What the ops of the integer level and of kernels cost.
void registerCostOpInterfaceExternalModels(mlir::DialectRegistry &registry);

} // namespace mase

#include "mase/Analysis/CostOpInterface.h.inc"

#endif // MASE_ANALYSIS_COST_H
