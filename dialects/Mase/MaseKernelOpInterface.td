// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the Conversion room asks of an op that becomes part of a kernel.
#ifndef MASE_KERNELOPINTERFACE_TD
#define MASE_KERNELOPINTERFACE_TD

include "mlir/IR/Interfaces.td"

def Mase_KernelOpInterface : OpInterface<"KernelOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op of the integer level, or a layer without precision, that
    `--convert-mase-to-kernel` takes into a kernel of any family. Ops of this
    project implement it in external models
    (`registerKernelOpInterfaceExternalModels`).
  }];
  let methods = [
    InterfaceMethod<[{
        How a result depends on the features of the first operand: it says where
        in a stage the op can stand.
      }],
      "::mase::FeatureUse", "getFeatureUse", (ins), "",
      "return ::mase::FeatureUse::ElementByElement;">,
    InterfaceMethod<[{
        Reports what keeps this op from having a kernel. By default every operand
        is an activation.
      }],
      "::llvm::LogicalResult", "checkKernel", (ins), "", [{
        for (::mlir::Value operand : $_op->getOperands())
          if (::llvm::failed(::mase::kernel::requireActivation($_op, operand)))
            return ::llvm::failure();
        return ::llvm::success();
      }]>,
    InterfaceMethod<[{
        About how many instructions a sample takes; what families choose by. Of
        ops on codes they know it themselves.
      }],
      "int64_t", "getKernelInstructions", (ins), "",
      "return 2 * ::mase::sizeOfSample($_op->getResult(0));">,
    InterfaceMethod<[{
        Builds what computes the op's result in a stage. The op has passed
        `checkKernel`.
      }],
      "::mlir::Value", "buildKernel", (ins "::mase::KernelOpBuilder &":$builder)>
  ];
}

#endif // MASE_KERNELOPINTERFACE_TD
