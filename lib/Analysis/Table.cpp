// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables as text, Markdown, CSV and JSON.
#include "mase/Analysis/Table.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"

#include <cmath>

using namespace mase;

Cell Cell::of(llvm::StringRef text) {
  // JSON is UTF-8; a name need not be.
  return {text.str(), llvm::json::fixUTF8(text)};
}

Cell Cell::of(double number, int digits, bool significant) {
  if (std::isnan(number))
    return none();
  std::string text;
  llvm::raw_string_ostream os(text);
  if (significant)
    os << llvm::format("%.*g", digits, number);
  else
    os << llvm::format("%.*f", digits, number);
  if (std::isinf(number))
    return {text, text};
  return {text, number};
}

/// Columns that a text takes on a terminal.
static size_t widthOf(llvm::StringRef text) {
  int width = llvm::sys::unicode::columnWidthUTF8(text);
  return width < 0 ? text.size() : size_t(width);
}

static void pad(llvm::raw_ostream &os, llvm::StringRef text, size_t width,
                bool left) {
  size_t space = width - std::min(width, widthOf(text));
  os.indent(left ? 0 : unsigned(space)) << text;
  os.indent(left ? unsigned(space) : 0);
}

/// A text on one line that ends no cell: for tables drawn with bars.
static std::string inCell(llvm::StringRef text, bool markdown) {
  std::string result;
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == '\t')
      c = ' ';
    if (markdown && llvm::StringRef("|\\`*_<>[]").contains(c))
      result += '\\';
    result += c;
  }
  return result;
}

static std::vector<std::vector<std::string>> cellsOf(const Table &table,
                                                     bool markdown) {
  std::vector<std::vector<std::string>> lines(table.rows.size() + 1);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].isExtra)
      continue;
    lines[0].push_back(inCell(table.columns[c].title, markdown));
    for (size_t r = 0; r < table.rows.size(); ++r)
      lines[r + 1].push_back(inCell(table.rows[r][c].text, markdown));
  }
  return lines;
}

/// Whether each column that people see is text.
static std::vector<bool> textColumns(const Table &table) {
  std::vector<bool> result;
  for (const Table::Column &column : table.columns)
    if (!column.isExtra)
      result.push_back(column.isText);
  return result;
}

static std::vector<size_t>
widthsOf(llvm::ArrayRef<std::vector<std::string>> lines, size_t titleSpace) {
  std::vector<size_t> widths;
  for (const std::string &title : lines.front())
    widths.push_back(std::max<size_t>(3, widthOf(title) + titleSpace));
  for (const auto &line : lines)
    for (size_t c = 0; c < widths.size(); ++c)
      widths[c] = std::max(widths[c], widthOf(line[c]));
  return widths;
}

void Table::printText(llvm::raw_ostream &os) const {
  auto lines = cellsOf(*this, /*markdown=*/false);
  std::vector<size_t> widths = widthsOf(lines, titleSpace);
  std::vector<bool> isText = textColumns(*this);
  auto rule = [&] {
    for (size_t c = 0; c < isText.size(); ++c)
      os << (c ? "+" : "|") << std::string(widths[c] + 2, '-');
    os << "|\n";
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == 1 || (hasTotal && i > 1 && i + 1 == lines.size()))
      rule();
    for (size_t c = 0; c < isText.size(); ++c) {
      os << "| ";
      pad(os, lines[i][c], widths[c], isText[c]);
      os << ' ';
    }
    os << "|\n";
  }
  if (rows.empty())
    rule();
}

void Table::printMarkdown(llvm::raw_ostream &os) const {
  auto lines = cellsOf(*this, /*markdown=*/true);
  std::vector<size_t> widths = widthsOf(lines, titleSpace);
  std::vector<bool> isText = textColumns(*this);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t c = 0; c < isText.size(); ++c) {
      os << "| ";
      pad(os, lines[i][c], widths[c], isText[c]);
      os << ' ';
    }
    os << "|\n";
    if (i != 0)
      continue;
    for (size_t c = 0; c < isText.size(); ++c)
      os << "|" << (isText[c] ? ":" : "-") << std::string(widths[c], '-')
         << (isText[c] ? "-" : ":");
    os << "|\n";
  }
}

void Table::printCsv(llvm::raw_ostream &os) const {
  auto quote = [](llvm::StringRef text) {
    if (text.find_first_of(",\"\r\n") == llvm::StringRef::npos)
      return text.str();
    std::string quoted = "\"";
    for (char c : text)
      quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  };
  auto line = [&](auto &&cells) { os << llvm::join(cells, ",") << "\n"; };
  line(llvm::map_range(columns,
                       [&](const Column &c) { return quote(c.title); }));
  for (const auto &row : rows)
    line(llvm::map_range(row, [&](const Cell &c) { return quote(c.text); }));
}

void Table::printJson(llvm::json::OStream &json) const {
  json.array([&] {
    for (const auto &row :
         llvm::ArrayRef(rows).drop_back(hasTotal && !rows.empty()))
      json.object([&] {
        for (size_t c = 0; c < columns.size(); ++c)
          json.attribute(columns[c].key, row[c].value);
      });
  });
}
