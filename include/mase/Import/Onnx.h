// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX networks into the mase dialect.
#ifndef MASE_IMPORT_ONNX_H
#define MASE_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"

namespace mase {

struct OnnxImportOptions {
  /// Remarks of nodes that are dropped, folded, or part of another node's
  /// layer.
  bool remarks = false;
  /// The graph's output that the function returns; may be empty if it has one.
  std::string output = {};
  /// The names of its results (ClassNames.h), with commas between them or as a
  /// JSON list; empty: those of the model's metadata `class_names` or
  /// `classes`.
  std::string classes = {};
  /// What the file computes in DOUBLE or FLOAT16 is computed in float32, and
  /// parameters are rounded to it; otherwise only what is the same in float32
  /// is imported.
  bool asFloat32 = false;
};

/// The module for a serialised ONNX ModelProto, verified: one `func.func` named
/// like the graph, with a mase layer for each node that computes something.
/// `fileName` is what diagnostics call the bytes.
///
/// The graph has one input of [batch, features...] (rank 2 to 4), or of
/// [features], one sample, which becomes a batch. Of several outputs
/// `options.output` names one; nodes that only others need are dropped. The
/// leading dimension is the batch and becomes dynamic whatever the file says:
/// people export with a batch of 1 and run any. Features are static. Other
/// shapes follow from the parameters.
///
/// Quantisers (QONNX's, and QuantizeLinear with DequantizeLinear) become the
/// precisions of the layers around them.
///
/// A model's functions are written out where they are called.
///
/// Parameters are floating point of up to 32 bits (of 64, where float32 has all
/// elements), in the file or in files beside it, which `fileName`'s folder or
/// folders below have. Layers are named after their
/// parameters (`seq_blocks.2.weight` gives `seq_blocks_2`), else after the
/// node's path, else by type and number; names are unique.
///
/// Anything that it does not import exactly is an error: null is returned after
/// a diagnostic that names the node, its operation and what is supported. No
/// input makes it abort. The context must have the mase, arith and func
/// dialects loaded or registered.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef bytes,
                                             llvm::StringRef fileName,
                                             mlir::MLIRContext *context,
                                             OnnxImportOptions options = {});

/// Registers --import-onnx, with --mase-remarks, for translate tools.
void registerImportOnnxTranslation();

} // namespace mase

#endif // MASE_IMPORT_ONNX_H
