// RUN: mase-opt %s --convert-mase-to-kernel=kernel=thread | FileCheck %s --check-prefix=FAMILY
// RUN: mase-opt %s --convert-mase-to-kernel=kernel=auto | FileCheck %s --check-prefix=FAMILY
// RUN: not mase-opt %s --convert-mase-to-kernel=kernel=dp4a 2>&1 | FileCheck %s
// RUN: not mase-opt %s --convert-mase-to-kernel=kernel=tensor 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not mase-opt %s --convert-mase-to-kernel=samples-per-thread=9 2>&1 | FileCheck %s --check-prefix=SAMPLES
// RUN: not mase-opt %s --convert-mase-to-kernel=threads-per-block=33 2>&1 | FileCheck %s --check-prefix=THREADS

// The only family, which takes the kernel that fits.
// FAMILY: mase_kernel.kernel @net layout thread strategy scalar samples 4
// CHECK: layer 'fc' has no kernel: the kernel 'dp4a' was asked for, which takes codes of at most 8 bits and sums of at most 32; found data of 9, weights of 4 and sums of 13 bits
// KERNEL: unknown kernel 'tensor'; nearest: 'auto', 'thread', 'scalar'
// SAMPLES: expected samples-per-thread from 1 to 8, or 0 to have it chosen, found 9
// THREADS: expected threads-per-block to be a multiple of 32 from 32 to 1024, found 33
func.func @net(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.fixed<9, 2>) : tensor<?x1xf32> -> tensor<?x1xi9>
  %w = arith.constant dense<3> : tensor<1x1xi4>
  %a = mase.int_linear "fc" %q as(#mase.fixed<9, 2>), %w as(#mase.fixed<4, 2>) : (tensor<?x1xi9>, tensor<1x1xi4>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 4 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// RUN: mase-opt %s --convert-mase-to-kernel=kernel=lanes | FileCheck %s --check-prefix=LANES
// RUN: mase-opt %s --convert-mase-to-kernel=kernel=lanes | not mase-translate --mase-to-cuda 2>&1 | FileCheck %s --check-prefix=GPU
// LANES: mase_kernel.kernel @net layout lanes strategy scalar because
// GPU: error: expected a kernel for GPUs, found one of the layout 'lanes', which --mase-to-cpp prints
