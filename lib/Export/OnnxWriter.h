// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A graph that is being written: nodes, initializers, and unique names.
#ifndef MASE_LIB_EXPORT_ONNXWRITER_H
#define MASE_LIB_EXPORT_ONNXWRITER_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Export/ExportableOpInterface.h"
#include "mase/Export/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

#include <onnx/onnx_pb.h>

namespace mase::onnx_export {

class OnnxWriter {
public:
  explicit OnnxWriter(OnnxQuantizers quantizers) : quantizers(quantizers) {
    graph = model.mutable_graph();
  }

  /// `wanted`, or the first of `wanted_1`, … that no tensor has.
  std::string uniqueName(const llvm::Twine &wanted);

  /// Initializers; the tensor's name is returned.
  std::string addFloats(const llvm::Twine &name, llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<float> values);
  std::string addIntegers(const llvm::Twine &name, onnx::TensorProto::DataType,
                          llvm::ArrayRef<int64_t> shape,
                          llvm::ArrayRef<int64_t> values);

  /// A node "/PATH/OPERATION" with one output, whose name is returned. Names
  /// that are taken get a number.
  std::string addNode(llvm::StringRef operation, llvm::StringRef path,
                      llvm::ArrayRef<std::string> inputs,
                      const llvm::Twine &output,
                      llvm::ArrayRef<OnnxAttribute> attributes = {},
                      llvm::StringRef domain = "");

  /// Writes one network.
  llvm::LogicalResult write(mlir::func::FuncOp function);

  /// The tensor `name` of `shape` rounded to the format of `layer` in `role`;
  /// the name itself without a format (OnnxQuantizers.cpp).
  llvm::FailureOr<std::string> quantize(mlir::Operation *layer,
                                        OperandRole role,
                                        const std::string &name,
                                        llvm::ArrayRef<int64_t> shape);

  /// The tensor of an activation.
  std::string nameOf(mlir::Value value) const { return names.lookup(value); }
  bool isActivation(mlir::Value value) const { return names.contains(value); }
  void define(mlir::Value value, std::string name) {
    names[value] = std::move(name);
  }

  void needOpset(int64_t version) { opset = std::max(opset, version); }

  onnx::ModelProto model;
  onnx::GraphProto *graph;
  const OnnxQuantizers quantizers;

private:
  llvm::LogicalResult writeLayer(LayerOpInterface layer);
  void addValueInfo(onnx::ValueInfoProto &info, llvm::StringRef name,
                    mlir::Type type);

  llvm::FailureOr<std::string> quantizeQonnx(mlir::Operation *layer,
                                             OperandRole role,
                                             const std::string &name,
                                             llvm::ArrayRef<int64_t> shape,
                                             const UniformTensorFormat &format);
  llvm::FailureOr<std::string>
  quantizeLinear(mlir::Operation *layer, OperandRole role,
                 const std::string &name, llvm::ArrayRef<int64_t> shape,
                 const UniformTensorFormat &format);

  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringSet<> taken;
  llvm::SmallVector<std::string, 1> domains; ///< beside the standard's
  /// The lowest version that has all of it, for readers that know no newer
  /// ones.
  int64_t opset = 13;
};

} // namespace mase::onnx_export

#endif // MASE_LIB_EXPORT_ONNXWRITER_H
