// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a kernel of the layout `lanes` costs on a CPU with AVX-512 and VNNI: a
// count of the vector operations that its C++ is made of
// (mase/Runtime/Lanes.h), 16 samples at once. docs/searching.md has the table.
#ifndef MASE_ANALYSIS_LANECOST_H
#define MASE_ANALYSIS_LANECOST_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

namespace mase {

/// Of one sample: a sixteenth of what a vector of samples takes.
struct LaneCost {
  /// Vector instructions: arithmetic, and what moves vectors. An operand that
  /// an instruction reads from memory is part of it. Scalar ones, which count
  /// loops, are none.
  double instructions = 0;
  /// Operands that are read from memory: vectors and constants.
  double loads = 0;
  /// The most vector registers that are needed at once; there are 32.
  int64_t registers = 0;
};

/// The layout is `lanes`. What is computed lane by lane counts once a lane.
LaneCost getLaneCost(kernel::KernelOp kernel);

} // namespace mase

#endif // MASE_ANALYSIS_LANECOST_H
