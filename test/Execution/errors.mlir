// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a user of mase-run can get wrong: exit code 1, a message, no output.
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t

// RUN: not mase-run 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: mase-run: error: expected a network (a file, or '-' for standard input) or --quantize, found neither
// RUN: not mase-run %s 2>&1 | FileCheck %s --check-prefix=INPUT
// INPUT: mase-run: error: expected --input with the data, found none
// RUN: not mase-run %s --input %t/x.npy 2>&1 | FileCheck %s --check-prefix=PURPOSE
// PURPOSE: mase-run: error: expected --output for the results or labels to compare them with (--labels, or data that has them), found neither
// RUN: not mase-run %s --input %t/x.npy --output %t/no.npy --engine=cuda-hots 2>&1 | FileCheck %s --check-prefix=ENGINE
// RUN: not mase-run %s --input %t.npy --output %t.out.npy --jobs=5000 2>&1 | FileCheck %s --check-prefix=JOBS
// JOBS: mase-run: error: expected --jobs from 0 to 1024, found 5000
// ENGINE: mase-run: error: unknown engine 'cuda-hots'; nearest: 'cuda-host', 'cuda', 'cpu'
// RUN: not mase-run %s --input %t/x.npy --output %t/no.CSV 2>&1 | FileCheck %s --check-prefix=SUFFIX
// SUFFIX: mase-run: error: expected an NPY file as --output, such as '{{.*}}no.npy', found '{{.*}}no.CSV'
// RUN: not mase-run - --input - --output %t/no.npy < %s 2>&1 | FileCheck %s --check-prefix=STDIN
// STDIN: mase-run: error: expected one input from standard input, found 2
// RUN: not mase-run %s --input %t/x.npy --output %t/no.npy --mase-compat 2>&1 | FileCheck %s --check-prefix=COMPAT
// COMPAT: mase-run: error: expected --quantize with --mase-compat, found none
// RUN: not mase-run %s --inptu %t/x.npy 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: Did you mean '--input'?

// The data.
// RUN: not mase-run %s --input %t/wide.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=FEATURES
// FEATURES: mase-run: error: {{.*}}wide.npy{{.*}}expected 2 features{{.*}}found 3; if one of the columns is an index or the label, leave it out; --input names the file
// RUN: not mase-run %s --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=FINITE
// FINITE: mase-run: error: '{{.*}}nonfinite.npy': expected finite numbers, found nan in row 1, column 1, both counted from 0; with allow-nonfinite such data are taken
// RUN: not mase-run %s --input %t/x.npy --labels %t/y_half.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=HALF
// HALF: mase-run: error: cannot read '{{.*}}y_half.npy': expected class numbers, integers in the range of int32, found 0.5 in row 2 (counted from 0)
// RUN: not mase-run %s --input /dev/zero --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: mase-run: error: cannot read '/dev/zero': expected a file or a pipe, found a device
// RUN: not mase-run %s --input %s --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=SOURCE
// SOURCE: mase-run: error: cannot read '{{.*}}errors.mlir': expected an NPY, NPZ, HDF5, ARFF or CSV file, found MLIR
// RUN: not mase-run %s --input %t/flat.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=RANK
// RANK: mase-run: error: cannot read '{{.*}}flat.npy': expected an array of shape [n, features], found shape [6]; one sample is x.reshape(1, -1)
// RUN: not mase-run %s --input %t/missing.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: mase-run: error: cannot read '{{.*}}missing.npy': no such file or directory
// RUN: not mase-run %s --input %t/y.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: mase-run: error: cannot read '{{.*}}y.npy': {{.*}}found '<i8'
// RUN: head -c 100 %t/x.npy > %t/short.npy
// RUN: not mase-run %s --input %t/short.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=TRUNCATED
// TRUNCATED: mase-run: error: {{.*}}short.npy
// RUN: not mase-run %s --input %t/x.npy --labels %t/y_short.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=LABELS
// LABELS: mase-run: error: {{.*}}y_short.npy{{.*}}3{{.*}}found 2
// RUN: not mase-run %s --input %t/x.npy --labels %t/y_range.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: mase-run: error: {{.*}}y_range.npy
// RUN: not mase-run %s --input %t/x.npy --scaler %t/y.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=SCALER
// SCALER: mase-run: error: {{.*}}y.npy

// The network.
// RUN: not mase-run %t/missing.mlir --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=NETWORK
// NETWORK: mase-run: error: cannot read '{{.*}}missing.mlir': no such file or directory
// RUN: echo 'func.func @f( {' | not mase-run - --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=PARSE
// PARSE: <stdin>:1:{{[0-9]+}}: error: expected
// RUN: not mase-run %t/x.npy --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: mase-run: error: cannot read '{{.*}}x.npy': expected a network in MLIR, found an NPY file; data go to --input of mase-run
// RUN: echo 'module {}' | not mase-run - --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: expected a public function that is the network, found none
// RUN: echo 'func.func @f(%%x: i32) -> i32 { return %%x : i32 }' | not mase-run - --input %t/x.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=SIGNATURE
// SIGNATURE: <stdin>:1:1: error: expected a network, from one f32 tensor [batch, ...] to one of the same batch, all other sizes static; found 'f' of type '(i32) -> i32'

// The output.
// RUN: not mase-run %s --input %t/x.npy --output %t/folder/no.npy 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: mase-run: error: cannot write '{{.*}}no.npy': folder '{{.*}}folder' doesn't exist
// RUN: not mase-run %s --input %t/x.npy --output /dev/full 2>&1 | FileCheck %s --check-prefix=FULL
// FULL: mase-run: error: cannot write '/dev/full': no space left on device
// RUN: not mase-run %s --input %t/x.npy --output - 2>&1 >/dev/full | FileCheck %s --check-prefix=STDOUT
// RUN: not mase-run %s --input %t/x.npy --labels %t/y.npy 2>&1 >/dev/full | FileCheck %s --check-prefix=STDOUT
// STDOUT: mase-run: error: cannot write standard output: no space left on device
// RUN: not ls %t/no.npy
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "act" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
