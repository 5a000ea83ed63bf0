// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why operations are not imported that people have in their networks.
#ifndef MASE_LIB_IMPORT_ONNXREFUSED_H
#define MASE_LIB_IMPORT_ONNXREFUSED_H

#include "llvm/ADT/StringRef.h"

namespace mase::onnx_import {

/// Why there is nothing here for the operation, and what to do about it; empty
/// where that is all there is to say.
llvm::StringRef whyRefused(llvm::StringRef domain, llvm::StringRef operation);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXREFUSED_H
