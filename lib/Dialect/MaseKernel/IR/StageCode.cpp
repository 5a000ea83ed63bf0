// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code of a stage has to know about its ops.
#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

Operation *mase::kernel::headOf(StageOp stage) {
  for (Operation &op : stage.getBody().front().without_terminator())
    if (mixesFeatures(&op))
      return &op;
  return nullptr;
}

bool mase::kernel::hasFeaturesInLanes(KernelOp kernel) {
  return !kernel
              .walk([](Operation *op) {
                return particlesOf(op) != 1 || isa<ReduceOp, GatherOp>(op)
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

ArrayRef<int64_t> mase::kernel::shiftsOf(DotOp dot) {
  return dot.getProductShift().value_or(ArrayRef<int64_t>());
}

int64_t mase::kernel::particlesOf(Operation *head) {
  if (auto dot = dyn_cast_or_null<DotOp>(head))
    return dot.getParticles();
  auto linear = dyn_cast_or_null<LinearOp>(head);
  return linear ? linear.getParticles() : 1;
}

bool mase::kernel::readsSignedBytes(DotOp dot) {
  // An argument doesn't know who made its codes.
  auto argument = cast<BlockArgument>(dot.getInput());
  auto stage = cast<StageOp>(dot->getParentOp());
  return dot.hasSignedData() &&
         !areUnsignedBytes(stage.getInputs()[argument.getArgNumber()]);
}

bool mase::kernel::startsAtInit(DotOp dot) {
  return dot.getKind() == DotKind::Dp4a && !dot.hasShift();
}

DotWords mase::kernel::dotWords(DotOp dot, WordKind kind) {
  const int64_t out = dot.getFanOut(), in = dot.getFanIn(),
                words = int64_t(llvm::divideCeil(in, 4));
  const bool bytes = kind == WordKind::Bytes;
  auto code = [&](int64_t o, int64_t i) {
    return i < in ? uint32_t(dot.getWeightCode(o, i)) : 0;
  };
  SmallVector<uint32_t> start(size_t(out), 0);
  if (startsAtInit(dot) && dot.getInit())
    for (auto [o, value] : llvm::enumerate(dot.getInit()->getValues<APInt>()))
      start[o] = uint32_t(value.getSExtValue());
  if (bytes && readsSignedBytes(dot))
    for (int64_t o = 0; o < out; ++o)
      for (int64_t i = 0; i < in; ++i)
        start[size_t(o)] -= 128 * code(o, i);
  DotWords result;
  result.start.assign(start.begin(), start.end());
  result.rows = bytes ? words : 2 * words;
  result.words.reserve(size_t(result.rows * out));
  for (int64_t k = 0; k < result.rows; ++k)
    for (int64_t o = 0; o < out; ++o) {
      if (bytes) {
        uint32_t word = 0;
        for (int64_t i = 0; i < 4; ++i)
          word |= (code(o, 4 * k + i) & 0xff) << 8 * i;
        result.words.push_back(int32_t(word));
      } else {
        const int64_t i = k / 2 * 4 + k % 2;
        result.words.push_back(
            int32_t((code(o, i) & 0xffff) | code(o, i + 2) << 16));
      }
    }
  return result;
}

int64_t mase::kernel::nonZeroWords(DotOp dot) {
  int64_t count = 0;
  for (int64_t o = 0; o < dot.getFanOut(); ++o)
    for (int64_t first = 0; first < dot.getFanIn(); first += 4) {
      const int64_t end = std::min(first + 4, dot.getFanIn());
      count += llvm::any_of(llvm::seq(first, end), [&](int64_t i) {
        return dot.getWeightCode(o, i) != 0;
      });
    }
  return count;
}

std::vector<GatherRun> mase::kernel::gatherRuns(GatherOp gather) {
  ArrayRef<int64_t> operands = gather.getOperands(),
                    elements = gather.getElements();
  const auto size = int64_t(elements.size());
  std::vector<GatherRun> runs;
  for (int64_t first = 0; first < size;) {
    int64_t stride = 1, end = first + 1;
    if (end < size && operands[end] == operands[first])
      stride = elements[end] - elements[first];
    while (end < size && operands[end] == operands[first] &&
           elements[end] - elements[end - 1] == stride)
      ++end;
    runs.push_back({first, end - first,
                    gather.getInputs()[size_t(operands[first])],
                    elements[first], stride});
    first = end;
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

QuantizeBounds::QuantizeBounds(QuantizeOp quantize) {
  for (const UniformFormat &format :
       slicesOf(*quantize.getFormat().getUniform())) {
    low.push_back(quantize.getRelu() ? 0 : format.minSteps());
    high.push_back(format.maxSteps());
    zeroPoint.push_back(format.zeroPoint);
  }
  for (SmallVector<int64_t> *list : {&low, &high, &zeroPoint})
    if (llvm::all_equal(*list))
      list->truncate(1);
}

bool QuantizeBounds::areNarrow() const {
  constexpr int64_t kLargest = int64_t(1) << kMaxShiftRoundedBits;
  return llvm::all_of(low, [](int64_t x) { return x >= -kLargest; }) &&
         llvm::all_of(high, [](int64_t x) { return x <= kLargest; });
}

LaneRounding::LaneRounding(QuantizeOp quantize)
    : bounds(quantize), narrow(bounds.areNarrow()),
      floor(quantize.getFormat().getUniform()->slice(0).rounding ==
            Rounding::Floor),
      converts(quantize.getRounder() == Rounder::Convert),
      clamps(converts ||
             (quantize.getRounder() == Rounder::Shift && quantize.getClamp())),
      packs(quantize.getPacking() && !floor &&
            quantize.getRounder() != Rounder::Exact &&
            bounds.zeroPoint.size() == 1 && bounds.zeroPoint.front() == 0),
      sameBytes(bounds.low.size() == 1 && bounds.high.size() == 1 &&
                codeShiftsOf(quantize).empty()),
      isSigned(llvm::any_of(bounds.low, [](int64_t low) { return low < 0; })),
      needsLow(llvm::any_of(bounds.low, [](int64_t low) { return low != 0; })) {
}

ArrayRef<int64_t> mase::kernel::codeShiftsOf(QuantizeOp quantize) {
  return quantize.getCodeShift().value_or(ArrayRef<int64_t>());
}
