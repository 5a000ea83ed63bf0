// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants that no computation gets rid of.
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// "[2, 0]": the place of element `position` in row-major order.
static std::string indexText(ArrayRef<int64_t> shape, int64_t position) {
  SmallVector<std::string> index(shape.size());
  for (size_t d = shape.size(); d-- > 0; position /= shape[d])
    index[d] = std::to_string(position % shape[d]);
  return "[" + llvm::join(index, ", ") + "]";
}

void mase::warnOfNonFiniteConstants(Operation *root) {
  root->walk([](LayerOpInterface layer) {
    for (auto [i, operand] : llvm::enumerate(layer->getOperands())) {
      auto values = getConstantF32(operand);
      if (!values)
        continue;
      auto isBad = [](float x) { return !std::isfinite(x); };
      auto first = llvm::find_if(*values, isBad);
      if (first == values->end())
        continue;
      auto count = llvm::count_if(*values, isBad);
      emitWarning(layer->getLoc())
          << "layer " << describeLayer(layer) << ": " << count << " of "
          << values->size() << " elements of its "
          << layer.getOperandName(unsigned(i)) << (count == 1 ? " is" : " are")
          << " not finite; the first is "
          << (std::isnan(*first) ? "nan"
              : *first > 0       ? "inf"
                                 : "-inf")
          << " at "
          << indexText(cast<ShapedType>(operand.getType()).getShape(),
                       first - values->begin())
          << " (counted from 0)";
    }
  });
}
