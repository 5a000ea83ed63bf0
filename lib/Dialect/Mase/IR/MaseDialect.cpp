// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the mase dialect, its hook for the inliner, and what all of
// its ops verify.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace mase;

#include "mase/Dialect/Mase/IR/MaseDialect.cpp.inc"
#include "mase/Dialect/Mase/IR/MaseOpInterfaces.cpp.inc"

namespace {
/// All ops are pure and independent of where they stand.
struct MaseInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool,
                       IRMapping &) const override {
    return true;
  }
};
} // namespace

bool mase::isNetworkType(FunctionType type) {
  if (type.getNumInputs() != 1 || type.getNumResults() != 1)
    return false;
  auto in = dyn_cast<RankedTensorType>(type.getInput(0)),
       out = dyn_cast<RankedTensorType>(type.getResult(0));
  for (RankedTensorType tensor : {in, out})
    if (!tensor || !tensor.getElementType().isF32() || tensor.getRank() < 1 ||
        ShapedType::isDynamicShape(tensor.getShape().drop_front()) ||
        llvm::is_contained(tensor.getShape(), 0))
      return false;
  return in.getDimSize(0) == out.getDimSize(0);
}

/// An op with `kFormatAttrName`.
static LogicalResult verifyRoundingFunction(Operation *op, Attribute value) {
  auto format = dyn_cast<NumberFormatAttrInterface>(value);
  if (!format || !format.getNumberFormat()->deviceFunction())
    return op->emitError() << "expected '" << kFormatAttrName
                           << "' to be a number format with a C++ function "
                              "that rounds, found "
                           << value;
  auto isF32 = [](ArrayRef<Type> types) {
    return types.size() == 1 && types[0].isF32();
  };
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (function && isF32(function.getArgumentTypes()) &&
      isF32(function.getResultTypes()))
    return success();
  InFlightDiagnostic error = op->emitError();
  error << "expected '" << kFormatAttrName
        << "' on a function of an f32 that gives one, found ";
  if (function)
    return error << function.getFunctionType();
  return error << "'" << op->getName() << "'";
}

LogicalResult MaseDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (attribute.getName() == kFormatAttrName)
    return verifyRoundingFunction(op, attribute.getValue());
  if (attribute.getName() != kNetworkAttrName)
    return success();
  auto type = dyn_cast<TypeAttr>(attribute.getValue());
  auto function =
      type ? dyn_cast<FunctionType>(type.getValue()) : FunctionType();
  if (function && isNetworkType(function))
    return success();
  return op->emitError() << "expected '" << kNetworkAttrName
                         << "' to be a network's type, '(tensor<?x...xf32>) -> "
                            "tensor<?x...xf32>', found "
                         << attribute.getValue();
}

LogicalResult mase::detail::verifyBoundedTensors(Operation *op) {
  auto check = [&](Type type) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return success();
    int64_t elements = 1;
    for (int64_t size : tensor.getShape())
      if (!ShapedType::isDynamic(size) &&
          llvm::MulOverflow(elements, size, elements))
        elements = std::numeric_limits<int64_t>::max();
    if (elements <= kMaxTensorElements)
      return success();
    return op->emitOpError()
           << "expected tensors of at most " << kMaxTensorElements
           << " elements, found " << type << " with " << elements;
  };
  for (Type type : op->getOperandTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(check(type)))
      return failure();
  return success();
}

void MaseDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "mase/Dialect/Mase/IR/MaseOps.cpp.inc"
      >();
  addInterfaces<MaseInlinerInterface>();
}
