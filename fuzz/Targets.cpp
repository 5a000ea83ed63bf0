// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of targets without MLIR.
#include "Targets.h"

#include "mase/Support/NearestNames.h"

#include "llvm/Support/raw_ostream.h"

namespace mase::fuzz {

static constexpr Target kTargets[] = {
    {"arff", "ARFF data", runArff},
    {"csv", "CSV data", runCsv},
    {"hdf5", "HDF5 data, read in a child process", runHdf5},
    {"hdf5-pipe", "what such a child may answer", runHdf5Pipe},
    {"journal", "journals of searches", runJournal},
    {"npy", "NPY data and labels", runNpy},
    {"npz", "NPZ data", runNpz},
    {"options", "inline tables in options", runOptions},
    {"scaler", "scalers", runScaler},
    {"toml", "configurations", runToml},
};

llvm::ArrayRef<Target> plainTargets() { return kTargets; }

const Target *findTarget(llvm::ArrayRef<Target> targets, llvm::StringRef name) {
  std::vector<std::string> names;
  for (const Target &target : targets) {
    if (target.name == name)
      return &target;
    names.push_back(target.name.str());
  }
  llvm::errs() << "error: unknown target '" << name << "'"
               << nearestNamesText(name, names) << "\n";
  return nullptr;
}

} // namespace mase::fuzz
