// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-remove-dead-units: lib/Calibrate's DeadUnits on the IR.
#include "SamplesPass.h"

#include "mase/Calibrate/DeadUnits.h"
#include "mase/Tuning/Passes.h"

namespace mase {
#define GEN_PASS_DEF_MASEREMOVEDEADUNITSPASS
#include "mase/Tuning/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct RemoveDeadUnitsPass
    : SamplesPass<
          mase::impl::MaseRemoveDeadUnitsPassBase<RemoveDeadUnitsPass>> {
  using SamplesPass::SamplesPass;

protected:
  LogicalResult run() override {
    FailureOr<CalibratedNetwork> network =
        CalibratedNetwork::read(getOperation());
    if (failed(network))
      return failure();
    std::vector<bool> keeps = network->removable();
    keeps.flip();
    absl::StatusOr<DeadUnits> result =
        removeDeadUnits(network->network(), network->precisions(), keeps);
    if (!result.ok())
      return fail(result.status());
    const RemovedUnits &smaller = result->smaller;
    if (smaller.units == 0) {
      warnNothingToDo(getOperation(), getArgument(),
                      "a linear or matmul whose results go to one other");
      return success();
    }
    if (result->inFloat > 0)
      remark("kept " + Twine(result->inFloat) +
             " units that are read with weights of zero, but in binary32: zero "
             "times infinity is no zero");
    remark("removed " + Twine(smaller.removed) + " of " + Twine(smaller.units) +
           " units, " + Twine(result->unread) + " not read and " +
           Twine(result->constant) + " constant: " + Twine(smaller.macsBefore) +
           " multiplications a sample became " + Twine(smaller.macsAfter));
    if (smaller.removed == 0)
      return success();
    if (network->isRecorded())
      remark("the float parameters in mase.calibration were of all units, and "
             "are left out");
    network->remove(smaller);
    return success();
  }
};

} // namespace
