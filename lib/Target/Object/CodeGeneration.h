// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM IR to an object file.
#ifndef MASE_LIB_TARGET_OBJECT_CODEGENERATION_H
#define MASE_LIB_TARGET_OBJECT_CODEGENERATION_H

#include "mase/Target/Object/ObjectTarget.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace mase {

/// The machine that `options` name. Fails for what LLVM does not know, with
/// what it does, and for sets that the processor does not have.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const ObjectOptions &options);

/// Puts the functions of LaneFunctions.h that `module` calls into it, for
/// nobody else.
llvm::Error linkLaneFunctions(llvm::Module &module);

/// Optimises `module` and writes an object file.
llvm::Error compileObject(llvm::Module &module, llvm::TargetMachine &machine,
                          llvm::raw_ostream &os);

} // namespace mase

#endif // MASE_LIB_TARGET_OBJECT_CODEGENERATION_H
