// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A graph that is being written: nodes, initializers, and unique names.
#ifndef MASE_LIB_EXPORT_ONNXWRITER_H
#define MASE_LIB_EXPORT_ONNXWRITER_H

#include "mase/Dialect/Mase/IR/Mase.h"
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

  /// A node "/LAYER/OPERATION" with one output, called like the layer.
  onnx::NodeProto &addNode(llvm::StringRef operation, llvm::StringRef path,
                           llvm::ArrayRef<std::string> inputs,
                           const llvm::Twine &output);
  static void setInt(onnx::NodeProto &node, llvm::StringRef name,
                     int64_t value);
  static void setInts(onnx::NodeProto &node, llvm::StringRef name,
                      llvm::ArrayRef<int64_t> values);
  static void setFloat(onnx::NodeProto &node, llvm::StringRef name,
                       float value);
  static void setString(onnx::NodeProto &node, llvm::StringRef name,
                        llvm::StringRef value);

  /// Writes one network.
  llvm::LogicalResult write(mlir::func::FuncOp function);
  /// Writes a layer's node (OnnxLayers.cpp).
  llvm::LogicalResult writeLayer(LayerOpInterface layer);

  /// The tensor `name` of `shape` rounded to the format of `layer` in `role`;
  /// the name itself without a format (OnnxQuantizers.cpp).
  llvm::FailureOr<std::string> quantize(mlir::Operation *layer,
                                        OperandRole role,
                                        const std::string &name,
                                        llvm::ArrayRef<int64_t> shape);
  /// The parameter `value` of `layer` as an initializer, rounded to its format.
  llvm::FailureOr<std::string> parameter(LayerOpInterface layer,
                                         mlir::Value value,
                                         llvm::StringRef name,
                                         std::optional<OperandRole> role);

  const std::string &nameOf(mlir::Value value) { return names[value]; }
  bool isActivation(mlir::Value value) const { return names.contains(value); }
  void define(mlir::Value value, std::string name) {
    names[value] = std::move(name);
  }

  onnx::ModelProto model;
  onnx::GraphProto *graph;
  const OnnxQuantizers quantizers;
  /// Whether a node needs an operator set of 21, or QONNX's, or one of 18.
  bool usesLinear = false, usesQonnx = false, usesMean = false;

private:
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
};

} // namespace mase::onnx_export

#endif // MASE_LIB_EXPORT_ONNXWRITER_H
