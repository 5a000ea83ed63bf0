// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats as values: text, order, slices, kinds from outside.
#include "mase/Numerics/NumberFormat.h"

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include <cmath>

namespace mase {
namespace {

std::string errorOf(absl::string_view name,
                    std::vector<FormatSetting> settings) {
  auto made = makeNumberFormat(name, settings, "weight_");
  const FormatError *error = std::get_if<FormatError>(&made);
  return error ? error->message : "no error";
}

NumberFormat made(absl::string_view name, std::vector<FormatSetting> settings) {
  auto result = makeNumberFormat(name, settings);
  if (FormatError *error = std::get_if<FormatError>(&result)) {
    ADD_FAILURE() << error->message;
    return FixedPointFormat{};
  }
  return std::get<NumberFormat>(result);
}

using Integers = std::vector<int64_t>;
using Numbers = std::vector<double>;

TEST(NumberFormat, TextMakesTheSameFormat) {
  UniformTensorFormat odd;
  odd.axis = 0;
  odd.scale = {0.1f, 0.3f, 1e-5f};
  odd.width = {4, 3, 2};
  odd.zeroPoint = {1, -2, 0};
  odd.common.rounding = Rounding::NearestTowardsZero;
  for (const NumberFormat &format :
       {NumberFormat(FixedPointFormat{8, 4}),
        NumberFormat(FixedPointFormat{8, 40, false, Rounding::Floor}),
        NumberFormat(odd)}) {
    NumberFormat again = made(format->name(), format->settings());
    EXPECT_EQ(format, again) << format.text() << " " << again.text();
    EXPECT_EQ(absl::HashOf(format), absl::HashOf(again));
  }
  EXPECT_EQ(NumberFormat(FixedPointFormat{8, 4}).text(),
            "{name=\"integer\", width=8, frac_width=4}");
  EXPECT_EQ(
      NumberFormat(odd).text(),
      "{name=\"integer\", width=[4, 3, 2], scale=[0.1, 0.3, 1.0e-05], "
      "zero_point=[1, -2, 0], axis=0, rounding=\"nearest_towards_zero\"}");
}

TEST(NumberFormat, OpenFormatsSayWhatIsKnown) {
  NumberFormat weight = made("integer", {{"width", int64_t(4)},
                                         {"frac_width", std::string("auto")},
                                         {"narrow", true}});
  ASSERT_TRUE(weight->open());
  EXPECT_EQ(weight->open()->known.width, 4);
  EXPECT_TRUE(weight->open()->powerOfTwo);
  EXPECT_FALSE(weight->open()->isSigned);
  EXPECT_FALSE(weight->uniform());
  EXPECT_EQ(weight->packedBits({3, 5}), 60);
  EXPECT_EQ(*whyOpen(weight), "its fraction width is still open (\"auto\"): "
                              "--mase-calibrate chooses it");
  EXPECT_EQ(weight.text(), "{name=\"integer\", width=4, frac_width=\"auto\", "
                           "narrow=true}");
  // The input of a ReLU's codes is unsigned once it is known to be.
  NumberFormat data = weight.nonNegativeVariant();
  EXPECT_EQ(data->open()->isSigned, false);
  EXPECT_TRUE(data->isNonNegative());
  for (const NumberFormat &format : {weight, data})
    EXPECT_EQ(format, made(format->name(), format->settings()));
  EXPECT_FALSE(whyOpen(FixedPointFormat{8, 4}));
  EXPECT_EQ(errorOf("integer", {{"width", int64_t(4)},
                                {"scale", std::string("auto")},
                                {"zero_point", int64_t(1)}}),
            "\"auto\" for 'weight_scale' goes with no zero point, found one");
}

TEST(NumberFormat, VectorsOfOneValueAreThatValue) {
  NumberFormat one = made("integer", {{"width", int64_t(8)},
                                      {"frac_width", Integers{3, 3, 3}},
                                      {"axis", int64_t(0)}});
  EXPECT_EQ(one, NumberFormat(FixedPointFormat{8, 3}));
  ASSERT_TRUE(one.fixedPoint());
  EXPECT_EQ(one.fixedPoint()->fracWidth, 3);
}

TEST(NumberFormat, RoundsEachSliceByItsOwn) {
  NumberFormat format = made("integer", {{"width", int64_t(4)},
                                         {"frac_width", Integers{0, 1, 2}},
                                         {"axis", int64_t(-1)}});
  std::vector<float> x = {1.3f, 1.3f, 1.3f, -9.0f, -9.0f, -9.0f}, y(6);
  format->quantize(x, {2, 3}, absl::MakeSpan(y));
  EXPECT_EQ(y, (std::vector<float>{1, 1.5, 1.25, -8, -4, -2}));
  EXPECT_EQ(format->countSaturated(x, {2, 3}), 3);
  // 24 bits of codes and three exponents.
  EXPECT_EQ(format->packedBits({2, 3}), 24 + 3 * 8);
  EXPECT_EQ(format->mismatch({2, 4}),
            "expected 4 slices along axis -1, found a number format of 3");
  EXPECT_FALSE(format.fixedPoint());
  EXPECT_FALSE(format->isNonNegative());
  NumberFormat unsignedOne = format.nonNegativeVariant();
  EXPECT_TRUE(unsignedOne->isNonNegative());
  EXPECT_EQ(unsignedOne.nonNegativeVariant(), unsignedOne);
}

TEST(NumberFormat, SaysWhatIsWrong) {
  FormatSetting width{"width", int64_t(8)};
  EXPECT_EQ(errorOf("integer", {{"width", int64_t(40)}}),
            "impossible width: 'weight_width' is 40, expected 1 to 32");
  EXPECT_EQ(errorOf("integer", {{"frac_width", int64_t(4)}}),
            "key 'weight_width' is missing");
  EXPECT_EQ(
      errorOf("integer", {width, {"frac_width", int64_t(4)}, {"scale", 0.1}}),
      "expected 'weight_frac_width' or 'weight_scale', found both");
  EXPECT_EQ(errorOf("integer", {width, {"scale", 0.0}}),
            "expected a positive, normal scale, found 0");
  EXPECT_EQ(errorOf("integer", {width, {"zero_point", int64_t(128)}}),
            "expected a zero point of -128 to 127, found 128");
  EXPECT_EQ(errorOf("integer", {width, {"frac_width", Integers{1, 2}}}),
            "expected an axis for the slices, found none");
  EXPECT_EQ(errorOf("integer", {width,
                                {"frac_width", Integers{1, 2}},
                                {"zero_point", Integers{1, 2, 3}},
                                {"axis", int64_t(0)}}),
            "expected as many scales as there are slices (3), found 2");
  EXPECT_EQ(errorOf("integer", {width, {"rounding", std::string("up")}}),
            "expected 'nearest_even', 'floor', 'ceil', 'towards_zero', "
            "'away_from_zero', 'nearest_away', 'nearest_towards_zero' or "
            "'nearest_up' for 'weight_rounding', found 'up'");
  EXPECT_EQ(errorOf("integer", {{"width", int64_t(8)}, {"scale", 1e38}}),
            "expected values that binary32 holds, found up to 128 * 1e+38");
  EXPECT_EQ(errorOf("nothing", {width}), "unknown number format 'nothing'");
}

/// Powers of two, as an outside project might have them.
class SignedPowers : public NumberFormat::Model {
public:
  absl::string_view name() const override { return "test_powers"; }
  std::vector<FormatSetting> settings() const override { return {}; }
  int64_t packedBits(absl::Span<const int64_t> shape) const override {
    return 4 * shape[0];
  }
  double bitsPerElement() const override { return 4; }
  void quantize(absl::Span<const float> in, absl::Span<const int64_t>,
                absl::Span<float> out) const override {
    for (size_t i = 0; i < in.size(); ++i)
      out[i] =
          in[i] == 0
              ? 0
              : std::copysign(
                    std::exp2(std::round(std::log2(std::fabs(in[i])))), in[i]);
  }
};

class PowersKind : public FormatKind {
public:
  absl::Span<const std::string> names() const override {
    static const std::vector<std::string> all = {"test_powers"};
    return all;
  }
  absl::Span<const std::string> keys() const override {
    static const std::vector<std::string> all = {};
    return all;
  }
  std::optional<std::string> check(const FormatSetting &,
                                   absl::string_view) const override {
    return std::nullopt;
  }
  std::variant<NumberFormat, FormatError>
  make(absl::string_view, absl::Span<const FormatSetting>,
       absl::string_view) const override {
    return NumberFormat(std::make_shared<SignedPowers>());
  }
};

TEST(NumberFormat, KindsFromOutside) {
  EXPECT_FALSE(findFormatKind("test_powers"));
  registerFormatKind(std::make_unique<PowersKind>());
  ASSERT_TRUE(findFormatKind("test_powers"));
  NumberFormat format = made("test_powers", {});
  EXPECT_EQ(format.text(), "{name=\"test_powers\"}");
  EXPECT_FALSE(format.fixedPoint());
  EXPECT_EQ(format.nonNegativeVariant(), format);
  EXPECT_NE(format, NumberFormat(FixedPointFormat{4, 2}));
  EXPECT_EQ(formatKindNames(),
            (std::vector<std::string>{"integer", "fixed", "integer_floor",
                                      "test_powers"}));
}

} // namespace
} // namespace mase
