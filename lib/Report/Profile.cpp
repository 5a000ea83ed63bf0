// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-profile: statistics of tensors, kept in the module.
#include "Measurement.h"

#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Report/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mase {
#define GEN_PASS_DEF_MASEPROFILEPASS
#include "mase/Report/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct ProfilePass : mase::impl::MaseProfilePassBase<ProfilePass> {
  using MaseProfilePassBase::MaseProfilePassBase;

  void runOnOperation() override {
    if (failed(profile()))
      signalPassFailure();
    // Nothing but the profile changes.
    markAllAnalysesPreserved();
  }

private:
  LogicalResult profile() {
    ModuleOp module = getOperation();
    if (data.empty())
      return emitConfigError(&getContext(), "--mase-profile: expected data=FILE"
                                            ", the samples to run");
    // Statistics are looked up by name.
    if (failed(collectLayers(module)))
      return failure();
    FailureOr<Measurement> measured =
        measure(module, {data, scaler, samples, std::nullopt, allowNonFinite},
                getArgument());
    if (failed(measured))
      return failure();
    Builder b(&getContext());
    llvm::MapVector<StringRef, SmallVector<NamedAttribute>> layers;
    for (const Operand &operand : measured->operands)
      if (!operand.layer.empty())
        layers[operand.layer].push_back(
            b.getNamedAttr(stringify(operand.role),
                           toAttribute(&getContext(), operand.statistics)));
    SmallVector<NamedAttribute> tensors;
    for (auto &[layer, entries] : layers) {
      // Two ops of one layer, as at the integer level: the first counts.
      SmallVector<NamedAttribute> distinct;
      for (NamedAttribute entry : entries)
        if (llvm::none_of(distinct, [&](NamedAttribute other) {
              return other.getName() == entry.getName();
            }))
          distinct.push_back(entry);
      tensors.push_back(b.getNamedAttr(layer, b.getDictionaryAttr(distinct)));
    }
    for (ProfileOp old : llvm::make_early_inc_range(module.getOps<ProfileOp>()))
      old.erase();
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    auto op = ProfileOp::create(atEnd, UnknownLoc::get(&getContext()),
                                freeName(), uint64_t(measured->samples),
                                b.getDictionaryAttr(tensors));
    (void)op;
    return success();
  }

  std::string freeName() {
    std::string name = "profile";
    for (int i = 0; SymbolTable::lookupSymbolIn(getOperation(), name); ++i)
      name = "profile_" + std::to_string(i);
    return name;
  }
};

} // namespace
