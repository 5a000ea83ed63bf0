// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The header of an NPY file. Nothing in it is trusted before it has been
// compared with the number of bytes that are really there.
#include "NpyHeader.h"

#include "Readers.h"

#include "mase/Data/Array.h"
#include "mase/Support/FileKind.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <utility>

namespace mase {

/// NumPy's own limit (64 since version 2).
static constexpr size_t kMaxRank = 64;
/// NumPy reads headers of 10,000 bytes.
static constexpr uint64_t kMaxHeader = 1 << 20;

namespace {

/// Parses the header, a Python dictionary such as
/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
public:
  explicit HeaderParser(llvm::StringRef text) : rest(text) {}

  /// The empty string, or what is wrong.
  std::string parse(NpyHeader &header) {
    bool seenDescr = false, seenOrder = false, seenShape = false;
    if (!consume("{"))
      return "expected '{' at the beginning of the header";
    while (!consume("}")) {
      std::string key;
      if (!string(key) || !consume(":"))
        return "expected a key in quotes and ':' in the header, found " +
               quoted(rest);
      std::string error;
      if (key == "descr" && !std::exchange(seenDescr, true))
        error = descr(header.descr);
      else if (key == "fortran_order" && !std::exchange(seenOrder, true))
        error = boolean(header.fortranOrder);
      else if (key == "shape" && !std::exchange(seenShape, true))
        error = shape(header.shape);
      else
        error = "expected the keys 'descr', 'fortran_order' and 'shape' once "
                "each in the header, found " +
                quoted(key);
      if (!error.empty())
        return error;
      if (!consume(",") && !rest.ltrim().starts_with("}"))
        return "expected ',' or '}' in the header, found " + quoted(rest);
    }
    if (!rest.trim().empty())
      return "expected the header to end after '}', found " + quoted(rest);
    if (!seenDescr || !seenOrder || !seenShape)
      return std::string("the header has no key '") +
             (!seenDescr   ? "descr"
              : !seenOrder ? "fortran_order"
                           : "shape") +
             "'";
    return "";
  }

private:
  bool consume(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  bool string(std::string &text) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == llvm::StringRef::npos)
      return false;
    text = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return true;
  }

  std::string descr(std::string &text) {
    if (string(text))
      return "";
    if (rest.starts_with("["))
      return "expected elements of a simple type, found a structured type";
    return "expected an element type in the header, found " + quoted(rest);
  }

  std::string boolean(bool &value) {
    if (consume("True"))
      value = true;
    else if (consume("False"))
      value = false;
    else
      return "expected True or False for 'fortran_order', found " +
             quoted(rest);
    return "";
  }

  std::string shape(std::vector<int64_t> &dims) {
    if (!consume("("))
      return "expected a tuple for 'shape', found " + quoted(rest);
    while (!consume(")")) {
      rest = rest.ltrim();
      llvm::StringRef before = rest;
      int64_t dim = 0;
      if (rest.consumeInteger(10, dim) || dim < 0)
        return "expected dimensions from 0 to 2^63 - 1 in 'shape', found " +
               quoted(before);
      rest.consume_front("L"); // as Python 2 wrote them
      dims.push_back(dim);
      if (dims.size() > kMaxRank)
        return absl::StrCat("expected at most ", kMaxRank, " dimensions");
      if (!consume(",") && !rest.ltrim().starts_with(")"))
        return "expected ',' or ')' in 'shape', found " + quoted(rest);
    }
    return "";
  }

  llvm::StringRef rest;
};

} // namespace

uint64_t npyElementSize(llvm::StringRef descr) {
  llvm::StringRef rest = descr;
  char order = rest.empty() ? '\0' : rest[0];
  rest = rest.drop_front(!rest.empty());
  char kind = rest.empty() ? '\0' : rest[0];
  rest = rest.drop_front(!rest.empty());
  unsigned size = 0;
  if (rest.getAsInteger(10, size) || size == 0)
    return 0;
  // Text: NumPy's S has bytes, its U four of them a character.
  constexpr unsigned kMaxText = 1 << 16;
  if (kind == 'S' && order == '|' && size <= kMaxText)
    return size;
  if (kind == 'U' && order == '<' && size <= kMaxText)
    return 4 * uint64_t(size);
  bool isNumber = (kind == 'f' && (size == 4 || size == 8)) ||
                  ((kind == 'i' || kind == 'u') &&
                   (size == 1 || size == 2 || size == 4 || size == 8)) ||
                  (kind == 'b' && size == 1 && order == '|');
  return isNumber && (order == '<' || (order == '|' && size == 1)) ? size : 0;
}

static absl::Status truncated(llvm::StringRef head, const std::string &name) {
  return readError(name, absl::StrCat("the NPY header is truncated: the file "
                                      "ends after ",
                                      head.size(), " bytes"));
}

absl::StatusOr<uint64_t> npyHeaderLength(llvm::StringRef head,
                                         const std::string &name) {
  if (head.empty())
    return readError(name, "the file is empty");
  if (!head.starts_with(kNpyMagic))
    return readError(name, "expected an NPY file" + foundFileKind(head));
  llvm::StringRef rest = head.drop_front(kNpyMagic.size());
  if (rest.size() < 2)
    return truncated(head, name);
  unsigned major = uint8_t(rest[0]), minor = uint8_t(rest[1]);
  rest = rest.drop_front(2);
  if (major < 1 || major > 3 || minor != 0)
    return readError(name, absl::StrCat("expected NPY format version 1.0, 2.0 "
                                        "or 3.0, found ",
                                        major, ".", minor));
  size_t lengthSize = major == 1 ? 2 : 4;
  if (rest.size() < lengthSize)
    return truncated(head, name);
  uint64_t length = major == 1 ? llvm::support::endian::read16le(rest.data())
                               : llvm::support::endian::read32le(rest.data());
  if (length > kMaxHeader)
    return readError(name, absl::StrCat("expected an NPY header of at most ",
                                        kMaxHeader, " bytes, found ", length));
  return head.size() - rest.size() + lengthSize + length;
}

absl::StatusOr<NpyHeader>
parseNpyHeader(llvm::StringRef head, uint64_t fileSize, const std::string &name,
               llvm::StringRef expected, llvm::StringRef advice,
               bool (*accept)(llvm::StringRef descr)) {
  absl::StatusOr<uint64_t> end = npyHeaderLength(head, name);
  if (!end.ok())
    return end.status();
  if (head.size() < *end || fileSize < *end)
    return truncated(head, name);
  size_t begin = kNpyMagic.size() + 2 + (head[kNpyMagic.size()] == 1 ? 2 : 4);

  NpyHeader header;
  std::string error =
      HeaderParser(head.take_front(*end).drop_front(begin)).parse(header);
  if (!error.empty())
    return readError(name, error);
  if (!accept(header.descr))
    return readError(name, "expected elements of " + expected.str() +
                               ", found " + quoted(header.descr) +
                               advice.str());
  header.length = *end;
  header.elementSize = npyElementSize(header.descr);

  // Zero dimensions are left out of the product first: [0, 2^62, 2^62] must
  // not pass as an array without elements.
  uint64_t there = fileSize - *end;
  bool overflow = false, empty = false;
  for (int64_t dim : header.shape) {
    if (dim == 0)
      empty = true;
    else
      overflow |= llvm::MulOverflow(header.count, dim, header.count) != 0;
  }
  int64_t wanted = 0;
  overflow |=
      llvm::MulOverflow(header.count, int64_t(header.elementSize), wanted) != 0;
  if (overflow)
    return readError(name, "the shape " + shapeText(header.shape) +
                               " has more elements than memory can hold");
  if (empty)
    header.count = wanted = 0;
  if (uint64_t(wanted) > there)
    return readError(name,
                     absl::StrCat("the file is truncated: expected ", wanted,
                                  " bytes for shape ", shapeText(header.shape),
                                  " of '", header.descr, "', found ", there));
  if (uint64_t(wanted) < there)
    return readError(name, absl::StrCat("expected the file to end after the ",
                                        wanted, " bytes of the array, found ",
                                        there - wanted, " more"));
  return header;
}

} // namespace mase
