// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study's progress for people: a bar on a terminal, a line now and then
// elsewhere.
#ifndef MASE_SEARCH_PROGRESS_H
#define MASE_SEARCH_PROGRESS_H

#include "mase/Search/Study.h"

#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace mase {

/// A callback for StudyOptions::progress that writes to `os`. On a terminal it
/// is a line that is redrawn in place at most ten times a second: a bar, trials
/// done, trials/s, time left, best values. `columns` says how wide the terminal
/// is at the moment; what does not fit is left out, the best values last.
/// Elsewhere (`columns` is null or returns 0) it is a line after 10 s, 20 s,
/// 40 s, …. It ends with a sum of it all. `os` must outlive the callback.
std::function<void(const Progress &)>
makeProgress(llvm::raw_ostream &os, std::function<unsigned()> columns);

/// The same on standard error.
std::function<void(const Progress &)> makeProgress();

} // namespace mase

#endif // MASE_SEARCH_PROGRESS_H
