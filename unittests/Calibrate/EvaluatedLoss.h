// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the evaluator makes of a network that calibration has rounded.
#ifndef MASE_UNITTESTS_CALIBRATE_EVALUATEDLOSS_H
#define MASE_UNITTESTS_CALIBRATE_EVALUATEDLOSS_H

#include "Calibrate/Calibrator.h"
#include "mase/Evaluate/Evaluator.h"

#include "gtest/gtest.h"

namespace mase::testing {

inline std::vector<float> logits(const Network &network,
                                 const std::vector<LayerPrecision> &precisions,
                                 const std::vector<float> &x) {
  Evaluator::Options options;
  for (const LayerPrecision &precision : precisions)
    options.choices.push_back({precision});
  auto evaluator = Evaluator::create(
      network, options, x,
      std::vector<int32_t>(x.size() / size_t(network.inFeatures), 0));
  EXPECT_TRUE(evaluator.ok()) << evaluator.status();
  return evaluator.ok()
             ? (*evaluator)->logits(Assignment(network.steps.size(), 0))
             : std::vector<float>();
}

/// The distance of the evaluator's results from those of the float network.
inline double evaluatedLoss(const Network &network, const Network &rounded,
                            const std::vector<LayerPrecision> &precisions,
                            const std::vector<float> &x,
                            Distance distance = Distance::Divergence) {
  std::vector<LayerPrecision> none(network.steps.size());
  SoftTargets targets(Blocks(logits(network, none, x), network.outFeatures),
                      network.output(),
                      calibrationKernels(bestInstructionSet()), distance);
  return targets.loss(
      Blocks(logits(rounded, precisions, x), network.outFeatures));
}

} // namespace mase::testing

#endif // MASE_UNITTESTS_CALIBRATE_EVALUATEDLOSS_H
