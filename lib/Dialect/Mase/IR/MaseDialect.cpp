// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the mase dialect, and its hook for the inliner.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace mase;

#include "mase/Dialect/Mase/IR/MaseDialect.cpp.inc"
#include "mase/Dialect/Mase/IR/MaseOpInterfaces.cpp.inc"

namespace {
/// All ops are pure and independent of where they stand.
struct MaseInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool,
                       IRMapping &) const override {
    return true;
  }
};
} // namespace

void MaseDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "mase/Dialect/Mase/IR/MaseOps.cpp.inc"
      >();
  addInterfaces<MaseInlinerInterface>();
}
