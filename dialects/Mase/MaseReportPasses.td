// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes that look at a network, and at data on its way through it.
#ifndef MASE_REPORT_PASSES_TD
#define MASE_REPORT_PASSES_TD

include "mlir/Pass/PassBase.td"

def MaseReportPass : Pass<"mase-report", "::mlir::ModuleOp"> {
  let summary = "print what each layer costs, and what its formats do to data";
  let description = [{
    Tables, to standard error (standard output has the IR) or to the file that
    `output` names. `tables` chooses among them; docs/reports.md shows each.

    * `costs`: parameters, multiply-accumulates, packed bytes and average bits a
      parameter of every layer, then of the network; the average over quantised
      Linear weights that MASE calls `average_bitwidth` beside the one over all
      parameters; bytes of parameters and of the largest live set of
      activations; MACs, FLOPs, thop's count of them, bit operations and
      effective bit operations (docs/configuring.md says what each is). Below
      the network level it lists the ops that have parameters, with the same
      totals.
    * `formats`: the number format of each operand.
    * `histogram`, `nodes`: the two tables of MASE's
      `summarize_quantization_analysis_pass`, at the network level.
    * `operands`: for each operand with a format the range of its values, the
      shares that saturate and that become 0, the signal-to-quantisation-noise
      ratio and the entropy of the codes. Of calibrated parameters range,
      saturation and noise are those of the float ones, which the
      `mase.calibration` has kept.
    * `sums`: the range of each layer's sums, and the bits that it needs of the
      accumulator's.

    What the last two say of inputs and sums is about data, which `data` names;
    without it, they are estimated from the `mase.profile` that `--mase-profile`
    has left in the module, and without that parameters are all they tell of. With either, layers and channels whose result is constant, and
    inputs, weights and biases of which a larger share than 5 % is clamped,
    get a warning.

    By default it prints costs and formats, what formats do to parameters, and
    what is known about data; in CSV one table, costs if `tables` says nothing.
  }];
  let options = [
    Option<"output", "output", "std::string", /*default=*/"\"\"",
           "file to write to, - for standard output; default: standard error">,
    Option<"format", "format", "std::string", /*default=*/"\"table\"",
           "table, markdown, json or csv">,
    ListOption<"tables", "tables", "std::string",
           "which tables: costs, formats, histogram, nodes, operands, sums">,
    Option<"data", "data", "std::string", /*default=*/"\"\"",
           "dataset (NPY, NPZ, CSV, ARFF, HDF5) to run the network on">,
    Option<"scaler", "scaler", "std::string", /*default=*/"\"\"",
           "JSON file with mean and scale of the features, applied to the data">,
    Option<"samples", "samples", "int64_t", /*default=*/"0",
           "samples of the data to take, from the first; 0: all">,
    Option<"allowNonFinite", "allow-nonfinite", "bool", /*default=*/"false",
           "let NaN and infinities in the data through; they are counted and left out">
  ];
}

def MaseProfilePass : Pass<"mase-profile", "::mlir::ModuleOp"> {
  let summary = "record statistics of every layer's values on data";
  let description = [{
    Runs the network on the data and leaves a `mase.profile` in the module, in
    place of the one that is there: for the values that enter each layer and
    those that leave it, before any format rounds them, minimum, maximum,
    moments, quantiles, a histogram and the range of each feature.
    `--mase-report` reads it, so that many precisions can be judged with one
    run. The same data give the same bytes on any machine.

    Example:

    ```
    mase-opt net.mlir --mase-profile="data=jets.h5 scaler=scaler.json samples=2000" -o profiled.mlir
    mase-opt profiled.mlir --mase-quantize=config=quantize.toml --mase-report -o /dev/null
    ```
  }];
  let options = [
    Option<"data", "data", "std::string", /*default=*/"\"\"",
           "dataset (NPY, NPZ, CSV, ARFF, HDF5) to run the network on">,
    Option<"scaler", "scaler", "std::string", /*default=*/"\"\"",
           "JSON file with mean and scale of the features, applied to the data">,
    Option<"samples", "samples", "int64_t", /*default=*/"0",
           "samples of the data to take, from the first; 0: all">,
    Option<"allowNonFinite", "allow-nonfinite", "bool", /*default=*/"false",
           "let NaN and infinities in the data through; they are counted and left out">
  ];
  let dependentDialects = ["::mase::MaseDialect"];
}

#endif // MASE_REPORT_PASSES_TD
