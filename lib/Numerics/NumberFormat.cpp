// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats as values, and the kinds that make them.
#include "mase/Numerics/NumberFormat.h"

#include "IntegerKind.h"

#include "mase/Support/Shortest.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <tuple>

namespace mase {

namespace {

/// Digits that read back as the same number, with a point: TOML and MLIR tell
/// floats from integers by it.
std::string floatText(double value) {
  char buffer[64];
  auto end = std::to_chars(buffer, std::end(buffer), value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".n") != std::string::npos)
    return text; // also inf and nan
  size_t exponent = text.find('e');
  return exponent == std::string::npos
             ? text + ".0"
             : text.substr(0, exponent) + ".0" + text.substr(exponent);
}

struct ToText {
  std::string operator()(std::monostate) const { return "\"NA\""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return absl::StrCat(value); }
  std::string operator()(double value) const { return floatText(value); }
  std::string operator()(const std::string &value) const {
    return absl::StrCat("\"", value, "\"");
  }
  template <typename T>
  std::string operator()(const std::vector<T> &values) const {
    return absl::StrCat("[",
                        absl::StrJoin(values, ", ",
                                      [](std::string *out, T value) {
                                        out->append(ToText()(value));
                                      }),
                        "]");
  }
};

/// The kinds, this library's first.
std::vector<std::unique_ptr<FormatKind>> &kinds() {
  static std::vector<std::unique_ptr<FormatKind>> all = [] {
    std::vector<std::unique_ptr<FormatKind>> result;
    result.push_back(makeIntegerKind());
    return result;
  }();
  return all;
}

std::string describe(const NumberFormat::Model &model) {
  std::string text = absl::StrCat("{name=\"", model.name(), "\"");
  for (const FormatSetting &setting : model.settings())
    absl::StrAppend(&text, ", ", setting.key, "=", toText(setting.value));
  return text + "}";
}

constexpr std::pair<Rounding, absl::string_view> kRoundings[] = {
    {Rounding::NearestEven, "nearest_even"},
    {Rounding::Floor, "floor"},
    {Rounding::Ceil, "ceil"},
    {Rounding::TowardsZero, "towards_zero"},
    {Rounding::AwayFromZero, "away_from_zero"},
    {Rounding::NearestAway, "nearest_away"},
    {Rounding::NearestTowardsZero, "nearest_towards_zero"},
    {Rounding::NearestUp, "nearest_up"},
};

} // namespace

std::string scaleText(float scale) { return floatText(shortest(scale)); }

std::string toText(const FormatValue &value) {
  return std::visit(ToText(), value);
}

absl::string_view toString(Rounding rounding) {
  for (const auto &[value, name] : kRoundings)
    if (value == rounding)
      return name;
  return "";
}

std::optional<Rounding> roundingFromString(absl::string_view name) {
  for (const auto &[value, text] : kRoundings)
    if (text == name)
      return value;
  return std::nullopt;
}

absl::string_view toString(Overflow overflow) {
  return overflow == Overflow::Wrap ? "wrap" : "saturate";
}

std::optional<Overflow> overflowFromString(absl::string_view name) {
  for (Overflow value : {Overflow::Saturate, Overflow::Wrap})
    if (toString(value) == name)
      return value;
  return std::nullopt;
}

/// Fixed point is what there is most of: a search asks for the same few formats
/// a million times. There are some ten thousand.
static const NumberFormat &fixedPointFormat(const FixedPointFormat &format) {
  using Key = std::tuple<int, int, bool, Rounding>;
  thread_local absl::flat_hash_map<Key, std::unique_ptr<NumberFormat>> known;
  std::unique_ptr<NumberFormat> &entry = known[Key(
      format.width, format.fracWidth, format.isSigned, format.rounding)];
  if (!entry)
    entry = std::make_unique<NumberFormat>(
        makeIntegerModel(toUniformTensor(format)));
  return *entry;
}

//===----------------------------------------------------------------------===//
// NumberFormat
//===----------------------------------------------------------------------===//

NumberFormat::Model::~Model() = default;

int64_t NumberFormat::Model::countSaturated(absl::Span<const float>,
                                            absl::Span<const int64_t>) const {
  return 0;
}

const UniformTensorFormat *NumberFormat::Model::uniform() const {
  return nullptr;
}

const OpenFormat *NumberFormat::Model::open() const { return nullptr; }

bool NumberFormat::Model::isNonNegative() const { return false; }

std::shared_ptr<const NumberFormat::Model>
NumberFormat::Model::nonNegativeVariant() const {
  return nullptr;
}

std::optional<NumberFormat::DeviceFunction>
NumberFormat::Model::deviceFunction() const {
  return std::nullopt;
}

std::optional<std::string>
NumberFormat::Model::mismatch(absl::Span<const int64_t>) const {
  return std::nullopt;
}

NumberFormat::NumberFormat(std::shared_ptr<const Model> model) {
  std::string text = describe(*model);
  shared =
      std::make_shared<const Shared>(Shared{std::move(model), std::move(text)});
}

NumberFormat::NumberFormat(UniformTensorFormat format) {
  if (std::optional<FixedPointFormat> fixed = format.fixedPoint())
    *this = fixedPointFormat(*fixed);
  else
    *this = NumberFormat(makeIntegerModel(std::move(format)));
}

NumberFormat::NumberFormat(const OpenFormat &format)
    : NumberFormat(makeOpenModel(format)) {}

NumberFormat::NumberFormat(const UniformFormat &format)
    : NumberFormat(toUniformTensor(format)) {}

NumberFormat::NumberFormat(const FixedPointFormat &format)
    : NumberFormat(fixedPointFormat(format)) {}

std::optional<FixedPointFormat> NumberFormat::fixedPoint() const {
  const UniformTensorFormat *format = shared->model->uniform();
  return format ? format->fixedPoint() : std::nullopt;
}

NumberFormat NumberFormat::nonNegativeVariant() const {
  std::shared_ptr<const Model> variant = shared->model->nonNegativeVariant();
  return variant ? NumberFormat(std::move(variant)) : *this;
}

std::optional<std::string> whyOpen(const NumberFormat &format) {
  const OpenFormat *open = format->open();
  if (!open)
    return std::nullopt;
  return absl::StrCat("its ", open->powerOfTwo ? "fraction width" : "scale",
                      " is still open (\"auto\"): --mase-calibrate chooses it");
}

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

FormatKind::~FormatKind() = default;

void registerFormatKind(std::unique_ptr<FormatKind> kind) {
  for (const std::string &name : kind->names())
    if (findFormatKind(name)) {
      std::fprintf(stderr, "number format '%s' is registered twice\n",
                   name.c_str());
      std::abort();
    }
  kinds().push_back(std::move(kind));
}

const FormatKind *findFormatKind(absl::string_view name) {
  for (const auto &kind : kinds())
    for (const std::string &known : kind->names())
      if (known == name)
        return kind.get();
  return nullptr;
}

std::vector<std::string> formatKindNames() {
  std::vector<std::string> result;
  for (const auto &kind : kinds())
    for (const std::string &name : kind->names())
      result.push_back(name);
  return result;
}

namespace {
std::vector<std::string>
keysOfKinds(absl::Span<const std::string> (FormatKind::*keys)() const) {
  std::vector<std::string> result;
  for (const auto &kind : kinds())
    for (const std::string &key : (kind.get()->*keys)())
      if (std::find(result.begin(), result.end(), key) == result.end())
        result.push_back(key);
  return result;
}
} // namespace

std::vector<std::string> formatKeys() { return keysOfKinds(&FormatKind::keys); }

std::vector<std::string> sharedFormatKeys() {
  return keysOfKinds(&FormatKind::sharedKeys);
}

std::optional<std::string> checkFormatSetting(const FormatSetting &setting,
                                              absl::string_view prefix) {
  std::optional<std::string> reason;
  for (const auto &kind : kinds()) {
    absl::Span<const std::string> keys = kind->keys();
    if (std::find(keys.begin(), keys.end(), setting.key) == keys.end())
      continue;
    std::optional<std::string> own = kind->check(setting, prefix);
    if (!own)
      return std::nullopt;
    if (!reason)
      reason = std::move(own);
  }
  return reason;
}

std::variant<NumberFormat, FormatError>
makeNumberFormat(absl::string_view name,
                 absl::Span<const FormatSetting> settings,
                 absl::string_view prefix) {
  const FormatKind *kind = findFormatKind(name);
  if (!kind)
    return FormatError{absl::StrCat("unknown number format '", name, "'"), {}};
  return kind->make(name, settings, prefix);
}

} // namespace mase
