// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network costs: parameters, multiply-accumulates, bits.
#ifndef MASE_ANALYSIS_COST_H
#define MASE_ANALYSIS_COST_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace mase {

/// One layer in one precision. All integers, so that sums over layers do not
/// depend on their order.
struct LayerCost {
  std::string name, type;
  /// Trained parameters; a BatchNorm's running statistics are none.
  int64_t parameters = 0;
  /// Multiply-accumulates a sample.
  int64_t macs = 0;
  /// Bits of all parameters when packed, at 32 for those in binary32.
  int64_t parameterBits = 0;
  /// Bytes of the packed parameters, each tensor rounded up to whole bytes.
  int64_t packedBytes = 0;
  /// Weights of a quantised Linear and their bits: all that MASE's average
  /// counts. 0 for every other layer.
  int64_t maseWeights = 0, maseWeightBits = 0;

  double averageBits() const {
    return parameters ? double(parameterBits) / double(parameters) : 0.0;
  }
};

/// Sums over layers.
struct NetworkCost {
  int64_t parameters = 0, macs = 0, parameterBits = 0, packedBytes = 0;
  int64_t maseWeights = 0, maseWeightBits = 0;

  void add(const LayerCost &layer);
  /// MASE's average_bitwidth: bits a weight over *quantised* Linear layers
  /// only, 32 if there are none.
  double averageBitwidth() const {
    return maseWeights ? double(maseWeightBits) / double(maseWeights) : 32.0;
  }
  /// Bits a parameter over every parameter of every layer.
  double averageBitwidthAll() const {
    return parameters ? double(parameterBits) / double(parameters) : 0.0;
  }
};

/// The cost of a layer in `precision` (null: binary32).
LayerCost getLayerCost(LayerOpInterface op, PrecisionAttr precision);

/// The layers below `op` in the order of the IR, in the precision they have;
/// of the integer level and of kernels, the ops with parameters. Lowering keeps
/// the totals.
std::vector<LayerCost> getLayerCosts(mlir::Operation *op);

enum class ReportFormat { Table, Json, Csv };

/// Prints a line for each layer, and the network's sums.
void printCosts(llvm::ArrayRef<LayerCost> layers, ReportFormat format,
                llvm::raw_ostream &os);

} // namespace mase

#endif // MASE_ANALYSIS_COST_H
