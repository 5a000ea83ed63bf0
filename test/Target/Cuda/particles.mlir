// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of a kernel with particles and branches: particles share weights, sums
// are over them, and what moves values is copies.
// RUN: mase-translate --mase-to-cuda %s | FileCheck %s
// RUN: not mase-translate --mase-to-cuda %S/Inputs/particles-softmax.mlir -o %t.cu 2>&1 | FileCheck %s --check-prefix=SOFTMAX

// SOFTMAX: error: layer 'each' has no kernel: expected one row of features a sample, found the particles of 'tensor<?x2x4xf32>'

// CHECK:      //   input   8 x float32
// CHECK:      //   phi     linear 4 -> 3 of 2 particles, data 8.4, weight 8.4, bias 8.4
// CHECK:      //   sum     sum of 2 particles, data 8.4 unsigned
// CHECK:      //   mean    mean of 2 particles, float32
// CHECK:      //   join    6 elements of 2 values, as they are
// CHECK:      //   part    2 elements of 1 value, as they are
// CHECK:      //   turn    6 elements of 1 value, as they are

// Four features a particle fill a word.
// CHECK:      namespace phi {
// CHECK:      MASE_TABLE int32_t weight[3][1] = {
// CHECK:      MASE_TABLE int32_t bias[3] = {128, 256, -256};
// CHECK:      MASE_DEVICE void run(const int32_t (&x)[2][kSamples],
// CHECK:        sum[o][s] = bias[o % 3];
// CHECK:        sum[o][s] = rt::dp4a(x[o / 3 * 1 + k][s], weight[o % 3][k], sum[o][s]);

// CHECK:      namespace sum {
// CHECK:      for (int k = 0; k < 2; ++k) {
// CHECK:        sum[o][s] += x[k * 3 + o][s];

// CHECK:      namespace mean {
// CHECK:        sum[o][s] = rt::add(sum[o][s], x[k * 3 + o][s]);
// CHECK:        y[o][s] = rt::mul(sum[o][s], 0.5f);

// CHECK:      namespace join {
// CHECK:        y[i][s] = x[i][s];
// CHECK:        y[3 + i][s] = x2[i][s];

// CHECK:      namespace part {
// CHECK:        y[i][s] = x[2 + i][s];

// CHECK:      namespace turn {
// CHECK:        y[i][s] = x[3 * i][s];
// CHECK:        y[2 + i][s] = x[1 + 3 * i][s];
// CHECK:        y[4 + i][s] = x[2 + 3 * i][s];

// Without integers.
// CHECK:      namespace rho {
// CHECK:        sum[o][s] = rt::fma(x[o / 2 * 2 + k][s], weight[o % 2][k], sum[o][s]);
func.func @net(%x: tensor<?x2x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.5, 0.25, 1.0, 1.0], [-0.5, 0.125, 1.5, 1.0], [0.25, 1.0, -1.0, 1.0]]> : tensor<3x4xf32>
  %b = arith.constant dense<[0.5, 1.0, -1.0]> : tensor<3xf32>
  %u = arith.constant dense<[[1.0, 0.5], [0.25, -1.0]]> : tensor<2x2xf32>
  %0 = mase.linear "phi" %x, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>, bias = #mase.fixed<8, 4>> : (tensor<?x2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x2x3xf32>
  %1 = mase.relu "act" %0 : tensor<?x2x3xf32>
  %2 = mase.reduce_sum "sum" %1 precision <data_in = #mase.fixed<8, 4, unsigned>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  %3 = mase.reduce_mean "mean" %1 : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  %4 = mase.concat "join" %2, %3 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x6xf32>
  %5 = mase.slice "part" %4 from 2 to 4 : (tensor<?x6xf32>) -> tensor<?x2xf32>
  %6 = mase.transpose "turn" %1 : (tensor<?x2x3xf32>) -> tensor<?x3x2xf32>
  %7 = mase.linear "rho" %6, %u : (tensor<?x3x2xf32>, tensor<2x2xf32>) -> tensor<?x3x2xf32>
  %8 = mase.reduce_sum "last" %7 : (tensor<?x3x2xf32>) -> tensor<?x2xf32>
  %9 = mase.add "add" %5, %8 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}
