// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the Evaluate room asks of an op that its evaluator runs.
#ifndef MASE_EVALUABLEOPINTERFACE_TD
#define MASE_EVALUABLEOPINTERFACE_TD

include "mlir/IR/Interfaces.td"

def Mase_EvaluableOpInterface : OpInterface<"EvaluableOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op of the network level that the evaluator runs under many precisions: a
    layer, which is a step of its network. Ops of this project implement it in
    external models (`registerEvaluableOpInterfaceExternalModels`).
  }];
  let methods = [
    InterfaceMethod<[{
        Adds the op's step to the network, which has its operands. Errors are
        reported at the op.
      }],
      "::llvm::LogicalResult", "addTo",
      (ins "::mase::NetworkBuilder &":$builder)>
  ];
}

#endif // MASE_EVALUABLEOPINTERFACE_TD
