// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CSV files: a header row, features, and the label in the last column, or as 1
// in one of the jets' columns j_g, j_q, … as their HDF5 files have it. Cells
// may be quoted as RFC 4180 has it, but a cell doesn't go over lines.
#include "Readers.h"
#include "TextRows.h"

#include "mase/Data/Jets.h"

#include "absl/strings/numbers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace mase {

namespace {

/// Reads one file, line by line.
class CsvParser {
public:
  CsvParser(const DataFile &file, RowSink &sink, const ReadRequest &request)
      : sink(sink), rows(file, sink, request) {}

  absl::Status parse() {
    bool seenHeader = false;
    llvm::StringRef text;
    while ((!seenHeader || !rows.isFull()) && rows.next(text)) {
      if (text.trim().empty())
        continue;
      absl::Status status = split(text);
      if (status.ok())
        status = seenHeader ? row(text) : header();
      if (!status.ok())
        return status;
      seenHeader = true;
    }
    if (!seenHeader)
      return rows.error(1, "expected a header row with the names of the "
                           "columns, found an empty file");
    absl::Status status = rows.end();
    return status.ok() && !classes.empty()
               ? sink.classes(classes, /*isOrdered=*/true)
               : status;
  }

private:
  /// Fills `cells`.
  absl::Status split(llvm::StringRef text) {
    cells.clear();
    size_t at = 0;
    while (true) {
      size_t begin = text.find_first_not_of(" \t", at);
      TextCell cell{"", std::min(begin, text.size()) + 1};
      size_t end;
      if (begin != llvm::StringRef::npos && text[begin] == '"') {
        size_t quote = begin + 1;
        while (true) {
          size_t next = text.find('"', quote);
          if (next == llvm::StringRef::npos)
            return rows.error(cell.column,
                              "the quote is not closed on this line");
          cell.text += text.slice(quote, next);
          quote = next + 1;
          if (!text.substr(quote).starts_with("\""))
            break;
          cell.text += '"'; // "" stands for one "
          ++quote;
        }
        end = std::min(text.find_first_not_of(" \t", quote), text.size());
        if (end < text.size() && text[end] != ',')
          return rows.error(end + 1,
                            "expected ',' after a quoted cell, found " +
                                quoted(text.substr(end)));
      } else {
        end = std::min(text.find(',', at), text.size());
        cell.text = text.slice(at, end).trim(" \t").str();
        if (cell.text.empty())
          cell.column = at + 1;
      }
      cells.push_back(std::move(cell));
      if (end == text.size())
        return absl::OkStatus();
      at = end + 1;
    }
  }

  absl::Status header() {
    if (cells.size() < 2)
      return rows.error(1,
                        "expected the names of one feature column at least and "
                        "of the label column, found one name only");
    double number;
    if (llvm::all_of(cells, [&](const TextCell &cell) {
          return absl::SimpleAtod(cell.text, &number);
        }))
      return rows.error(1, "expected a header row with the names of the "
                           "columns, found numbers");
    RowsHeader header;
    header.labelled = true;
    expected = cells.size();
    findClassColumns();
    for (size_t i = 0; i < expected; ++i)
      if (isFeature(i))
        header.featureNames.push_back(cells[i].text);
    if (header.featureNames.empty())
      return rows.error(1, "expected the name of one feature column at least, "
                           "found those of the classes alone");
    header.shape = {int64_t(header.featureNames.size())};
    return rows.begin(std::move(header));
  }

  /// Of the jets' classes, if all of them are there.
  void findClassColumns() {
    for (size_t i = 0; i < expected; ++i) {
      llvm::StringRef name = cells[i].text;
      if (name.consume_front("j_") &&
          llvm::is_contained(jetClassNames(), name)) {
        classColumns.push_back(i);
        classes.push_back({name.str(), rows.place(cells[i].column)});
      }
    }
    if (classColumns.size() == jetClassNames().size())
      return;
    classColumns.clear();
    classes.clear();
  }

  bool isFeature(size_t column) const {
    return classColumns.empty() ? column + 1 < expected
                                : !llvm::is_contained(classColumns, column);
  }

  absl::Status row(llvm::StringRef text) {
    if (cells.size() != expected)
      return rows.error(
          cells.size() < expected ? text.size() + 1 : cells[expected].column,
          absl::StrCat("expected ", expected,
                       " cells, as in the header row, found ", cells.size()));
    for (size_t i = 0; i < expected; ++i)
      if (isFeature(i))
        if (absl::Status status = rows.feature(cells[i]); !status.ok())
          return status;
    if (absl::Status status =
            classColumns.empty() ? label(cells.back()) : oneHotLabel();
        !status.ok())
      return status;
    return rows.endRow();
  }

  absl::Status oneHotLabel() {
    std::optional<int32_t> one;
    for (size_t i = 0; i < classColumns.size(); ++i) {
      const TextCell &cell = cells[classColumns[i]];
      double value;
      if (!absl::SimpleAtod(cell.text, &value) || (value != 0 && value != 1))
        return rows.error(cell.column, "expected 0 or 1 in column " +
                                           quoted("j_" + classes[i].name) +
                                           ", found " + quoted(cell.text));
      if (value == 0)
        continue;
      if (one)
        return rows.error(cell.column,
                          "expected 1 in one class' column, found it in " +
                              quoted("j_" + classes[*one].name) + " and " +
                              quoted("j_" + classes[i].name));
      one = int32_t(i);
    }
    if (!one)
      return rows.error(cells[classColumns.front()].column,
                        "expected 1 in one class' column, found 0 in all");
    rows.label(*one);
    return absl::OkStatus();
  }

  absl::Status label(const TextCell &cell) {
    // The first label decides what the column is.
    double number;
    if (!kind)
      kind = cell.text.empty() || absl::SimpleAtod(cell.text, &number)
                 ? Kind::Numbers
                 : Kind::Names;
    if (*kind == Kind::Names && !cell.text.empty())
      return rows.labelName(cell);
    if (*kind == Kind::Numbers && rows.labelNumber(cell))
      return absl::OkStatus();
    return rows.error(cell.column,
                      "expected a class, as a number from 0 or one of " +
                          llvm::join(jetClassNames(), ", ") + ", found " +
                          (cell.text.empty() ? std::string("an empty cell")
                                             : quoted(cell.text)));
  }

  enum class Kind : uint8_t { Numbers, Names };

  RowSink &sink;
  TextRows rows;
  std::optional<Kind> kind;
  size_t expected = 0; ///< cells of a line
  /// Of one-hot labels, with their names.
  std::vector<size_t> classColumns;
  std::vector<FoundClass> classes;
  llvm::SmallVector<TextCell, 0> cells;
};

} // namespace

absl::Status readCsv(const DataFile &file, RowSink &sink,
                     const ReadRequest &request) {
  return CsvParser(file, sink, request).parse();
}

} // namespace mase
