// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the Execution room asks of an op that its interpreter runs.
#ifndef MASE_INTERPRETABLEOPINTERFACE_TD
#define MASE_INTERPRETABLEOPINTERFACE_TD

include "mlir/IR/Interfaces.td"

def Mase_InterpretableOpInterface : OpInterface<"InterpretableOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op that the interpreter runs: how it computes one sample, from first
    principles. This is the definition that the other engines are compared with.
    Ops of this project implement it in external models
    (`registerInterpretableOpInterfaceExternalModels`).
  }];
  let methods = [
    InterfaceMethod<[{
        Adds what computes the op's results to `program`, which has its operands.
        Errors are reported at the op.
      }],
      "::llvm::LogicalResult", "addTo",
      (ins "::mase::interpreter::Program &":$program)>
  ];
}

#endif // MASE_INTERPRETABLEOPINTERFACE_TD
