// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/Equalize.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

using testing::Draw;

/// A BatchNorm, a ReLU and two Linears, features of very different sizes.
Network unevenNetwork(Draw &draw) {
  Network network = testing::chainOf(draw, {6, 8, 4});
  for (Step &step : network.steps)
    step.input += 2;
  Step norm, relu;
  norm.kind = Step::Kind::Affine;
  norm.name = norm.type = "batch_norm1d";
  norm.input = -1;
  norm.inFeatures = norm.outFeatures = 6;
  for (size_t f = 0; f < 6; ++f) {
    norm.scale.push_back(std::ldexp(1.0f, int(f) - 2));
    norm.shift.push_back(draw.normal(0.3f));
    for (size_t o = 0; o < 8; ++o)
      network.steps[0].weight[o * 6 + f] /= norm.scale.back();
  }
  relu.name = relu.type = "relu";
  relu.input = 0;
  relu.inFeatures = relu.outFeatures = 6;
  network.steps.insert(network.steps.begin(), {norm, relu});
  return network;
}

TEST(EqualizeTest, ChangesNoFloatResultAndHelps) {
  Draw draw(1);
  Network network = unevenNetwork(draw);
  std::vector<float> x = testing::correlatedSamples(draw, 1000, 6);
  std::vector<LayerPrecision> open = testing::openLinears(network, 3, 3);
  auto plain = calibrate(network, open, x);
  auto result = equalize(network, open, x);
  ASSERT_TRUE(plain.ok());
  ASSERT_TRUE(result.ok()) << result.status();
  std::vector<LayerPrecision> none(network.steps.size());
  EXPECT_EQ(testing::logits(result->network, none, x),
            testing::logits(network, none, x));
  const Calibration &calibration = result->calibration;
  EXPECT_EQ(calibration.leastLoss, plain->leastLoss);
  EXPECT_LT(calibration.lossToFloat - calibration.leastLoss,
            0.7 * (plain->lossToFloat - plain->leastLoss));
  EXPECT_EQ(calibration.lossToFloat,
            testing::evaluatedLoss(network, calibration.network,
                                   calibration.precisions, x));
  // The features of the BatchNorm and of the first Linear.
  EXPECT_EQ(result->exponents[0].size(), 6u);
  EXPECT_EQ(result->exponents[2].size(), 8u);
  for (size_t k : {1, 3, 4})
    EXPECT_TRUE(result->exponents[k].empty()) << k;
  int moved = 0;
  for (size_t f = 0; f < 6; ++f) {
    int exponent = result->exponents[0][f];
    moved += exponent != 0 ? 1 : 0;
    EXPECT_EQ(result->network.steps[0].scale[f],
              std::ldexp(network.steps[0].scale[f], exponent));
  }
  EXPECT_GT(moved, 0);
}

TEST(EqualizeTest, LeavesAloneWhatOthersRead) {
  Draw draw(2);
  Network network = testing::chainOf(draw, {6, 8, 8});
  Step add;
  add.kind = Step::Kind::Add;
  add.name = add.type = "add";
  add.input = 2;
  add.rhs = 1; // the ReLU's result, which the second Linear reads, too
  add.inFeatures = add.outFeatures = 8;
  network.steps.push_back(add);
  std::vector<float> x = testing::correlatedSamples(draw, 300, 6);
  auto result = equalize(network, testing::openLinears(network, 3, 3), x);
  ASSERT_TRUE(result.ok()) << result.status();
  for (const std::vector<int> &exponents : result->exponents)
    EXPECT_TRUE(exponents.empty());
}

TEST(EqualizeTest, ErrorsAreThoseOfCalibrate) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {2, 2});
  EXPECT_EQ(
      equalize(network, testing::openLinears(network, 4, 1), {}).status(),
      calibrate(network, testing::openLinears(network, 4, 1), {}).status());
}

} // namespace
} // namespace mase
