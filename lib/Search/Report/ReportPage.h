// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the parts of report.html and front.svg share.
#ifndef MASE_LIB_SEARCH_REPORT_REPORTPAGE_H
#define MASE_LIB_SEARCH_REPORT_REPORTPAGE_H

#include "ReportWriter.h"

namespace mase::report {

/// Members of the front that the page's table has rows for: the first of those
/// that it draws.
constexpr size_t kMostRows = 1000;

/// The trials that the page draws, ascending: the complete ones, or the front
/// and as many others as the page can hold.
std::vector<size_t> shownTrials(const ReportInput &input);

/// A network on its way to smaller ones, as indices of trials.
struct ShrunkPath {
  size_t start;               ///< what it was before
  std::vector<size_t> trials; ///< by falling budget
};

/// The paths of all shrunk trials, in the order of the trials.
std::vector<ShrunkPath> pathsOf(const StudyResult &result);

/// Indices of the front's members that the page draws, ascending: all, or some
/// where there are thousands.
std::vector<size_t> shownFront(const StudyResult &result);

/// Value `v` of a trial as people are shown it, which is unscaled: the
/// objective's metric, or the weighted sum.
double shownValueOf(const Writer &writer, const Trial &trial, size_t v);

/// Its name, "accuracy" or "weighted sum: accuracy + 0.2 × average_bitwidth",
/// and its unit.
std::string shownValueName(const Problem &problem, size_t v);
llvm::StringRef shownValueUnit(const Problem &problem, size_t v);

/// Whether large values of objective `o`'s metric, unscaled, are good.
bool wantsLarger(const Problem &problem, size_t o);

/// The same of what shownValueOf gives.
bool wantsLargerValue(const Problem &problem, size_t v);

/// The study without anything that depends on time, as one JSON object.
std::string studyJson(const ReportInput &input);

/// A number for reading: six significant digits.
std::string readable(double value);

} // namespace mase::report

#endif // MASE_LIB_SEARCH_REPORT_REPORTPAGE_H
