// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each member of a search's front as a network of its own.
#ifndef MASE_LIB_TUNING_FRONTNETWORKS_H
#define MASE_LIB_TUNING_FRONTNETWORKS_H

#include "SearchSetup.h"

#include "mase/Support/AtomicFile.h"

#include <map>
#include <set>

namespace mase {

class FrontNetworks {
public:
  /// What the names of a refined trial's earlier metrics begin with.
  static constexpr llvm::StringLiteral kUnrefined = "unrefined_";

  /// Makes the networks of the front of `result` out of `module`, which was
  /// searched; on as many threads as the search has jobs. Where data is
  /// measured on, each is lowered, run, and compared with what the search
  /// measured. Where the front is refined, a refined network that is no worse
  /// in any objective takes the place of the trial's: its metrics that of the
  /// trial, which are kept as `unrefined_<metric>` beside them; and the front
  /// is what is left of it. Where the front is to be shrunk, what comes of its
  /// members are further trials, and the front is that of all. Errors name the
  /// trial.
  static absl::StatusOr<FrontNetworks>
  make(mlir::ModuleOp module, const SearchSetup &setup, StudyResult &result);

  /// Whether the trial of that number is refined.
  bool isRefined(uint64_t number) const { return refined.count(number); }
  /// The network of the trial of that number, which is on the front, or was
  /// before others were shrunk.
  llvm::StringRef textOf(uint64_t number) const { return texts.at(number); }
  bool hasTextOf(uint64_t number) const { return texts.count(number); }
  /// "refinement improved 3 of 7 networks" and a newline, and the same of
  /// shrinking; empty where neither was wanted.
  const std::string &text() const { return said; }
  /// What there is to warn of.
  llvm::ArrayRef<std::string> warnings() const { return shrinkWarnings; }

  /// Writes the networks of `front` as `<directory>/front/trial_<number>.mlir`,
  /// in place of those of an earlier search; `files` puts them there.
  absl::Status write(llvm::StringRef directory,
                     llvm::ArrayRef<const Trial *> front,
                     AtomicFiles &files) const;
  /// "<directory>/front".
  static std::string folderOf(llvm::StringRef directory);

private:
  absl::Status shrink(mlir::MLIRContext &like, const SearchSetup &setup,
                      StudyResult &result);

  std::map<uint64_t, std::string> texts; ///< by trial's number
  std::set<uint64_t> refined;
  std::string said;
  std::vector<std::string> shrinkWarnings;
};

} // namespace mase

#endif // MASE_LIB_TUNING_FRONTNETWORKS_H
