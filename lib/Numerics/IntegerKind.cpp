// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MASE's `integer` (alias `fixed`) and `integer_floor`, with scales, zero
// points and widths of their own.
#include "IntegerKind.h"

#include "mase/Numerics/Slices.h"
#include "mase/Support/Quoting.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace mase {

double shortest(float value) {
  char buffer[64];
  auto end = std::to_chars(buffer, std::end(buffer), value).ptr;
  double result = 0;
  std::from_chars(buffer, end, result);
  // Rounding twice may differ from rounding once.
  return float(result) == value ? result : double(value);
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
    return format.common.rounding == Rounding::Floor ? "integer_floor"
                                                     : "integer";
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
    if (c.narrow)
      add("narrow", true);
    if (c.bipolar)
      add("bipolar", true);
    if (c.rounding != Rounding::NearestEven && c.rounding != Rounding::Floor)
      add("rounding", std::string(toString(c.rounding)));
    if (c.overflow != Overflow::Saturate)
      add("overflow", std::string(toString(c.overflow)));
    if (c.zeroPointFirst)
      add("zero_point_first", true);
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

/// Puts settings together.
class Builder {
public:
  Builder(absl::Span<const FormatSetting> settings, absl::string_view prefix)
      : settings(settings), prefix(prefix) {}

  std::variant<NumberFormat, FormatError> build(absl::string_view name) {
    UniformFormat &c = format.common;
    if (name == "integer_floor")
      c.rounding = Rounding::Floor;
    for (at = 0; at < settings.size() && !error; ++at)
      read(settings[at]);
    if (error)
      return *std::move(error);
    if (!hasWidth)
      return FormatError{absl::StrCat("key '", prefix, "width' is missing"),
                         fracAt ? fracAt : scaleAt};
    if (fracAt && scaleAt)
      return FormatError{absl::StrCat("expected '", prefix, "frac_width' or '",
                                      prefix, "scale', found both"),
                         scaleAt};
    if (!scaleAt && fractions.empty())
      setHalves();
    else if (!fractions.empty())
      setFractions();
    if (std::optional<std::string> reason = format.invalid())
      return FormatError{*std::move(reason), {}};
    return NumberFormat(std::move(format));
  }

  std::optional<std::string> check() {
    read(settings[at]);
    return error ? std::optional(error->message) : std::nullopt;
  }

private:
  void fail(std::string message) {
    error = FormatError{std::move(message), at};
  }

  void expected(absl::string_view what) {
    const FormatSetting &setting = settings[at];
    std::string found = toText(setting.value);
    if (const std::string *text = std::get_if<std::string>(&setting.value))
      found = quoted(*text);
    else if (std::holds_alternative<std::monostate>(setting.value))
      found = "'NA'";
    fail(absl::StrCat("expected ", what, " for '", prefix, setting.key,
                      "', found ", found));
  }

  /// One integer or a list of them, within limits.
  std::vector<int64_t> integers(int64_t low, int64_t high,
                                absl::string_view what) {
    const FormatValue &value = settings[at].value;
    std::vector<int64_t> result;
    if (const int64_t *one = std::get_if<int64_t>(&value))
      result = {*one};
    else if (const auto *list = std::get_if<std::vector<int64_t>>(&value);
             list && !list->empty())
      result = *list;
    else
      expected(what);
    for (int64_t number : result)
      if (!error && (number < low || number > high))
        fail(absl::StrCat("impossible width: '", prefix, settings[at].key,
                          "' is ", number, ", expected ", low, " to ", high));
    return result;
  }

  bool boolean(bool &to) {
    const bool *value = std::get_if<bool>(&settings[at].value);
    if (value)
      to = *value;
    else
      expected("true or false");
    return value;
  }

  void read(const FormatSetting &setting) {
    UniformFormat &c = format.common;
    const std::string &key = setting.key;
    const FormatValue &value = setting.value;
    bool flag = false;
    if (key == "width") {
      hasWidth = true;
      for (int64_t w : integers(1, UniformFormat::kMaxWidth, "an integer"))
        format.width.push_back(int(w));
      scalar(format.width, c.width);
    } else if (key == "frac_width") {
      if (std::holds_alternative<std::monostate>(value))
        return; // half the width
      fracAt = at;
      fractions =
          integers(FixedPointFormat::kMinFracWidth,
                   FixedPointFormat::kMaxFracWidth, "an integer or 'NA'");
    } else if (key == "scale") {
      scaleAt = at;
      readScales(value);
    } else if (key == "zero_point") {
      if (const int64_t *one = std::get_if<int64_t>(&value))
        c.zeroPoint = *one;
      else if (const auto *list = std::get_if<std::vector<int64_t>>(&value))
        format.zeroPoint = *list;
      else
        expected("an integer or a list of them");
    } else if (key == "axis") {
      const int64_t *axis = std::get_if<int64_t>(&value);
      if (!axis || *axis < -4 || *axis > 3)
        return expected("an axis of -4 to 3");
      format.axis = int(*axis);
    } else if (key == "signed" || key == "is_signed") {
      boolean(c.isSigned);
    } else if (key == "unsigned") {
      if (boolean(flag))
        c.isSigned = !flag;
    } else if (key == "floor") {
      if (boolean(flag) && (flag || c.rounding == Rounding::Floor))
        c.rounding = flag ? Rounding::Floor : Rounding::NearestEven;
    } else if (key == "narrow") {
      boolean(c.narrow);
    } else if (key == "bipolar") {
      boolean(c.bipolar);
    } else if (key == "zero_point_first") {
      boolean(c.zeroPointFirst);
    } else if (key == "rounding") {
      readName(value, c.rounding, roundingFromString,
               "'nearest_even', 'floor', 'ceil', 'towards_zero', "
               "'away_from_zero', 'nearest_away', 'nearest_towards_zero' or "
               "'nearest_up'");
    } else if (key == "overflow") {
      readName(value, c.overflow, overflowFromString, "'saturate' or 'wrap'");
    } else {
      fail(absl::StrCat("unknown key '", prefix, key, "' of a number format"));
    }
  }

  template <typename T>
  void readName(const FormatValue &value, T &to,
                std::optional<T> (*parse)(absl::string_view),
                absl::string_view names) {
    const std::string *name = std::get_if<std::string>(&value);
    std::optional<T> parsed = name ? parse(*name) : std::nullopt;
    if (parsed)
      to = *parsed;
    else
      expected(names);
  }

  void readScales(const FormatValue &value) {
    std::vector<double> scales;
    if (const double *one = std::get_if<double>(&value))
      scales = {*one};
    else if (const int64_t *whole = std::get_if<int64_t>(&value))
      scales = {double(*whole)};
    else if (const auto *list = std::get_if<std::vector<double>>(&value))
      scales = *list;
    else if (const auto *wholes = std::get_if<std::vector<int64_t>>(&value))
      scales.assign(wholes->begin(), wholes->end());
    if (scales.empty())
      return expected("a number or a list of them");
    for (double scale : scales)
      format.scale.push_back(float(scale));
    scalar(format.scale, format.common.scale);
  }

  /// A list of one is one value for the tensor.
  template <typename T> static void scalar(std::vector<T> &list, T &one) {
    if (list.size() != 1)
      return;
    one = list[0];
    list.clear();
  }

  /// MASE's rule for a fraction that isn't given: half of the width.
  void setHalves() {
    format.common.scale = exp2i(-(format.common.width / 2));
    for (int width : format.width)
      format.scale.push_back(exp2i(-(width / 2)));
  }

  void setFractions() {
    for (int64_t fraction : fractions)
      format.scale.push_back(exp2i(-int(fraction)));
    scalar(format.scale, format.common.scale);
  }

  absl::Span<const FormatSetting> settings;
  absl::string_view prefix;
  size_t at = 0;
  UniformTensorFormat format;
  bool hasWidth = false;
  std::vector<int64_t> fractions;
  std::optional<size_t> fracAt, scaleAt;
  std::optional<FormatError> error;
};

class IntegerKind : public FormatKind {
public:
  absl::Span<const std::string> names() const override {
    static const std::vector<std::string> all = {"integer", "fixed",
                                                 "integer_floor"};
    return all;
  }
  absl::Span<const std::string> keys() const override {
    static const std::vector<std::string> all = {
        "width",    "frac_width", "scale",    "zero_point",      "axis",
        "signed",   "is_signed",  "unsigned", "narrow",          "bipolar",
        "rounding", "floor",      "overflow", "zero_point_first"};
    return all;
  }
  absl::Span<const std::string> sharedKeys() const override {
    static const std::vector<std::string> all = {"floor", "rounding",
                                                 "overflow"};
    return all;
  }
  std::optional<std::string> check(const FormatSetting &setting,
                                   absl::string_view prefix) const override {
    return Builder({&setting, 1}, prefix).check();
  }
  std::variant<NumberFormat, FormatError>
  make(absl::string_view name, absl::Span<const FormatSetting> settings,
       absl::string_view prefix) const override {
    return Builder(settings, prefix).build(name);
  }
};

} // namespace

std::shared_ptr<const NumberFormat::Model>
makeIntegerModel(UniformTensorFormat format) {
  return std::make_shared<IntegerModel>(std::move(format));
}

std::unique_ptr<FormatKind> makeIntegerKind() {
  return std::make_unique<IntegerKind>();
}

} // namespace mase
