// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the Analysis room asks of ops below the network level.
#ifndef MASE_COSTOPINTERFACE_TD
#define MASE_COSTOPINTERFACE_TD

include "mlir/IR/Interfaces.td"

def Mase_CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op below the network level that holds what a layer costs: parameters, or
    the format of its codes. (Layers say in `LayerOpInterface` what they cost in
    any precision.) Ops of this project implement it in external models
    (`registerCostOpInterfaceExternalModels`).
  }];
  let methods = [
    InterfaceMethod<"The cost of the op; none where it has no parameters.",
      "::std::optional<::mase::LayerCost>", "getCost", (ins), "",
      "return ::std::nullopt;">,
    InterfaceMethod<[{
        The format of a layer that the op holds in its place; none where another
        op of the layer has it.
      }],
      "::std::optional<::mase::OwnFormat>", "getOwnFormat", (ins), "",
      "return ::std::nullopt;">
  ];
}

#endif // MASE_COSTOPINTERFACE_TD
