// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of kernels and stages.
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mase::kernel;

mase::OutputKind StageOp::getOutputKind() {
  auto last = getBody()
                  .front()
                  .getTerminator()
                  ->getOperand(0)
                  .getDefiningOp<mase::OutputKindOpInterface>();
  return last ? last.getOutputKind() : mase::OutputKind::Logits;
}

/// The quantisation whose codes `value` is, of this stage or of the one that
/// yields it.
static QuantizeOp quantizeOf(Value value) {
  if (auto stage = value.getDefiningOp<StageOp>();
      stage && !stage.getBody().front().empty())
    if (auto yield = dyn_cast<YieldOp>(stage.getBody().front().back()))
      value = yield.getValue();
  return value.getDefiningOp<QuantizeOp>();
}

std::optional<Packing> mase::kernel::packingOf(Value value) {
  QuantizeOp quantize = quantizeOf(value);
  return quantize ? quantize.getPacking() : std::nullopt;
}

bool mase::kernel::areUnsignedBytes(Value value) {
  QuantizeOp quantize = quantizeOf(value);
  if (!quantize)
    return false;
  std::vector<UniformFormat> slices =
      slicesOf(*quantize.getFormat().getUniform());
  auto fits = [&](const UniformFormat &format, int64_t shift) {
    // Above zero a saturating code is no less than the zero point.
    const bool isNonNegative =
        format.minCode() >= 0 || (quantize.getRelu() && format.zeroPoint >= 0 &&
                                  format.overflow == Overflow::Saturate);
    return isNonNegative && format.maxCode() << shift <= INT8_MAX;
  };
  if (!quantize.getCodeShift())
    return llvm::all_of(
        slices, [&](const UniformFormat &format) { return fits(format, 0); });
  for (auto [i, shift] : llvm::enumerate(*quantize.getCodeShift()))
    if (!fits(slices[slices.size() == 1 ? 0 : i], shift))
      return false;
  return true;
}

int64_t mase::kernel::logicalSizeOf(Value value) {
  return sizeOf(packingOf(value) ? quantizeOf(value).getInput() : value);
}

static LogicalResult verifyLayout(KernelOp kernel) {
  std::optional<int64_t> samples = kernel.getSamplesPerThread(),
                         threads = kernel.getThreadsPerBlock();
  if (kernel.getLayout() == Layout::Lanes) {
    if (samples || threads || kernel.getUnrolled())
      return kernel.emitOpError()
             << "(C2) expected no 'samples', 'threads' and 'unrolled' in the "
                "layout 'lanes', which is for CPUs";
    return success();
  }
  if (!samples || *samples < 1 || *samples > 8)
    return kernel.emitOpError()
           << "(C2) expected 1 to 8 samples a thread, found "
           << (samples ? std::to_string(*samples) : "none");
  if (!threads || *threads < 32 || *threads > 1024 || *threads % 32 != 0)
    return kernel.emitOpError()
           << "(C2) expected a multiple of 32 threads a "
              "block, from 32 to 1024, found "
           << (threads ? std::to_string(*threads) : "none");
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  Block &body = getBody().front();
  auto isFloats = [](Value value) {
    auto type = dyn_cast<VectorType>(value.getType());
    return type && type.getRank() == 1 && type.getElementType().isF32();
  };
  if (body.getNumArguments() != 1 || !isFloats(body.getArgument(0)))
    return emitOpError()
           << "(C1) expected one argument, a vector of f32, found "
           << body.getNumArguments() << " (" << body.getArgumentTypes() << ")";
  if (failed(verifyLayout(*this)))
    return failure();
  if (body.empty() || !isa<ReturnOp>(body.back()))
    return emitOpError()
           << "(C3) expected a body that ends in 'mase_kernel.return'";
  if (getLayout() == Layout::Lanes) {
    QuantizeOp saturating;
    walk([&](QuantizeOp quantize) {
      if (quantize.getRounder() == Rounder::Saturate)
        saturating = quantize;
    });
    if (saturating)
      return saturating.emitOpError()
             << "(C5) expected 'shift', 'convert' or 'exact' in the layout "
                "'lanes', found 'saturate', which is for GPUs";
  }
  llvm::StringMap<StageOp> names;
  for (Operation &op : body.without_terminator()) {
    auto stage = dyn_cast<StageOp>(op);
    if (!stage)
      return emitOpError() << "(C3) expected stages, found '" << op.getName()
                           << "'";
    auto [it, isNew] = names.try_emplace(stage.getName(), stage);
    if (!isNew) {
      InFlightDiagnostic diagnostic =
          stage.emitOpError() << "(C4) expected a name of its own, found '"
                              << stage.getName() << "' again";
      diagnostic.attachNote(it->second.getLoc()) << "the other one is here";
      return diagnostic;
    }
  }
  return success();
}

LogicalResult StageOp::verifyRegions() {
  Block &body = getBody().front();
  auto yield = body.empty() ? YieldOp() : dyn_cast<YieldOp>(body.back());
  if (!yield || body.getArgumentTypes() != getInputs().getTypes() ||
      yield.getValue().getType() != getResult().getType())
    return emitOpError()
           << "(C1) expected arguments of the operands' types and "
              "a yielded value of the result's";
  int64_t size = logicalSizeOf(yield.getValue());
  bool first = true;
  for (Operation &op : body.without_terminator()) {
    if (isa<ConstantOp>(op))
      continue;
    if (mixesFeatures(&op)) {
      bool alone = !standsAlone(&op) || op.getNextNode() == yield;
      if (!first || !alone ||
          !llvm::all_of(op.getOperands(), llvm::IsaPred<BlockArgument>))
        return op.emitOpError()
               << "(C2) expected to come first in its stage, once, with an "
                  "argument of the stage as operand"
               << (standsAlone(&op) ? ", and alone" : "");
    } else {
      for (Value operand : op.getOperands())
        if (sizeOf(operand) != size || packingOf(operand))
          return op.emitOpError()
                 << "(C3) expected operands of " << size
                 << " elements, not packed, as the stage's result has, found "
                 << operand.getType();
    }
    if (!isa<QuantizeOp>(op) && sizeOf(op.getResult(0)) != size)
      return op.emitOpError() << "(C3) expected " << size
                              << " elements, as the stage's result has, found "
                              << op.getResult(0).getType();
    first = false;
  }
  if (getTile() < 1 || (packingOf(yield.getValue()) && getTile() % 4 != 0))
    return emitOpError()
           << "(C4) expected a tile of at least 1, and a multiple of 4 for "
              "packed codes, found "
           << getTile();
  if (mase::toIdentifier(getName(), "layer_") != getName())
    return emitOpError() << "(C5) expected a C++ identifier that is not "
                            "reserved as name, found '"
                         << getName() << "'";
  for (auto dot : body.getOps<DotOp>()) {
    Value input =
        getInputs()[cast<BlockArgument>(dot.getInput()).getArgNumber()];
    if (packingOf(input) == dot.getPacking())
      continue;
    auto text = [](std::optional<Packing> packing) {
      return packing ? "packed as '" + stringifyPacking(*packing).str() + "'"
                     : std::string("not packed");
    };
    InFlightDiagnostic diagnostic =
        dot.emitOpError() << "(C6) expected codes " << text(dot.getPacking())
                          << " for '" << stringifyDotKind(dot.getKind())
                          << "', found codes " << text(packingOf(input));
    diagnostic.attachNote(input.getLoc()) << "the codes are made here";
    return diagnostic;
  }
  return success();
}
