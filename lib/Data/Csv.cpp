// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CSV files: a header row, features, and the label in the last column. Cells
// may be quoted as RFC 4180 has it, but a cell doesn't go over lines.
#include "Readers.h"

#include "mase/Data/Jets.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "absl/strings/numbers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mase {

namespace {

struct Cell {
  std::string text; // without quotes and surrounding spaces
  size_t column;    // of its first character, counted from 1
};

/// Reads one file, line by line.
class CsvParser {
public:
  CsvParser(const std::string &location, const DatasetOptions &options,
            int64_t maxRows)
      : location(location), classNames(options.classNames),
        allowNonFinite(options.allowNonFinite), maxRows(maxRows) {}

  absl::StatusOr<Dataset> parse(llvm::StringRef rest) {
    rest.consume_front("\xef\xbb\xbf"); // byte order mark
    bool seenHeader = false;
    while (!rest.empty() && (!seenHeader || dataset.samples < maxRows)) {
      llvm::StringRef text;
      std::tie(text, rest) = rest.split('\n');
      text.consume_back("\r");
      ++line;
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
      return error(1, "expected a header row with the names of the columns, "
                      "found an empty file");
    return std::move(dataset);
  }

private:
  absl::Status error(size_t column, const std::string &reason) const {
    return errorAt({location, int(line), int(column)}, reason);
  }

  /// Fills `cells`.
  absl::Status split(llvm::StringRef text) {
    cells.clear();
    size_t at = 0;
    while (true) {
      size_t begin = text.find_first_not_of(" \t", at);
      Cell cell{"", std::min(begin, text.size()) + 1};
      size_t end;
      if (begin != llvm::StringRef::npos && text[begin] == '"') {
        size_t quote = begin + 1;
        while (true) {
          size_t next = text.find('"', quote);
          if (next == llvm::StringRef::npos)
            return error(cell.column, "the quote is not closed on this line");
          cell.text += text.slice(quote, next);
          quote = next + 1;
          if (!text.substr(quote).starts_with("\""))
            break;
          cell.text += '"'; // "" stands for one "
          ++quote;
        }
        end = std::min(text.find_first_not_of(" \t", quote), text.size());
        if (end < text.size() && text[end] != ',')
          return error(end + 1, "expected ',' after a quoted cell, found " +
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
      return error(1, "expected the names of one feature column at least and "
                      "of the label column, found one name only");
    double number;
    if (llvm::all_of(cells, [&](const Cell &cell) {
          return absl::SimpleAtod(cell.text, &number);
        }))
      return error(1, "expected a header row with the names of the columns, "
                      "found numbers");
    dataset.features = cells.size() - 1;
    dataset.labelled = true;
    for (const Cell &cell : llvm::ArrayRef(cells).drop_back())
      dataset.featureNames.push_back(cell.text);
    return absl::OkStatus();
  }

  absl::Status row(llvm::StringRef text) {
    size_t expected = dataset.features + 1;
    if (cells.size() != expected)
      return error(
          cells.size() < expected ? text.size() + 1 : cells[expected].column,
          absl::StrCat("expected ", expected,
                       " cells, as in the header row, found ", cells.size()));
    for (const Cell &cell : llvm::ArrayRef(cells).drop_back()) {
      // Straight to binary32: one rounding.
      float value;
      if (!absl::SimpleAtof(cell.text, &value))
        return error(cell.column,
                     cell.text.empty()
                         ? "expected a number, found an empty cell"
                         : "expected a number, found " + quoted(cell.text));
      // Here and not with the other formats' numbers, where lines are unknown.
      if (!allowNonFinite && !std::isfinite(value))
        return error(cell.column,
                     absl::StrCat(nonFiniteText(value), kAllowNonFiniteHint));
      dataset.x.push_back(value);
    }
    ++dataset.samples;
    return label(cells.back());
  }

  absl::Status label(const Cell &cell) {
    // Without names from the caller the first label decides what the column is.
    if (dataset.labels.empty() && classNames.empty() &&
        llvm::is_contained(jetClassNames(), cell.text))
      classNames = jetClassNames();

    if (!classNames.empty()) {
      const std::string *found = llvm::find(classNames, cell.text);
      if (found == classNames.end())
        return error(cell.column, "unknown class " + quoted(cell.text) +
                                      nearestNamesText(cell.text, classNames));
      dataset.labels.push_back(found - classNames.begin());
      return absl::OkStatus();
    }
    // pandas writes a column of numbers with a gap in it as 0.0, 1.0, ….
    double number;
    if (!absl::SimpleAtod(cell.text, &number) || !(number >= 0) ||
        number > std::numeric_limits<int32_t>::max() ||
        number != std::floor(number))
      return error(cell.column,
                   "expected a class, as a number from 0 or one of " +
                       llvm::join(jetClassNames(), ", ") + ", found " +
                       (cell.text.empty() ? std::string("an empty cell")
                                          : quoted(cell.text)));
    dataset.labels.push_back(static_cast<int32_t>(number));
    return absl::OkStatus();
  }

  const std::string &location;
  llvm::ArrayRef<std::string> classNames;
  bool allowNonFinite;
  int64_t maxRows;
  size_t line = 0;
  llvm::SmallVector<Cell, 0> cells;
  Dataset dataset;
};

} // namespace

absl::StatusOr<Dataset> parseCsv(llvm::StringRef bytes,
                                 const std::string &location,
                                 const DatasetOptions &options,
                                 int64_t maxRows) {
  return CsvParser(location, options, maxRows).parse(bytes);
}

} // namespace mase
