// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The verifier of mase.calibration.
#include "mase/Dialect/Mase/IR/Mase.h"

using namespace mlir;
using namespace mase;

LogicalResult CalibrationOp::verify() {
  if (int64_t samples = getSamples(); samples < 1)
    return emitOpError() << "(C2) expected samples of at least 1, found "
                         << samples;
  for (NamedAttribute layer : getParameters()) {
    auto members = dyn_cast<DictionaryAttr>(layer.getValue());
    if (!members)
      return emitOpError() << "(C1) expected a dictionary for layer '"
                           << layer.getName().getValue() << "', found "
                           << layer.getValue();
    for (NamedAttribute member : members) {
      StringRef name = member.getName().getValue();
      auto values = dyn_cast<DenseElementsAttr>(member.getValue());
      if ((name != "weight" && name != "bias") || !values ||
          !values.getElementType().isF32())
        return emitOpError()
               << "(C1) expected 'weight' or 'bias' with dense f32 elements "
                  "for layer '"
               << layer.getName().getValue() << "', found '" << name << "'";
    }
  }
  return success();
}
