// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text for people at a terminal, or at what looks like none.
#ifndef MASE_SEARCH_CONSOLE_H
#define MASE_SEARCH_CONSOLE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mase {

/// Columns of the terminal that standard error goes to, as they are now (a
/// window may be resized at any time); 0 where it goes elsewhere, or to a
/// terminal that has no way to redraw a line (TERM=dumb).
unsigned consoleColumns();

/// How many columns `text` takes: letters beyond ASCII count as they are shown.
size_t shownWidth(llvm::StringRef text);

/// `text`, cut to at most `columns` columns, the last of which says so ("…").
std::string clipped(llvm::StringRef text, size_t columns);

/// Breaks the lines of `text` at blanks so that none has more than `columns`
/// columns (0: as they are); what follows is indented by two more than the
/// line. Words that are longer stay whole.
std::string wrapped(llvm::StringRef text, size_t columns);

/// A number with four digits, or all before the point, and its unit: "0.7512",
/// "11.63 bits", "11860 bytes".
std::string shownValue(double value, llvm::StringRef unit = {});

/// A duration in two digits: "3.2 us", "130 ms", "12 s", from two minutes on in
/// whole "minutes", "hours" or "days".
std::string shownDuration(double seconds);

} // namespace mase

#endif // MASE_SEARCH_CONSOLE_H
