// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops of the network level: verifiers, costs and what is legal to quantise.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mase;

#define GET_OP_CLASSES
#include "mase/Dialect/Mase/IR/MaseOps.cpp.inc"

//===----------------------------------------------------------------------===//
// What layers share
//===----------------------------------------------------------------------===//

std::optional<SmallVector<float>> mase::getConstantF32(Value value) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.getElementType().isF32())
    return std::nullopt;
  return llvm::to_vector(attr.getValues<float>());
}

static int64_t lastDim(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

static int64_t batchDim(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().front();
}

/// All sizes but the last.
static ArrayRef<int64_t> leadingDims(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().drop_back();
}

/// Particles of a sample, 1 of a matrix; 0 if their number is dynamic.
static int64_t particlesOf(Value value) {
  int64_t n = 1;
  for (int64_t size : leadingDims(value).drop_front())
    n *= ShapedType::isDynamic(size) ? 0 : size;
  return n;
}

static SmallVector<int64_t> shapeOf(Value value) {
  if (!value)
    return {};
  return SmallVector<int64_t>(cast<ShapedType>(value.getType()).getShape());
}

/// Elements of a sample: the product of all sizes but the first; 0 if one is
/// dynamic.
static int64_t elementsPerSample(Value value) {
  int64_t n = 1;
  for (int64_t size : cast<ShapedType>(value.getType()).getShape().drop_front())
    n *= ShapedType::isDynamic(size) ? 0 : size;
  return n;
}

std::optional<LinearSums> mase::getLinearSums(QuantizableOpInterface op,
                                              PrecisionAttr precision) {
  auto product = dyn_cast<ProductOpInterface>(*op);
  if (!precision || !product)
    return std::nullopt;
  auto uniform = [&](OperandRole role) {
    NumberFormatAttrInterface format = precision.getFormat(role);
    return format ? format.getUniform() : std::nullopt;
  };
  std::optional<UniformTensorFormat> data = uniform(OperandRole::DataIn),
                                     weight = uniform(OperandRole::Weight),
                                     bias;
  if (!data || !weight)
    return std::nullopt;
  SmallVector<int64_t> shape = op.getParameterShape(OperandRole::Weight);
  if (product.isWeightInOut()) {
    // The axes the other way round.
    std::swap(shape[0], shape[1]);
    if (weight->axis)
      weight->axis =
          1 - (*weight->axis < 0 ? *weight->axis + 2 : *weight->axis);
  }
  if (product.getBias())
    bias = uniform(OperandRole::Bias);
  data = formatOfFeatures(
      *data, cast<RankedTensorType>(product.getInput().getType()).getRank());
  if (!data) // particles have scales of their own
    return std::nullopt;
  return linearSums(shape[0], shape[1], *data, *weight,
                    bias ? &*bias : nullptr);
}

std::optional<ReduceSums> mase::getReduceSums(QuantizableOpInterface op,
                                              PrecisionAttr precision) {
  NumberFormatAttrInterface format =
      precision ? precision.getDataIn() : NumberFormatAttrInterface();
  std::optional<UniformTensorFormat> data =
      format ? format.getUniform() : std::nullopt;
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  if (!isa<ReduceSumOp, ReduceMeanOp>(*op) || !data)
    return std::nullopt;
  data = formatOfFeatures(*data, type.getRank());
  return data ? reduceSums(type.getDimSize(1), isa<ReduceMeanOp>(*op), *data)
              : std::nullopt;
}

/// The shape of what has the format in `role`.
static SmallVector<int64_t> shapeOfRole(QuantizableOpInterface op,
                                        OperandRole role) {
  switch (role) {
  case OperandRole::DataIn:
    return shapeOf(op->getOperand(0));
  case OperandRole::DataOut:
    return shapeOf(op->getResult(0));
  case OperandRole::Weight:
  case OperandRole::Bias:
    return op.getParameterShape(role);
  }
  return {};
}

bool mase::clampsNegative(Operation *op, OperandRole role) {
  auto layer = dyn_cast<QuantizableOpInterface>(op);
  return layer && role == OperandRole::DataIn && layer.takesUnsignedInput();
}

NumberFormat mase::formatInRole(Operation *op, OperandRole role,
                                const NumberFormat &format) {
  return clampsNegative(op, role) ? format.nonNegativeVariant() : format;
}

std::optional<std::string>
mase::detail::illegalPrecisionReason(Operation *op, PrecisionAttr precision) {
  if (!precision)
    return std::nullopt;
  auto layer = cast<QuantizableOpInterface>(op);
  SmallVector<OperandRole> roles = layer.getOperandRoles();
  for (OperandRole role : kAllRoles)
    if (precision.getFormat(role) && !llvm::is_contained(roles, role)) {
      std::string names;
      for (OperandRole r : roles)
        names += (names.empty() ? "'" : ", '") + stringify(r).str() + "'";
      return "the layer has no '" + stringify(role).str() +
             "' to quantise; expected " + names;
    }
  for (OperandRole role : roles)
    if (NumberFormatAttrInterface format = precision.getFormat(role)) {
      SmallVector<int64_t> shape = shapeOfRole(layer, role);
      if (ShapedType::isDynamicShape(shape))
        for (int64_t &size : shape)
          size = ShapedType::isDynamic(size) ? -1 : size;
      if (auto mismatch =
              format.getNumberFormat()->mismatch({shape.data(), shape.size()}))
        return "'" + stringify(role).str() + "': " + *mismatch;
    }
  if (std::optional<LinearSums> sums = getLinearSums(layer, precision))
    if (auto reason = sums->illegal(lastDim(layer->getOperand(0))))
      return reason;
  if (NumberFormatAttrInterface data = precision.getDataIn();
      data && formatInRole(op, OperandRole::DataIn, data.getNumberFormat()) !=
                  data.getNumberFormat())
    return "the 'data_in' format of a " +
           cast<LayerOpInterface>(op).getTorchModule().str() +
           " is unsigned; found a signed one";
  return std::nullopt;
}

LogicalResult mase::detail::verifyPrecision(Operation *layer, int number) {
  auto op = cast<QuantizableOpInterface>(layer);
  PrecisionAttr precision = op.getLayerPrecision();
  std::optional<std::string> reason = op.getIllegalPrecisionReason(precision);
  if (!reason)
    return success();
  bool aboutRoles = llvm::any_of(kAllRoles, [&](OperandRole role) {
    return precision.getFormat(role) &&
           !llvm::is_contained(op.getOperandRoles(), role);
  });
  return op->emitOpError() << "(C" << (aboutRoles ? number : number + 1) << ") "
                           << *reason;
}

//===----------------------------------------------------------------------===//
// LinearOp, MatmulOp
//===----------------------------------------------------------------------===//

/// Product of `input` [..., in] with a parameter of sizes `in` and `out`.
static LogicalResult verifyProduct(Operation *op, Value input, Value weight,
                                   Value result, int inDim, StringRef layout,
                                   int leadingConstraint) {
  ArrayRef<int64_t> w = cast<RankedTensorType>(weight.getType()).getShape();
  if (ShapedType::isDynamicShape(w) || lastDim(input) != w[inDim] ||
      lastDim(result) != w[1 - inDim])
    return op->emitOpError()
           << "(C1) expected a static weight " << layout << " for input "
           << input.getType() << " and result " << result.getType()
           << ", found " << weight.getType();
  if (leadingDims(input) != leadingDims(result))
    return op->emitOpError()
           << "(C" << leadingConstraint
           << ") expected the same sizes but for the last, found "
           << input.getType() << " and " << result.getType();
  return success();
}

LogicalResult LinearOp::verify() {
  if (failed(verifyProduct(*this, getInput(), getWeight(), getResult(),
                           /*inDim=*/1, "[out, in]", 3)))
    return failure();
  if (getBias() && lastDim(getBias()) != lastDim(getResult()))
    return emitOpError() << "(C2) expected a bias of " << lastDim(getResult())
                         << " elements, found " << getBias().getType();
  return mase::detail::verifyPrecision(*this, 4);
}

SmallVector<OperandRole> LinearOp::getOperandRoles() {
  if (getBias())
    return {OperandRole::DataIn, OperandRole::Weight, OperandRole::Bias,
            OperandRole::DataOut};
  return {OperandRole::DataIn, OperandRole::Weight, OperandRole::DataOut};
}

SmallVector<int64_t> LinearOp::getParameterShape(OperandRole role) {
  if (role == OperandRole::Weight)
    return shapeOf(getWeight());
  return role == OperandRole::Bias ? shapeOf(getBias())
                                   : SmallVector<int64_t>();
}

int64_t LinearOp::getMacs() {
  return ShapedType::getNumElements(shapeOf(getWeight())) *
         particlesOf(getInput());
}

int64_t LinearOp::getThopFlops() { return getMacs(); }

StringRef LinearOp::getOperandName(unsigned index) {
  static constexpr StringRef names[] = {"input", "weight", "bias"};
  return names[index];
}

LogicalResult MatmulOp::verify() {
  if (failed(verifyProduct(*this, getInput(), getWeight(), getResult(),
                           /*inDim=*/0, "[in, out]", 2)))
    return failure();
  return mase::detail::verifyPrecision(*this, 3);
}

SmallVector<OperandRole> MatmulOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::Weight, OperandRole::DataOut};
}

SmallVector<int64_t> MatmulOp::getParameterShape(OperandRole role) {
  return role == OperandRole::Weight ? shapeOf(getWeight())
                                     : SmallVector<int64_t>();
}

int64_t MatmulOp::getMacs() {
  return ShapedType::getNumElements(shapeOf(getWeight())) *
         particlesOf(getInput());
}

StringRef MatmulOp::getOperandName(unsigned index) {
  return index == 0 ? "input" : "weight";
}

//===----------------------------------------------------------------------===//
// Activations and element-wise layers
//===----------------------------------------------------------------------===//

LogicalResult ReluOp::verify() {
  return mase::detail::verifyPrecision(*this, 2);
}

SmallVector<OperandRole> ReluOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}

bool ReluOp::takesUnsignedInput() { return true; }

bool ReluOp::isIdentityOn(const NumberFormat &dataIn) {
  return dataIn->isNonNegative(); // +0 and more
}

LogicalResult LeakyReluOp::verify() {
  if (!getAlpha().isFinite())
    return emitOpError() << "(C3) expected a finite alpha, found "
                         << getAlpha().convertToFloat();
  return mase::detail::verifyPrecision(*this, 2);
}

SmallVector<OperandRole> LeakyReluOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}

LogicalResult ClipOp::verify() {
  if (!(getLower().convertToFloat() <= getUpper().convertToFloat()))
    return emitOpError() << "(C4) expected a lower bound that is not above the "
                            "upper one, found "
                         << getLower().convertToFloat() << " and "
                         << getUpper().convertToFloat();
  return mase::detail::verifyPrecision(*this, 2);
}

SmallVector<OperandRole> ClipOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}

bool ClipOp::takesUnsignedInput() { return getLower().isZero(); }

bool ClipOp::isIdentityOn(const NumberFormat &dataIn) {
  return dataIn->isNonNegative() && getUpper().isInfinity() &&
         getLower().convertToFloat() <= 0;
}

int64_t SoftmaxOp::getThopFlops() {
  ArrayRef<int64_t> shape = getResult().getType().getShape().drop_front();
  if (ShapedType::isDynamicShape(shape))
    return 0;
  int64_t n = shape.back();
  return ShapedType::getNumElements(shape) / std::max<int64_t>(n, 1) *
         (3 * n - 1);
}

static LogicalResult verifyElementwise(QuantizableOpInterface op) {
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  bool full = false;
  for (Value operand : op->getOperands()) {
    auto type = cast<RankedTensorType>(operand.getType());
    full |= type == result;
    if (type.getRank() != result.getRank() ||
        type.getShape().drop_front() != result.getShape().drop_front() ||
        (type.getShape()[0] != result.getShape()[0] && type.getShape()[0] != 1))
      return op->emitOpError()
             << "(C1) expected an operand like the result " << result
             << ", or with a leading size of 1, found " << type;
  }
  if (!full)
    return op->emitOpError() << "(C1) expected an operand of the result's type "
                             << result << ", found none";
  return mase::detail::verifyPrecision(op, 2);
}

/// Elements of the constants among the operands, each once.
static int64_t countConstants(Operation *op) {
  int64_t count = 0;
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (matchPattern(operand, m_Constant()) &&
        !llvm::is_contained(op->getOperands().take_front(i), operand))
      count += cast<ShapedType>(operand.getType()).getNumElements();
  return count;
}

#define MASE_ELEMENTWISE(OP)                                                   \
  int64_t OP::getUnquantizedParameterCount() { return countConstants(*this); } \
  StringRef OP::getOperandName(unsigned index) {                               \
    return index == 0 ? "lhs" : "rhs";                                         \
  }                                                                            \
  LogicalResult OP::verify() { return verifyElementwise(*this); }              \
  SmallVector<OperandRole> OP::getOperandRoles() {                             \
    return {OperandRole::DataIn, OperandRole::DataOut};                        \
  }
MASE_ELEMENTWISE(AddOp)
MASE_ELEMENTWISE(SubOp)
MASE_ELEMENTWISE(MulOp)
MASE_ELEMENTWISE(DivOp)
#undef MASE_ELEMENTWISE

//===----------------------------------------------------------------------===//
// BatchNormOp, FlattenOp, ConfigurationOp
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::verify() {
  auto type = cast<RankedTensorType>(getInput().getType());
  if (type != getResult().getType() || type.getRank() < 2)
    return emitOpError() << "(C1) expected input and result of one type, of "
                            "rank 2 or more, found "
                         << type << " and " << getResult().getType();
  int64_t axis = getFeatureAxis();
  if (axis < 1 || axis >= type.getRank())
    return emitOpError() << "(C4) expected an axis of 1 to "
                         << type.getRank() - 1 << ", found " << axis;
  for (Value parameter : {getGamma(), getBeta(), getMean(), getVariance()})
    if (lastDim(parameter) != type.getDimSize(axis))
      return emitOpError() << "(C2) expected parameters of "
                           << type.getDimSize(axis) << " elements, found "
                           << parameter.getType();
  if (!(getEpsilon().convertToDouble() >= 0))
    return emitOpError() << "(C3) expected an epsilon of at least 0, found "
                         << getEpsilon().convertToDouble();
  return success();
}

int64_t BatchNormOp::getFeatureAxis() { return int64_t(getAxis()); }

int64_t BatchNormOp::getMacs() { return elementsPerSample(getInput()); }

int64_t BatchNormOp::getThopFlops() { return thopAffineFlops(getMacs()); }

int64_t BatchNormOp::getUnquantizedParameterCount() {
  return 2 * lastDim(getGamma());
}

StringRef BatchNormOp::getMaseOperation() { return "batch_norm1d"; }

StringRef BatchNormOp::getOperandName(unsigned index) {
  static constexpr StringRef names[] = {"input", "gamma", "beta", "mean",
                                        "variance"};
  return names[index];
}

std::optional<AffineParameters> BatchNormOp::getAffineParameters() {
  auto gamma = getConstantF32(getGamma()), beta = getConstantF32(getBeta()),
       mean = getConstantF32(getMean()),
       variance = getConstantF32(getVariance());
  if (!gamma || !beta || !mean || !variance)
    return std::nullopt;
  AffineParameters result;
  double epsilon = getEpsilon().convertToDouble();
  for (size_t c = 0; c < gamma->size(); ++c) {
    double s =
        double((*gamma)[c]) / std::sqrt(double((*variance)[c]) + epsilon);
    double t = double((*beta)[c]) - double((*mean)[c]) * s;
    result.wideScale.push_back(s);
    result.wideShift.push_back(t);
    result.scale.push_back(float(s));
    result.shift.push_back(float(t));
  }
  return result;
}

LogicalResult FlattenOp::verify() {
  auto in = cast<RankedTensorType>(getInput().getType());
  auto out = cast<RankedTensorType>(getResult().getType());
  if (in.getRank() >= 1 &&
      !ShapedType::isDynamicShape(in.getShape().drop_front()) &&
      batchDim(getInput()) == batchDim(getResult()) &&
      out.getDimSize(1) == elementsPerSample(getInput()))
    return success();
  return emitOpError() << "(C1) expected a result [batch, product of the other "
                          "sizes] for input "
                       << in << ", found " << out;
}

LogicalResult ConfigurationOp::verify() {
  for (NamedAttribute entry : getLayers())
    if (!isa<PrecisionAttr>(entry.getValue()))
      return emitOpError() << "(C1) expected a precision for layer '"
                           << entry.getName().getValue() << "', found "
                           << entry.getValue();
  for (NamedAttribute entry : getMetrics())
    if (!isa<FloatAttr, IntegerAttr>(entry.getValue()))
      return emitOpError() << "(C2) expected a number for metric '"
                           << entry.getName().getValue() << "', found "
                           << entry.getValue();
  return success();
}
