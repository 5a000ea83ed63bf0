// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QONNX has any width, ONNX few.
func.func @six(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "act" %x precision <data_in = #mase.fixed<6, 3, unsigned>> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
