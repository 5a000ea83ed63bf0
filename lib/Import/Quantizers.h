// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that round: what number format they are, on constants and on
// activations.
#ifndef MASE_LIB_IMPORT_QUANTIZERS_H
#define MASE_LIB_IMPORT_QUANTIZERS_H

#include "OnnxImporter.h"

#include "mase/Numerics/NumberFormat.h"

namespace mase::onnx_import {

/// A parameter of a quantiser, which repeats to the tensor by numpy's rules:
/// one number, or one for each slice of an axis.
struct QuantizerParameter {
  llvm::StringRef role; ///< "scale"
  OnnxValue value;      ///< a float32 constant
};

/// A quantiser's parameters as its node has them. Numbers are not checked yet:
/// `makeFormat` says what is wrong with them.
struct Quantizer {
  QuantizerParameter scale;
  std::optional<QuantizerParameter> zeroPoint; ///< none: 0
  /// One width for all, or a parameter.
  std::variant<int, QuantizerParameter> width = 8;
  bool isSigned = true;
  bool narrow = false;
  bool bipolar = false;
  Rounding rounding = Rounding::NearestEven;
  bool zeroPointFirst = false;
};

/// Integer constants as float32. An error where that is another number.
mlir::FailureOr<OnnxValue> toFloats(const OnnxNode &node, OnnxValue value,
                                    llvm::StringRef role);

/// Input `index`, a constant of float32 or of integers, as float32: QKeras'
/// converter has zero points and widths as integers.
mlir::FailureOr<OnnxValue> getNumbers(const OnnxNode &node, int index,
                                      llvm::StringRef role);

/// The format that `quantizer` rounds a tensor of `shape` to; the batch of an
/// activation is dynamic. Reports what no format can say.
mlir::FailureOr<NumberFormatAttrInterface>
makeFormat(const OnnxNode &node, const Quantizer &quantizer,
           llvm::ArrayRef<int64_t> shape);

/// The node's output is `input` rounded to `format`. A constant keeps the
/// format, and what it was rounded from. An activation gets a layer of its own,
/// which changes nothing but rounds; `placeQuantizers` gives the format to its
/// neighbours.
mlir::LogicalResult addQuantizer(const OnnxNode &node, OnnxValue input,
                                 NumberFormatAttrInterface format);

/// The same for a float32 constant or an activation whose rounded value has no
/// name in the graph: `name` is made up, after the node's output.
mlir::FailureOr<OnnxValue> round(const OnnxNode &node, OnnxValue input,
                                 NumberFormatAttrInterface format,
                                 llvm::StringRef name);

/// The format of a parameter that a quantiser has rounded, or null. `parameter`
/// becomes what was rounded: a layer with the format rounds it to the same
/// values.
/// It is what the layer that is added next has in `role`.
NumberFormatAttrInterface takeFormat(OnnxImporter &importer,
                                     OnnxValue &parameter, OperandRole role);

/// The 'rounding_mode' of a node of QONNX.
mlir::FailureOr<Rounding> getQonnxRounding(const OnnxNode &node,
                                           llvm::StringRef defaultValue);
/// A quantiser to fewer bits of codes (QonnxTrunc.cpp).
mlir::LogicalResult importTrunc(const OnnxNode &node);

/// A staircase (QonnxThresholds.cpp).
mlir::LogicalResult importMultiThreshold(const OnnxNode &node);

/// Whether every value of `format` rounds to itself.
bool isIdempotent(const UniformTensorFormat &format);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_QUANTIZERS_H
