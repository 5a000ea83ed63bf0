// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as CUDA C++ text.
#ifndef MASE_LIB_TARGET_CUDA_CUDAQUANTIZE_H
#define MASE_LIB_TARGET_CUDA_CUDAQUANTIZE_H

#include "../Text/QuantizeText.h"

namespace mase {

/// The tables of a quantisation.
std::vector<TextTable> cudaTablesOf(kernel::QuantizeOp quantize);

/// Declares what the code is rounded from and returns the rounding of it.
std::string cudaQuantizeText(kernel::QuantizeOp quantize,
                             const QuantizeContext &context);

} // namespace mase

#endif // MASE_LIB_TARGET_CUDA_CUDAQUANTIZE_H
