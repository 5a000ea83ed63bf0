// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes that choose formats and parameters: by calibration, by search.
#ifndef MASE_TUNING_PASSES_TD
#define MASE_TUNING_PASSES_TD

include "mlir/Pass/PassBase.td"

// Where the samples come from that calibration sees.
defvar CalibrationData = [
  Option<"data", "data", "std::string", /*default=*/"\"\"",
         "dataset (NPY, NPZ, CSV, ARFF, HDF5); its labels, if it has any, are not looked at">,
  Option<"scaler", "scaler", "std::string", /*default=*/"\"\"",
         "JSON file with mean and scale of the features, applied to the data">,
  Option<"samples", "samples", "int64_t", /*default=*/"0",
         "samples of the data to take; 0: all">,
  Option<"seed", "seed", "int64_t", /*default=*/"-1",
         "seed by which these samples are drawn, from 0; -1: they are the first ones">
];

// What `auto` becomes.
defvar CalibrationChoices = [
  Option<"range", "range", "std::string", /*default=*/"\"mse\"",
         "how a scale follows from values: max (the largest fits), percentile, or mse (least squared error)">,
  Option<"percentile", "percentile", "double", /*default=*/"99.9",
         "share of the magnitudes that fit, in percent, with range=percentile">,
  Option<"granularity", "granularity", "std::string", /*default=*/"\"channel\"",
         "scales of weights: one for each output channel, or one a tensor; a format's axis says it, too">,
  Option<"grid", "grid", "std::string", /*default=*/"\"power_of_two\"",
         "scales where frac_width is auto: power_of_two, or free (any)">,
  Option<"rounding", "rounding", "std::string", /*default=*/"\"gptq\"",
         "how weights are rounded: nearest, or gptq (to the least squares fit, each error spread over the inputs that follow)">,
  Option<"exponents", "exponents", "int64_t", /*default=*/"2",
         "passes over the layers in which scales of data are halved and doubled, judged by the whole network; 0: none">
];

def MaseCalibratePass : Pass<"mase-calibrate", "::mlir::ModuleOp"> {
  let summary = "choose the scales that are open, and round weights, by data";
  let description = [{
    Settles every format that `--mase-quantize` left open (`frac_width = "auto"`
    or `scale = "auto"`), layer by layer from the input on, such that the network
    in integers gives on the samples what the float network gives; labels are
    not needed. Data get the scale of least squared error, weights are rounded
    towards the least squares fit of the float layer's sums by what the rounded
    network before them really feeds in, biases take up the rest; then scales of
    data are halved and doubled, and what brings the network's answers nearer to
    the float network's stays (docs/accuracy.md).

    The rounded weights are constants on their grid: quantising them again
    changes nothing. A `mase.calibration` in the module keeps the float
    parameters, a digest of the samples, and the options.

    BatchNorms that can be folded should be: `--mase-fold-batch-norm` first.

    Example:

    ```
    mase-opt net.mlir --mase-fold-batch-norm --mase-quantize=config=auto.toml --mase-calibrate="data=calibration.h5 scaler=scaler.json samples=2000" -o q.mlir
    ```
  }];
  let options = !listconcat(CalibrationData, CalibrationChoices);
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseEqualizePass : Pass<"mase-equalize", "::mlir::ModuleOp"> {
  let summary = "rescale features by powers of two to suit one scale";
  let description = [{
    Multiplies single features of a Linear's input by powers of two, in the
    BatchNorm or Linear that they come from, and divides the Linear's columns by
    them. No result of the float network changes by a bit (but where a
    parameter becomes subnormal). Which features, calibration says: each is
    halved and doubled, and what brings the calibrated network nearer to the
    float one stays. Takes open formats, as `--mase-calibrate` does, which
    should follow.

    Example:

    ```
    mase-opt net.mlir --mase-quantize=config=auto.toml --mase-equalize=data=calibration.npz --mase-calibrate=data=calibration.npz -o q.mlir
    ```
  }];
  let options = !listconcat(CalibrationData, CalibrationChoices);
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseRefinePass : Pass<"mase-refine", "::mlir::ModuleOp"> {
  let summary = "move single weights by a step where the network gains";
  let description = [{
    Coordinate descent over the codes of the whole network: each weight one code
    up and down, each bias by a half and an eighth of a weight's step, the last
    layer's first; what brings the answers on the samples nearer to the float
    network's stays. The float network is the one that the `mase.calibration` in
    the module keeps, or, without one, the same network without precision. More
    samples than for calibration are worth it: 8,000 rather than 2,000.

    Example:

    ```
    mase-opt q.mlir --mase-refine="data=calibration.npz" -o refined.mlir
    ```
  }];
  let options = !listconcat(CalibrationData, [
    Option<"passes", "passes", "int64_t", /*default=*/"4",
           "how often each weight is tried at most">
  ]);
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseRemoveUnitsPass : Pass<"mase-remove-units", "::mlir::ModuleOp"> {
  let summary = "remove hidden units whose loss the others make good";
  let description = [{
    Takes whole hidden units out of a network: results of a linear or matmul that
    go through a BatchNorm or functions of single elements to one other linear or
    matmul and nowhere else. Of that, the columns that stay and
    the bias take over what the unit did, by least squares on the samples; labels
    are not needed. First goes what changes the network's answers least for each
    multiplication that it saves; the last is the one with which the mean
    Kullback-Leibler divergence of the answers from those of the whole network
    would exceed `kl`. The network is smaller on every target afterwards, and
    rounds to fewer bit operations (docs/accuracy.md).

    Divergence is that of float parameters: before `--mase-quantize` those of the
    network, behind `--mase-calibrate` those that it kept. What that had rounded
    is rounded again, by error feedback to the formats that it has; slices of
    formats go with their units. `--mase-refine` comes after.

    Example:

    ```
    mase-opt net.mlir --mase-fold-batch-norm --mase-remove-units="data=calibration.h5 scaler=scaler.json kl=0.006" -o smaller.mlir
    ```
  }];
  let options = !listconcat(CalibrationData, [
    Option<"kl", "kl", "double", /*default=*/"0.006",
           "the divergence of the answers that is allowed, nats, from 0">
  ]);
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseRemoveDeadUnitsPass : Pass<"mase-remove-dead-units", "::mlir::ModuleOp"> {
  let summary = "remove hidden units on which no result depends";
  let description = [{
    Takes units out of a network with precision that change no bit of its
    answers, whatever the input: results of a linear or matmul that go through a
    BatchNorm or functions of single elements to one other linear or matmul and
    nowhere else. Dead are units that are read with weights that round to zero,
    and those that are constant because their own weights do, if the constant
    rounds to zero or the reader's bias has a format in which it can be added.
    The reader must compute with integers: in binary32 zero times infinity is no
    zero. A remark says how many went, and how many stayed for that.

    Rounding to few bits leaves such units, calibration and people who prune do.

    Example:

    ```
    mase-opt quantized.mlir --mase-remove-dead-units -o smaller.mlir
    ```
  }];
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseShrinkPass : Pass<"mase-shrink", "::mlir::ModuleOp"> {
  let summary = "lower a network's bit operations, bytes or multiplications to a budget";
  let description = [{
    Changes codes of weights, and the widths of single features of a layer's
    input, until the network's effective bit operations (`ebops`) are within the
    budget, such that its answers on the samples stay as near to the float
    network's as they can; labels are not needed. The divergence plus lambda
    times the bit operations falls with every change, and lambda rises
    (docs/accuracy.md). What it did on the way is a remark for each of 40000,
    20000, 13000, 7000, 4000, 2500 and 1500 that it came by, and for the budget;
    with `path` the networks are files in that folder: the cost, `_`, the budget.
    Other costs know neither single weights nor features. With `cost=bitops`
    or `model_bytes` whole tensors get narrower, down to 2 bits, and hidden units
    are removed; with `macs` units alone. Each time it is what adds least to the
    divergence for what it saves, and what follows is calibrated anew. Networks
    on the way are kept at ten times the costs above, too.

    A network within the budget stays what it is. Interrupted (Ctrl-C), it leaves
    the network as far as it got, with a warning.

    Results that are no classes have no divergence: the squared error of each,
    divided by its variance over the samples, stands in its place, and in the
    remarks. So it is where a network gives a single value that isn't a
    sigmoid's, unless `loss` says otherwise.

    Takes a network in integers, as `--mase-calibrate` or this pass leave it, or
    a float one, whose layers then are calibrated first: inputs of 8 bits,
    weights of 6 on a grid of 8. Scales of weights stay.

    Example:

    ```
    mase-opt net.mlir --mase-fold-batch-norm --mase-shrink="data=calibration.h5 scaler=scaler.json budget=7000" -o small.mlir
    ```
  }];
  let options = !listconcat(CalibrationData, [
    Option<"budget", "budget", "int64_t", /*default=*/"-1",
           "what may be spent, in units of the cost; must be given">,
    Option<"cost", "cost", "std::string", /*default=*/"\"ebops\"",
           "what is spent, as reports have it: ebops (effective bit operations), bitops, model_bytes or macs">,
    Option<"effort", "effort", "std::string", /*default=*/"\"full\"",
           "fast (lambda is doubled, and of the samples 2816 are looked at), or full (lambda times 1.15, all samples)">,
    Option<"loss", "loss", "std::string", /*default=*/"\"auto\"",
           "distance from the float network's answers: divergence, squared_error, or auto (by the results)">,
    Option<"units", "units", "bool", /*default=*/"true",
           "whether hidden units may go; false: each keeps a weight that it has and one that reads it">,
    Option<"starts", "starts", "int64_t", /*default=*/"0",
           "ways down (0: 1 of ebops, else 6), with other orders of rows, or with the fewer units from the start where the cost isn't ebops; of each budget the network nearest to the float one is kept">,
    Option<"path", "path", "std::string", /*default=*/"\"\"",
           "folder for the networks on the way, created where it is missing">
  ]);
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseSearchPass : Pass<"mase-search", "::mlir::ModuleOp"> {
  let summary = "search the precision of layers";
  let description = [{
    Runs the search that a MASE `[search]` configuration describes: samples
    precisions, measures accuracy, loss and sizes, and leaves in the module the
    chosen trial's precision and the Pareto front as `mase.configuration` ops.
    Writes best.json, log.json and trials.csv to `output-dir`, and each member of
    the front as a network of its own to `front/trial_N.mlir` below it. These and
    the chosen network are lowered, run and compared with what the search
    measured.

    Where choices are `"auto"`, each trial is calibrated for itself as
    `--mase-calibrate` does it, on the samples that `calibration` names, and the
    front's networks are refined (`--mase-refine`). With `setup.shrink` in the
    configuration they are shrunk, too (`--mase-shrink`), and the front is that
    of all.

    With a transform-dialect schedule in the configuration, the options that it
    leaves open are searched, too; what a trial measures is the module that the
    schedule makes, and the chosen one is left in place of the network. The
    network with the front's configurations goes to `network.mlir` in
    `output-dir`, and beside it the schedules that can be replayed on it.
  }];
  let options = [
    Option<"config", "config", "std::string", /*default=*/"\"\"",
           "TOML file with a [search] table">,
    Option<"data", "data", "std::string", /*default=*/"\"\"",
           "dataset with labels (NPZ, CSV, ARFF, HDF5); default: the validation jets that ship with mase-opt">,
    Option<"scaler", "scaler", "std::string", /*default=*/"\"\"",
           "JSON file with mean and scale of the features, applied to the data and the calibration's">,
    Option<"calibration", "calibration", "std::string", /*default=*/"\"\"",
           "dataset whose first samples each trial is calibrated on (labels are not looked at), where formats are auto; overrides the configuration">,
    Option<"memory", "memory", "int64_t", /*default=*/"1024",
           "MiB that calibrated trials may take, from 1; results do not depend on it">,
    Option<"allowNonFinite", "allow-nonfinite", "bool", /*default=*/"false",
           "take data with NaN or infinities, which are an error otherwise">,
    Option<"sampler", "sampler", "std::string", /*default=*/"\"\"",
           "auto, brute, gp, greedy, nsgaii, nsgaiii, qmc, random, sensitivity or tpe; overrides the configuration">,
    Option<"trials", "trials", "int64_t", /*default=*/"-1",
           "number of trials, from 1; overrides n_trials">,
    Option<"samples", "samples", "int64_t", /*default=*/"-1",
           "number of samples to evaluate on, 0: all; overrides num_samples">,
    Option<"seed", "seed", "int64_t", /*default=*/"-1",
           "seed, from 0; overrides the configuration">,
    Option<"jobs", "jobs", "int64_t", /*default=*/"-1",
           "worker threads, from 1, or -1: all cores; overrides n_jobs">,
    Option<"outputDir", "output-dir", "std::string", /*default=*/"\"\"",
           "where results go; default mase_output/<project>/software/search_ckpts">,
    Option<"select", "select", "std::string", /*default=*/"\"\"",
           "trial to leave in the module: a metric's name (its best on the front) or a trial number; default: the first objective's best">,
    Option<"quiet", "quiet", "bool", /*default=*/"false",
           "no progress, no table">,
    Option<"resume", "resume", "bool", /*default=*/"false",
           "go on with the search whose journal is in output-dir">,
    Option<"journal", "journal", "bool", /*default=*/"true",
           "write study.journal, some kB a trial; unless given, left out above 10000 trials of networks">,
    Option<"log", "log", "bool", /*default=*/"true",
           "write log.json and trials.csv, some kB a trial; unless given, trials.csv is compact and alone above 10000 trials of networks">,
    Option<"results", "results", "bool", /*default=*/"false",
           "print every trial as a row of a table, and write results.json and results.csv">,
    Option<"check", "check", "bool", /*default=*/"false",
           "check network, configuration and data, print what would be searched, and search nothing">
  ];
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

#endif // MASE_TUNING_PASSES_TD
