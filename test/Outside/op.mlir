// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A layer from outside (test/tools/TestOps.cpp), which no room knows, through
// every room that runs networks; and what each says of a layer that has nothing
// for it.
// RUN: split-file %s %t
// RUN: mase-test-opt %t/net.mlir --mase-quantize='by=type layers=softsign:{name="integer",data_in_width=6,data_in_frac_width=4},linear:{name="integer",data_in_width=8,weight_width=6,bias_width=6}' -o %t/q.mlir
// RUN: FileCheck %s --input-file %t/q.mlir --check-prefix=QUANTIZED
// RUN: mase-test-opt %t/q.mlir --mase-report="format=csv tables=costs" -o /dev/null 2>&1 | FileCheck %s --check-prefix=COSTS
// RUN: mase-test-opt %t/q.mlir --mase-report="format=csv tables=nodes" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NODES
// RUN: mase-test-opt %t/q.mlir --mase-lower-to-integer -o %t/i.mlir
// RUN: FileCheck %s --input-file %t/i.mlir --check-prefix=LOWERED
// RUN: mase-test-opt %t/i.mlir --convert-mase-to-linalg -o %t/linalg.mlir
// RUN: %python -c "import numpy; numpy.save(r'%t/x.npy', numpy.random.default_rng(1).normal(size=(100, 4)).astype('f4'))"
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/interpreter.npy --engine=interpreter
// RUN: mase-test-run %t/i.mlir --input %t/x.npy --output %t/integer.npy --engine=interpreter
// RUN: cmp %t/interpreter.npy %t/integer.npy
// C++ text has no way to the CPU's kernels but a compiler.
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/cpu.npy --engine=cpu 2>&1 | FileCheck %s --check-prefix=FALLBACK
// RUN: cmp %t/interpreter.npy %t/cpu.npy
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/host.npy --engine=cuda-host
// RUN: cmp %t/interpreter.npy %t/host.npy
// RUN: mase-test-opt %t/i.mlir --convert-mase-to-kernel | mase-translate --mase-to-cuda - | FileCheck %s --check-prefix=TEXT
// RUN: mase-test-run %t/linalg.mlir --input %t/x.npy --output %t/from-linalg.npy
// RUN: cmp %t/interpreter.npy %t/from-linalg.npy
// RUN: %python %t/check.py %t/interpreter.npy %t/x.npy

// A search finds what mase-run measures.
// RUN: %python -c "import numpy as n; x = n.load(r'%t/x.npy'); n.savez(r'%t/data.npz', x=x, y=(x[:, 0] > x[:, 1]).astype('i8'))"
// RUN: mase-test-opt %t/net.mlir --mase-search="config=%t/search.toml data=%t/data.npz output-dir=%t/s" -o %t/best.mlir 2>/dev/null
// RUN: mase-test-run %t/best.mlir --input %t/data.npz > %t/run
// RUN: %python %t/compare.py %t/run %t/s/trials.csv

// ONNX's own evaluator computes what it is exported as.
// RUN: mase-test-translate --export-onnx %t/net.mlir -o %t/net.onnx
// RUN: mase-test-run %t/net.mlir --input %t/x.npy --output %t/float.npy
// RUN: %python %t/evaluate.py %t/net.onnx %t/x.npy %t/float.npy | FileCheck %s --check-prefix=ONNX
// RUN: mase-test-translate --export-qonnx %t/q.mlir -o %t/q.onnx
// RUN: %python -c "import onnx; print(*[n.name for n in onnx.load(r'%t/q.onnx').graph.node])" | FileCheck %s --check-prefix=QONNX
// RUN: not mase-test-translate --export-onnx %t/silent.mlir -o %t/no.onnx 2>&1 | FileCheck %s --check-prefix=EXPORT
// ONNX: Gemm {{.*}}Softsign {{.*}}: same
// QONNX: /act/data_in/Quant /act/Softsign
// EXPORT: silent.mlir:2:{{[0-9]+}}: error: layer 'quiet' ('mase_test.silent') has no operation of ONNX that export knows; expected an op that implements 'ExportableOpInterface'

// RUN: not mase-run %t/net.mlir --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not mase-test-run %t/silent.mlir --input %t/x.npy --output %t/no.npy --engine=cuda-host 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not mase-test-run %t/silent.mlir --input %t/x.npy --output %t/no.npy --engine=interpreter 2>&1 | FileCheck %s --check-prefix=INTERPRETER
// RUN: not mase-test-run %t/silent.mlir --input %t/x.npy --output %t/no.npy --engine=cpu 2>&1 | FileCheck %s --check-prefix=LINALG
// RUN: not mase-test-opt %t/silent.mlir --mase-search="config=%t/silent.toml data=%t/data.npz output-dir=%t/s" 2>&1 | FileCheck %s --check-prefix=EVALUATE
// RUN: not mase-test-opt %t/silent.mlir --mase-quantize='by=type layers=silent:{name="integer",data_in_width=4}' 2>&1 | FileCheck %s --check-prefix=TYPES
// RUN: not mase-test-opt %t/net.mlir --mase-quantize='by=type layers=softsing:{name="integer",data_in_width=4}' 2>&1 | FileCheck %s --check-prefix=NEAREST

// FALLBACK: q.mlir:6:{{[0-9]+}}: warning: runs through linalg, which is slower, since there is no kernel: expected an op with code of its own, found 'mase_kernel.apply'
// QUANTIZED: mase_test.softsign "act" %{{.*}} precision <data_in = #mase.fixed<6, 4>>
// COSTS: act,softsign,0,2,
// NODES: act,act,module_related_func,softsign,Softsign,SoftsignInteger,True
// LOWERED: mase.requantize [] %{{.*}} to(#mase.fixed<6, 4>) of "act"
// LOWERED: mase_test.softsign "act" %{{[0-9]+}} : tensor<?x2xf32>
// UNKNOWN: mase_test.softsign
// TEXT: // softsign
// TEXT-NEXT: namespace [[SPACE:.*]] {
// TEXT-NEXT: MASE_DEVICE float softsign(float x) {
// TEXT: act: softsign, float32
// TEXT: ::[[SPACE]]::softsign(
// KERNEL: silent.mlir:2:{{[0-9]+}}: error: layer 'quiet' has no kernel: expected ops that implement 'KernelOpInterface', as those of the integer level and layers without precision do, found 'mase_test.silent'
// INTERPRETER: silent.mlir:2:{{[0-9]+}}: error: the interpreter runs ops that implement 'InterpretableOpInterface', as those of the mase dialect do, on constants and the network's input; found 'mase_test.silent'
// LINALG: silent.mlir:2:{{[0-9]+}}: error: no lowering of 'mase_test.silent' to linalg; expected a pattern from the 'ConvertToLinalgPatternInterface' of its dialect
// EVALUATE: silent.mlir:2:{{[0-9]+}}: error: 'mase_test.silent' cannot be evaluated; expected layers of the network level, with 'EvaluableOpInterface'
// TYPES: error: layers of type 'silent' cannot be quantised
// NEAREST: error: unknown layer type 'softsing'; nearest: 'softsign'

//--- evaluate.py
import sys

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

model = onnx.load(sys.argv[1])
x, y = np.load(sys.argv[2]), np.load(sys.argv[3])
(expected,) = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: x})
close = np.abs(y - expected).max() < 1e-5
print(*[node.op_type for node in model.graph.node], ":", "same" if close else f"{y} is not {expected}")

//--- net.mlir
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.5, -0.75, 1.25, -1.5], [-1.0, 0.3, 0.2, 0.9]]> : tensor<2x4xf32>
  %b = arith.constant dense<[0.1, -0.2]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase_test.softsign "act" %0 : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
//--- silent.mlir
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase_test.silent "quiet" %x : tensor<?x4xf32>
  %1 = mase.relu "act" %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
//--- check.py
import sys

import numpy as n

result, x = (n.load(path) for path in sys.argv[1:])
w = n.array([[0.5, -0.75, 1.25, -1.5], [-1.0, 0.3, 0.2, 0.9]], "f4")


def fixed(v, width, frac):
    top = 2 ** (width - 1)
    return n.clip(n.rint(v * 2.0**frac), -top, top - 1) / 2.0**frac


sums = fixed(x, 8, 4) @ fixed(w, 6, 3).T + fixed(n.array([0.1, -0.2]), 6, 3)
v = fixed(sums.astype("f4"), 6, 4).astype("f4")
assert (result == v / (1 + abs(v))).all()
//--- search.toml
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "name"
[search.search_space.seed.act.config]
name = ["integer"]
data_in_width = [3, 5]
data_out_width = [3, 8]
[search.search_space.seed.default.config]
name = ["integer"]
data_in_width = 8
weight_width = [3, 6]
bias_width = 6
[search.strategy.setup]
sampler = "brute"
[search.strategy.metrics]
loss.direction = "minimize"
//--- silent.toml
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "name"
[search.search_space.seed.act.config]
name = ["integer"]
data_in_width = [3, 5]
[search.strategy.setup]
sampler = "brute"
[search.strategy.metrics]
loss.direction = "minimize"
//--- compare.py
import csv
import sys

run = {line.split()[0]: float(line.split()[1]) for line in open(sys.argv[1])}
losses = [float(row["value"]) for row in csv.DictReader(open(sys.argv[2]))]
assert len(losses) == 8 == len(set(losses)), losses
assert abs(run["loss"] - min(losses)) < 1e-9, (run, losses)
