// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MultiThreshold of QONNX and FINN: out_scale * (number of thresholds that are
// <= x) + out_bias. Where a rounding goes up at the thresholds it is that
// rounding; any other staircase is layers that compare and count.
#include "OnnxLayers.h"
#include "OnnxParticles.h"
#include "OnnxShapes.h"
#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

struct Staircase {
  float scale, bias;
  OnnxValue thresholds; ///< [channels or 1, steps]

  int64_t rows() const { return thresholds.constant->shape[0]; }
  int64_t steps() const { return thresholds.constant->shape[1]; }
};

} // namespace

/// The format whose codes begin at `lowest` and number `levels`; its scale and
/// rounding are not set. None: no width has as many.
static std::optional<UniformFormat> formatOfLevels(int64_t lowest,
                                                   int64_t levels) {
  UniformFormat format;
  format.narrow = !isPowerOf2_64(uint64_t(levels));
  uint64_t all = uint64_t(levels) + (format.narrow ? 1 : 0);
  if (!isPowerOf2_64(all) || all < 2 ||
      Log2_64(all) > unsigned(UniformFormat::kMaxWidth) ||
      (format.narrow && all < 4))
    return std::nullopt;
  format.width = int(Log2_64(all));
  format.isSigned = true;
  if (lowest == format.minCode())
    return format;
  format.isSigned = false;
  format.zeroPoint = -lowest;
  return format;
}

/// The format that rounds as the staircase does; none, and why.
static std::optional<UniformTensorFormat> roundingOf(const Staircase &stairs,
                                                     std::string &why) {
  raw_string_ostream os(why);
  ArrayRef<float> all(stairs.thresholds.constant->values()),
      first = all.take_front(size_t(stairs.steps()));
  for (ArrayRef<float> rest = all; !rest.empty();
       rest = rest.drop_front(first.size()))
    if (rest.take_front(first.size()) != first) {
      os << "expected the same thresholds for all channels, found others in "
            "row "
         << (rest.data() - all.data()) / int64_t(first.size()) << " of "
         << quoted(stairs.thresholds.name) << " than in row 0";
      return std::nullopt;
    }
  // Then all quotients are exact.
  if (!(stairs.scale > 0) || !std::isnormal(stairs.scale) ||
      !isPowerOfTwo(stairs.scale)) {
    os << "expected a power of two as 'out_scale', found " << stairs.scale;
    return std::nullopt;
  }
  double scale = stairs.scale, lowest = double(stairs.bias) / scale;
  constexpr double kLargest = int64_t(1) << UniformFormat::kMaxWidth;
  if (std::floor(lowest) != lowest || std::abs(lowest) > kLargest) {
    os << "expected an 'out_bias' that is a multiple of 'out_scale', found "
       << stairs.bias;
    return std::nullopt;
  }
  std::optional<UniformFormat> format =
      formatOfLevels(int64_t(lowest), stairs.steps() + 1);
  if (!format) {
    os << "expected thresholds for the codes of a width (2^width - 1, or one "
          "less), found "
       << stairs.steps();
    return std::nullopt;
  }
  format->scale = stairs.scale;
  double offset = double(first[0]) / scale - lowest;
  for (auto [k, threshold] : enumerate(first))
    if (double(threshold) / scale - lowest - double(k) != offset ||
        (offset != 1 && offset != 0.5)) {
      os << "expected thresholds 'out_scale' apart that round down or to the "
            "nearest (the first at 'out_bias' + 'out_scale', or + half of it), "
            "found "
         << threshold << " at " << k << " in "
         << quoted(stairs.thresholds.name);
      return std::nullopt;
    }
  format->rounding = offset == 1 ? Rounding::Floor : Rounding::NearestUp;
  UniformTensorFormat tensor = toUniformTensor(*format);
  if (std::optional<std::string> reason = tensor.invalid()) {
    os << *reason;
    return std::nullopt;
  }
  return tensor;
}

/// The steps of each feature, which stand side by side: [1, steps, features],
/// or [1, features] of one.
static OnnxValue thresholdsOf(const Staircase &stairs, int64_t features) {
  ArrayRef<float> all(stairs.thresholds.constant->values());
  std::vector<float> values;
  for (int64_t k = 0; k < stairs.steps(); ++k)
    for (int64_t f = 0; f < features; ++f)
      values.push_back(
          all[size_t((stairs.rows() == 1 ? 0 : f) * stairs.steps() + k)]);
  SmallVector<int64_t> shape = {1, stairs.steps(), features};
  if (stairs.steps() == 1)
    shape.erase(shape.begin() + 1);
  return {Value(), makeTensor(shape, std::move(values)),
          stairs.thresholds.name};
}

/// Layers that count: x as often as there are thresholds, as particles, less
/// the thresholds, the sign of each difference (-1/2 or +1/2, and 0 is above),
/// and the sum of them; `why` they are no rounding. A difference of binary32 is
/// 0 where both are equal and has the sign of the exact one elsewhere, and the
/// sum is exact.
static LogicalResult addStaircase(const OnnxNode &node, const Staircase &stairs,
                                  const std::string &why) {
  FailureOr<OnnxRows> input = getRows(node, 0, "X");
  if (failed(input))
    return failure();
  OnnxImporter &importer = node.importer;
  const int64_t features = input->getFeatures(), steps = stairs.steps();
  if (stairs.rows() != 1 && stairs.rows() != features)
    return node.emitError()
           << "expected thresholds of each of " << features
           << " features, or of all alike, found " << stairs.rows()
           << " rows in " << quoted(stairs.thresholds.name);
  if (steps > kMaxTensorElements / features)
    return node.emitError() << "expected at most " << kMaxTensorElements
                            << " thresholds of a sample, found " << steps
                            << " of each of " << features << " features";
  if (failed(importer.spend(node, steps * features)))
    return failure();
  OpBuilder &builder = importer.getBuilder();
  Location loc = node.getLoc();
  FloatType f32 = builder.getF32Type();
  auto rows = cast<RankedTensorType>(input->value.getType());
  Operation *last = nullptr;
  auto add = [&](Operation *layer) {
    if (last)
      importer.addInFront(node, last, "counts thresholds, the result");
    last = layer;
    return layer->getResult(0);
  };
  Value x = input->value;
  if (steps > 1) {
    auto wide =
        RankedTensorType::get({rows.getDimSize(0), steps * features}, f32);
    x = add(ConcatOp::create(builder, loc, wide, importer.getNoName(),
                             SmallVector<Value>(size_t(steps), x)));
    auto particles =
        RankedTensorType::get({rows.getDimSize(0), steps, features}, f32);
    x = add(
        UnflattenOp::create(builder, loc, particles, importer.getNoName(), x));
  }
  x = add(SubOp::create(builder, loc, x.getType(), importer.getNoName(), x,
                        importer.materialize(thresholdsOf(stairs, features)),
                        PrecisionAttr()));
  UniformFormat sign;
  sign.width = 1;
  sign.bipolar = true;
  sign.scale = 0.5f;
  auto format = getFormatAttr(builder.getContext(), toUniformTensor(sign));
  x = add(LeakyReluOp::create(
      builder, loc, x.getType(), importer.getNoName(), x,
      builder.getF32FloatAttr(1),
      PrecisionAttr::get(builder.getContext(), format, {}, {}, {})));
  if (steps > 1)
    x = add(ReduceSumOp::create(builder, loc, rows, importer.getNoName(), x,
                                PrecisionAttr()));
  auto constant = [&](float value) {
    return importer.materialize(
        {Value(),
         makeTensor({1, features}, std::vector<float>(size_t(features), value)),
         ""});
  };
  auto plus = [&](float value) {
    return add(AddOp::create(builder, loc, rows, importer.getNoName(), x,
                             constant(value), PrecisionAttr()));
  };
  x = plus(float(steps) / 2);
  if (stairs.scale != 1)
    x = add(MulOp::create(builder, loc, rows, importer.getNoName(), x,
                          constant(stairs.scale), PrecisionAttr()));
  if (stairs.bias != 0)
    x = plus(stairs.bias);
  importer.remarkOfNextLayer(node.describe(),
                             "is no rounding (" + why +
                                 "): thresholds are counted, the result");
  importer.addLayer(node, last, node.proto.output(0), {},
                    ArrayRef<int64_t>(input->shape));
  return success();
}

LogicalResult importMultiThreshold(const OnnxNode &node) {
  FailureOr<float> scale = node.getFloat("out_scale", 1),
                   bias = node.getFloat("out_bias", 0);
  FailureOr<OnnxValue> input = node.getInput(0, "X"),
                       thresholds =
                           node.getConstant(1, "thresholds", /*rank=*/2);
  if (failed(scale) || failed(bias) || failed(input) || failed(thresholds))
    return failure();
  Staircase stairs{*scale, *bias, *thresholds};
  std::string why;
  if (std::optional<UniformTensorFormat> rounding = roundingOf(stairs, why))
    return addQuantizer(
        node, *input,
        getFormatAttr(node.importer.getBuilder().getContext(), *rounding));
  if (input->constant)
    return node.emitError() << why;
  return addStaircase(node, stairs, why);
}

} // namespace mase::onnx_import
