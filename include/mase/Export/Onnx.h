// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks of the mase dialect as ONNX and QONNX.
#ifndef MASE_EXPORT_ONNX_H
#define MASE_EXPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace mase {

/// How a file says what a precision is.
enum class OnnxQuantizers {
  Qonnx, ///< nodes Quant and BipolarQuant of `qonnx.custom_op.general`
  Linear ///< nodes QuantizeLinear and DequantizeLinear of the standard
};

/// Writes a serialised ONNX ModelProto of the module's one network, which is at
/// the network level: a node for each layer, named so that an import gives the
/// layer its name again, and quantisers on what has a number format.
/// Annotations (configurations, profiles, calibrations) are left out.
///
/// What such a file cannot say exactly is an error (reported, with the layer's
/// name; nothing is written): formats that aren't integers, that wrap, that
/// round or add zero points as no quantiser does, and layers that ONNX has no
/// operation for.
llvm::LogicalResult exportOnnx(mlir::ModuleOp module, OnnxQuantizers quantizers,
                               llvm::raw_ostream &os);

/// Registers dialects that networks may have layers of.
using RegisterDialectsFn = std::function<void(mlir::DialectRegistry &)>;

/// Registers --export-onnx and --export-qonnx for translate tools; `others` are
/// dialects from outside, whose layers implement ExportableOpInterface.
void registerExportOnnxTranslations(const RegisterDialectsFn &others = {});

} // namespace mase

#endif // MASE_EXPORT_ONNX_H
