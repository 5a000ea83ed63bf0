// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes through a network on its way.
#ifndef MASE_EXECUTION_OBSERVE_H
#define MASE_EXECUTION_OBSERVE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mase {

/// Runs a network of the network or the integer level on the interpreter,
/// sample by sample, and calls `visit` with the index of each of `values`
/// (computed f32 tensors of `function`) and its elements, in row-major order.
/// `input` is [samples, input size]. Errors are reported at the function.
mlir::LogicalResult
observe(mlir::func::FuncOp function, llvm::ArrayRef<float> input,
        int64_t samples, llvm::ArrayRef<mlir::Value> values,
        llvm::function_ref<void(size_t, llvm::ArrayRef<float>)> visit);

} // namespace mase

#endif // MASE_EXECUTION_OBSERVE_H
