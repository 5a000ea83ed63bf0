// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integers of a network: which codes and sums there are, how sums are
// formed, and what goes into the constants of quantisations and dot products.
#include "NetworkGraph.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

/// The format that a quantisation rounds to.
static NumberFormatAttrInterface formatOf(Operation *quantize) {
  return TypeSwitch<Operation *, NumberFormatAttrInterface>(quantize)
      .Case<mase::QuantizeOp, RequantizeOp>(
          [](auto op) { return op.getFormat(); });
}

CodeScale mase::kernel::expandScale(const CodeScale &scale, Value value) {
  if (scale.slices() == 1)
    return scale;
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(value.getType()).getShape());
  shape[0] = 1;
  CodeScale result;
  result.scale.clear();
  result.zeroPoint.clear();
  for (int64_t i = 0; i < NetworkGraph::sizeOf(value); ++i) {
    size_t slice = scale.sliceOf(i, {shape.data(), shape.size()});
    result.scale.push_back(scale.scaleOf(slice));
    result.zeroPoint.push_back(scale.zeroPointOf(slice));
  }
  if (llvm::all_equal(result.scale))
    result.scale.resize(1);
  if (llvm::all_equal(result.zeroPoint))
    result.zeroPoint.resize(1);
  return result;
}

NumberFormatAttrInterface
mase::kernel::expandFormat(NumberFormatAttrInterface format, Value value) {
  std::optional<UniformTensorFormat> uniform = format.getUniform();
  if (!uniform || uniform->slices() == 0)
    return format;
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(value.getType()).getShape());
  shape[0] = 1;
  UniformTensorFormat result;
  result.common = uniform->common;
  result.axis = -1;
  for (int64_t i = 0; i < NetworkGraph::sizeOf(value); ++i) {
    size_t slice = uniform->sliceOf(i, {shape.data(), shape.size()});
    if (!uniform->width.empty())
      result.width.push_back(uniform->width[slice]);
    if (!uniform->scale.empty())
      result.scale.push_back(uniform->scale[slice]);
    if (!uniform->zeroPoint.empty())
      result.zeroPoint.push_back(uniform->zeroPoint[slice]);
  }
  return getFormatAttr(format.getContext(), result);
}

static SmallVector<float> worthOf(const CodeScale &scale, Value value) {
  CodeScale expanded = expandScale(scale, value);
  return SmallVector<float>(expanded.scale.begin(), expanded.scale.end());
}

SmallVector<Interval> NetworkGraph::read(Operation *reader, Value codes,
                                         Reading reading) {
  codes = resolve(codes);
  SmallVector<Interval> integers = ranges.lookup(codes);
  Interval range = reading.range();
  bool asWritten = llvm::all_of(integers, [&](Interval written) {
    return written.low >= range.low && written.high <= range.high;
  });
  if (!asWritten)
    integers.assign(integers.size(), range);
  // Packed bytes are read as the dot product says. A dot product of 32 bits
  // takes no codes of 64.
  bool narrows = isa<IntLinearOp>(reader) && isWide(codes) && !reading.isWide();
  if (!packed.contains(codes) && (!asWritten || narrows))
    rereads[reader] = reading;
  return integers;
}

static unsigned bitsOf(Value value) {
  return cast<RankedTensorType>(value.getType())
      .getElementType()
      .getIntOrFloatBitWidth();
}

/// Plans a quantisation, with the dequantize, affine and relu before it where
/// they are in the same stage.
void NetworkGraph::absorb(Operation *op, const StagePlan &stage) {
  QuantizeNode node;
  QuantizeSource source;
  SmallVector<float> scale, shift;
  SmallVector<Operation *> taken;
  SmallVector<Interval> sums;
  auto setAffine = [&](ArrayRef<float> s, ArrayRef<float> t, Value like) {
    node.features = int64_t(s.size());
    scale = expandFeatures(s, like);
    shift = expandFeatures(t, like);
  };
  if (auto requantize = dyn_cast<RequantizeOp>(op)) {
    node.input = resolve(requantize.getInput());
    sums = read(op, node.input, {bitsOf(requantize.getInput()), true});
    source.worth = worthOf(requantize.getCodeScale(), requantize.getInput());
    source.relu = requantize.getRelu();
    if (requantize.getScale())
      setAffine(*getConstantF32(requantize.getScale()),
                *getConstantF32(requantize.getShift()), requantize.getInput());
  } else {
    auto quantize = cast<mase::QuantizeOp>(op);
    node.input = resolve(quantize.getInput());
    auto before = [&]() -> Operation * {
      Operation *def = node.input.getDefiningOp();
      return def && llvm::is_contained(stage.ops, def) ? def : nullptr;
    };
    auto take = [&](Operation *def) {
      taken.push_back(def);
      node.input = resolve(def->getOperand(0));
    };
    if (Operation *def = before(); isa_and_nonnull<mase::ReluOp>(def)) {
      source.relu = true;
      take(def);
    }
    if (Operation *def = before();
        isa_and_nonnull<mase::AffineOp, BatchNormOp>(def)) {
      AffineParameters parameters = *affineParameters(def);
      setAffine(parameters.scale, parameters.shift, def->getResult(0));
      take(def);
    }
    if (auto def = dyn_cast_if_present<mase::DequantizeOp>(before());
        def && ranges.contains(resolve(def.getInput())) &&
        !def.getCodeScale().hasZeroPoint()) {
      source.worth = worthOf(def.getCodeScale(), def.getInput());
      sums = read(op, def.getInput(),
                  {bitsOf(def.getInput()), !def.getIsUnsigned()});
      take(def);
    }
  }
  source.sums = sums;
  source.scale = scale;
  source.shift = shift;
  source.size = sizeOf(node.input);
  source.formats =
      slicesOf(*expandFormat(formatOf(op), op->getOperand(0)).getUniform());
  node.plan = planQuantize(source);
  node.relu = source.relu;
  node.layers.assign(taken.rbegin(), taken.rend());
  absorbed.insert(taken.begin(), taken.end());
  ranges[op->getResult(0)] = node.plan.codes;
  quantizations[op] = std::move(node);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// The steps of a constant's codes: less the zero points of their slices.
static SmallVector<int64_t> constantSteps(Value value,
                                          NumberFormatAttrInterface attr) {
  DenseElementsAttr codes;
  matchPattern(value, m_Constant(&codes));
  UniformTensorFormat format = *attr.getUniform();
  CodeScale scale = codeScaleOf(format);
  ArrayRef<int64_t> shape = codes.getType().getShape();
  SmallVector<int64_t> steps;
  for (const APInt &code : codes.getValues<APInt>()) {
    size_t slice =
        scale.sliceOf(int64_t(steps.size()), {shape.data(), shape.size()});
    steps.push_back((format.common.isSigned ? code.getSExtValue()
                                            : int64_t(code.getZExtValue())) -
                    scale.zeroPointOf(slice));
  }
  return steps;
}

static unsigned __int128 magnitudeOf(__int128 value) {
  return (unsigned __int128)(value < 0 ? -value : value);
}

/// x * 2^shift, as long as that fits: 64 bits of sums hold every weight.
static int64_t shifted(int64_t x, int64_t shift) {
  return int64_t(uint64_t(x) << shift);
}

/// Puts zero points and the shifts of features into weights and init, and those
/// of outputs into the weights where they don't outgrow a byte or a word.
static DotPlan foldConstants(IntLinearOp linear) {
  DotPlan plan;
  LinearSums sums = linear.getSums();
  const int64_t out = NetworkGraph::sizeOf(linear.getResult()),
                in = NetworkGraph::sizeOf(linear.getInput());
  plan.weight = constantSteps(linear.getWeight(), linear.getWeightFormat());
  const bool isSigned = !linear.getWeightFormat().getUniform()->isNonNegative();
  // A bias far finer than the products brings a large shift, and with weights
  // of zero nothing that it could overflow.
  SmallVector<int64_t> shifts(sums.productShift.begin(),
                              sums.productShift.end());
  if (shifts.size() == 1 &&
      llvm::all_of(plan.weight, [](int64_t w) { return w == 0; }))
    shifts[0] = 0;
  for (int64_t o = 0; shifts.size() > 1 && o < out; ++o)
    if (llvm::all_of(ArrayRef(plan.weight).slice(size_t(o * in), size_t(in)),
                     [](int64_t w) { return w == 0; }))
      shifts[o] = 0;
  if (llvm::any_of(shifts, [](int64_t s) { return s != 0; }))
    plan.productShift = std::move(shifts);
  for (int64_t k = 0; k < out * in; ++k)
    plan.weight[k] = shifted(plan.weight[k], sums.inputShiftOf(size_t(k % in)));

  auto fits = [&](int64_t low, int64_t high, bool withShift) {
    for (int64_t k = 0; k < out * in; ++k) {
      __int128 weight = plan.weight[k];
      if (withShift)
        weight *= (__int128)1 << plan.shiftOf(size_t(k / in));
      if (weight < low || weight > high)
        return false;
    }
    return true;
  };
  auto foldShifts = [&] {
    for (int64_t k = 0; k < out * in; ++k)
      plan.weight[k] = shifted(plan.weight[k], plan.shiftOf(size_t(k / in)));
    plan.productShift.clear();
  };
  const int64_t low = isSigned ? INT8_MIN : 0,
                high = isSigned ? INT8_MAX : UINT8_MAX;
  plan.fitsBytes = fits(low, high, /*withShift=*/false);
  if (plan.productShift.size() > 1 &&
      (fits(low, high, /*withShift=*/true) ||
       (!plan.fitsBytes && fits(INT32_MIN, INT32_MAX, /*withShift=*/true))))
    foldShifts();

  UniformTensorFormat data = *linear.getData().getUniform();
  CodeScale worth = codeScaleOf(data);
  if (linear.getBias()) {
    plan.init = constantSteps(linear.getBias(), *linear.getBiasFormat());
    for (int64_t o = 0; o < out; ++o)
      plan.init[o] = shifted(plan.init[o], sums.biasShiftOf(size_t(o)));
  }
  // Modulo 2^64: where that isn't exact, the width below says so.
  SmallVector<__int128> init(plan.init.begin(), plan.init.end());
  if (worth.hasZeroPoint()) {
    init.resize(size_t(out), 0);
    for (int64_t k = 0; k < out * in; ++k)
      init[k / in] -=
          ((__int128)(plan.weight[k]) * worth.zeroPointOf(size_t(k % in)))
          << plan.shiftOf(size_t(k / in));
    plan.init.clear();
    for (__int128 value : init)
      plan.init.push_back(int64_t(uint64_t(value)));
  }
  for (int64_t o = 0; o < out; ++o) {
    unsigned __int128 magnitude = 0;
    for (int64_t i = 0; i < in; ++i)
      magnitude += magnitudeOf(plan.weight[o * in + i]) *
                   largestCode(data.slice(data.slices() > 1 ? size_t(i) : 0));
    magnitude <<= plan.shiftOf(size_t(o));
    if (!init.empty())
      magnitude += magnitudeOf(init[o]);
    plan.width = std::max(plan.width, signedBitsFor(magnitude));
  }
  // Without a shift modular sums are right whatever they are on the way.
  if (plan.width > 64)
    foldShifts();
  return plan;
}

/// Whether `op` takes `codes` four to a word: the sign of a whole byte is the
/// reader's, that of a part of one the writer's.
bool NetworkGraph::fitsBytes(Operation *op,
                             const UniformTensorFormat &codes) const {
  auto linear = dyn_cast<IntLinearOp>(op);
  if (!linear)
    return false;
  UniformTensorFormat data = *linear.getData().getUniform();
  const DotPlan &plan = dots.find(op)->second;
  return data.storageWidth() <= 8 &&
         (data.storageWidth() == 8 ||
          data.common.isSigned == codes.common.isSigned) &&
         linear.getWeightFormat().getUniform()->storageWidth() <= 8 &&
         plan.fitsBytes && plan.width <= 32 && linear.getSums().width <= 32;
}

bool NetworkGraph::isWide(Value value) const {
  auto it = ranges.find(resolve(value));
  if (it == ranges.end())
    return false;
  Operation *def = resolve(value).getDefiningOp();
  if (auto dot = dots.find(def); dot != dots.end())
    return dot->second.kind == DotKind::Mad64;
  return quantizations.contains(def) &&
         llvm::any_of(slicesOf(*formatOf(def).getUniform()),
                      [](const UniformFormat &format) {
                        return format.maxCode() > INT32_MAX;
                      });
}

void NetworkGraph::choosePacking(std::optional<Strategy> strategy) {
  if (strategy == Strategy::Scalar)
    return;
  for (StagePlan &stage : stages) {
    Operation *last = stage.ops.back();
    if (!isa<mase::QuantizeOp, RequantizeOp>(last))
      continue;
    Value codes = last->getResult(0);
    UniformTensorFormat format = *formatOf(last).getUniform();
    if (llvm::all_of(codes.getUsers(),
                     [&](Operation *user) { return fitsBytes(user, format); }))
      packed.insert(codes);
  }
}

LogicalResult NetworkGraph::planDot(Operation *op,
                                    std::optional<Strategy> strategy) {
  auto linear = cast<IntLinearOp>(op);
  UniformTensorFormat data = *linear.getData().getUniform(),
                      weight = *linear.getWeightFormat().getUniform();
  DotPlan &plan = dots[op];
  ++costs.integerLayers;
  bool bytes = packed.contains(resolve(linear.getInput()));
  if (strategy == Strategy::Dp4a && !bytes)
    return noKernel(op)
           << "the kernel 'dp4a' was asked for, which takes codes "
              "of at most 8 bits and sums of at most 32; found data of "
           << data.maxWidth() << ", weights of " << weight.maxWidth()
           << " and sums of " << std::max(plan.width, linear.getSums().width)
           << " bits"
           << (plan.fitsBytes ? ""
                              : ", and weights that outgrow a byte where their "
                                "zero points and shifts are in them");
  int64_t out = NetworkGraph::sizeOf(linear.getResult()),
          in = NetworkGraph::sizeOf(linear.getInput());
  SmallVector<Interval> inputs =
      read(op, linear.getInput(),
           {unsigned(data.storageWidth()), data.common.isSigned});
  // The verifier has checked that no sum of any codes exceeds 64 bits.
  SmallVector<Interval> sums;
  for (int64_t o = 0; o < out; ++o) {
    __int128 low = 0, high = 0;
    for (int64_t i = 0; i < in; ++i) {
      __int128 code = plan.weight[o * in + i];
      __int128 a = code * inputs[i].low, c = code * inputs[i].high;
      low += std::min(a, c);
      high += std::max(a, c);
    }
    low *= (__int128)1 << plan.shiftOf(size_t(o));
    high *= (__int128)1 << plan.shiftOf(size_t(o));
    if (!plan.init.empty()) {
      low += plan.init[o];
      high += plan.init[o];
    }
    sums.push_back({int64_t(low), int64_t(high)});
  }
  bool narrowCodes =
      llvm::all_of(plan.weight, [](int64_t w) { return w == int32_t(w); });
  for (const UniformTensorFormat &format : {data, weight})
    for (const UniformFormat &slice : slicesOf(format))
      narrowCodes &= slice.maxCode() <= INT32_MAX;
  plan.kind = plan.width > 32 || !narrowCodes ? DotKind::Mad64
              : bytes                         ? DotKind::Dp4a
                                              : DotKind::Mad32;
  costs.dp4aLayers += plan.kind == DotKind::Dp4a;
  ranges[linear.getResult()] = std::move(sums);
  return success();
}

LogicalResult NetworkGraph::planIntegers(std::optional<Strategy> strategy) {
  for (auto linear : func.getBody().front().getOps<IntLinearOp>())
    dots[linear] = foldConstants(linear);
  choosePacking(strategy);
  for (StagePlan &stage : stages)
    for (Operation *op : stage.ops) {
      if (isa<IntLinearOp>(op) && failed(planDot(op, strategy)))
        return failure();
      if (auto dequantize = dyn_cast<mase::DequantizeOp>(op))
        read(op, dequantize.getInput(),
             {bitsOf(dequantize.getInput()), !dequantize.getIsUnsigned()});
      if (isa<mase::QuantizeOp, RequantizeOp>(op))
        absorb(op, stage);
    }
  return success();
}
