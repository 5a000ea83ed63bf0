// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of a model, written out where they are called.
#ifndef MASE_LIB_IMPORT_ONNXFUNCTIONS_H
#define MASE_LIB_IMPORT_ONNXFUNCTIONS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"

#include <onnx/onnx_pb.h>

namespace mase::onnx_import {

/// Puts the nodes of the model's functions in the place of the graph's nodes
/// that call them. What they compute inside is called "CALL/NAME", and so are
/// their nodes; a CALL without a name of its own is called like its function.
/// `inlined` is told of each call, in words. False after an error: a function
/// that calls itself, one that takes other numbers of operands, a parameter
/// that is not given, more nodes than an import should go into.
bool inlineFunctions(
    onnx::ModelProto &model,
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
    llvm::function_ref<void(const onnx::NodeProto &, const llvm::Twine &)>
        inlined);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXFUNCTIONS_H
