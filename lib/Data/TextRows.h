// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the readers of text have in common: lines, cells, and classes by name.
#ifndef MASE_LIB_DATA_TEXTROWS_H
#define MASE_LIB_DATA_TEXTROWS_H

#include "ClassNumbers.h"
#include "Readers.h"

namespace mase {

/// One cell of a line.
struct TextCell {
  std::string text; // without quotes and surrounding spaces
  size_t column;    // of its first character, counted from 1
  bool isQuoted = false;
};

/// Goes through the lines of a file and collects rows for a sink.
class TextRows {
public:
  TextRows(const DataFile &file, RowSink &sink, const ReadRequest &request);

  /// The next line without its end, or false. Lines are counted from 1.
  bool next(llvm::StringRef &text);
  /// Whether as many rows have come as are wanted.
  bool isFull() const { return rows >= request.maxRows; }
  /// At a column, counted from 1, of the line.
  absl::Status error(size_t column, const std::string &reason) const;
  std::string place(size_t column) const;

  /// Passes on what is known before the first row. The bytes that are left
  /// bound the number of rows.
  absl::Status begin(RowsHeader header);
  /// One feature of a row, in order. Straight to binary32: one rounding.
  absl::Status feature(const TextCell &cell);
  absl::Status feature(const TextCell &cell, float value);
  /// The label of the row, by number or by name. pandas writes a column of
  /// numbers with a gap in it as 0.0, 1.0, …. False: it is no class number.
  bool labelNumber(const TextCell &cell);
  void label(int32_t number) { labels.push_back(number); }
  absl::Status labelName(const TextCell &cell);
  /// The row is whole.
  absl::Status endRow();
  /// The file is: sends the rest, and the names that labelName took.
  absl::Status end();

private:
  absl::Status send();

  const DataFile &file;
  RowSink &sink;
  ReadRequest request;
  std::string location;
  llvm::StringRef rest;
  size_t line = 0;
  int64_t rows = 0;
  size_t width = 0;
  std::vector<float> block;
  std::vector<int32_t> labels;
  ClassNumbers classes;
};

} // namespace mase

#endif // MASE_LIB_DATA_TEXTROWS_H
