// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The readers of what comes from outside, each as one function of bytes: for
// libFuzzer, and for the replay of its corpora in the tests.
#ifndef MASE_FUZZ_TARGETS_H
#define MASE_FUZZ_TARGETS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mase::fuzz {

struct Target {
  llvm::StringLiteral name;
  llvm::StringLiteral what;
  /// Reads the bytes. It must return, whatever they are; what it reads must be
  /// consistent, or it aborts.
  void (*run)(llvm::StringRef bytes);
};

/// Those that know no MLIR, and so build in seconds, and those of networks and
/// schedules.
llvm::ArrayRef<Target> plainTargets();
llvm::ArrayRef<Target> networkTargets();

/// The one of `targets` called `name`, or null after an error with their names.
const Target *findTarget(llvm::ArrayRef<Target> targets, llvm::StringRef name);

// The targets.
void runArff(llvm::StringRef bytes);
void runBytecode(llvm::StringRef bytes);
void runCsv(llvm::StringRef bytes);
void runHdf5(llvm::StringRef bytes);
void runHdf5Pipe(llvm::StringRef bytes);
void runJournal(llvm::StringRef bytes);
void runNpy(llvm::StringRef bytes);
void runNpz(llvm::StringRef bytes);
void runOnnx(llvm::StringRef bytes);
void runOptions(llvm::StringRef bytes);
void runSchedule(llvm::StringRef bytes);
void runScaler(llvm::StringRef bytes);
void runToml(llvm::StringRef bytes);

} // namespace mase::fuzz

#endif // MASE_FUZZ_TARGETS_H
