// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pass that knows layers by what they have in common (LayerOpInterface), not
// by their ops, so that it lists those that are added later, too.
#include "ListLayers.h"

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/raw_ostream.h"

namespace {

struct ListLayersPass
    : mlir::PassWrapper<ListLayersPass, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ListLayersPass)

  ListLayersPass() = default;
  ListLayersPass(const ListLayersPass &other) : PassWrapper(other) {}

  llvm::StringRef getArgument() const final { return "my-list-layers"; }
  llvm::StringRef getDescription() const final {
    return "list the layers of a network with their cost and precision";
  }

  void runOnOperation() final {
    getOperation().walk([&](mase::LayerOpInterface layer) {
      if (!type.empty() && layer.getLayerType() != type)
        return;
      llvm::errs() << layer.getLayerName() << ": " << layer.getLayerType()
                   << ", " << layer.getMacs() << " MACs";
      auto quantizable = llvm::dyn_cast<mase::QuantizableOpInterface>(*layer);
      if (quantizable && quantizable.getLayerPrecision())
        llvm::errs() << ", " << quantizable.getLayerPrecision();
      llvm::errs() << "\n";
    });
  }

  Option<std::string> type{*this, "type",
                           llvm::cl::desc("only layers of this type")};
};

} // namespace

void my::registerListLayersPass() { mlir::PassRegistration<ListLayersPass>(); }
