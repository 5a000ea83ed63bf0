// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass that joins the search library to networks.
#ifndef MASE_SEARCH_PASS_TD
#define MASE_SEARCH_PASS_TD

include "mlir/Pass/PassBase.td"

def MaseSearchPass : Pass<"mase-search", "::mlir::ModuleOp"> {
  let summary = "search the precision of layers";
  let description = [{
    Runs the search that a MASE `[search]` configuration describes: samples
    precisions, measures accuracy, loss and sizes, and leaves in the module the
    chosen trial's precision and the Pareto front as `mase.configuration` ops.
    Writes best.json, log.json and trials.csv to `output-dir`. The chosen
    network is lowered, run and compared with what the search measured.

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
           "dataset with labels (NPZ, CSV, HDF5); default: the validation jets that ship with mase-opt">,
    Option<"scaler", "scaler", "std::string", /*default=*/"\"\"",
           "JSON file with mean and scale of the features, applied to the data">,
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
           "write study.journal, some kB a trial">,
    Option<"log", "log", "bool", /*default=*/"true",
           "write log.json and trials.csv, some kB a trial">,
    Option<"results", "results", "bool", /*default=*/"false",
           "print every trial as a row of a table, and write results.json and results.csv">,
    Option<"check", "check", "bool", /*default=*/"false",
           "check network, configuration and data, print what would be searched, and search nothing">
  ];
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

#endif // MASE_SEARCH_PASS_TD
