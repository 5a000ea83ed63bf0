// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What networks end with, at every level.
#include "mase/Analysis/OutputKind.h"

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;

StringRef mase::stringifyOutputKind(OutputKind kind) {
  switch (kind) {
  case OutputKind::Logits:
    return "logits";
  case OutputKind::Probabilities:
    return "probabilities";
  case OutputKind::LogProbabilities:
    return "log_probabilities";
  }
  return "";
}

/// What `op`, which gives the network's result, makes of its input.
static OutputKind kindOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, OutputKind>(op)
      .Case<mase::SoftmaxOp, kernel::SoftmaxOp, mase::SigmoidOp,
            kernel::SigmoidOp>([](auto) { return OutputKind::Probabilities; })
      .Case<mase::LogSoftmaxOp, kernel::LogSoftmaxOp>(
          [](auto) { return OutputKind::LogProbabilities; })
      .Case([](FlattenOp flatten) {
        Operation *before = flatten.getInput().getDefiningOp();
        return before ? kindOf(before) : OutputKind::Logits;
      })
      .Case([](kernel::StageOp stage) {
        Operation *last = stage.getBody()
                              .front()
                              .getTerminator()
                              ->getOperand(0)
                              .getDefiningOp();
        return last ? kindOf(last) : OutputKind::Logits;
      })
      .Default(OutputKind::Logits);
}

FailureOr<OutputKind> mase::getOutputKind(Operation *network) {
  if (Attribute attribute = network->getAttr(kOutputKindAttrName)) {
    auto text = dyn_cast<StringAttr>(attribute);
    for (OutputKind kind : {OutputKind::Logits, OutputKind::Probabilities,
                            OutputKind::LogProbabilities})
      if (text && text.getValue() == stringifyOutputKind(kind))
        return kind;
    return network->emitError() << "expected '" << kOutputKindAttrName
                                << "' to be \"logits\", \"probabilities\" or "
                                   "\"log_probabilities\", found "
                                << attribute;
  }
  if (network->getNumRegions() != 1 || network->getRegion(0).empty() ||
      !network->getRegion(0).front().mightHaveTerminator())
    return OutputKind::Logits;
  Operation *terminator = network->getRegion(0).front().getTerminator();
  if (terminator->getNumOperands() != 1)
    return OutputKind::Logits;
  Operation *last = terminator->getOperand(0).getDefiningOp();
  return last ? kindOf(last) : OutputKind::Logits;
}
