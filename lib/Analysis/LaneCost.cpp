// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector operations of kernels in lanes, as mase/Runtime/Lanes.h has them for
// AVX-512 with VNNI.
#include "mase/Analysis/LaneCost.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;
using namespace mase;

namespace {

constexpr int64_t kLanes = 16;

/// Of 16 samples.
struct Count {
  int64_t instructions = 0, loads = 0;

  void add(int64_t times, int64_t operations, int64_t operands) {
    instructions += times * operations;
    loads += times * operands;
  }
};

bool isFloat(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}
bool isWide(Value value) {
  return getElementTypeOrSelf(value.getType()).isInteger(64);
}

class StageCounter {
public:
  StageCounter(kernel::StageOp stage, Count &count)
      : stage(stage), count(count), body(stage.getBody().front()),
        result(cast<kernel::YieldOp>(body.back()).getValue()),
        size(kernel::logicalSizeOf(result)), head(kernel::headOf(stage)) {}

  /// The registers that it needs.
  int64_t run() {
    // Sums or elements of a tile, an operand, and what is constant.
    constexpr int64_t kOthers = 2;
    const int64_t row = size / kernel::particlesOf(head),
                  tile = std::min<int64_t>(stage.getTile(), row);
    if (head)
      countHead(llvm::divideCeil(size, tile));
    for (Operation &op : body.without_terminator())
      if (&op != head)
        countElement(&op);
    if (!kernel::packingOf(result))
      count.add(size, isWide(result) ? 2 : 1, 0); // stores
    return tile + kOthers;
  }

private:
  kernel::StageOp stage;
  Count &count;
  Block &body;
  Value result;
  int64_t size;
  Operation *head;

  void countHead(int64_t tiles) {
    TypeSwitch<Operation *>(head)
        .Case([&](kernel::DotOp dot) { countDot(dot, tiles); })
        .Case([&](kernel::LinearOp linear) {
          const int64_t in =
              kernel::sizeOf(linear.getInput()) / linear.getParticles();
          count.add(size, 1, linear.getBias() ? 1 : 0); // starts
          count.add(tiles * in, 1, 1);                  // the operand
          count.add(size * in, 1, 1);                   // fma
        })
        .Case([&](kernel::ReduceOp reduce) {
          count.add(size * reduce.getParticles(),
                    isWide(reduce.getResult()) ? 4 : 1, 1);
          if (reduce.getFactor())
            count.add(size, 1, 0);
        })
        .Case([&](kernel::GatherOp) { count.add(size, 1, 1); })
        // Row by row: exp or more, and a quotient, of each number.
        .Default([&](Operation *) { count.add(size * kLanes, 45, 4); });
  }

  void countDot(kernel::DotOp dot, int64_t tiles) {
    const int64_t in = dot.getFanIn(), words = llvm::divideCeil(in, 4);
    const bool shifts = dot.hasShift();
    switch (dot.getKind()) {
    case kernel::DotKind::Dp4a: {
      count.add(size, 1, 1); // starts
      const int64_t products =
          dot.getSparse() ? kernel::nonZeroWords(dot) : size * words;
      if (dot.hasSignedWeights()) {
        // The word, with 128 added to codes that have signs; vpdpbusd.
        count.add(tiles * words, 1, 1);
        count.add(products, 1, 1);
        break;
      }
      // The word as two of 16 bits; two vpmaddwd with their weights and sums.
      count.add(tiles * words, kernel::readsSignedBytes(dot) ? 9 : 4, 1);
      count.add(products, 6, 2);
      break;
    }
    case kernel::DotKind::Mad32:
      count.add(size, 1, 0);
      count.add(tiles * in, 1, 1);
      count.add(size * in, 2, 1);
      break;
    case kernel::DotKind::Mad64: // two vectors each
      count.add(size, 2, 0);
      count.add(tiles * in, 2, 2);
      count.add(size * in, 4, 2);
      break;
    }
    if (shifts)
      count.add(size, isWide(dot.getResult()) ? 4 : 2, 1);
  }

  /// Operands that are the stage's own lie in memory.
  void countOperands(Operation *op) {
    for (Value operand : op->getOperands())
      if (isa<BlockArgument>(operand))
        count.add(size, 0, isWide(operand) ? 2 : 1);
  }

  void countElement(Operation *op) {
    countOperands(op);
    TypeSwitch<Operation *>(op)
        .Case([&](kernel::QuantizeOp quantize) { countQuantize(quantize); })
        .Case([&](kernel::AffineOp) { count.add(size, 2, 2); })
        .Case<kernel::LeakyReluOp>([&](auto) { count.add(size, 3, 0); })
        .Case<kernel::ClipOp>([&](auto) { count.add(size, 2, 0); })
        .Case<kernel::TanhOp>([&](auto) { count.add(size, 42, 0); })
        .Case<kernel::SigmoidOp>([&](auto) { count.add(size, 44, 0); })
        .Case([&](kernel::ConstantOp) { count.add(size, 0, 1); })
        .Case([&](kernel::ReadOp read) {
          count.add(size, isWide(read.getResult()) ? 6 : 2, 0);
        })
        .Case([&](kernel::DequantizeOp dequantize) {
          const bool hasScale = dequantize.getScale().size() > 1 ||
                                dequantize.getScale().front() != 1;
          count.add(size, isWide(dequantize.getInput()) ? 4 : 1, 0);
          if (dequantize.getZeroPoint())
            count.add(size, 5, 0);
          if (hasScale)
            count.add(size, 1, dequantize.getScale().size() > 1 ? 1 : 0);
        })
        // A function of one number, lane by lane.
        .Case<kernel::DeviceFunctionOpInterface>(
            [&](auto) { count.add(size * kLanes, 20, 0); })
        .Default([&](Operation *) { count.add(size, 1, 0); });
  }

  void countQuantize(kernel::QuantizeOp quantize) {
    if (!isFloat(quantize.getInput()))
      count.add(size, isWide(quantize.getInput()) ? 4 : 1, 0);
    if (auto factor = quantize.getFactor())
      count.add(size, 1, factor->size() > 1 ? 1 : 0);
    if (quantize.getScale())
      count.add(size, 2, 2);
    if (auto divisor = quantize.getDivisor())
      count.add(size, 1, divisor->size() > 1 ? 1 : 0);
    if (quantize.getRounder() == kernel::Rounder::Exact) {
      count.add(size * kLanes, 15, 0); // lane by lane, in binary64
    } else {
      const kernel::LaneRounding rounding(quantize);
      const kernel::QuantizeBounds &bounds = rounding.bounds;
      const bool whole =
          rounding.packs &&
          (rounding.sameBytes
               ? bounds.low.front() == (bounds.low.front() < 0 ? INT8_MIN : 0)
               : !rounding.needsLow);
      // NaN becomes 0; then the bounds, of which a packed byte has its own.
      if (rounding.converts)
        count.add(size, rounding.narrow ? 4 : 15 * kLanes, 0);
      else if (rounding.clamps)
        count.add(size, whole ? 1 : 2, 0);
      if (rounding.clamps)
        count.add(size, 0,
                  (bounds.high.size() > 1) +
                      (bounds.low.size() > 1 && rounding.needsLow));
      if (rounding.packs) {
        // Four conversions, three packs, one shuffle, one store; two products
        // with powers of two.
        const int64_t words = llvm::divideCeil(size, 4);
        count.add(words, 9, 0);
        if (!kernel::codeShiftsOf(quantize).empty())
          count.add(words, 4, 2);
        return;
      }
      count.add(size, rounding.floor ? 4 : 1, 0);
      if (llvm::any_of(rounding.bounds.zeroPoint,
                       [](int64_t zero) { return zero != 0; }))
        count.add(size, 1, rounding.bounds.zeroPoint.size() > 1 ? 1 : 0);
    }
    if (!kernel::codeShiftsOf(quantize).empty())
      count.add(size, 1, 1);
    if (quantize.getPacking())
      count.add(llvm::divideCeil(size, 4), 9, 0); // masks, shifts, a store
  }
};

} // namespace

LaneCost mase::getLaneCost(kernel::KernelOp kernel) {
  Block &body = kernel.getBody().front();
  Count count;
  int64_t registers = 0;
  // Rows of numbers and back: four of 16 samples at a time, each in four parts
  // that are read or written, and transposed.
  auto countRows = [&](Value value, bool isInput) {
    const int64_t groups = llvm::divideCeil(kernel::sizeOf(value), 4);
    count.add(groups, 16 + 8 + 4, isInput ? 16 : 4);
  };
  countRows(body.getArgument(0), true);
  for (auto stage : body.getOps<kernel::StageOp>())
    registers = std::max(registers, StageCounter(stage, count).run());
  countRows(body.back().getOperand(0), false);
  return {double(count.instructions) / kLanes, double(count.loads) / kLanes,
          registers};
}
