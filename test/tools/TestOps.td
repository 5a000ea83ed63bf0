// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers that are not ours, as another project would have them: one that says
// everything of itself, and one that says nothing but that it is a layer.
#ifndef MASE_TEST_OPS_TD
#define MASE_TEST_OPS_TD

include "Mase/MaseEvaluableOpInterface.td"
include "Mase/MaseExportableOpInterface.td"
include "Mase/MaseInterpretableOpInterface.td"
include "Mase/MaseKernelOpInterface.td"
include "Mase/MaseAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def MaseTest_Dialect : Dialect {
  let name = "mase_test";
  let cppNamespace = "::mase::test";
  let summary = "layers of the tests";
  let dependentDialects = ["::mase::MaseDialect"];
}

defvar MaseTest_Tensor = TensorRankOf<[F32], [1, 2, 3, 4]>;

def MaseTest_SoftsignOp : Op<MaseTest_Dialect, "softsign", [
    Pure, SameOperandsAndResultType, Mase_ElementByElement,
    DeclareOpInterfaceMethods<Mase_LayerOpInterface,
                              ["getMacs", "getTorchModule"]>,
    DeclareOpInterfaceMethods<Mase_QuantizableOpInterface>,
    DeclareOpInterfaceMethods<Mase_InterpretableOpInterface>,
    DeclareOpInterfaceMethods<Mase_EvaluableOpInterface>,
    DeclareOpInterfaceMethods<Mase_ExportableOpInterface>,
    DeclareOpInterfaceMethods<Mase_KernelOpInterface>]> {
  let summary = "y = x / (1 + |x|)";
  let arguments = (ins StrAttr:$layer, MaseTest_Tensor:$input,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs MaseTest_Tensor:$result);
  let assemblyFormat = [{
    $layer $input (`precision` $precision^)? attr-dict `:` type($input)
  }];
}

def MaseTest_SilentOp : Op<MaseTest_Dialect, "silent", [
    Pure, SameOperandsAndResultType, Mase_LayerOpInterface]> {
  let summary = "a layer without a meaning";
  let arguments = (ins StrAttr:$layer, MaseTest_Tensor:$input);
  let results = (outs MaseTest_Tensor:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

#endif // MASE_TEST_OPS_TD
