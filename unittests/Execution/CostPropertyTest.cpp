// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks cost the same at every level. MASE_PROPERTY_DRAWS sets the
// number of networks (default 300), MASE_PROPERTY_SEED the first seed.
#include "RandomNetwork.h"

#include "mase/Analysis/Cost.h"
#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

/// What is computed in binary32 is stored in binary32 below the network level:
/// products of which some operand has an integer format and some has none lose
/// theirs.
void dropPartialPrecisions(ModuleOp module) {
  module.walk([](QuantizableOpInterface op) {
    PrecisionAttr precision = op.getLayerPrecision();
    if (precision && isa<LinearOp, MatmulOp>(*op) &&
        llvm::any_of(op.getOperandRoles(), [&](OperandRole role) {
          return role != OperandRole::DataOut && !precision.getFormat(role);
        }))
      op.setLayerPrecision({});
  });
}

struct Totals {
  int64_t parameters = 0, parameterBits = 0, packedBytes = 0, macs = 0;
  bool operator==(const Totals &) const = default;
};

std::ostream &operator<<(std::ostream &os, const Totals &totals) {
  return os << totals.parameters << " parameters, " << totals.parameterBits
            << " bits, " << totals.packedBytes << " bytes, " << totals.macs
            << " MACs";
}

Totals totalsOf(ModuleOp module) {
  Cost sum;
  for (const LayerCost &layer : getLayerCosts(module))
    sum += layer;
  return {sum.parameters, sum.parameterBits, sum.packedBytes, sum.macs};
}

Totals totalsAfter(ModuleOp module,
                   llvm::function_ref<void(OpPassManager &)> build) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext());
  build(pm);
  EXPECT_TRUE(succeeded(pm.run(*copy)));
  return totalsOf(*copy);
}

bool isAnyReadTwice(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        bool isRead = llvm::any_of(op->getResults(), [](Value value) {
          return !value.use_empty() && !value.hasOneUse();
        });
        return isRead && !op->hasTrait<OpTrait::ConstantLike>()
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

int64_t fromEnvironment(const char *name, int64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

TEST(CostProperty, LoweringKeepsTheTotals) {
  DialectRegistry registry;
  registerCostOpInterfaceExternalModels(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<MaseDialect, kernel::MaseKernelDialect, func::FuncDialect,
                      arith::ArithDialect>();
  int64_t draws = fromEnvironment("MASE_PROPERTY_DRAWS", 300),
          first = fromEnvironment("MASE_PROPERTY_SEED", 1);
  for (int64_t i = 0; i < draws; ++i) {
    Draw draw(uint64_t(first + i));
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
    appendRandomNetwork(*module, "net", draw, NetworkOptions());
    dropPartialPrecisions(*module);
    Totals network = totalsOf(*module);
    std::string text;
    llvm::raw_string_ostream(text) << *module;
    // A BatchNorm that is part of one reader's requantisation and stays for
    // another is computed twice where requantisations are fused.
    const bool maySplit = isAnyReadTwice(*module);
    auto expectSame = [&](bool fused, const char *level,
                          llvm::function_ref<void(OpPassManager &)> build) {
      Totals lowered = totalsAfter(*module, build);
      if (fused && maySplit)
        EXPECT_GE(lowered.parameters, network.parameters);
      else
        EXPECT_EQ(lowered, network) << level << ", seed " << first + i << "\n"
                                    << text;
    };
    for (bool fuse : {false, true})
      expectSame(fuse, "integer level", [&](OpPassManager &pm) {
        pm.addPass(createLowerToIntegerStep(fuse));
      });
    expectSame(true, "kernel",
               [](OpPassManager &pm) { buildMaseToCudaPipeline(pm, {}); });
    if (HasFailure())
      break;
  }
}

} // namespace
