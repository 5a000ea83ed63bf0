// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which codes and sums the integers of a network can be.
#include "mase/Analysis/IntegerRanges.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/Slices.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mase;

//===----------------------------------------------------------------------===//
// Sums
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

StoredSums mase::getStoredSums(IntLinearOp linear) {
  StoredSums stored;
  LinearSums sums = linear.getSums();
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(linear.getWeight().getType()).getShape();
  const int64_t out = shape[0], in = shape[1];
  stored.weight = constantSteps(linear.getWeight(), linear.getWeightFormat());
  // A bias far finer than the products brings a large shift, and with weights
  // of zero nothing that it could overflow.
  SmallVector<int64_t> shifts(sums.productShift.begin(),
                              sums.productShift.end());
  if (shifts.size() == 1 &&
      llvm::all_of(stored.weight, [](int64_t w) { return w == 0; }))
    shifts[0] = 0;
  for (int64_t o = 0; shifts.size() > 1 && o < out; ++o)
    if (llvm::all_of(ArrayRef(stored.weight).slice(size_t(o * in), size_t(in)),
                     [](int64_t w) { return w == 0; }))
      shifts[o] = 0;
  if (llvm::any_of(shifts, [](int64_t s) { return s != 0; }))
    stored.productShift = std::move(shifts);
  for (int64_t k = 0; k < out * in; ++k)
    stored.weight[k] =
        shifted(stored.weight[k], sums.inputShiftOf(size_t(k % in)));

  // Every particle's.
  UniformTensorFormat data = *formatOfFeatures(
      *linear.getData().getUniform(),
      cast<RankedTensorType>(linear.getInput().getType()).getRank());
  CodeScale worth = codeScaleOf(data);
  if (linear.getBias()) {
    stored.init = constantSteps(linear.getBias(), *linear.getBiasFormat());
    for (int64_t o = 0; o < out; ++o)
      stored.init[o] = shifted(stored.init[o], sums.biasShiftOf(size_t(o)));
  }
  // Modulo 2^64: where that isn't exact, the width below says so.
  SmallVector<__int128> init(stored.init.begin(), stored.init.end());
  if (worth.hasZeroPoint()) {
    init.resize(size_t(out), 0);
    for (int64_t k = 0; k < out * in; ++k)
      init[k / in] -=
          ((__int128)(stored.weight[k]) * worth.zeroPointOf(size_t(k % in)))
          << stored.shiftOf(size_t(k / in));
    stored.init.clear();
    for (__int128 value : init)
      stored.init.push_back(int64_t(uint64_t(value)));
  }
  std::vector<int64_t> largest = largestCodes(data);
  for (int64_t o = 0; o < out; ++o) {
    absl::Span<const int64_t> row(stored.weight.data() + o * in, size_t(in));
    stored.width = std::max(
        stored.width, sumBits(row, largest, int(stored.shiftOf(size_t(o))),
                              init.empty() ? 0 : magnitudeOf(init[o])));
  }
  return stored;
}

/// The verifier has checked that no sum of any codes exceeds 64 bits.
SmallVector<Interval> IntegerRanges::sumsOf(IntLinearOp linear) const {
  SmallVector<Interval> inputs = asRead(linear.getInput(), *getReading(linear));
  if (inputs.empty())
    return {};
  StoredSums stored = getStoredSums(linear);
  auto in = size_t(
      cast<RankedTensorType>(linear.getWeight().getType()).getDimSize(1));
  SmallVector<Interval> sums;
  for (size_t first = 0; first < inputs.size(); first += in) // particles
    for (size_t o = 0; o < stored.weight.size() / in; ++o) {
      __int128 low = 0, high = 0;
      for (size_t i = 0; i < in; ++i) {
        __int128 weight = stored.weight[o * in + i];
        const Interval &input = inputs[first + i];
        auto [least, most] =
            std::minmax({weight * input.low, weight * input.high});
        low += least;
        high += most;
      }
      low *= (__int128)1 << stored.shiftOf(o);
      high *= (__int128)1 << stored.shiftOf(o);
      if (!stored.init.empty()) {
        low += stored.init[o];
        high += stored.init[o];
      }
      sums.push_back({int64_t(low), int64_t(high)});
    }
  return sums;
}

SmallVector<Interval> IntegerRanges::sumsOf(IntReduceOp reduce) const {
  SmallVector<Interval> inputs = asRead(reduce.getInput(), *getReading(reduce));
  if (inputs.empty())
    return {};
  CodeScale worth =
      codeScaleOf(*formatOfFeatures(*reduce.getData().getUniform(), 3));
  auto features = size_t(sizeOfSample(reduce.getResult()));
  SmallVector<Interval> sums(features, Interval{0, 0});
  for (auto [k, input] : llvm::enumerate(inputs)) {
    size_t f = k % features;
    int64_t zero = worth.zeroPointOf(worth.slices() == 1 ? 0 : f);
    sums[f].low += input.low - zero;
    sums[f].high += input.high - zero;
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

static unsigned storageBits(Value value) {
  return cast<RankedTensorType>(value.getType())
      .getElementType()
      .getIntOrFloatBitWidth();
}

std::optional<Reading> mase::getReading(Operation *op) {
  return TypeSwitch<Operation *, std::optional<Reading>>(op)
      .Case([](IntLinearOp linear) {
        UniformTensorFormat data = *linear.getData().getUniform();
        return Reading{unsigned(data.storageWidth()), data.common.isSigned};
      })
      .Case([](IntReduceOp reduce) {
        UniformTensorFormat data = *reduce.getData().getUniform();
        return Reading{unsigned(data.storageWidth()), data.common.isSigned};
      })
      .Case([](DequantizeOp dequantize) {
        return Reading{storageBits(dequantize.getInput()),
                       !dequantize.getIsUnsigned()};
      })
      .Case([](RequantizeOp requantize) {
        return Reading{storageBits(requantize.getInput()), true};
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// The op that `value` comes from, if nothing else reads its result and its
/// parameters are constant.
static Operation *ownDefinition(Value value) {
  value = skipFlatten(value);
  Operation *op = value.getDefiningOp();
  if (!op || !getOnlyReader(value))
    return nullptr;
  if (auto affine = dyn_cast<AffineOpInterface>(op);
      affine && !affine.getAffineParameters())
    return nullptr;
  return op;
}

Quantization IntegerRanges::getQuantization(Operation *op) const {
  Quantization result;
  NumberFormatAttrInterface format;
  auto setWorth = [&](const CodeScale &scale, Operation *reader) {
    CodeScale worth = expandScale(scale, reader->getOperand(0));
    result.worth.assign(worth.scale.begin(), worth.scale.end());
    result.reading = *getReading(reader);
    result.sums = asRead(reader->getOperand(0), result.reading);
  };
  auto setAffine = [&](ArrayRef<float> scale, ArrayRef<float> shift, Value like,
                       int64_t axis) {
    result.features = int64_t(scale.size());
    result.scale = expandFeatures(scale, like, axis);
    result.shift = expandFeatures(shift, like, axis);
  };
  if (auto requantize = dyn_cast<RequantizeOp>(op)) {
    format = requantize.getFormat();
    result.input = requantize.getInput();
    result.relu = requantize.getRelu();
    setWorth(requantize.getCodeScale(), op);
    if (requantize.getScale())
      setAffine(*getConstantF32(requantize.getScale()),
                *getConstantF32(requantize.getShift()), result.input,
                cast<RankedTensorType>(result.input.getType()).getRank() - 1);
  } else {
    auto quantize = cast<QuantizeOp>(op);
    format = quantize.getFormat();
    QuantizeChain chain = QuantizeChain::match(quantize, ownDefinition);
    result.absorbed = chain.getOps();
    result.input = chain.input;
    result.relu = bool(chain.relu);
    if (chain.dequantize)
      setWorth(chain.dequantize.getCodeScale(), chain.dequantize);
    if (chain.affine) {
      AffineParameters parameters = *chain.affine.getAffineParameters();
      setAffine(parameters.scale, parameters.shift, chain.affine->getResult(0),
                chain.affine.getFeatureAxis());
    }
  }
  result.input = skipFlatten(result.input);
  result.size = sizeOfSample(result.input);
  result.formats =
      slicesOf(*expandFormat(format, op->getOperand(0)).getUniform());
  return result;
}

/// The codes that an element can have whatever is rounded.
static Interval anyCode(const Quantization &quantization, size_t i) {
  const UniformFormat &format = quantization.formatOf(i);
  bool fromZero = quantization.relu && !format.bipolar &&
                  format.overflow == Overflow::Saturate;
  return {fromZero ? format.zeroPoint : format.minCode(), format.maxCode()};
}

/// The codes at the ends of an element's sums bound those between, since every
/// operation from sum to code is monotone, but for an overflow that wraps and a
/// product that is not finite.
static Interval codesOf(const Quantization &quantization, size_t i) {
  const UniformFormat &format = quantization.formatOf(i);
  if (quantization.sums.empty())
    return anyCode(quantization, i);
  int64_t codes[2];
  const Interval &sum = quantization.sums[i];
  for (auto [code, x] : llvm::zip(codes, std::array{sum.low, sum.high})) {
    float value = float(x) * quantization.worthOf(i);
    bool finite = std::isfinite(value);
    if (!quantization.scale.empty()) {
      float scale = quantization.scale[i], shift = quantization.shift[i];
      finite &= std::isfinite(scale) && std::isfinite(shift);
      value = fmaF32(value, scale, shift);
    }
    if (quantization.relu)
      value = value > 0 ? value : 0;
    bool wraps = format.overflow == Overflow::Wrap && saturates(value, format);
    if (!finite || wraps)
      return anyCode(quantization, i);
    code = quantizeToCode(value, format);
  }
  auto [low, high] = std::minmax(codes[0], codes[1]);
  return {low, high};
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

IntegerRanges::IntegerRanges(Operation *function) {
  auto isConstant = [](Value value) {
    DenseElementsAttr attr;
    return matchPattern(value, m_Constant(&attr));
  };
  function->walk([&](Operation *op) {
    if (!isa<IntLinearOp, IntReduceOp, QuantizeOp, RequantizeOp>(op) ||
        !llvm::all_of(op->getOperands().drop_front(), isConstant) ||
        !sampleSize(op->getOperand(0).getType()))
      return;
    Value result = op->getResult(0);
    if (auto linear = dyn_cast<IntLinearOp>(op)) {
      ranges[result] = sumsOf(linear);
      return;
    }
    if (auto reduce = dyn_cast<IntReduceOp>(op)) {
      ranges[result] = sumsOf(reduce);
      return;
    }
    Quantization quantization = getQuantization(op);
    SmallVector<Interval> codes;
    for (int64_t i = 0; i < quantization.size; ++i)
      codes.push_back(codesOf(quantization, size_t(i)));
    ranges[result] = std::move(codes);
  });
}

ArrayRef<Interval> IntegerRanges::of(Value value) const {
  auto it = ranges.find(skipFlatten(value));
  return it == ranges.end() ? ArrayRef<Interval>() : it->second;
}

SmallVector<Interval> IntegerRanges::asRead(Value codes,
                                            Reading reading) const {
  SmallVector<Interval> integers(of(codes));
  if (!llvm::all_of(integers, [&](Interval written) {
        return reading.range().contains(written);
      }))
    integers.assign(integers.size(), reading.range());
  return integers;
}
