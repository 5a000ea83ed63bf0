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

/// A callback for StudyOptions::progress that writes to `os`: on a terminal a
/// bar that is redrawn in place at most ten times a second (trials done,
/// trials/s, time left, best values), else a line after 10 s, 20 s, 40 s, ….
/// It ends with one line that sums up. `os` must outlive the callback.
std::function<void(const Progress &)> makeProgress(llvm::raw_ostream &os,
                                                   bool isTerminal);

/// The same on standard error.
std::function<void(const Progress &)> makeProgress();

} // namespace mase

#endif // MASE_SEARCH_PROGRESS_H
