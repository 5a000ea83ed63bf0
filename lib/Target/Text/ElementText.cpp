// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element-wise ops and the tables of ops as C++ text: what the targets share.
#include "ElementText.h"

#include "Literals.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::optional<std::pair<std::string, std::string>>
mase::elementText(Operation *op, const ElementContext &context) {
  using Result = std::optional<std::pair<std::string, std::string>>;
  auto result = [](StringRef name, std::string text) {
    return Result(std::pair(name.str(), std::move(text)));
  };
  auto binary = [&](StringRef name, StringRef function, Operation *op) {
    return result(name, formatv("rt::{0}({1}, {2})", function,
                                context.value(op->getOperand(0)),
                                context.value(op->getOperand(1))));
  };
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](kernel::AffineOp affine) {
        return result("affine",
                      formatv("rt::fma({0}, {1}, {2})",
                              context.value(affine.getInput()),
                              context.table("scale"), context.table("shift")));
      })
      .Case([&](kernel::ReluOp relu) {
        return result("rectified",
                      formatv("rt::relu({0})", context.value(relu.getInput())));
      })
      .Case([&](kernel::LeakyReluOp relu) {
        return result("rectified",
                      formatv("rt::leakyRelu({0}, {1})",
                              context.value(relu.getInput()),
                              floatLiteral(relu.getAlpha().convertToFloat())));
      })
      .Case([&](kernel::ClipOp clip) {
        return result("bounded",
                      formatv("rt::clip({0}, {1}, {2})",
                              context.value(clip.getInput()),
                              floatLiteral(clip.getLower().convertToFloat()),
                              floatLiteral(clip.getUpper().convertToFloat())));
      })
      .Case([&](kernel::TanhOp tanh) {
        return result("value",
                      formatv("rt::tanh({0})", context.value(tanh.getInput())));
      })
      .Case([&](kernel::SigmoidOp sigmoid) {
        return result(
            "probability",
            formatv("rt::sigmoid({0})", context.value(sigmoid.getInput())));
      })
      .Case([&](kernel::AddOp add) { return binary("added", "add", add); })
      .Case([&](kernel::SubOp sub) { return binary("difference", "sub", sub); })
      .Case([&](kernel::MulOp mul) { return binary("product", "mul", mul); })
      .Case([&](kernel::DivOp div) { return binary("quotient", "div", div); })
      .Default([](Operation *) { return std::nullopt; });
}

static std::string biasComment(kernel::DotOp dot) {
  bool hasZeroPoint = codeScaleOf(*dot.getData().getUniform()).hasZeroPoint();
  std::string text;
  if (dot.getBiasFormat())
    text = "codes of " + formatText(*dot.getBiasFormat()) +
           ", in units of the sums";
  if (!hasZeroPoint)
    return text;
  return text + (text.empty() ? "" : ", ") +
         "less what the data's zero points add up to";
}

static DenseElementsAttr powersOf(kernel::DotOp dot, ArrayRef<int64_t> shifts) {
  Type type = getElementTypeOrSelf(dot.getResult().getType());
  SmallVector<APInt> values;
  for (int64_t shift : shifts)
    values.push_back(
        APInt::getOneBitSet(type.getIntOrFloatBitWidth(), unsigned(shift)));
  return DenseElementsAttr::get(
      RankedTensorType::get(int64_t(shifts.size()), type), values);
}

std::vector<TextTable> mase::elementTablesOf(Operation *op) {
  std::vector<TextTable> tables;
  auto add = [&](StringRef role, const std::string &comment,
                 std::optional<DenseElementsAttr> values) {
    if (values)
      tables.push_back({role.str(), comment, *values});
  };
  TypeSwitch<Operation *>(op)
      .Case([&](kernel::DotOp dot) {
        add("weight",
            "[out][in]: codes of " + formatText(dot.getWeightFormat()),
            dot.getWeight());
        add("bias", biasComment(dot), dot.getInit());
        if (ArrayRef<int64_t> shifts = kernel::shiftsOf(dot); shifts.size() > 1)
          add("power", "what the products are multiplied by",
              powersOf(dot, shifts));
      })
      .Case([&](kernel::LinearOp linear) {
        add("weight", "[out][in]", linear.getWeight());
        add("bias", "one an output", linear.getBias());
      })
      .Case([&](kernel::ReduceOp reduce) {
        add("bias", "less what the zero points add up to", reduce.getInit());
      })
      .Case([&](kernel::AffineOp affine) {
        add("scale", "y = fma(x, scale, shift)", affine.getScale());
        add("shift", "the other half", affine.getShift());
      })
      .Case([&](kernel::ConstantOp constant) {
        add("constant", "a constant operand", constant.getValue());
      })
      .Case([&](kernel::DequantizeOp dequantize) {
        MLIRContext *context = dequantize.getContext();
        if (ArrayRef<float> scale = dequantize.getScale(); scale.size() > 1)
          add("scale", "what an integer is worth", floatTable(context, scale));
        if (auto zero = dequantize.getZeroPoint(); zero && zero->size() > 1)
          add("zeroPoint", "what is 0",
              DenseElementsAttr::get(
                  RankedTensorType::get(int64_t(zero->size()),
                                        IntegerType::get(context, 64)),
                  *zero));
      });
  return tables;
}

DeviceFunctions mase::printDeviceFunctions(kernel::KernelOp kernel,
                                           StringRef space, StringRef within,
                                           raw_indented_ostream &os) {
  DeviceFunctions functions;
  kernel.walk([&](kernel::DeviceFunctionOpInterface op) {
    NumberFormat::DeviceFunction function = op.getDeviceFunction();
    if (functions.contains(function.source))
      return;
    std::string own = formatv("{0}::f{1}", space, functions.size());
    functions[function.source] =
        (within + "::" + own + "::" + function.name).str();
    os << "\n// " << toComment(op.getFunctionComment()) << "\nnamespace " << own
       << " {\n"
       << StringRef(function.source).rtrim() << "\n} // namespace " << own
       << '\n';
  });
  return functions;
}
