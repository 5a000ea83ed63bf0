// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The network of a module at any level that mase-opt writes.
#ifndef MASE_EXECUTION_ENTRYPOINT_H
#define MASE_EXECUTION_ENTRYPOINT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

#include <optional>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

/// How far a network has been lowered.
enum class Level {
  Layers,  ///< the network and the integer level of the mase dialect
  Tensors, ///< other ops on tensors: --convert-mase-to-linalg
  Buffers, ///< functions on memrefs
  Llvm,    ///< --mase-to-llvm-pipeline
  Kernel,  ///< --convert-mase-to-kernel, for GPUs
  Lanes,   ///< kernels of the layout `lanes`, for CPUs
};

/// The level for people: "layers", "linalg on tensors", ….
llvm::StringRef describe(Level level);

/// What is run of a module: a `func.func`, an `llvm.func` or a
/// `mase_kernel.kernel`.
struct EntryPoint {
  mlir::Operation *op = nullptr;
  Level level = Level::Layers;
  /// Shapes of a sample and of its result, without the batch; a kernel's are
  /// flat.
  llvm::SmallVector<int64_t> inputShape, outputShape;
  /// The batch size that the code insists on, none where it takes any.
  std::optional<int64_t> batch;

  int64_t inputSize() const;
  int64_t outputSize() const;
};

/// The only network of `module`, or `@main` where there are several. Networks
/// are the kernels where there are any, else the public functions, else the
/// functions of the LLVM dialect with `mase.network`. Errors are reported at
/// the module or at the function: none, several, a signature that is no
/// network's.
mlir::FailureOr<EntryPoint> findEntryPoint(mlir::ModuleOp module);

/// All networks of `module`, in its order; the same errors but for several.
mlir::FailureOr<llvm::SmallVector<EntryPoint>>
findEntryPoints(mlir::ModuleOp module);

/// The dialects of all levels, with what engines ask of their ops, for a
/// context that networks are read into.
void registerNetworkDialects(mlir::DialectRegistry &registry);

} // namespace mase

#endif // MASE_EXECUTION_ENTRYPOINT_H
