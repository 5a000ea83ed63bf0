// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How layers are written into ONNX files.
#ifndef MASE_EXPORT_EXPORTABLEOPINTERFACE_H
#define MASE_EXPORT_EXPORTABLEOPINTERFACE_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/OpDefinition.h"

#include <optional>
#include <string>
#include <variant>

namespace mase {

namespace onnx_export {
class OnnxWriter;
} // namespace onnx_export

/// An attribute of an ONNX node.
struct OnnxAttribute {
  llvm::StringRef name;
  std::variant<int64_t, float, llvm::StringRef, llvm::ArrayRef<int64_t>> value;
};

/// What a layer writes itself with: nodes, and the tensors that they take, by
/// name. All names begin with the layer's, so that an import gives it its name
/// again. An error is reported at the layer.
class OnnxLayerWriter {
public:
  OnnxLayerWriter(onnx_export::OnnxWriter &writer, LayerOpInterface layer)
      : writer(writer), layer(layer) {}

  /// Whether a value depends on the network's input.
  bool isActivation(mlir::Value value) const;
  /// The tensor of an activation before the layer rounds it.
  std::string unrounded(mlir::Value activation) const;
  /// An operand that is an activation, rounded to the layer's `data_in`.
  mlir::FailureOr<std::string> input(mlir::Value value);
  /// An operand that is a constant, "LAYER.NAME", rounded to the layer's format
  /// in `role`.
  mlir::FailureOr<std::string>
  parameter(mlir::Value value, llvm::StringRef name,
            std::optional<OperandRole> role = std::nullopt);
  /// Numbers that are no operand, "LAYER.NAME", row-major; a scalar has no
  /// shape.
  std::string constant(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<float> values);

  /// The same of INT64 integers, a vector.
  std::string integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values);

  /// A node of the standard, or of another domain in its first version; an
  /// input without a name is left out. Its one result is returned. The standard
  /// is that of operator set 13, or of 21 where the network has QuantizeLinear,
  /// or of what `needOpset` asks for if that is more.
  std::string node(llvm::StringRef operation,
                   llvm::ArrayRef<std::string> inputs,
                   llvm::ArrayRef<OnnxAttribute> attributes = {},
                   llvm::StringRef domain = "");

  /// The nodes are those of operator set `version`, or a later one.
  void needOpset(int64_t version);

  /// The layer's result is `tensor`, rounded to its `data_out`.
  llvm::LogicalResult finish(const std::string &tensor);

  /// input, node and finish of a layer with one operand.
  llvm::LogicalResult writePlain(llvm::StringRef operation,
                                 llvm::ArrayRef<OnnxAttribute> attributes = {});

private:
  onnx_export::OnnxWriter &writer;
  LayerOpInterface layer;
};

/// How the layers of the mase dialect are written.
void registerExportableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace mase

#include "mase/Export/ExportableOpInterface.h.inc"

#endif // MASE_EXPORT_EXPORTABLEOPINTERFACE_H
