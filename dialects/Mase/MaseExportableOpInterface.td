// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the Export room asks of an op that it writes into ONNX files.
#ifndef MASE_EXPORTABLEOPINTERFACE_TD
#define MASE_EXPORTABLEOPINTERFACE_TD

include "mlir/IR/Interfaces.td"

def Mase_ExportableOpInterface : OpInterface<"ExportableOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A layer of the network level that ONNX has operations for. Ops of this
    project implement it in external models
    (`registerExportableOpInterfaceExternalModels`).
  }];
  let methods = [
    InterfaceMethod<[{
        Writes the nodes that compute the layer's result, to the bit if they are
        computed in binary32, and what is rounded around it. Errors are reported
        at the op.
      }],
      "::llvm::LogicalResult", "exportTo",
      (ins "::mase::OnnxLayerWriter &":$writer)>
  ];
}

#endif // MASE_EXPORTABLEOPINTERFACE_TD
