// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PassedStops.h"

#include "CodeGrid.h"
#include "EffectiveBits.h"
#include "HiddenUnits.h"

#include "absl/strings/str_cat.h"

#include <algorithm>

namespace mase {

absl::Status checkShrinkable(const Network &network,
                             absl::Span<const LayerPrecision> precisions) {
  bool any = false;
  for (size_t k = 0; k < network.steps.size(); ++k) {
    const Step &step = network.steps[k];
    if (step.kind != Step::Kind::Linear)
      continue;
    any = true;
    auto refuse = [&](OperandRole role, const char *expected) {
      const auto &format = precisions[k][role];
      return absl::InvalidArgumentError(absl::StrCat(
          "layer '", step.name, "': ", toString(role), ": expected ", expected,
          ", found ", format ? format->text() : "binary32"));
    };
    auto out = size_t(step.outRow());
    const auto &data = precisions[k][OperandRole::DataIn],
               &weight = precisions[k][OperandRole::Weight],
               &bias = precisions[k][OperandRole::Bias];
    if (!data || !featureGrids(*data, step))
      return refuse(OperandRole::DataIn,
                    "integers without zero point, of one scale or of powers of "
                    "two apart");
    if (!weight || !codeGrids(*weight, out))
      return refuse(OperandRole::Weight,
                    "integers of one scale for each output channel without "
                    "zero point");
    if (bias && !step.bias.empty() && !codeGrids(*bias, out))
      return refuse(OperandRole::Bias,
                    "integers of one scale for each output channel without "
                    "zero point, or binary32");
  }
  return any ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   "expected a linear or matmul with weights, found none");
}

void count(ShrunkNetwork &shrunk) {
  for (const HiddenLayer &layer : hiddenLayersOf(shrunk.network, {})) {
    const Step &reader = shrunk.network.steps[layer.reader];
    std::vector<bool> isRead(size_t(reader.inFeatures), false);
    for (size_t k = 0; k < reader.weight.size(); ++k)
      if (reader.weight[k] != 0)
        isRead[k % isRead.size()] = true;
    shrunk.units += reader.inFeatures;
    shrunk.liveUnits += std::count(isRead.begin(), isRead.end(), true);
  }
  int64_t bits = 0;
  for (size_t k = 0; k < shrunk.network.steps.size(); ++k) {
    const Step &step = shrunk.network.steps[k];
    shrunk.weights += int64_t(step.weight.size());
    for (size_t i = 0; i < step.weight.size(); ++i)
      if (step.weight[i] == 0)
        ++shrunk.zeroWeights;
      else
        bits += inputBits(shrunk.precisions[k][OperandRole::DataIn],
                          i % size_t(step.inRow()));
  }
  int64_t others = shrunk.weights - shrunk.zeroWeights;
  shrunk.meanWidth = others > 0 ? double(bits) / double(others) : 0;
}

} // namespace mase
