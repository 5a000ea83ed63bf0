// Networks with other arithmetic, from the network level.
// RUN: split-file %s %t
// RUN: mase-translate --mase-to-cuda %t/wide.mlir | FileCheck %t/wide.mlir
// RUN: mase-translate --mase-to-cuda %t/mixed.mlir | FileCheck %t/mixed.mlir
// RUN: mase-translate --mase-to-cuda %t/gates.mlir | FileCheck %t/gates.mlir
// RUN: mase-translate --mase-to-cuda %t/leaky.mlir | FileCheck %t/leaky.mlir
// RUN: not mase-translate --mase-to-cuda %t/clash.mlir 2>&1 | FileCheck %t/clash.mlir
// RUN: not mase-translate --mase-to-cuda %t/none.mlir 2>&1 | FileCheck %t/none.mlir

//--- wide.mlir
// CHECK-LABEL: namespace wide_net {
// CHECK: y[o][s] = rt::clampRound<-32768, 32767>(steps);
// CHECK: MASE_TABLE int64_t bias[1] = {4294967296};
// CHECK: int64_t sum[1][kSamples];
// CHECK: sum[o][s] += int64_t(x[k][s]) * weight[o][k];
// CHECK: const float value = rt::mul(rt::toFloat(sum[o][s]), 0x1p-32f);
// CHECK: y[o][s] = rt::clampFloor<-8, 7>(steps);
// CHECK: MASE_TABLE int32_t weight[2][1] = {
// CHECK-NEXT: {12},
// CHECK-NEXT: {-8}};
// CHECK: sum[o][s] += x[k][s] * weight[o][k];
// CHECK: y[o][s] = rt::mul(rt::toFloat(sum[o][s] * (1 << 12) + bias[o]), 0x1p-17f);
// CHECK: cudaError_t wide_launch(
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.4, -0.4]]> : tensor<1x2xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<16, 16>, weight = #mase.fixed<16, 16>, bias = #mase.fixed<16, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  %1 = mase.mul "square" %0, %0 : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %w2 = arith.constant dense<[[1.5], [-1.0]]> : tensor<2x1xf32>
  %b2 = arith.constant dense<0.125> : tensor<2xf32>
  %2 = mase.linear "fc2" %1, %w2, %b2 precision <data_in = #mase.fixed<4, 2, floor>, weight = #mase.fixed<9, 3>, bias = #mase.fixed<18, 17>> : (tensor<?x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

//--- mixed.mlir
// CHECK:      //   fc1            linear 3 -> 3, float32
// CHECK-NEXT: //   act            relu, float32
// CHECK-NEXT: //                  to codes of 8.4
// CHECK-NEXT: //   fc2            linear 3 -> 3, data 8.4, weight 8.4
// CHECK-NEXT: //   res            add, float32
// CHECK-NEXT: //   gain           mul, float32
// CHECK-NEXT: //   probabilities  softmax, float32
// CHECK-LABEL: namespace fc1 {
// CHECK: float sum[3][kSamples];
// CHECK: sum[o][s] = rt::fma(x[k][s], weight[o][k], sum[o][s]);
// CHECK: y[o][s] = rt::relu(sum[o][s]);
// CHECK-LABEL: namespace quantize {
// CHECK: const float steps = rt::mul(x[o][s], 16.0f);
// CHECK-NEXT: code[lane][s] = rt::clampRound<-128, 127>(steps);
// CHECK-LABEL: namespace fc2 {
// CHECK: MASE_TABLE float constant[3] = {1.0f, 2.0f, 3.0f};
// CHECK: MASE_DEVICE void run(const int32_t (&x)[1][kSamples],
// CHECK-NEXT:                 const float (&x2)[3][kSamples],
// CHECK: const float value = rt::mul(rt::toFloat(sum[o][s]), 0x1p-8f);
// CHECK-NEXT: const float added = rt::add(value, x2[o][s]);
// CHECK-NEXT: y[o][s] = rt::mul(added, constant[o]);
// CHECK-LABEL: namespace probabilities {
// CHECK: rt::softmax(x, y);
// CHECK: fc1::run(x, h1);
// CHECK: fc2::run(h2, h1, h3);
func.func @mixed(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3xf32>
  %b = arith.constant dense<0.25> : tensor<3xf32>
  %g = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %0 = mase.linear "fc1" %x, %w, %b : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %1 = mase.relu "act" %0 : tensor<?x3xf32>
  %2 = mase.linear "fc2" %1, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>> : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %3 = mase.add "res" %2, %1 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %4 = mase.mul "gain" %3, %g : (tensor<?x3xf32>, tensor<1x3xf32>) -> tensor<?x3xf32>
  %5 = mase.softmax "probabilities" %4 : tensor<?x3xf32>
  return %5 : tensor<?x3xf32>
}

//--- gates.mlir
// CHECK: //   gate            sigmoid, float32
// CHECK: //   log_p           log_softmax, float32
// CHECK-LABEL: namespace fc {
// CHECK: const float probability = rt::sigmoid(sum[o][s]);
// CHECK-NEXT: y[o][s] = rt::mul(probability, probability);
// CHECK-LABEL: namespace log_p {
// CHECK: rt::logSoftmax(x, y);
func.func @gates(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<0.5> : tensor<3x2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  %1 = mase.sigmoid "gate" %0 : tensor<?x3xf32>
  %2 = mase.mul "square" %1, %1 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %3 = mase.log_softmax "log_p" %2 : tensor<?x3xf32>
  return %3 : tensor<?x3xf32>
}

//--- leaky.mlir
// CHECK: //   leaky           leaky_relu, float32
// CHECK: y[o][s] = rt::leakyRelu(sum[o][s], 0.100000001f);
func.func @leaky(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<0.5> : tensor<3x2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  %1 = mase.leaky_relu "leaky" %0 alpha 0.1 : tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- clash.mlir
// CHECK: the name 'a_b' of the generated code is taken by another kernel of the module
func.func @"a.b"(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "r" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
func.func @a_b(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "r" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

//--- none.mlir
// CHECK: expected a network or a 'mase_kernel.kernel', found neither
module {}
