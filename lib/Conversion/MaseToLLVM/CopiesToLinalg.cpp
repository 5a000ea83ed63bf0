// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-copies-to-linalg: copies of parts of buffers become loops.
#include "Steps.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"

namespace mase {
#define GEN_PASS_DEF_MASECOPIESTOLINALGPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;

namespace {

/// Whether LLVM copies it without a library: a whole buffer.
bool isOneBlock(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
}

struct CopiesToLinalg : mase::impl::MaseCopiesToLinalgPassBase<CopiesToLinalg> {
  using MaseCopiesToLinalgPassBase::MaseCopiesToLinalgPassBase;

  void runOnOperation() final {
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    if (copies.empty()) {
      if (!isStep)
        mase::warnNothingToDo(getOperation(), getArgument(),
                              "copies of buffers");
      return markAllAnalysesPreserved();
    }
    for (memref::CopyOp copy : copies) {
      if (isOneBlock(copy.getSource()) && isOneBlock(copy.getTarget()))
        continue;
      OpBuilder builder(copy);
      linalg::makeMemRefCopyOp(builder, copy.getLoc(), copy.getSource(),
                               copy.getTarget());
      copy.erase();
    }
  }

  bool isStep = false;
};

} // namespace

std::unique_ptr<Pass> mase::createCopiesToLinalgStep() {
  auto pass = std::make_unique<CopiesToLinalg>();
  pass->isStep = true;
  return pass;
}
