// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of the integer level as the graph of stages that a kernel of any
// family has: checked, with every op in a stage.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H

#include "mase/Analysis/IntegerRanges.h"
#include "mase/Conversion/KernelOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace mase::kernel {

/// Ops that become one function, the one that mixes features first; the last
/// one's result is the stage's.
using StageOps = std::vector<mlir::Operation *>;

class NetworkGraph {
public:
  /// Checks `func` and forms its stages. What has no kernel is reported.
  static mlir::FailureOr<NetworkGraph> build(mlir::func::FuncOp func);

  mlir::func::FuncOp func;
  std::vector<StageOps> stages;
  IntegerRanges ranges;

private:
  explicit NetworkGraph(mlir::func::FuncOp func);
  void formStages();
};

/// How an op uses features; a function's return as if it were in a stage.
FeatureUse featureUseOf(mlir::Operation *op);

/// Whether `op` mixes features, and so comes first in its stage.
inline bool isHead(mlir::Operation *op) {
  return featureUseOf(op) != FeatureUse::ElementByElement;
}

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H
