// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARFF files, Weka's and OpenML's
// (https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/):
// attributes with a name and a type each, then a row a line. The nominal
// attribute is the class, and its values in their order are the classes.
#include "Readers.h"
#include "TextRows.h"

#include "mase/Support/NearestNames.h"

#include "absl/strings/numbers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <limits>

namespace mase {

namespace {

struct Attribute {
  std::string name;
  std::string place;
  bool isNominal = false;
  std::vector<FoundClass> values; // of a nominal one
};

/// Reads one file, line by line.
class ArffParser {
public:
  ArffParser(const DataFile &file, RowSink &sink, const ReadRequest &request)
      : sink(sink), request(request), rows(file, sink, request) {}

  absl::Status parse() {
    bool inData = false;
    llvm::StringRef text;
    while ((!inData || !rows.isFull()) && rows.next(text)) {
      llvm::StringRef content = text.ltrim();
      if (content.empty() || content.starts_with("%"))
        continue;
      line = text;
      at = text.size() - content.size();
      absl::Status status = inData ? row() : declaration(inData);
      if (!status.ok())
        return status;
    }
    if (!inData)
      return rows.error(1, "expected '@data' and rows behind it, found the end "
                           "of the file");
    if (absl::Status status = rows.end(); !status.ok())
      return status;
    if (label && attributes[*label].isNominal)
      return sink.classes(attributes[*label].values, /*isOrdered=*/true);
    return absl::OkStatus();
  }

private:
  static bool isBlank(char c) { return c == ' ' || c == '\t'; }

  void skipBlanks() {
    while (at < line.size() && isBlank(line[at]))
      ++at;
  }

  bool atEnd() {
    skipBlanks();
    return at == line.size() || line[at] == '%';
  }

  absl::Status error(const std::string &reason) const {
    return rows.error(at + 1, reason);
  }

  /// "found 'x'", of what stands here.
  std::string foundHere() {
    return atEnd() ? std::string("found the end of the line")
                   : "found " + quoted(line.substr(at));
  }

  /// One value: quoted, or up to a blank or one of `ends`.
  absl::Status value(TextCell &cell, llvm::StringRef ends) {
    skipBlanks();
    cell = {"", at + 1};
    char quote = at < line.size() ? line[at] : '\0';
    if (quote != '\'' && quote != '"') {
      size_t end = at;
      while (end < line.size() && !isBlank(line[end]) &&
             !ends.contains(line[end]))
        ++end;
      cell.text = line.slice(at, end).str();
      at = end;
      return absl::OkStatus();
    }
    cell.isQuoted = true;
    for (++at; at < line.size() && line[at] != quote; ++at) {
      if (line[at] == '\\' && at + 1 < line.size())
        ++at;
      cell.text += line[at];
    }
    if (at == line.size())
      return rows.error(cell.column, "the quote is not closed on this line");
    ++at;
    return absl::OkStatus();
  }

  absl::Status declaration(bool &inData) {
    TextCell keyword;
    if (absl::Status status = value(keyword, "{,}"); !status.ok())
      return status;
    llvm::StringRef word(keyword.text);
    if (word.equals_insensitive("@relation"))
      return absl::OkStatus();
    if (word.equals_insensitive("@attribute"))
      return attribute();
    if (!word.equals_insensitive("@data"))
      return rows.error(keyword.column,
                        "expected '@attribute' or '@data', found " +
                            quoted(line.substr(keyword.column - 1)));
    if (!atEnd())
      return error("expected the end of the line after '@data', " +
                   foundHere());
    inData = true;
    return begin();
  }

  absl::Status attribute() {
    Attribute result;
    TextCell name, type;
    if (absl::Status status = value(name, "{,}"); !status.ok())
      return status;
    if (name.text.empty())
      return rows.error(name.column,
                        "expected the attribute's name, " + foundHere());
    result.name = name.text;
    result.place = rows.place(name.column);
    skipBlanks();
    if (at < line.size() && line[at] == '{') {
      result.isNominal = true;
      if (absl::Status status = nominal(result); !status.ok())
        return status;
    } else {
      if (absl::Status status = value(type, "{,}"); !status.ok())
        return status;
      llvm::StringRef word(type.text);
      if (llvm::none_of(llvm::ArrayRef({"numeric", "real", "integer"}),
                        [&](const char *valid) {
                          return word.equals_insensitive(valid);
                        }))
        return rows.error(type.column,
                          "expected 'numeric', 'real', 'integer' or the values "
                          "of a class in braces for attribute " +
                              quoted(name.text) + ", found " +
                              (word.empty() ? "nothing" : quoted(word)));
    }
    if (!atEnd())
      return error("expected the end of the line after an attribute, " +
                   foundHere());
    attributes.push_back(std::move(result));
    return absl::OkStatus();
  }

  /// "{g, q, t}"
  absl::Status nominal(Attribute &result) {
    ++at;
    while (true) {
      TextCell cell;
      if (absl::Status status = value(cell, ",}"); !status.ok())
        return status;
      if (cell.text.empty() && !cell.isQuoted)
        return rows.error(cell.column, "expected a value of attribute " +
                                           quoted(result.name) + ", " +
                                           foundHere());
      result.values.push_back({cell.text, rows.place(cell.column)});
      skipBlanks();
      char next = at < line.size() ? line[at] : '\0';
      if (next != ',' && next != '}')
        return error("expected ',' or '}' among the values of attribute " +
                     quoted(result.name) + ", " + foundHere());
      ++at;
      if (next == '}')
        return absl::OkStatus();
    }
  }

  /// Which attribute is the label: the nominal one, else a number of that name.
  absl::Status chooseLabel() {
    for (size_t i = 0; i < attributes.size(); ++i) {
      if (!attributes[i].isNominal)
        continue;
      if (label)
        return absl::InvalidArgumentError(
            absl::StrCat(attributes[i].place,
                         ": expected one nominal attribute, the class, found ",
                         quoted(attributes[i].name), " beside ",
                         quoted(attributes[*label].name),
                         "; features are numeric, a number for each value"));
      label = i;
    }
    for (llvm::StringRef name : {"class", "label", "target"})
      for (size_t i = 0; i < attributes.size() && !label; ++i)
        if (llvm::StringRef(attributes[i].name).equals_insensitive(name))
          label = i;
    return absl::OkStatus();
  }

  absl::Status begin() {
    if (absl::Status status = chooseLabel(); !status.ok())
      return status;
    RowsHeader header;
    header.labelled = label.has_value();
    for (size_t i = 0; i < attributes.size(); ++i)
      if (i != label)
        header.featureNames.push_back(attributes[i].name);
    if (header.featureNames.empty())
      return error("expected one attribute at least that is a feature, "
                   "'numeric', before '@data', found none");
    header.shape = {int64_t(header.featureNames.size())};
    if (label)
      for (size_t i = 0; i < attributes[*label].values.size(); ++i)
        numbers.try_emplace(attributes[*label].values[i].name, int32_t(i));
    return rows.begin(std::move(header));
  }

  absl::Status row() {
    cells.assign(attributes.size(), TextCell{"0", at + 1});
    absl::Status status = line[at] == '{' ? sparse() : dense();
    if (!status.ok())
      return status;
    if (!atEnd())
      return error(absl::StrCat("expected ", attributes.size(),
                                " values, one for each attribute, ",
                                foundHere(), " behind them"));
    for (size_t i = 0; i < cells.size(); ++i)
      if (status = i == label ? takeLabel(cells[i])
                              : takeFeature(cells[i], attributes[i]);
          !status.ok())
        return status;
    return rows.endRow();
  }

  absl::Status dense() {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) {
        // Weka takes blanks for commas, too.
        bool blank = isBlank(at < line.size() ? line[at] : ' ');
        if (atEnd())
          return error(absl::StrCat("expected ", cells.size(),
                                    " values, one for each attribute, found ",
                                    i));
        if (line[at] == ',')
          ++at;
        else if (!blank)
          return error("expected ',' after a value, " + foundHere());
      }
      if (absl::Status status = value(cells[i], ",%"); !status.ok())
        return status;
      if (cells[i].text.empty() && !cells[i].isQuoted)
        return rows.error(cells[i].column, "expected a value of attribute " +
                                               quoted(attributes[i].name) +
                                               ", " + foundHere());
    }
    return absl::OkStatus();
  }

  /// "{1 0.5, 16 q}": attributes by number, counted from 0; the others are 0,
  /// a nominal one its first value.
  absl::Status sparse() {
    if (label && attributes[*label].isNominal)
      cells[*label].text = attributes[*label].values.front().name;
    ++at;
    int64_t last = -1;
    skipBlanks();
    while (at < line.size() && line[at] != '}') {
      TextCell index;
      if (absl::Status status = value(index, ",}"); !status.ok())
        return status;
      int64_t number = 0;
      if (!absl::SimpleAtoi(index.text, &number) || number <= last ||
          number >= int64_t(cells.size()))
        return rows.error(
            index.column,
            absl::StrCat("expected the number of an attribute from ", last + 1,
                         " to ", cells.size() - 1, ", found ",
                         quoted(index.text)));
      last = number;
      if (absl::Status status = value(cells[number], ",}"); !status.ok())
        return status;
      skipBlanks();
      if (at < line.size() && line[at] == ',')
        ++at;
      else if (at == line.size() || line[at] != '}')
        return error("expected ',' or '}' after a value, " + foundHere());
      skipBlanks();
    }
    if (at == line.size())
      return error("expected '}' at the end of a sparse row, found the end of "
                   "the line");
    ++at;
    return absl::OkStatus();
  }

  absl::Status takeFeature(const TextCell &cell, const Attribute &attribute) {
    if (cell.text != "?" || cell.isQuoted)
      return rows.feature(cell);
    if (request.allowNonFinite)
      return rows.feature(cell, std::numeric_limits<float>::quiet_NaN());
    return rows.error(cell.column,
                      absl::StrCat("the value of ", quoted(attribute.name),
                                   " is missing ('?')", kAllowNonFiniteHint,
                                   ", as nan"));
  }

  absl::Status takeLabel(const TextCell &cell) {
    const Attribute &attribute = attributes[*label];
    if (cell.text == "?" && !cell.isQuoted)
      return rows.error(cell.column, "expected a class for attribute " +
                                         quoted(attribute.name) +
                                         ", found '?' (missing)");
    if (attribute.isNominal) {
      auto found = numbers.find(cell.text);
      if (found == numbers.end()) {
        std::vector<std::string> valid;
        for (const FoundClass &value : attribute.values)
          valid.push_back(value.name);
        return rows.error(cell.column, "unknown class " + quoted(cell.text) +
                                           nearestNamesText(cell.text, valid));
      }
      rows.label(found->second);
      return absl::OkStatus();
    }
    if (rows.labelNumber(cell))
      return absl::OkStatus();
    return rows.error(cell.column, "expected a class, as a number from 0, for "
                                   "attribute " +
                                       quoted(attribute.name) + ", found " +
                                       quoted(cell.text));
  }

  RowSink &sink;
  ReadRequest request;
  TextRows rows;
  llvm::StringRef line;
  size_t at = 0; ///< in `line`
  std::vector<Attribute> attributes;
  std::optional<size_t> label;
  llvm::StringMap<int32_t> numbers; ///< of the label's values
  std::vector<TextCell> cells;
};

} // namespace

absl::Status readArff(const DataFile &file, RowSink &sink,
                      const ReadRequest &request) {
  return ArffParser(file, sink, request).parse();
}

} // namespace mase
