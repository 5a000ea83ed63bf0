// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The level that a module is at, by name.
#include "mase/Dialect/Mase/IR/ModuleLevel.h"

#include "mase/Dialect/Mase/IR/Mase.h"

#include "llvm/ADT/StringSwitch.h"

#include <algorithm>

using namespace mlir;
using namespace mase;

bool mase::isAnnotation(Operation *op) {
  return isa<ConfigurationOp, ProfileOp, CalibrationOp>(op);
}

static ModuleLevel levelOf(Operation *op) {
  if (isa<LayerOpInterface>(op))
    return ModuleLevel::Network;
  if (isAnnotation(op) || !op->getDialect())
    return ModuleLevel::Empty;
  return llvm::StringSwitch<ModuleLevel>(op->getDialect()->getNamespace())
      .Case(MaseDialect::getDialectNamespace(), ModuleLevel::Integer)
      .Case("linalg", ModuleLevel::Linalg)
      .Cases({"memref", "scf", "cf"}, ModuleLevel::Buffers)
      .Case("llvm", ModuleLevel::Llvm)
      .Case("mase_kernel", ModuleLevel::Kernel)
      .Default(ModuleLevel::Empty);
}

ModuleLevel mase::getModuleLevel(ModuleOp module) {
  ModuleLevel level = ModuleLevel::Empty;
  module.walk([&](Operation *op) { level = std::max(level, levelOf(op)); });
  return level;
}

StringRef mase::nameOf(ModuleLevel level) {
  switch (level) {
  case ModuleLevel::Empty:
    return "no layer at all";
  case ModuleLevel::Network:
    return "the network level";
  case ModuleLevel::Integer:
    return "the integer level";
  case ModuleLevel::Linalg:
    return "the linalg level";
  case ModuleLevel::Buffers:
    return "the level of loops and buffers";
  case ModuleLevel::Llvm:
    return "the LLVM dialect";
  case ModuleLevel::Kernel:
    return "the kernel level";
  }
  return {};
}
