// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search's front, shrunk: each member on its way to fewer effective bit
// operations (mase/Calibrate/Shrink.h).
#ifndef MASE_LIB_TUNING_FRONTSHRINKING_H
#define MASE_LIB_TUNING_FRONTSHRINKING_H

#include "SearchSetup.h"

namespace mase {

/// A trial of the front and its network, as text.
struct FrontMember {
  const Trial *trial;
  llvm::StringRef text;
};

/// What came of it.
struct ShrunkFront {
  /// Networks with all that the search measures, path after path, by falling
  /// budget; numbered from where the study's trials end. The text may be empty
  /// of those that another one beats, and is of no use.
  std::vector<std::pair<Trial, std::string>> networks;
  /// Members that could not be shrunk, and budgets that were not met.
  std::vector<std::string> warnings;
  bool isPartial = false; ///< interrupted: paths end early, or are missing
};

/// Shrinks `front` on the calibration's samples, on as many threads as the
/// search has jobs; the result does not depend on them. `like`: a context with
/// the dialects. Errors: a network that cannot be measured, by trial.
absl::StatusOr<ShrunkFront> shrinkFront(const SearchSetup &setup,
                                        llvm::ArrayRef<FrontMember> front,
                                        uint64_t firstNumber,
                                        mlir::MLIRContext &like);

/// Lowers and runs networks of `shrinkFront`, and compares them with what it
/// measured. Errors name the trial.
absl::Status verifyShrunk(const SearchSetup &setup,
                          llvm::ArrayRef<FrontMember> networks,
                          mlir::MLIRContext &like);

/// The budgets where none are wanted, for networks that cost from `least` to
/// `greatest`: the powers of √2 below that, in two digits, down to a quarter of
/// `least`; falling.
std::vector<int64_t> defaultBudgets(int64_t least, int64_t greatest);

} // namespace mase

#endif // MASE_LIB_TUNING_FRONTSHRINKING_H
