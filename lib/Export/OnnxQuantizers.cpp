// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats as quantisers: QONNX's, and the standard's.
#include "OnnxWriter.h"

#include "mase/Numerics/QonnxRounding.h"
#include "mase/Numerics/Slices.h"
#include "mase/Support/Quoting.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_export {

static InFlightDiagnostic cannotSay(Operation *layer, OperandRole role,
                                    StringRef node) {
  InFlightDiagnostic diagnostic = layer->emitError("layer ");
  diagnostic
      << quoted(cast<LayerOpInterface>(layer).getLayerName()) << ": its '"
      << stringify(role) << "' "
      << cast<QuantizableOpInterface>(layer).getLayerPrecision().getFormat(role)
      << " is no " << node << ": expected ";
  return diagnostic;
}

FailureOr<std::string> OnnxWriter::quantize(Operation *layer, OperandRole role,
                                            const std::string &name,
                                            ArrayRef<int64_t> shape) {
  auto quantizable = dyn_cast<QuantizableOpInterface>(layer);
  PrecisionAttr precision =
      quantizable ? quantizable.getLayerPrecision() : PrecisionAttr();
  NumberFormatAttrInterface format =
      precision ? precision.getFormat(role) : nullptr;
  if (!format)
    return name;
  std::optional<UniformTensorFormat> uniform = format.getUniform();
  bool qonnx = quantizers == OnnxQuantizers::Qonnx;
  if (!uniform)
    return cannotSay(layer, role, qonnx ? "Quant" : "QuantizeLinear")
           << "a format of integer codes";
  if (uniform->common.overflow == Overflow::Wrap)
    return cannotSay(layer, role, qonnx ? "Quant" : "QuantizeLinear")
           << "codes that saturate";
  return qonnx ? quantizeQonnx(layer, role, name, shape, *uniform)
               : quantizeLinear(layer, role, name, shape, *uniform);
}

/// The values of `slice` for each slice, in a shape that repeats to the
/// tensor's: one if all are the same.
template <typename Get>
static std::pair<SmallVector<float>, SmallVector<int64_t>>
parameterOf(const UniformTensorFormat &format, ArrayRef<int64_t> shape,
            bool isList, Get get) {
  SmallVector<float> values;
  SmallVector<int64_t> sizes;
  if (!isList)
    return {{float(get(format.common))}, sizes};
  for (size_t i = 0; i < format.slices(); ++i)
    values.push_back(float(get(format.slice(i))));
  sizes.assign(shape.size(), 1);
  sizes[*format.axis < 0 ? *format.axis + int(shape.size()) : *format.axis] =
      int64_t(values.size());
  return {values, sizes};
}

FailureOr<std::string>
OnnxWriter::quantizeQonnx(Operation *layer, OperandRole role,
                          const std::string &name, ArrayRef<int64_t> shape,
                          const UniformTensorFormat &format) {
  const UniformFormat &common = format.common;
  StringRef layerName = cast<LayerOpInterface>(layer).getLayerName();
  auto add = [&](StringRef what, bool isList, auto get) {
    auto [values, sizes] = parameterOf(format, shape, isList, get);
    return addFloats(layerName + "." + stringify(role) + "." + what, sizes,
                     values);
  };
  // A layer that is nothing but its quantiser gives it its name.
  std::string path = layerName.str();
  if (!isa<LeakyReluOp>(layer) || role != OperandRole::DataIn)
    path += ("/" + stringify(role)).str();

  const QonnxRounding *rounding =
      find_if(kQonnxRoundings, [&](const QonnxRounding &entry) {
        return entry.rounding == common.rounding;
      });
  bool hasZeroPoint = common.zeroPoint != 0 || !format.zeroPoint.empty();
  if (!common.bipolar && rounding == std::end(kQonnxRoundings))
    return cannotSay(layer, role, "Quant")
           << "another rounding than "
           << StringRef(toString(common.rounding).data());
  if (!common.bipolar && hasZeroPoint && !common.zeroPointFirst)
    return cannotSay(layer, role, "Quant")
           << "a zero point that is added before rounding ('zero_point_first')";
  std::string scale = add("scale", !format.scale.empty(),
                          [](const UniformFormat &f) { return f.scale; });
  std::string zero = add("zero_point", !format.zeroPoint.empty(),
                         [](const UniformFormat &f) { return f.zeroPoint; });
  std::string width = add("width", !format.width.empty(),
                          [](const UniformFormat &f) { return f.width; });
  // BipolarQuant has no zero point, and is a Quant of one bit.
  StringRef mode = "ROUND";
  if (!common.bipolar)
    mode = StringRef(rounding->name.data(), rounding->name.size());
  return addNode("Quant", path, {name, scale, zero, width},
                 layerName + "." + stringify(role) + ".rounded",
                 {{"signed", common.isSigned},
                  {"narrow", common.narrow},
                  {"rounding_mode", mode}},
                 "qonnx.custom_op.general");
}

/// The type of the standard that codes of `format` have, or why there is none.
static std::variant<onnx::TensorProto::DataType, std::string>
codeType(const UniformTensorFormat &format, bool isBias) {
  // Names that old versions of the C++ library lack.
  constexpr auto kUint4 = onnx::TensorProto::DataType(21),
                 kInt4 = onnx::TensorProto::DataType(22);
  const UniformFormat &common = format.common;
  if (!format.width.empty())
    return "one width for all slices";
  if (common.narrow || common.bipolar)
    return "all codes of its width";
  if (common.rounding != Rounding::NearestEven)
    return "rounding to nearest even";
  if (common.zeroPointFirst)
    return "a zero point that is added after rounding";
  if (common.width == 4)
    return common.isSigned ? kInt4 : kUint4;
  if (common.width == 8)
    return common.isSigned ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
  if (common.width == 16)
    return common.isSigned ? onnx::TensorProto::INT16
                           : onnx::TensorProto::UINT16;
  if (isBias && common.width == 32 && common.isSigned &&
      common.zeroPoint == 0 && format.zeroPoint.empty())
    return onnx::TensorProto::INT32;
  return isBias ? "a width of 4, 8, 16 or 32" : "a width of 4, 8 or 16";
}

FailureOr<std::string>
OnnxWriter::quantizeLinear(Operation *layer, OperandRole role,
                           const std::string &name, ArrayRef<int64_t> shape,
                           const UniformTensorFormat &format) {
  bool isBias = role == OperandRole::Bias;
  auto type = codeType(format, isBias);
  if (const auto *reason = std::get_if<std::string>(&type))
    return cannotSay(layer, role, "QuantizeLinear") << *reason;
  auto elementType = std::get<onnx::TensorProto::DataType>(type);
  needOpset(21);
  StringRef layerName = cast<LayerOpInterface>(layer).getLayerName();
  std::string prefix = (layerName + "." + stringify(role)).str();
  std::string path = (layerName + "/" + stringify(role)).str();
  if (isa<LeakyReluOp>(layer) && role == OperandRole::DataIn)
    path = layerName.str();
  bool isList = format.slices() > 0;
  SmallVector<float> scales;
  SmallVector<int64_t> zeros, sizes;
  for (const UniformFormat &slice : slicesOf(format)) {
    scales.push_back(slice.scale);
    zeros.push_back(slice.zeroPoint);
  }
  if (isList)
    sizes.push_back(int64_t(scales.size()));
  std::string scale = addFloats(prefix + ".scale", sizes, scales);
  SmallVector<OnnxAttribute, 1> attributes;
  if (isList)
    attributes.push_back({"axis", int64_t(*format.axis)});
  if (elementType == onnx::TensorProto::INT32) {
    // There is no QuantizeLinear to 32 bits: the codes are stored. `name` is
    // the initializer that was added last but one.
    onnx::TensorProto &floats =
        *graph->mutable_initializer(graph->initializer_size() - 2);
    SmallVector<int64_t> codes;
    auto values = getConstantF32(cast<LinearOp>(layer).getBias());
    for (auto [i, value] : enumerate(*values)) {
      size_t slice = format.sliceOf(int64_t(i), {shape.data(), shape.size()});
      codes.push_back(quantizeToCode(value, format.slice(slice)));
    }
    floats.clear_raw_data();
    floats.set_data_type(elementType);
    for (int64_t code : codes)
      floats.add_int32_data(int32_t(code));
    return addNode("DequantizeLinear", path, {name, scale}, prefix + ".rounded",
                   attributes);
  }
  // Codes of 4 bits lie two in an element; as zero points they are few.
  SmallVector<int64_t> packed = zeros;
  if (format.common.width == 4) {
    packed.assign((zeros.size() + 1) / 2, 0);
    for (auto [i, zero] : enumerate(zeros))
      packed[i / 2] |= (zero & 15) << (i % 2 * 4);
  }
  std::string zero =
      addIntegers(prefix + ".zero_point", elementType, sizes, packed);
  std::string codes = addNode("QuantizeLinear", path, {name, scale, zero},
                              prefix + ".codes", attributes);
  return addNode("DequantizeLinear", path, {codes, scale, zero},
                 prefix + ".rounded", attributes);
}

} // namespace mase::onnx_export
