// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What --mase-quantize says of input that it cannot use.
// RUN: split-file %s %t
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: error: --mase-quantize: expected config=FILE, by= with layers=, or configuration=NAME
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/none.toml" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: {{.*}}none.toml
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/type.toml" 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: type.toml:3:{{[0-9]+}}: error: unknown layer type 'liner'; nearest: 'linear'
// A name with colons is no place of its own.
// RUN: cp %t/type.toml %t/a:1:2.toml
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/a:1:2.toml" 2>&1 | FileCheck %s --check-prefix=COLON
// COLON: {{^}}{{.*}}/a:1:2.toml:3:{{[0-9]+}}: error: unknown layer type 'liner'
// RUN: sed 's/liner/batch_norm/' %t/type.toml > %t/type-norm.toml
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/type-norm.toml" 2>&1 | FileCheck %s --check-prefix=TYPE-NORM
// TYPE-NORM: type-norm.toml:3:{{[0-9]+}}: error: layers of type 'batch_norm' cannot be quantised; nearest: 'matmul'
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/name.toml" 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: name.toml:3:{{[0-9]+}}: error: no layer 'fc_2' in the network; valid: 'fc_1', 'fc_4'
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/norm.toml" 2>&1 | FileCheck %s --check-prefix=NORM
// NORM: norm.toml:3:{{[0-9]+}}: error: layer 'bn_2' is a batch_norm, which cannot be quantised
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/regex.toml" 2>&1 | FileCheck %s --check-prefix=REGEX
// REGEX: regex.toml:3:{{[0-9]+}}: error: regular expression 'conv.*' matches no layer that can be quantised
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/key.toml" 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}key.toml:{{.*}}layer 'fc_1': key 'weight_width' is missing
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/wide.toml" 2>&1 | FileCheck %s --check-prefix=WIDE
// WIDE: error: {{.*}}layer 'fc_1': the sum of 4 products needs an accumulator of more than 64 bits
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_3" 2>&1 | FileCheck %s --check-prefix=TRIAL
// TRIAL: error: --mase-quantize: no configuration 'trial_3' in the module; valid: 'trial_2'
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2 config=%t/name.toml" 2>&1 | FileCheck %s --check-prefix=BESIDE
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2 by=name" 2>&1 | FileCheck %s --check-prefix=BESIDE
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2 layers=fc_1:{data_in_width=4}" 2>&1 | FileCheck %s --check-prefix=BESIDE
// BESIDE: error: --mase-quantize: 'configuration' takes no other option beside it
// RUN: not mase-opt %t/twice.mlir --mase-quantize="by=name layers=fc:{name='integer',data_in_width=8}" 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: twice.mlir:3:8: error: expected layer names to be unique, found 'fc' twice
// TWICE: twice.mlir:2:8: note: the first is here
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="by=size layers=a:{data_in_width=4}" 2>&1 | FileCheck %s --check-prefix=BY
// BY: error: --mase-quantize: expected by=type, name or regex_name, found 'size'
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="by=name layers=fc_1" 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: error: --mase-quantize: expected layers=KEY:{name="integer", …}, found 'fc_1'
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="by=name layers=fc_1:{data_in_widht=4}" 2>&1 | FileCheck %s --check-prefix=INLINE
// INLINE: --mase-quantize:1:{{[0-9]+}}: error: {{.*}}'data_in_widht'{{.*}}'data_in_width'
// A shell takes quotes away.
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize='by=name layers=fc_1:{name=NA}' 2>&1 | FileCheck %s --check-prefix=BARE
// BARE: --mase-quantize:1:{{[0-9]+}}: error: toml syntax: {{.*}}; words take quotes: name="NA" (in a shell, with '…' around the whole option)
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize='by=name layers=fc_1:{bypass=true,name = integer,data_in_width=4}' 2>&1 | FileCheck %s --check-prefix=SECOND
// SECOND: error: toml syntax: {{.*}}; words take quotes: name="integer"
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize='by=name layers=fc_1:{name="integer",data_in_width=4x}' 2>&1 | FileCheck %s --check-prefix=DIGIT --implicit-check-not=quotes
// DIGIT: error: toml syntax:
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize='by=name layers=fc_1:{name="NA"}' -o - | FileCheck %s --check-prefix=QUOTED
// QUOTED: mase.linear "fc_1"

// A layer whose weights all vanish is named: its loss would read ln 5.
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="by=name layers=fc_4:{data_in_width=8,weight_width=4}" 2>&1 | FileCheck %s --check-prefix=VANISH
// VANISH: warning: all weights of layer 'fc_4' round to zero in #mase.fixed<4, 2>

//--- type.toml
[passes.quantize]
by = "type"
[passes.quantize.liner.config]
name = "integer"
data_in_width = 8
weight_width = 8
//--- name.toml
[passes.quantize]
by = "name"
[passes.quantize.fc_2.config]
name = "integer"
data_in_width = 8
weight_width = 8
//--- norm.toml
[passes.quantize]
by = "name"
[passes.quantize.bn_2.config]
name = "integer"
data_in_width = 8
weight_width = 8
//--- regex.toml
[passes.quantize]
by = "regex_name"
[passes.quantize."conv.*".config]
name = "integer"
data_in_width = 8
weight_width = 8
//--- key.toml
[passes.quantize]
by = "name"
[passes.quantize.fc_1.config]
name = "integer"
data_in_width = 8
//--- wide.toml
[passes.quantize]
by = "name"
[passes.quantize.fc_1.config]
name = "integer"
data_in_width = 32
weight_width = 32
//--- twice.mlir
func.func @net(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "fc" %x : tensor<?x2xf32>
  %1 = mase.relu "fc" %0 : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
