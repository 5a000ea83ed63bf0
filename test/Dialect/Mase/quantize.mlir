// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-quantize by type, by name, by regular expression; from TOML, from
// options and from a configuration of the module.
// RUN: split-file %s %t
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/type.toml" | FileCheck %t/type.toml
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/name.toml" | FileCheck %t/name.toml
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="config=%t/regex.toml" | FileCheck %t/regex.toml
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=4,bias_width=6}" | FileCheck %t/inline-type.txt
// RUN: not mase-opt %S/Inputs/network.mlir --mase-quantize="by=name layers=linear:{name='integer',data_in_width=8,weight_width=4,bias_width=6}" 2>&1 | FileCheck %t/type-as-name.txt
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="by=name layers=fc_1:{name='integer_floor',data_in_width=8,weight_width=4},act_3:{data_in_width=3}" | FileCheck %t/inline-name.txt
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="by=regex_name layers=fc_[0-3]:{data_in_width=8,weight_width=4},default:{data_in_width=5,weight_width=7}" | FileCheck %t/inline-regex.txt
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" | FileCheck %t/configuration.txt
// RUN: cat %S/Inputs/network.mlir %t/other.mlir > %t/two.mlir
// RUN: mase-opt %t/two.mlir --mase-quantize="configuration=trial_2" | FileCheck %t/configuration.txt
// RUN: mase-opt %t/two.mlir --mase-quantize="configuration=trial_3" | FileCheck %t/other.mlir

//--- type.toml
# The bias falls back to the weight's format; a ReLU's input is unsigned.
# CHECK: relu "act_0" {{.*}} precision <data_in = #mase.fixed<6, 3, unsigned>>
# CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 3>, bias = #mase.fixed<4, 3>>
# CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 3>>
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "NA"
[passes.quantize.linear.config]
name = "integer"
data_in_width = 8
data_in_frac_width = "NA"
weight_width = 4
weight_frac_width = 3
[passes.quantize.relu.config]
name = "integer"
data_in_width = 6

//--- name.toml
# A layer that the file names NA, and one with bypass, stay in float.
# CHECK: relu "act_0" %{{[^ ]*}} : tensor
# CHECK: linear "fc_1" %{{[^p]*}} : (tensor
# CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<8, -1>, weight = #mase.fixed<2, 1>, data_out = #mase.fixed<5, 2>>
[passes.quantize]
by = "name"
[passes.quantize.default.config]
name = "NA"
[passes.quantize.fc_1.config]
name = "integer"
bypass = true
data_in_width = 8
weight_width = 4
[passes.quantize.fc_4.config]
name = "integer"
data_in_width = 8
data_in_frac_width = -1
weight_width = 2
data_out_width = 5

//--- regex.toml
# Full match; the first entry that matches wins, in the order of the file.
# CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<3, 1>, weight = #mase.fixed<3, 1>, bias = #mase.fixed<3, 1>>
# CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<6, 3>, weight = #mase.fixed<6, 3>>
[passes.quantize]
by = "regex_name"
[passes.quantize."fc_1".config]
name = "integer"
data_in_width = 3
weight_width = 3
[passes.quantize."fc_.*".config]
name = "integer"
data_in_width = 6
weight_width = 6
[passes.quantize."fc_4".config]
name = "integer"
data_in_width = 2
weight_width = 2

//--- inline-type.txt
CHECK: relu "act_0" %{{[^ ]*}} : tensor
CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<6, 3>>
CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>

//--- type-as-name.txt
CHECK: error: {{.*}}no layer 'linear' in the network

//--- inline-name.txt
CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<8, 4, floor>, weight = #mase.fixed<4, 2, floor>, bias = #mase.fixed<4, 2, floor>>
CHECK: relu "act_3" {{.*}} precision <data_in = #mase.fixed<3, 1, unsigned>>
CHECK: linear "fc_4" %{{[^p]*}} : (tensor

//--- inline-regex.txt
CHECK: relu "act_0" {{.*}} precision <data_in = #mase.fixed<5, 2, unsigned>>
CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>
CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<5, 2>, weight = #mase.fixed<7, 3>>

//--- configuration.txt
CHECK: linear "fc_1" %{{[^p]*}} : (tensor
CHECK: linear "fc_4" {{.*}} precision <data_in = #mase.fixed<4, 2>, weight = #mase.fixed<8, 6>>

//--- other.mlir
// CHECK: linear "fc_1" {{.*}} precision <data_in = #mase.fixed<3, 1>, weight = #mase.fixed<5, 2>>
// CHECK: linear "fc_4" %{{[^p]*}} : (tensor
mase.configuration @trial_3 layers {fc_1 = #mase.precision<data_in = #mase.fixed<3, 1>, weight = #mase.fixed<5, 2>>}
