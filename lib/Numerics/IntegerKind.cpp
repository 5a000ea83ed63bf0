// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MASE's `integer` (alias `fixed`) and `integer_floor`, with scales, zero
// points and widths of their own.
#include "IntegerKind.h"

#include "mase/Support/Quoting.h"

#include "absl/strings/str_cat.h"

#include <algorithm>

namespace mase {

namespace {

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
    if (autoAt)
      return open();
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
  /// The format without its scale.
  std::variant<NumberFormat, FormatError> open() {
    auto conflict = [&](absl::string_view what) {
      return FormatError{absl::StrCat("\"auto\" for '", prefix,
                                      settings[*autoAt].key, "' goes with ",
                                      what),
                         autoAt};
    };
    if (!format.width.empty())
      return conflict("one width, found a list");
    if (!format.zeroPoint.empty() || format.common.zeroPoint != 0)
      return conflict("no zero point, found one");
    if (format.common.bipolar)
      return conflict("two codes or more, found a bipolar format");
    OpenFormat result;
    result.known = format.common;
    result.isSigned = isSigned;
    result.powerOfTwo = fracAt.has_value();
    result.axis = format.axis;
    return NumberFormat(result);
  }

  /// Whether the value says that calibration chooses it.
  bool isAuto() {
    const auto *text = std::get_if<std::string>(&settings[at].value);
    if (!text || *text != "auto")
      return false;
    autoAt = at;
    return true;
  }

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
      if (!isAuto())
        fractions = integers(FixedPointFormat::kMinFracWidth,
                             FixedPointFormat::kMaxFracWidth,
                             "an integer, 'auto' or 'NA'");
    } else if (key == "scale") {
      scaleAt = at;
      if (!isAuto())
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
      if (boolean(c.isSigned))
        isSigned = c.isSigned;
    } else if (key == "unsigned") {
      if (boolean(flag))
        isSigned = c.isSigned = !flag;
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
      return expected("a number, a list of them or 'auto'");
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
  std::optional<size_t> fracAt, scaleAt, autoAt;
  std::optional<bool> isSigned; ///< where it is said
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

std::unique_ptr<FormatKind> makeIntegerKind() {
  return std::make_unique<IntegerKind>();
}

} // namespace mase
