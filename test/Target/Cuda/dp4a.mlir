// The text of a kernel with dp4a: header, tables, functions, launch.
// RUN: mase-translate --mase-to-cuda %s | FileCheck %s

// CHECK:      // The network net as a CUDA kernel, written by mase-opt.
// CHECK:      //   input     5 x float32
// CHECK-NEXT: //   bn, act   affine and relu, to codes of 8.4
// CHECK-NEXT: //   fc        linear 5 -> 3, data 8.4, weight 4.2, bias 8.4
// CHECK-NEXT: //   bn2, act2 affine and relu, to codes of 8.0 unsigned
// CHECK-NEXT: //   fc2       linear 3 -> 2, data 8.0 unsigned, weight 4.2
// CHECK-NEXT: //   output    2 x float32
// CHECK:      // Kernel: dp4a, 4 samples a thread, 128 threads a block
// CHECK:      #include "mase/Runtime/Cuda.h"
// CHECK-NOT:  #include "mase
// CHECK:      namespace net_net {
// CHECK:      constexpr int kSamples = 4;
// CHECK:      namespace bn {
// CHECK:      MASE_TABLE float scale[5] = {0.125f, 0.25f, 0.375f, -0.125f, 0x1p-4f};
// CHECK:      MASE_DEVICE void run(const float (&x)[5][kSamples], int32_t (&y)[2][kSamples]) {
// CHECK:        const float fraction = rt::saturate(rt::fma(x[o][s], scale[o], shift[o]));
// CHECK-NEXT:   code[lane][s] = rt::roundToByte<7>(rt::min(fraction, 127.0f / 128.0f));
// CHECK:        rt::packBytes(code[0][s], code[1][s], code[2][s], code[3][s]);
// CHECK:      namespace fc {
// CHECK:      MASE_TABLE int32_t weight[3][2] = {
// CHECK-NEXT:     {rt::pack(1, 2, 3, -1), rt::pack(7, 0, 0, 0)},
// CHECK-NEXT:     {rt::pack(5, -2, -1, 2), rt::pack(-8, 0, 0, 0)},
// CHECK-NEXT:     {rt::pack(1, 1, 1, 1), rt::pack(1, 0, 0, 0)}};
// CHECK:      MASE_TABLE int32_t bias[3] = {4, -4, 0};
// CHECK:        sum[lane][s] = bias[o];
// CHECK:        sum[lane][s] = rt::dp4a(x[k][s], weight[o][k], sum[lane][s]);
// CHECK:        const float fraction =
// CHECK-SAME:       rt::saturate(rt::fma(rt::toFloat(sum[lane][s]), scale[o], shift[o]));
// CHECK-NEXT:   code[lane][s] = rt::roundToByte<8>(fraction);
// CHECK:      namespace fc2 {
// CHECK:        sum[o][s] = rt::dp4aU8S8(x[k][s], weight[o][k], sum[o][s]);
// CHECK:        y[o][s] = rt::mul(rt::toFloat(sum[o][s]), 0.25f);
// CHECK:      bn::run(x, h1);
// CHECK:      fc::run(h1, h2);
// CHECK:      fc2::run(h2, h3);
// CHECK:      #ifdef __CUDACC__
// CHECK:      static __global__ void __launch_bounds__(kThreads)
// CHECK:      extern "C" cudaError_t net_launch(const float *input, float *output,
// CHECK-NEXT:                                   int64_t count, cudaStream_t stream) {
// CHECK:        return cudaErrorInvalidValue;
// CHECK:      extern "C" void net_host(const float *input, float *output, int64_t count) {
func.func @net(%x: tensor<?x5xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<[1.0, 2.0, 3.0, -1.0, 0.5]> : tensor<5xf32>
  %t = arith.constant dense<[1.0, 2.0, 3.0, -1.0, 0.25]> : tensor<5xf32>
  %0 = mase.affine "bn" %x, %s, %t : (tensor<?x5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  %1 = mase.relu "act" %0 : tensor<?x5xf32>
  %q = mase.quantize %1 to(#mase.fixed<8, 4>) : tensor<?x5xf32> -> tensor<?x5xi8>
  %w = arith.constant dense<[[1, 2, 3, -1, 7], [5, -2, -1, 2, -8], [1, 1, 1, 1, 1]]> : tensor<3x5xi4>
  %b = arith.constant dense<[1, -1, 0]> : tensor<3xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<8, 4>) : (tensor<?x5xi8>, tensor<3x5xi4>, tensor<3xi8>) -> tensor<?x3xi32>
  %s2 = arith.constant dense<[1.0, 2.0, 0.3]> : tensor<3xf32>
  %q2 = mase.requantize ["bn2", "act2"] %a frac 6 affine %s2, %s2 relu to(#mase.fixed<8, 0, unsigned>) : (tensor<?x3xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xi8>
  %w2 = arith.constant dense<[[1, -2, 1], [-1, 1, 0]]> : tensor<2x3xi4>
  %a2 = mase.int_linear "fc2" %q2 as(#mase.fixed<8, 0, unsigned>), %w2 as(#mase.fixed<4, 2>) : (tensor<?x3xi8>, tensor<2x3xi4>) -> tensor<?x2xi32>
  %y = mase.dequantize %a2 frac 2 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
