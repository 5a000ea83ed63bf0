// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of reports, for people and for programs.
#ifndef MASE_ANALYSIS_TABLE_H
#define MASE_ANALYSIS_TABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mase {

enum class ReportFormat { Table, Json, Csv, Markdown };

/// One cell: what people read, and what JSON holds (numbers with all their
/// digits, null for what there is not).
struct Cell {
  std::string text;
  llvm::json::Value value = nullptr;

  /// "-", null.
  static Cell none() { return {"-", nullptr}; }
  static Cell of(llvm::StringRef text);
  static Cell of(int64_t count) { return {std::to_string(count), count}; }
  /// With `digits` after the point, or, `significant`, so many in all; NaN is
  /// none(), infinities are "inf" and, in JSON, strings.
  static Cell of(double number, int digits, bool significant = false);
};

/// Rows of cells below named columns.
struct Table {
  struct Column {
    std::string title;    ///< for people
    std::string key;      ///< in JSON
    bool isText = false;  ///< to the left; numbers are to the right
    bool isExtra = false; ///< for programs only: CSV and JSON
  };
  std::string key;     ///< in JSON
  std::string heading; ///< a line above it
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  /// The last row sums up the others: a rule before it, and none in JSON.
  bool hasTotal = false;
  /// Columns are this much wider than their titles, as those that Python's
  /// tabulate prints for MASE.
  size_t titleSpace = 0;

  /// As org-mode and MASE draw it (`|---+---|`), without the heading.
  void printText(llvm::raw_ostream &os) const;
  /// As GitHub reads it.
  void printMarkdown(llvm::raw_ostream &os) const;
  /// A header of titles, then the rows (RFC 4180).
  void printCsv(llvm::raw_ostream &os) const;
  /// An array of objects.
  void printJson(llvm::json::OStream &json) const;
};

} // namespace mase

#endif // MASE_ANALYSIS_TABLE_H
