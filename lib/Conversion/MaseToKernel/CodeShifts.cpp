// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which codes travel four to a word, and on which grid.
#include "FeatureOrder.h"
#include "ThreadPlan.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Numerics/Slices.h"
#include "mase/Numerics/WordOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

static int64_t inputsOf(IntLinearOp linear) {
  return cast<RankedTensorType>(linear.getWeight().getType()).getDimSize(1);
}

/// What a byte of weights holds.
static Interval byteOf(IntLinearOp linear) {
  const bool isSigned = !linear.getWeightFormat().getUniform()->isNonNegative();
  return isSigned ? Interval{INT8_MIN, INT8_MAX} : Interval{0, UINT8_MAX};
}

/// Whether all weights are in `bounds`, times the power of two of their output
/// with `withShift`.
static bool weightsFit(const StoredSums &sums, size_t in, Interval bounds,
                       bool withShift) {
  for (auto [k, weight] : llvm::enumerate(sums.weight)) {
    __int128 value = weight;
    if (withShift)
      value *= (__int128)1 << sums.shiftOf(k / in);
    if (value < bounds.low || value > bounds.high)
      return false;
  }
  return true;
}

NumberFormatAttrInterface
mase::kernel::formatOfRow(NumberFormatAttrInterface format, Value codes) {
  int64_t rank = cast<RankedTensorType>(codes.getType()).getRank();
  if (rank == 2)
    return expandFormat(format, codes);
  return getFormatAttr(format.getContext(),
                       *formatOfFeatures(*format.getUniform(), rank));
}

DotPlan ThreadPlan::startDot(IntLinearOp linear) {
  DotPlan plan;
  plan.sums = getStoredSums(linear);
  plan.data = formatOfRow(linear.getData(), linear.getInput());
  plan.fitsBytes = weightsFit(plan.sums, size_t(inputsOf(linear)),
                              byteOf(linear), /*withShift=*/false);
  return plan;
}

void ThreadPlan::foldShifts(IntLinearOp linear) {
  DotPlan &plan = dots.find(linear)->second;
  StoredSums &sums = plan.sums;
  const auto in = size_t(inputsOf(linear));
  bool isFree =
      sums.productShift.size() > 1 &&
      (weightsFit(sums, in, byteOf(linear), /*withShift=*/true) ||
       (!plan.fitsBytes && weightsFit(sums, in, {INT32_MIN, INT32_MAX},
                                      /*withShift=*/true)));
  // Without a shift modular sums are right whatever they are on the way.
  if (isFree || sums.width > 64) {
    for (auto [k, weight] : llvm::enumerate(sums.weight))
      weight = int64_t(uint64_t(weight) << sums.shiftOf(k / in));
    sums.productShift.clear();
  }
}

/// Whether `linear`, summed as `plan` says, takes `codes` four to a word: the
/// sign of a whole byte is the reader's, that of a part of one the writer's.
static bool fitsBytes(IntLinearOp linear, const DotPlan &plan,
                      const UniformTensorFormat &codes) {
  UniformTensorFormat data = *plan.data.getUniform();
  auto input = cast<RankedTensorType>(linear.getInput().getType());
  // Words are of one particle.
  bool fillsWords = input.getRank() == 2 || input.getDimSize(1) == 1 ||
                    input.getShape().back() % 4 == 0;
  return fillsWords && data.storageWidth() <= 8 &&
         (data.storageWidth() == 8 ||
          data.common.isSigned == codes.common.isSigned) &&
         linear.getWeightFormat().getUniform()->storageWidth() <= 8 &&
         plan.fitsBytes && plan.sums.width <= 32 &&
         linear.getSums().width <= 32;
}

/// The left shift of each feature that brings the weights of `readers` into
/// bytes; each weight has been multiplied by the step of its feature, in those
/// of the finest. No more than that, so that codes stay small; none where it is
/// not enough.
static std::optional<SmallVector<int64_t>>
shiftsFor(MutableArrayRef<IntLinearOp> readers, ArrayRef<DotPlan> plans) {
  SmallVector<int64_t> shifts;
  for (auto [linear, plan] : llvm::zip_equal(readers, plans)) {
    const auto in = size_t(inputsOf(linear));
    const LinearSums sums = linear.getSums();
    const Interval bounds = byteOf(linear);
    shifts.resize(in, 0);
    for (auto [k, weight] : llvm::enumerate(plan.sums.weight)) {
      int64_t &shift = shifts[k % in];
      while (weight >> shift < bounds.low || weight >> shift > bounds.high)
        if (++shift > sums.inputShiftOf(k % in))
          return std::nullopt;
    }
  }
  return shifts;
}

/// `row`, the format of a row of features, for codes that are shifted to the
/// left; none where those outgrow a byte.
static std::optional<UniformTensorFormat>
shiftedFormat(const UniformTensorFormat &row, ArrayRef<int64_t> shifts) {
  UniformTensorFormat result = row;
  result.width.clear();
  result.scale.clear();
  for (auto [i, shift] : llvm::enumerate(shifts)) {
    const UniformFormat slice = row.slice(i);
    if (slice.zeroPoint != 0 || slice.bipolar || slice.width + shift > CHAR_BIT)
      return std::nullopt;
    result.width.push_back(slice.width + int(shift));
    result.scale.push_back(std::ldexp(slice.scale, -int(shift)));
  }
  if (result.invalid())
    return std::nullopt;
  return result;
}

/// The least product shift of all outputs, which codes can take in.
static int64_t leastProductShift(ArrayRef<DotPlan> plans) {
  int64_t least = INT64_MAX;
  for (const DotPlan &plan : plans)
    least = std::min(least, plan.sums.productShift.empty()
                                ? 0
                                : *llvm::min_element(plan.sums.productShift));
  return least;
}

/// Brings codes whose features have steps of their own nearer to one grid, so
/// that bytes hold the weights that they are multiplied with, and to that of
/// the bias, if they fit bytes there.
bool ThreadPlan::shiftCodes(Value codes, NumberFormatAttrInterface written) {
  SmallVector<IntLinearOp> readers;
  std::vector<DotPlan> plans;
  for (Operation *user : codes.getUsers()) {
    auto linear = dyn_cast<IntLinearOp>(user);
    if (!linear || linear.getData() != written)
      return false;
    readers.push_back(linear);
    plans.push_back(dots.find(user)->second);
  }
  if (readers.empty())
    return false;
  UniformTensorFormat row = *plans.front().data.getUniform();
  std::optional<SmallVector<int64_t>> shifts = shiftsFor(readers, plans);
  if (!shifts || row.slices() != shifts->size())
    return false;
  int64_t product = leastProductShift(plans);
  auto withProduct = llvm::map_to_vector(
      *shifts, [&](int64_t shift) { return shift + product; });
  std::optional<UniformTensorFormat> format = shiftedFormat(row, withProduct);
  if (!format) {
    product = 0;
    format = shiftedFormat(row, *shifts);
  }
  if (!format)
    return false;
  for (DotPlan &plan : plans) {
    auto &left = plan.sums.productShift;
    for (int64_t &shift : left)
      shift -= product;
    if (llvm::all_of(left, [](int64_t shift) { return shift == 0; }))
      left.clear();
  }
  std::vector<int64_t> largest = largestCodes(*format);
  for (auto [linear, plan] : llvm::zip_equal(readers, plans)) {
    const auto in = size_t(inputsOf(linear));
    plan.data = getFormatAttr(linear.getContext(), *format);
    plan.fitsBytes = true;
    plan.sums.width = 0;
    for (auto [k, weight] : llvm::enumerate(plan.sums.weight))
      weight >>= (*shifts)[k % in];
    for (size_t o = 0; o * in < plan.sums.weight.size(); ++o) {
      absl::Span<const int64_t> weights(plan.sums.weight.data() + o * in, in);
      int64_t start = plan.sums.init.empty() ? 0 : plan.sums.init[o];
      plan.sums.width =
          std::max(plan.sums.width,
                   sumBits(weights, largest, int(plan.sums.shiftOf(o)),
                           start < 0 ? -uint64_t(start) : uint64_t(start)));
    }
    if (!fitsBytes(linear, plan, *format))
      return false;
  }
  for (auto [linear, plan] : llvm::zip_equal(readers, plans))
    dots.find(linear)->second = plan;
  for (int64_t &shift : *shifts)
    shift += product;
  codeShifts[codes] = std::move(*shifts);
  return true;
}

/// Whether the features of `codes`, which `reader` multiplies, may be in any
/// order: nothing else reads them, and a layer of the same stage computes each
/// of them from its own weights.
static bool haveFreeOrder(Value codes, const NetworkGraph &graph) {
  if (!codes.hasOneUse() || sizeOfSample(codes) > int64_t(kMostOrderedFeatures))
    return false;
  for (const StageOps &stage : graph.stages) {
    if (stage.back()->getResult(0) != codes)
      continue;
    Operation *head = stage.front();
    auto isOutside = [&](Value operand) {
      Operation *def = skipFlatten(operand).getDefiningOp();
      return !kernel::isConstant(operand) &&
             !(def && llvm::is_contained(stage, def));
    };
    return isa<IntLinearOp, mase::LinearOp, MatmulOp>(head) &&
           ThreadPlan::rowOf(head) == sizeOfSample(codes) &&
           llvm::none_of(ArrayRef(stage).drop_front(), [&](Operation *op) {
             return llvm::any_of(op->getOperands(), isOutside);
           });
  }
  return false;
}

/// Products of a kernel that are straight-line code: what fits beside all else
/// into a processor's cache of instructions, of 32 KB.
static constexpr int64_t kStraightLineProducts = 2048;
/// Words of a layer that a C++ compiler looks at one by one in little time.
static constexpr int64_t kMostWords = 4096;

/// Leaves out the products of words that are zero where they are an eighth of a
/// layer's or more, which pays for the code that each tile has for itself then.
void ThreadPlan::chooseSparse() {
  int64_t products = 0;
  for (const StageOps &stage : graph.stages) {
    auto linear = dyn_cast<IntLinearOp>(stage.front());
    if (!linear || dots.find(linear)->second.kind != DotKind::Dp4a)
      continue;
    DotPlan &plan = dots.find(linear)->second;
    const auto in = size_t(inputsOf(linear)),
               out = plan.sums.weight.size() / in;
    if (sizeOfSample(linear.getResult()) != int64_t(out)) // particles
      continue;
    const auto words = int64_t(out * llvm::divideCeil(in, kCodesOfWord));
    auto isEnough = [&](int64_t nonZero) { return nonZero * 8 <= words * 7; };
    if (words > kMostWords ||
        !isEnough(leastNonZeroWords(plan.sums.weight, in)))
      continue; // whatever the order
    SmallVector<int64_t> order;
    plan.nonZeroWords = countNonZeroWords(plan.sums.weight, in);
    if (Value codes = skipFlatten(linear.getInput());
        haveFreeOrder(codes, graph)) {
      llvm::append_range(order, orderOfFeatures(plan.sums.weight, in));
      const int64_t count = countNonZeroWords(plan.sums.weight, in, order);
      if (count < plan.nonZeroWords)
        plan.nonZeroWords = count;
      else
        order.clear();
    }
    plan.sparse = isEnough(plan.nonZeroWords) &&
                  products + plan.nonZeroWords <= kStraightLineProducts;
    if (!plan.sparse)
      continue;
    products += plan.nonZeroWords;
    plan.order = std::move(order);
  }
}

void ThreadPlan::choosePacking() {
  if (strategy == Strategy::Scalar)
    return;
  for (const StageOps &stage : graph.stages) {
    Operation *last = stage.back();
    if (!isa<mase::QuantizeOp, RequantizeOp>(last))
      continue;
    Value codes = last->getResult(0);
    NumberFormatAttrInterface written = formatOf(last);
    UniformTensorFormat format = *written.getUniform();
    // Lanes compute particle by particle, and words whole.
    if (layout == Layout::Lanes && isHead(stage.front()) &&
        rowOf(stage.front()) % 4 != 0 &&
        rowOf(stage.front()) != sizeOfSample(codes))
      continue;
    auto readsBytes = [&](Operation *user) {
      auto linear = dyn_cast<IntLinearOp>(user);
      return linear && fitsBytes(linear, dots.find(user)->second, format);
    };
    if (llvm::all_of(codes.getUsers(), readsBytes) ||
        shiftCodes(codes, written))
      packed.insert(codes);
  }
}
