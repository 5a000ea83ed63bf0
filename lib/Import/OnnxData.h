// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the elements of a tensor lie: in the model or in a file beside it, all
// or only those that aren't zero.
#ifndef MASE_LIB_IMPORT_ONNXDATA_H
#define MASE_LIB_IMPORT_ONNXDATA_H

#include "OnnxTensor.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mase::onnx_import {

/// The files beside a model that hold elements of its tensors.
class ExternalData {
public:
  /// `model` is the model's path, or "<stdin>", which has no folder.
  explicit ExternalData(llvm::StringRef model) : model(model) {}

  /// The bytes of `proto`'s elements where they lie in another file; mapped,
  /// and there as long as this object. Nothing after an error: the file is not
  /// in the model's folder or below, or shorter than the model says.
  std::optional<llvm::StringRef> read(const onnx::TensorProto &proto,
                                      EmitErrorFn emitError);

private:
  std::string model;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
};

/// All elements of a sparse tensor. Null after an error. `mayMake` is asked for
/// the number of elements before they are made, and reports if it is too large.
std::shared_ptr<const OnnxTensor>
decodeSparse(const onnx::SparseTensorProto &proto, ExternalData &external,
             EmitErrorFn emitError, llvm::function_ref<bool(int64_t)> mayMake);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXDATA_H
