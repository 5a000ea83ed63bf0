// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entry to the export of ONNX: checks of the module, bytes, the registration.
#include "mase/Export/Onnx.h"

#include "OnnxWriter.h"

#include "mase/Dialect/Mase/IR/ModuleLevel.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include <limits>

using namespace mlir;
using namespace mase;

/// The module's one network, whose layers have names of their own and formats
/// that are closed.
static FailureOr<func::FuncOp> findNetwork(ModuleOp module) {
  ModuleLevel level = getModuleLevel(module);
  if (level != ModuleLevel::Network)
    return module.emitError()
           << "expected a network of layers, found " << nameOf(level);
  func::FuncOp network;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (network)
      return function.emitError()
             << "expected one function to export, found '" << network.getName()
             << "' and '" << function.getName() << "'";
    network = function;
  }
  if (!network || network.isExternal() ||
      !isNetworkType(network.getFunctionType()) ||
      !network.getBody().hasOneBlock())
    return module.emitError()
           << "expected a function of one tensor of f32 [batch, features...] "
              "to another";
  if (failed(collectLayers(module)) || failed(requireClosedFormats(module)))
    return failure();
  return network;
}

LogicalResult mase::exportOnnx(ModuleOp module, OnnxQuantizers quantizers,
                               llvm::raw_ostream &os) {
  FailureOr<func::FuncOp> network = findNetwork(module);
  if (failed(network))
    return failure();
  onnx_export::OnnxWriter writer(quantizers);
  if (failed(writer.write(*network)))
    return failure();
  if (writer.model.ByteSizeLong() > size_t(std::numeric_limits<int>::max()))
    return module.emitError() << "expected a network of less than 2 GiB, found "
                              << writer.model.ByteSizeLong() << " bytes";
  os << writer.model.SerializeAsString();
  return success();
}

static void registerTranslation(llvm::StringRef name,
                                llvm::StringRef description,
                                OnnxQuantizers quantizers,
                                const RegisterDialectsFn &others) {
  TranslateFromMLIRRegistration registration(
      name, description,
      [quantizers](ModuleOp module, llvm::raw_ostream &os) {
        return exportOnnx(module, quantizers, os);
      },
      [others](DialectRegistry &registry) {
        registry.insert<MaseDialect, arith::ArithDialect, func::FuncDialect>();
        registerExportableOpInterfaceExternalModels(registry);
        if (others)
          others(registry);
      });
}

void mase::registerExportOnnxTranslations(const RegisterDialectsFn &others) {
  registerTranslation("export-onnx",
                      "export a network as ONNX, precisions as QuantizeLinear "
                      "and DequantizeLinear",
                      OnnxQuantizers::Linear, others);
  registerTranslation("export-qonnx",
                      "export a network as ONNX, precisions as QONNX's Quant",
                      OnnxQuantizers::Qonnx, others);
}
