// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MASE_LIB_NUMERICS_INTEGERKIND_H
#define MASE_LIB_NUMERICS_INTEGERKIND_H

#include "mase/Numerics/NumberFormat.h"

namespace mase {

std::shared_ptr<const NumberFormat::Model>
makeIntegerModel(UniformTensorFormat format);

/// A binary64 whose shortest text is that of the binary32.
double shortest(float value);

/// "integer", "fixed" and "integer_floor".
std::unique_ptr<FormatKind> makeIntegerKind();

} // namespace mase

#endif // MASE_LIB_NUMERICS_INTEGERKIND_H
