// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a project writes that has a layer of its own.
#include "TestOps.h"

#include "mase/Conversion/ConvertToLinalgInterface.h"
#include "mase/Conversion/KernelOpInterface.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Interpreter.h"
#include "mase/Export/ExportableOpInterface.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

#include "TestOpsDialect.h.inc"

#define GET_OP_CLASSES
#include "TestOps.h.inc"

using namespace mlir;
using namespace mase;
using namespace mase::test;

#include "TestOpsDialect.cpp.inc"

#define GET_OP_CLASSES
#include "TestOps.cpp.inc"

static float softsign(float x) { return x / (1.0f + std::fabs(x)); }

//===----------------------------------------------------------------------===//
// Dialect: what the op is
//===----------------------------------------------------------------------===//

StringRef SoftsignOp::getTorchModule() { return "Softsign"; }

int64_t SoftsignOp::getMacs() {
  return ShapedType::getNumElements(
      cast<ShapedType>(getInput().getType()).getShape().drop_front());
}

SmallVector<OperandRole> SoftsignOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}

//===----------------------------------------------------------------------===//
// Execution, Evaluate
//===----------------------------------------------------------------------===//

LogicalResult SoftsignOp::addTo(interpreter::Program &program) {
  interpreter::Buffer *x = program.get(getInput()),
                      *y = program.create(getResult(), getInput());
  PrecisionAttr precision = getPrecisionAttr();
  program.addLayer(y, precision, [=] {
    y->floats = x->floats;
    if (precision && precision.getDataIn())
      precision.getDataIn().quantizeTensor(y->floats, y->shape, y->floats);
    for (float &v : y->floats)
      v = softsign(v);
  });
  return success();
}

LogicalResult SoftsignOp::addTo(NetworkBuilder &builder) {
  FailureOr<Step> step = builder.begin(*this, Step::Kind::Function, getInput());
  if (failed(step))
    return failure();
  step->function = [](absl::Span<const float> x, absl::Span<float> y) {
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = softsign(x[i]);
  };
  return builder.finish(*this, *std::move(step));
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

LogicalResult SoftsignOp::exportTo(OnnxLayerWriter &writer) {
  return writer.writePlain("Softsign");
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

Value SoftsignOp::buildKernel(KernelOpBuilder &b) {
  return kernel::ApplyOp::create(b.builder, getLoc(), b.getLayer(*this),
                                 b.getOperand(getInput()), "softsign",
                                 "MASE_DEVICE float softsign(float x) {\n"
                                 "  return x / (1.0f + (x < 0 ? -x : x));\n"
                                 "}\n");
}

namespace {
struct LowerSoftsign : OpConversionPattern<SoftsignOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SoftsignOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    Value x = adaptor.getInput();
    auto type = cast<RankedTensorType>(x.getType());
    Location loc = op.getLoc();
    Value empty = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, x),
        type.getElementType());
    AffineMap map = rewriter.getMultiDimIdentityMap(unsigned(type.getRank()));
    SmallVector<utils::IteratorType> loops(size_t(type.getRank()),
                                           utils::IteratorType::parallel);
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, x, empty, ArrayRef{map, map}, loops,
        [](OpBuilder &b, Location loc, ValueRange args) {
          Value one =
              arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1.0f));
          Value magnitude = math::AbsFOp::create(b, loc, args[0]);
          Value sum = arith::AddFOp::create(b, loc, one, magnitude);
          Value y = arith::DivFOp::create(b, loc, args[0], sum);
          linalg::YieldOp::create(b, loc, y);
        });
    return success();
  }
};

struct ToLinalg : ConvertToLinalgPatternInterface {
  using ConvertToLinalgPatternInterface::ConvertToLinalgPatternInterface;
  void
  populateConvertToLinalgPatterns(const TypeConverter &converter,
                                  RewritePatternSet &patterns) const final {
    patterns.add<LowerSoftsign>(converter, patterns.getContext());
  }
};
} // namespace

void MaseTestDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TestOps.cpp.inc"
      >();
  addInterfaces<ToLinalg>();
}

void mase::test::registerTestDialect(DialectRegistry &registry) {
  registry.insert<MaseTestDialect>();
}
