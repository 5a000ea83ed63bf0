// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TestFormats.h"

#include "mase/Numerics/NumberFormat.h"

#include <cmath>
#include <string>

namespace mase::test {
namespace {

class Powers : public NumberFormat::Model {
public:
  explicit Powers(int width) : width(width), table{0.0f} {
    for (int k = (1 << (width - 1)) - 2; k >= 0; --k)
      table.push_back(exp2i(-k));
  }

  absl::string_view name() const override { return "powers"; }
  std::vector<FormatSetting> settings() const override {
    return {{"width", int64_t(width)}};
  }
  int64_t packedBits(absl::Span<const int64_t> shape) const override {
    int64_t bits = width;
    for (int64_t size : shape)
      bits *= size;
    return bits;
  }
  double bitsPerElement() const override { return width; }

  void quantize(absl::Span<const float> in, absl::Span<const int64_t>,
                absl::Span<float> out) const override {
    for (size_t i = 0; i < in.size(); ++i)
      out[i] = rounded(in[i]);
  }
  int64_t countSaturated(absl::Span<const float> values,
                         absl::Span<const int64_t>) const override {
    int64_t count = 0;
    for (float x : values)
      count += std::fabs(x) > 1;
    return count;
  }

  std::optional<NumberFormat::DeviceFunction> deviceFunction() const override {
    std::string text = "MASE_DEVICE float powers" + std::to_string(width) +
                       "(float x) {\n"
                       "  float magnitude = x < 0 ? -x : x, result = 0;\n";
    for (size_t i = 1; i < table.size(); ++i)
      text += "  if (magnitude > " + middle(i) +
              ") result = " + scaleText(table[i]) + "f;\n";
    text += "  return x < 0 ? 0.0f - result : result;\n}\n";
    return NumberFormat::DeviceFunction{"powers" + std::to_string(width), text};
  }

private:
  float rounded(float x) const {
    float magnitude = x < 0 ? -x : x, result = 0;
    for (size_t i = 1; i < table.size(); ++i)
      if (magnitude > (table[i - 1] + table[i]) / 2)
        result = table[i];
    return x < 0 ? 0.0f - result : result;
  }
  std::string middle(size_t i) const {
    return scaleText((table[i - 1] + table[i]) / 2) + "f";
  }

  int width;
  std::vector<float> table; ///< magnitudes, ascending
};

class PowersKind : public FormatKind {
public:
  absl::Span<const std::string> names() const override {
    static const std::vector<std::string> all = {"powers"};
    return all;
  }
  absl::Span<const std::string> keys() const override {
    static const std::vector<std::string> all = {"width"};
    return all;
  }

  std::optional<std::string> check(const FormatSetting &setting,
                                   absl::string_view prefix) const override {
    const int64_t *width = std::get_if<int64_t>(&setting.value);
    if (setting.key == "width" && width && *width >= 2 && *width <= 6)
      return std::nullopt;
    return "expected a width of 2 to 6 for '" + std::string(prefix) +
           setting.key + "', found " + toText(setting.value);
  }

  std::variant<NumberFormat, FormatError>
  make(absl::string_view, absl::Span<const FormatSetting> settings,
       absl::string_view prefix) const override {
    if (settings.size() != 1)
      return FormatError{"expected '" + std::string(prefix) + "width' alone",
                         {}};
    if (std::optional<std::string> reason = check(settings[0], prefix))
      return FormatError{*reason, 0};
    return NumberFormat(
        std::make_shared<Powers>(int(std::get<int64_t>(settings[0].value))));
  }
};

} // namespace

void registerTestFormats() {
  registerFormatKind(std::make_unique<PowersKind>());
}

} // namespace mase::test
