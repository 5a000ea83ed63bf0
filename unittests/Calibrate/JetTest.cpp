// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shipped network on the shipped jets: what each step of calibration is
// worth, in points of test accuracy.
#include "OpenNetworks.h"

#include "mase/Calibrate/Equalize.h"
#include "mase/Calibrate/Refine.h"
#include "mase/Data/Jets.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Import/Onnx.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

namespace mase {
namespace {

class JetTest : public ::testing::Test {
protected:
  void SetUp() override {
    auto calibration = readShippedJets("calibration.h5", 2000);
    auto test = readShippedJets("test.h5");
    ASSERT_TRUE(calibration.ok()) << calibration.status();
    ASSERT_TRUE(test.ok()) << test.status();
    x = calibration->x;
    testX = test->x;
    labels = test->labels;
    readNetwork();
    floatAccuracy =
        accuracy(network, std::vector<LayerPrecision>(network.steps.size()));
    EXPECT_NEAR(floatAccuracy, 73.88, 0.01);
  }

  /// jsc-new with BatchNorms in the Linears before them.
  void readNetwork() {
    llvm::SmallString<256> path(*findShippedFile("scaler.json"));
    llvm::sys::path::remove_filename(path);
    llvm::sys::path::append(path, "..", "jsc-new.onnx");
    auto bytes = llvm::MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(bytes)) << path.c_str();
    mlir::DialectRegistry registry;
    registerEvaluableOpInterfaceExternalModels(registry);
    mlir::MLIRContext context(registry);
    mlir::OwningOpRef<mlir::ModuleOp> module =
        importOnnx((*bytes)->getBuffer(), path, &context);
    ASSERT_TRUE(module);
    mlir::PassManager passes(&context);
    passes.addPass(createMaseFoldBatchNormPass());
    ASSERT_TRUE(mlir::succeeded(passes.run(*module)));
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    mlir::FailureOr<NetworkFromIR> result = networkFromIR(function);
    ASSERT_TRUE(mlir::succeeded(result));
    network = result->network;
  }

  /// In per cent of the test jets.
  double accuracy(const Network &of,
                  const std::vector<LayerPrecision> &precisions) const {
    Evaluator::Options options;
    for (const LayerPrecision &precision : precisions)
      options.choices.push_back({precision});
    auto evaluator = Evaluator::create(of, options, testX, labels);
    EXPECT_TRUE(evaluator.ok()) << evaluator.status();
    return 100 * (*evaluator)
                     ->evaluate({Assignment(of.steps.size(), 0)})[0]
                     .accuracyMicro;
  }
  double accuracy(const Calibration &calibration) const {
    return accuracy(calibration.network, calibration.precisions);
  }
  Calibration calibrated(int width, const CalibrationOptions &options) const {
    auto result = calibrate(
        network, testing::openLinears(network, width, width), x, options);
    EXPECT_TRUE(result.ok()) << result.status();
    return *result;
  }

  Network network;
  std::vector<float> x, testX;
  std::vector<int32_t> labels;
  double floatAccuracy = 0;
};

TEST_F(JetTest, EveryStepHelpsAtFourBits) {
  CalibrationOptions options;
  options.exponentPasses = 0;
  options.rounding = CalibrationOptions::WeightRounding::Nearest;
  options.granularity = CalibrationOptions::Granularity::Tensor;
  options.range = CalibrationOptions::Range::Max;
  double max = accuracy(calibrated(4, options));
  options.range = CalibrationOptions::Range::SquaredError;
  double tensor = accuracy(calibrated(4, options));
  options.granularity = CalibrationOptions::Granularity::Channel;
  double channel = accuracy(calibrated(4, options));
  options.rounding = CalibrationOptions::WeightRounding::ErrorFeedback;
  double feedback = accuracy(calibrated(4, options));
  Calibration best = calibrated(4, {});
  double moved = accuracy(best);
  RefineOptions refining;
  refining.passes = 2;
  auto refined = refine(network, best.network, best.precisions, x, refining);
  ASSERT_TRUE(refined.ok());
  double descended = accuracy(refined->network, best.precisions);
  EXPECT_GT(tensor, max + 20);
  EXPECT_GT(channel, tensor + 1);
  EXPECT_GT(feedback, channel + 3);
  EXPECT_GT(moved, feedback + 0.2);
  EXPECT_GT(descended, moved);
  EXPECT_GT(descended, floatAccuracy - 2.6);
}

TEST_F(JetTest, WideNetworksLoseLittle) {
  EXPECT_GT(accuracy(calibrated(8, {})), floatAccuracy - 0.35);
  EXPECT_GT(accuracy(calibrated(6, {})), floatAccuracy - 0.5);
}

TEST_F(JetTest, ExponentsOfFeaturesHelpNarrowInputs) {
  std::vector<LayerPrecision> precisions = testing::openLinears(network, 3, 3);
  for (size_t k = 0; k < network.steps.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear) {
      precisions[k] = openLinear(8, 3); // the first input alone
      break;
    }
  auto plain = calibrate(network, precisions, x);
  auto result = equalize(network, precisions, x);
  ASSERT_TRUE(plain.ok());
  ASSERT_TRUE(result.ok());
  EXPECT_GT(accuracy(result->calibration), floatAccuracy - 2.3);
  EXPECT_LT(result->calibration.lossToFloat, plain->lossToFloat - 0.01);
}

} // namespace
} // namespace mase
