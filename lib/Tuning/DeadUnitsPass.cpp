// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-remove-dead-units: lib/Calibrate's DeadUnits on the IR.
#include "CalibratedNetwork.h"

#include "mase/Calibrate/DeadUnits.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Error.h"
#include "mase/Tuning/Passes.h"

namespace mase {
#define GEN_PASS_DEF_MASEREMOVEDEADUNITSPASS
#include "mase/Tuning/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct RemoveDeadUnitsPass
    : mase::impl::MaseRemoveDeadUnitsPassBase<RemoveDeadUnitsPass> {
  void runOnOperation() override {
    FailureOr<CalibratedNetwork> network =
        CalibratedNetwork::read(getOperation());
    if (failed(network))
      return signalPassFailure();
    std::vector<bool> keeps = network->removable();
    keeps.flip();
    absl::StatusOr<DeadUnits> result =
        removeDeadUnits(network->network(), network->precisions(), keeps);
    if (!result.ok()) {
      emitError(UnknownLoc::get(&getContext()))
          << "--" << getArgument() << ": " << messageOf(result.status());
      return signalPassFailure();
    }
    const RemovedUnits &smaller = result->smaller;
    if (smaller.units == 0)
      return warnNothingToDo(getOperation(), getArgument(),
                             "a linear or matmul whose results go to one "
                             "other");
    if (result->inFloat > 0)
      remark("kept " + Twine(result->inFloat) +
             " units that are read with weights of zero, but in binary32: zero "
             "times infinity is no zero");
    remark("removed " + Twine(smaller.removed) + " of " + Twine(smaller.units) +
           " units, " + Twine(result->unread) + " not read and " +
           Twine(result->constant) + " constant: " + Twine(smaller.macsBefore) +
           " multiplications a sample became " + Twine(smaller.macsAfter));
    if (smaller.removed == 0)
      return;
    if (network->isRecorded())
      remark("the float parameters in mase.calibration were of all units, and "
             "are left out");
    network->remove(smaller);
  }

private:
  void remark(const Twine &text) {
    emitRemark(UnknownLoc::get(&getContext()))
        << "--" << getArgument() << ": " << text;
  }
};

} // namespace
