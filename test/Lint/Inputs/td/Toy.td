// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two ops and two passes for the tests of the lints.
include "mlir/IR/OpBase.td"
include "mlir/Pass/PassBase.td"

def Toy_Dialect : Dialect {
  let name = "toy";
}

def Toy_AOp : Op<Toy_Dialect, "a"> {
  let description = [{
    Constraints:
    * (C1) tested by a function's name.
    * (C2) tested by a comment.
    * (C3) not tested.
    * (C4) only in a positive test.
  }];
}

def Toy_BOp : Op<Toy_Dialect, "b"> {
  let description = [{
    * (C1) tested together with `a`.
    * (C3) has the wrong number.
  }];
}

def ToyPass : Pass<"toy-pass"> {
  let options = [
    Option<"once", "once", "int", "0", "given once">,
    Option<"same", "same", "int", "0", "given twice, with one value">,
    Option<"tested", "tested", "int", "0", "given twice, with two values">,
    Option<"flag", "flag", "bool", "false", "given as a flag and as a value">
  ];
}

def OtherToyPass : Pass<"toy-pair"> {
  let options = [
    Option<"alike", "alike", "int", "0", "given twice, all settings with the same check lines">,
    Option<"together", "together", "int", "0", "given twice, only beside another">,
    Option<"wrong", "wrong", "int", "0", "given twice, wrong both times">,
    Option<"compared", "compared", "int", "0", "given twice, and the results are compared">
  ];
}
