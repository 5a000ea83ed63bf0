// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of layers from names in ONNX files.
#ifndef MASE_LIB_IMPORT_LAYERNAMES_H
#define MASE_LIB_IMPORT_LAYERNAMES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace mase::onnx_import {

/// Whether an ONNX name is that of a parameter of a module, like `block.2.bias`
/// (and not one that the exporter made up, like `onnx::MatMul_7`).
bool isParameterName(llvm::StringRef name);

/// An identifier like `name`, as Python's may be: letters of any script stay
/// (UTF-8), all else but ASCII's digits becomes '_', and one stands before a
/// leading digit. (C's names are made of it where C is printed.)
std::string sanitizeIdentifier(llvm::StringRef name);

/// Chooses the names of layers once all are known. A layer takes the first that
/// there is of
/// 1. the module that its parameters belong to: `seq_blocks.2.weight` gives
///    `seq_blocks_2`;
/// 2. the last component of the node's path that isn't its operation:
///    `/seq_blocks/seq_blocks.1/Relu` gives `seq_blocks_1`;
/// 3. type and number: `relu_0`.
/// Where several want one name, the earlier way of naming comes first, then the
/// earlier layer; the others get `_1`, `_2`, ….
class LayerNames {
public:
  /// `parameters` are ONNX names in order of preference, parameters or not.
  void add(mlir::Operation *layer, llvm::ArrayRef<llvm::StringRef> parameters,
           llvm::StringRef nodeName, llvm::StringRef opType);

  /// Forgets a layer that was added.
  void remove(mlir::Operation *layer);

  /// Sets the `layer` attribute of all that were added.
  void assign();

private:
  enum Source { Parameter, Path, Number, NumSources };
  struct Entry {
    mlir::Operation *layer;
    Source source;
    std::string wanted;
  };
  std::vector<Entry> entries;
};

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_LAYERNAMES_H
