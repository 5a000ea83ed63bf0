// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data and precisions that calibration can do little or nothing with.
#include "OpenNetworks.h"

#include "mase/Calibrate/Calibrate.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <limits>

namespace mase {
namespace {

using testing::Draw;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Problem {
  Network network;
  std::vector<LayerPrecision> precisions;
  std::vector<float> x;

  explicit Problem(int64_t samples = 200) {
    Draw draw(7);
    network = testing::chainOf(draw, {4, 6, 3});
    precisions = testing::openLinears(network, 6, 4);
    x = testing::correlatedSamples(draw, samples, 4);
  }
  absl::StatusOr<Calibration> calibrate(CalibrationOptions options = {}) const {
    return mase::calibrate(network, precisions, x, options);
  }
  std::string error(CalibrationOptions options = {}) const {
    return std::string(calibrate(options).status().message());
  }
};

TEST(EdgeTest, SaysNothingOfAnOrdinaryNetwork) {
  EXPECT_THAT(Problem().calibrate()->warnings, IsEmpty());
}

TEST(EdgeTest, DeadInputs) {
  Problem p;
  for (size_t i = 0; i < p.x.size(); i += 4)
    p.x[i + 2] = 0;
  auto result = p.calibrate();
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->warnings,
              ElementsAre("layer 'fc1': 1 of its 4 inputs are 0 in every "
                          "calibration sample"));
  EXPECT_LT(result->lossToFloat, result->leastLoss + 0.1);
}

TEST(EdgeTest, ConstantLayer) {
  Problem p;
  p.network.steps[0].weight.assign(24, 0.0f);
  p.network.steps[0].bias.assign(6, 0.5f);
  auto result = p.calibrate();
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(
      result->warnings,
      ElementsAre("layer 'fc2': none of its 6 inputs changes over the "
                  "calibration samples: its weights are rounded as they are"));
  // The bias takes up what rounding changes.
  EXPECT_LT(result->lossToFloat, result->leastLoss + 1e-3);
}

TEST(EdgeTest, TooFewSamples) {
  auto result = Problem(20).calibrate();
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->warnings,
              ElementsAre("layer 'fc2': expected at least 24 calibration "
                          "samples for 6 inputs, found 20"));
  EXPECT_TRUE(Problem(1).calibrate().ok());
}

TEST(EdgeTest, SingularCovariance) {
  Problem p;
  for (size_t i = 0; i < p.x.size(); i += 4)
    p.x[i + 3] = p.x[i];
  CalibrationOptions options;
  options.ridge = 0;
  auto result = p.calibrate(options);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->warnings,
              ElementsAre("layer 'fc1': the covariance of its inputs is "
                          "singular; expected a ridge above 0"));
  EXPECT_LT(result->lossToFloat, result->leastLoss + 0.1);
  EXPECT_THAT(p.calibrate()->warnings, IsEmpty());
}

TEST(EdgeTest, SamplesThatAreNotFinite) {
  Problem p, without;
  p.x.insert(p.x.begin() + 8, {1, kNaN, 1, 1});
  p.x.insert(p.x.end(), {1, 1, kInfinity, -kInfinity});
  auto result = p.calibrate(), expected = without.calibrate();
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->warnings,
              ElementsAre("2 of 202 calibration samples hold NaN or infinity "
                          "and are left out"));
  EXPECT_EQ(result->lossToFloat, expected->lossToFloat);
  EXPECT_EQ(result->network.steps[0].weight, expected->network.steps[0].weight);
  p.x.assign(8, kNaN);
  EXPECT_EQ(p.error(), "expected at least one calibration sample without NaN "
                       "and infinity, found none among 2");
}

TEST(EdgeTest, WrongData) {
  Problem p;
  p.x.pop_back();
  EXPECT_EQ(p.error(), "expected samples of 4 features, found 799 values");
  p.x.clear();
  EXPECT_EQ(p.error(), "expected samples of 4 features, found 0 values");
}

TEST(EdgeTest, WrongPrecisions) {
  Problem p;
  auto errorOf = [&](auto change) {
    OpenFormat format;
    format.known.width = 4;
    change(format);
    p.precisions[0] = openLinear(6, 4);
    p.precisions[0][OperandRole::Weight] = NumberFormat(format);
    return p.error();
  };
  EXPECT_EQ(errorOf([](OpenFormat &f) { f.known.width = 1; }),
            "layer 'fc1': weight: expected a width of 2 to 24 where the scale "
            "is to be chosen, found 1");
  EXPECT_THAT(errorOf([](OpenFormat &f) { f.known.width = 25; }),
              HasSubstr("found 25"));
  EXPECT_EQ(errorOf([](OpenFormat &f) { f.known.rounding = Rounding::Floor; }),
            "layer 'fc1': weight: expected rounding to nearest even and "
            "saturation where the scale is to be chosen, found "
            "{name=\"integer_floor\", width=4, frac_width=\"auto\"}");
  EXPECT_EQ(errorOf([](OpenFormat &f) { f.axis = 1; }),
            "layer 'fc1': weight: expected scales of the output channels where "
            "they are to be chosen, found an axis of 1");
  OpenFormat sliced;
  sliced.axis = 0;
  p.precisions[0][OperandRole::DataIn] = NumberFormat(sliced);
  EXPECT_EQ(p.error(),
            "layer 'fc1': data_in: expected one scale for the tensor where it "
            "is to be chosen, found an axis of 0");
  p.precisions[0] = openLinear(6, 4);
  p.precisions[1][OperandRole::Weight] = openWidth(4);
  EXPECT_EQ(p.error(), "layer 'relu1': weight: expected a layer with "
                       "parameters, found 'relu'");
  p.precisions.pop_back();
  EXPECT_EQ(p.error(), "expected precisions for 3 layers, found 2");
}

TEST(EdgeTest, WrongGivenFormat) {
  Problem p;
  UniformTensorFormat format;
  format.axis = 0;
  format.scale = {1, 2, 4};
  p.precisions[0][OperandRole::Weight] = NumberFormat(format);
  EXPECT_EQ(p.error(), "layer 'fc1': weight: expected 6 slices along axis 0, "
                       "found a number format of 3");
}

TEST(EdgeTest, WrongOptions) {
  CalibrationOptions options;
  options.percentile = 0;
  EXPECT_EQ(Problem().error(options),
            "expected a percentile above 0 and up to 100, found 0");
  options = {};
  options.ridge = -1;
  EXPECT_EQ(Problem().error(options),
            "expected a ridge of 0 or more, found -1");
}

} // namespace
} // namespace mase
