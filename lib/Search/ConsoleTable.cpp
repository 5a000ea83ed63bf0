// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of best trials for people.
#include "Report/ReportWriter.h"

#include "mase/Search/Console.h"

#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mase;
using namespace mase::report;

namespace {

constexpr size_t kGap = 2; ///< blanks between columns

struct Column {
  std::string name, unit;
  std::vector<std::string> cells;
  size_t width = 0;

  /// What it takes with all of its name, and without.
  size_t cellWidth() const {
    size_t width = shownWidth(unit);
    for (const std::string &cell : cells)
      width = std::max(width, shownWidth(cell));
    return width;
  }
};

std::string rightAligned(llvm::StringRef text, size_t width) {
  size_t own = shownWidth(text);
  return std::string(own < width ? width - own : 0, ' ') + text.str();
}

/// Trials, their objectives and what else fits.
class NarrowTable {
public:
  NarrowTable(const ReportInput &input, llvm::ArrayRef<size_t> positions)
      : input(input), writer(input), positions(positions) {}

  std::string print(size_t most) {
    Column trials{"trial", "", {}};
    for (size_t position : positions) {
      const Trial &trial = trialAt(position);
      // What a shrunk network was made of, before its own number.
      trials.cells.push_back(
          (trial.shrunk ? std::to_string(trial.shrunk->from) + " > " : "") +
          std::to_string(trial.number));
    }
    columns.push_back(std::move(trials));
    for (size_t m : writer.objectiveMetric)
      addMetric(m);
    for (Column &column : columns)
      column.width = std::max(shownWidth(column.name), column.cellWidth());
    shorten(most);
    for (size_t m = 0; m < writer.names.size(); ++m)
      if (isInTable(input, writer.names[m]) &&
          !llvm::is_contained(writer.objectiveMetric, m)) {
        addMetric(m);
        Column &column = columns.back();
        column.width = std::max(shownWidth(column.name), column.cellWidth());
        if (width() > most)
          columns.pop_back();
      }
    return text();
  }

private:
  const Trial &trialAt(size_t position) const {
    return writer.result.trials[writer.result.front[position]];
  }

  void addMetric(size_t m) {
    Column column{writer.names[m], writer.unitOf(m).str(), {}};
    for (size_t position : positions)
      if (double value = writer.valueOf(trialAt(position), m);
          std::isnan(value))
        column.cells.push_back("–");
      else
        column.cells.push_back(shownValue(value));
    columns.push_back(std::move(column));
  }

  size_t width() const {
    size_t sum = 0;
    for (const Column &column : columns)
      sum += column.width + kGap;
    return sum - kGap;
  }

  /// Cuts names, the longest first, until the table fits or only values stand.
  void shorten(size_t most) {
    while (width() > most) {
      Column *widest = nullptr;
      for (Column &column : columns)
        if (column.width > column.cellWidth() &&
            (!widest || column.width > widest->width))
          widest = &column;
      if (!widest)
        return;
      --widest->width;
    }
  }

  std::string text() const {
    std::string out;
    auto line = [&](auto cellOf) {
      std::string cells;
      for (const Column &column : columns)
        cells += (cells.empty() ? "" : std::string(kGap, ' ')) +
                 rightAligned(cellOf(column), column.width);
      out += llvm::StringRef(cells).rtrim().str() + "\n";
    };
    line([](const Column &column) {
      return clipped(column.name, column.width);
    });
    if (llvm::any_of(columns, [](const Column &c) { return !c.unit.empty(); }))
      line([](const Column &column) { return column.unit; });
    for (size_t row = 0; row < positions.size(); ++row)
      line([&](const Column &column) { return column.cells[row]; });
    return out;
  }

  const ReportInput &input;
  Writer writer;
  llvm::ArrayRef<size_t> positions;
  std::vector<Column> columns;
};

} // namespace

std::string mase::consoleTable(const ReportInput &input, size_t columns) {
  const Problem &problem = *input.problem;
  const StudyResult &result = *input.result;
  std::vector<size_t> positions(result.front.size());
  std::iota(positions.begin(), positions.end(), size_t(0));
  bool larger = problem.direction(0) == Direction::Maximize;
  llvm::sort(positions, [&](size_t a, size_t b) {
    double first = result.trials[result.front[a]].values[0],
           second = result.trials[result.front[b]].values[0];
    if (first != second)
      return larger ? first > second : first < second;
    return a < b;
  });
  std::string table = frontTable(input, positions);
  size_t width = 0;
  for (llvm::StringRef line : llvm::split(table, '\n'))
    width = std::max(width, shownWidth(line));
  if (columns == 0 || width <= columns)
    return table;
  return "Best trial(s):\n" + NarrowTable(input, positions).print(columns);
}
