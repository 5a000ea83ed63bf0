// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What networks end with, at every level.
#include "mase/Analysis/OutputKind.h"

#include "mase/Dialect/Mase/IR/Mase.h"
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

/// What `value` is, which a network returns.
static OutputKind kindOf(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && op->hasTrait<ReshapesInput>())
    op = op->getOperand(0).getDefiningOp();
  auto kind = dyn_cast_or_null<OutputKindOpInterface>(op);
  return kind ? kind.getOutputKind() : OutputKind::Logits;
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
  return kindOf(terminator->getOperand(0));
}
