// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ShrinkIR.h"

#include "mase/Analysis/Cost.h"

using namespace mlir;
using namespace mase;

using ShrinkCost = ShrinkOptions::Cost;

ArrayRef<std::pair<StringRef, ShrinkCost>> mase::shrinkCosts() {
  static constexpr std::pair<StringRef, ShrinkCost> costs[] = {
      {"ebops", ShrinkCost::EffectiveBitOperations},
      {"bitops", ShrinkCost::BitOperations},
      {"model_bytes", ShrinkCost::PackedBytes},
      {"macs", ShrinkCost::Macs}};
  return costs;
}

void mase::completeOptions(CalibratedNetwork &network, ShrinkOptions &options) {
  for (bool removable : network.removable())
    options.keeps.push_back(!removable);
  NetworkCost all =
      getNetworkCost(network.function(), getLayerCosts(network.function()));
  ShrinkCost cost = options.cost;
  int64_t reported = cost == ShrinkCost::EffectiveBitOperations ? all.ebops
                     : cost == ShrinkCost::BitOperations        ? all.bitops
                     : cost == ShrinkCost::PackedBytes ? all.packedBytes
                                                       : all.macs;
  options.fixedCost =
      reported - costOf(network.network(), network.precisions(), cost);
}

LogicalResult mase::writeShrunk(CalibratedNetwork &network,
                                const ShrunkNetwork &shrunk,
                                ArrayRef<float> x) {
  if (!shrunk.removed) {
    network.write(shrunk.network, shrunk.precisions);
    return success();
  }
  // The float parameters that are recorded are those without them, too.
  std::string options = network.recordedOptions().value_or("");
  network.remove(*shrunk.removed);
  FailureOr<CalibratedNetwork> smaller =
      CalibratedNetwork::read(network.function()->getParentOfType<ModuleOp>());
  if (failed(smaller))
    return failure();
  smaller->record(x, options);
  smaller->write(shrunk.network, shrunk.precisions);
  return success();
}
