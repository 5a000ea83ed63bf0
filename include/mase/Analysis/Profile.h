// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics in the IR: the tensors of a mase.profile.
#ifndef MASE_ANALYSIS_PROFILE_H
#define MASE_ANALYSIS_PROFILE_H

#include "mase/Analysis/Statistics.h"
#include "mase/Dialect/Mase/IR/Mase.h"

#include <optional>

namespace mase {

/// The dictionary of one tensor.
mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context,
                                 const TensorStatistics &statistics);

/// The statistics of a layer's `data_in` or `data_out`; none where the profile
/// has none.
std::optional<TensorStatistics> lookUp(ProfileOp profile, llvm::StringRef layer,
                                       OperandRole role);

} // namespace mase

#endif // MASE_ANALYSIS_PROFILE_H
