// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer codes as a number format: closed, and with a scale that calibration
// has yet to choose.
#include "IntegerKind.h"

#include "mase/Numerics/Slices.h"
#include "mase/Support/Shortest.h"

#include <algorithm>

namespace mase {

absl::string_view integerName(Rounding rounding) {
  return rounding == Rounding::Floor ? "integer_floor" : "integer";
}

void addCodeSettings(const UniformFormat &format,
                     std::vector<FormatSetting> &settings) {
  if (format.narrow)
    settings.push_back({"narrow", true});
  if (format.bipolar)
    settings.push_back({"bipolar", true});
  if (format.rounding != Rounding::NearestEven &&
      format.rounding != Rounding::Floor)
    settings.push_back({"rounding", std::string(toString(format.rounding))});
  if (format.overflow != Overflow::Saturate)
    settings.push_back({"overflow", std::string(toString(format.overflow))});
  if (format.zeroPointFirst)
    settings.push_back({"zero_point_first", true});
}

namespace {

class IntegerModel : public NumberFormat::Model {
public:
  explicit IntegerModel(UniformTensorFormat f) : format(std::move(f)) {
    // Vectors of one value are that value; then an axis says nothing.
    auto simplify = [](auto &vector, auto &one) {
      if (!vector.empty() &&
          std::all_of(vector.begin(), vector.end(),
                      [&](auto x) { return x == vector.front(); })) {
        one = vector.front();
        vector.clear();
      }
    };
    simplify(format.width, format.common.width);
    simplify(format.scale, format.common.scale);
    simplify(format.zeroPoint, format.common.zeroPoint);
    if (!format.width.empty())
      format.common.width = 1;
    if (!format.scale.empty())
      format.common.scale = 1;
    if (!format.zeroPoint.empty())
      format.common.zeroPoint = 0;
    if (format.slices() == 0)
      format.axis.reset();
  }

  absl::string_view name() const override {
    return integerName(format.common.rounding);
  }

  std::vector<FormatSetting> settings() const override {
    std::vector<FormatSetting> result;
    auto add = [&](const char *key, FormatValue value) {
      result.push_back({key, std::move(value)});
    };
    const UniformFormat &c = format.common;
    if (format.width.empty())
      add("width", int64_t(c.width));
    else
      add("width",
          std::vector<int64_t>(format.width.begin(), format.width.end()));
    if (hasFractions()) {
      if (format.scale.empty()) {
        add("frac_width", int64_t(-exponentOf(c.scale)));
      } else {
        std::vector<int64_t> fractions;
        for (float scale : format.scale)
          fractions.push_back(-exponentOf(scale));
        add("frac_width", std::move(fractions));
      }
    } else if (format.scale.empty()) {
      add("scale", shortest(c.scale));
    } else {
      std::vector<double> scales;
      for (float scale : format.scale)
        scales.push_back(shortest(scale));
      add("scale", std::move(scales));
    }
    if (!format.zeroPoint.empty())
      add("zero_point", format.zeroPoint);
    else if (c.zeroPoint != 0)
      add("zero_point", c.zeroPoint);
    if (format.axis)
      add("axis", int64_t(*format.axis));
    if (!c.isSigned)
      add("signed", false);
    addCodeSettings(c, result);
    return result;
  }

  int64_t packedBits(absl::Span<const int64_t> shape) const override {
    int64_t elements = 1;
    for (int64_t size : shape)
      elements *= size;
    size_t slices = std::max<size_t>(format.slices(), 1);
    int64_t bits = 0;
    for (size_t i = 0; i < slices; ++i) {
      UniformFormat f = format.slice(i);
      bits += f.width * (elements / int64_t(slices));
      if (f.zeroPoint != 0)
        bits += f.width;
      if (!isPowerOfTwo(f.scale))
        bits += 32;
      else if (!format.scale.empty())
        bits += 8; // its exponent; a single one is part of the code
    }
    return bits;
  }

  double bitsPerElement() const override {
    if (format.width.empty())
      return format.common.width;
    double sum = 0;
    for (int width : format.width)
      sum += width;
    return sum / double(format.width.size());
  }

  void quantize(absl::Span<const float> in, absl::Span<const int64_t> shape,
                absl::Span<float> out) const override {
    if (std::optional<FixedPointFormat> fixed = format.fixedPoint()) {
      for (size_t i = 0; i < in.size(); ++i)
        out[i] = mase::quantize(in[i], *fixed);
      return;
    }
    forEach(in, shape, [&](size_t i, const UniformFormat &f) {
      out[i] = mase::quantize(in[i], f);
    });
  }

  int64_t countSaturated(absl::Span<const float> values,
                         absl::Span<const int64_t> shape) const override {
    int64_t count = 0;
    forEach(values, shape, [&](size_t i, const UniformFormat &f) {
      count += saturates(values[i], f);
    });
    return count;
  }

  const UniformTensorFormat *uniform() const override { return &format; }

  bool isNonNegative() const override { return format.isNonNegative(); }

  std::shared_ptr<const Model> nonNegativeVariant() const override {
    if (format.isNonNegative())
      return nullptr;
    // A zero point or two codes already say which values are there.
    if (format.common.bipolar || format.common.zeroPoint != 0 ||
        !format.zeroPoint.empty())
      return nullptr;
    UniformTensorFormat result = format;
    result.common.isSigned = false;
    return makeIntegerModel(std::move(result));
  }

  std::optional<std::string>
  mismatch(absl::Span<const int64_t> shape) const override {
    return format.mismatch(shape);
  }

private:
  /// Whether all scales are powers of two that configurations can write as
  /// fractions.
  bool hasFractions() const {
    for (size_t i = 0; i < std::max<size_t>(format.scale.size(), 1); ++i) {
      float scale =
          format.scale.empty() ? format.common.scale : format.scale[i];
      int fracWidth = -exponentOf(scale);
      if (!isPowerOfTwo(scale) || fracWidth < FixedPointFormat::kMinFracWidth ||
          fracWidth > FixedPointFormat::kMaxFracWidth)
        return false;
    }
    return true;
  }

  /// Calls `f(element, format of its slice)`.
  template <typename F>
  void forEach(absl::Span<const float> values, absl::Span<const int64_t> shape,
               F f) const {
    std::vector<UniformFormat> slices = slicesOf(format);
    for (size_t i = 0; i < values.size(); ++i)
      f(i, slices[format.sliceOf(int64_t(i), shape)]);
  }

  UniformTensorFormat format;
};

class OpenModel : public NumberFormat::Model {
public:
  explicit OpenModel(const OpenFormat &format) : format(format) {}

  absl::string_view name() const override {
    return integerName(format.known.rounding);
  }

  std::vector<FormatSetting> settings() const override {
    std::vector<FormatSetting> result = {
        {"width", int64_t(format.known.width)},
        {format.powerOfTwo ? "frac_width" : "scale", std::string("auto")}};
    if (format.axis)
      result.push_back({"axis", int64_t(*format.axis)});
    if (format.isSigned)
      result.push_back({"signed", *format.isSigned});
    addCodeSettings(format.known, result);
    return result;
  }

  int64_t packedBits(absl::Span<const int64_t> shape) const override {
    int64_t bits = format.known.width;
    for (int64_t size : shape)
      bits *= size;
    return bits;
  }

  double bitsPerElement() const override { return format.known.width; }

  void quantize(absl::Span<const float> in, absl::Span<const int64_t>,
                absl::Span<float> out) const override {
    std::copy(in.begin(), in.end(), out.begin());
  }

  const OpenFormat *open() const override { return &format; }

  bool isNonNegative() const override { return format.isSigned == false; }

  std::shared_ptr<const Model> nonNegativeVariant() const override {
    if (format.isSigned == false)
      return nullptr;
    OpenFormat result = format;
    result.isSigned = false;
    return makeOpenModel(result);
  }

private:
  OpenFormat format;
};

} // namespace

std::shared_ptr<const NumberFormat::Model>
makeIntegerModel(UniformTensorFormat format) {
  return std::make_shared<IntegerModel>(std::move(format));
}

std::shared_ptr<const NumberFormat::Model>
makeOpenModel(const OpenFormat &format) {
  return std::make_shared<OpenModel>(format);
}

} // namespace mase
