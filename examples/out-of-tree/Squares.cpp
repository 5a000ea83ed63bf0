// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number format of this project's own. No pass of ours knows it: what they
// ask of a format, it answers.
#include "Squares.h"

#include "mase/Numerics/NumberFormat.h"

#include <cmath>

using namespace mase;

namespace {

class Squares : public NumberFormat::Model {
public:
  explicit Squares(int width) : width(width) {
    int n = (1 << (width - 1)) - 1;
    for (int k = 0; k <= n; ++k)
      magnitudes.push_back(float(k * k) / float(n * n));
  }

  absl::string_view name() const override { return "squares"; }
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
    for (size_t i = 0; i < in.size(); ++i) {
      float magnitude = std::fabs(in[i]), nearest = 0;
      for (size_t k = 1; k < magnitudes.size(); ++k)
        if (magnitude > middle(k))
          nearest = magnitudes[k];
      out[i] = in[i] < 0 ? 0.0f - nearest : nearest;
    }
  }
  int64_t countSaturated(absl::Span<const float> values,
                         absl::Span<const int64_t>) const override {
    int64_t count = 0;
    for (float x : values)
      count += std::fabs(x) > 1;
    return count;
  }

  /// The same as C++ for kernels.
  std::optional<NumberFormat::DeviceFunction> deviceFunction() const override {
    std::string function = "squares" + std::to_string(width);
    std::string text = "MASE_DEVICE float " + function +
                       "(float x) {\n"
                       "  float magnitude = x < 0 ? -x : x, nearest = 0;\n";
    for (size_t k = 1; k < magnitudes.size(); ++k)
      text += "  if (magnitude > " + scaleText(middle(k)) +
              "f) nearest = " + scaleText(magnitudes[k]) + "f;\n";
    text += "  return x < 0 ? 0.0f - nearest : nearest;\n}\n";
    return NumberFormat::DeviceFunction{function, text};
  }

private:
  float middle(size_t k) const {
    return (magnitudes[k - 1] + magnitudes[k]) / 2;
  }

  int width;
  std::vector<float> magnitudes; ///< ascending
};

/// What configurations write, and what is wrong with it.
class SquaresKind : public FormatKind {
public:
  absl::Span<const std::string> names() const override {
    static const std::vector<std::string> all = {"squares"};
    return all;
  }
  absl::Span<const std::string> keys() const override {
    static const std::vector<std::string> all = {"width"};
    return all;
  }

  std::optional<std::string> check(const FormatSetting &setting,
                                   absl::string_view prefix) const override {
    const int64_t *width = std::get_if<int64_t>(&setting.value);
    if (setting.key == "width" && width && *width >= 2 && *width <= 8)
      return std::nullopt;
    return "expected a width of 2 to 8 for '" + std::string(prefix) +
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
        std::make_shared<Squares>(int(std::get<int64_t>(settings[0].value))));
  }
};

} // namespace

void my::registerSquaresFormat() {
  registerFormatKind(std::make_unique<SquaresKind>());
}
