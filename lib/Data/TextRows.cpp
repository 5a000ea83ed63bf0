// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the readers of text have in common.
#include "TextRows.h"

#include "mase/Support/Error.h"

#include "absl/strings/numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mase {

/// Features that are passed on at once.
static constexpr size_t kBlock = 1 << 16;
TextRows::TextRows(const DataFile &file, RowSink &sink,
                   const ReadRequest &request)
    : file(file), sink(sink), request(request), location(file.location()),
      rest(file.bytes) {
  rest.consume_front("\xef\xbb\xbf"); // byte order mark
}

bool TextRows::next(llvm::StringRef &text) {
  if (rest.empty())
    return false;
  std::tie(text, rest) = rest.split('\n');
  text.consume_back("\r");
  ++line;
  return true;
}

std::string TextRows::place(size_t column) const {
  return absl::StrCat(location, ":", line, ":", column);
}

absl::Status TextRows::error(size_t column, const std::string &reason) const {
  return errorAt({location, int(line), int(column)}, reason);
}

absl::Status TextRows::begin(RowsHeader header) {
  width = header.width().value_or(0);
  header.rows = -1;
  header.fileBytes = file.bytes.size();
  // A row that is not the last takes its line's end.
  header.mostRows = 1;
  constexpr size_t kBlock = 1 << 24;
  for (llvm::StringRef left = rest; !left.empty();) {
    llvm::StringRef part = left.take_front(kBlock);
    header.mostRows += int64_t(part.count('\n'));
    left = left.drop_front(part.size());
    file.release(part.end());
  }
  return sink.begin(header);
}

absl::Status TextRows::feature(const TextCell &cell) {
  float value;
  if (!absl::SimpleAtof(cell.text, &value))
    return error(cell.column,
                 cell.text.empty()
                     ? "expected a number, found an empty cell"
                     : "expected a number, found " + quoted(cell.text));
  return feature(cell, value);
}

absl::Status TextRows::feature(const TextCell &cell, float value) {
  // Here and not with the other formats' numbers, where lines are unknown.
  if (!request.allowNonFinite && !std::isfinite(value))
    return error(cell.column,
                 absl::StrCat(nonFiniteText(value), kAllowNonFiniteHint));
  block.push_back(value);
  return absl::OkStatus();
}

bool TextRows::labelNumber(const TextCell &cell) {
  double number;
  if (!absl::SimpleAtod(cell.text, &number) || !(number >= 0) ||
      number > std::numeric_limits<int32_t>::max() ||
      number != std::floor(number))
    return false;
  labels.push_back(static_cast<int32_t>(number));
  return true;
}

absl::Status TextRows::labelName(const TextCell &cell) {
  std::optional<int32_t> number =
      classes.number(cell.text, [&] { return place(cell.column); });
  if (!number)
    return error(cell.column, ClassNumbers::tooMany());
  labels.push_back(*number);
  return absl::OkStatus();
}

absl::Status TextRows::endRow() {
  ++rows;
  return block.size() < kBlock ? absl::OkStatus() : send();
}

absl::Status TextRows::send() {
  absl::Status status = sink.features(block);
  if (status.ok() && !labels.empty())
    status = sink.labels(labels);
  block.clear();
  labels.clear();
  file.release(rest.begin());
  return status;
}

absl::Status TextRows::end() {
  absl::Status status = send();
  std::vector<FoundClass> names = classes.take();
  if (status.ok() && !names.empty())
    status = sink.classes(names, /*isOrdered=*/false);
  return status;
}

} // namespace mase
