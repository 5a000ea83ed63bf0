// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Printing kernels as CUDA C++: one .cu for a network, which also compiles as
// plain C++17 on the host, with the same results.
//
// For a network `net` of `n` inputs and `m` outputs the text declares
//
//   extern "C" cudaError_t net_launch(const float *input, float *output,
//                                     int64_t count, cudaStream_t stream);
//
// (device pointers, [count][n] aligned to 16 bytes and [count][m]) under nvcc,
// and elsewhere
//
//   extern "C" void net_host(const float *input, float *output, int64_t count);
#ifndef MASE_TARGET_CUDA_CUDATARGET_H
#define MASE_TARGET_CUDA_CUDATARGET_H

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/LLVM.h"

#include <string>

namespace mase {

/// The name of a kernel in the text: its symbol, made a C++ identifier.
std::string getCudaName(kernel::KernelOp kernel);

/// Prints the module's kernels. `withInclude` prints the #include of the
/// runtime header, too; several modules in one file need it once.
mlir::LogicalResult printCuda(mlir::ModuleOp module, llvm::raw_ostream &os,
                              bool withInclude = true);

/// mase-translate --mase-to-cuda, with --cuda-name=NAME. The default is the
/// function's name; where that is an exporter's for every graph (torch_jit,
/// main_graph, …), the stem of the file that the function was read from. The
/// pipeline's options have `cuda-` before their names: --cuda-kernel=scalar.
void registerToCudaTranslation();

} // namespace mase

#endif // MASE_TARGET_CUDA_CUDATARGET_H
