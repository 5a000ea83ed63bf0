// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPY files. Nothing in a header is trusted before it has been compared with
// the number of bytes that are really there.
#include "Readers.h"

#include "mase/Data/Array.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace mase {

static constexpr llvm::StringLiteral kMagic = "\x93NUMPY";
/// NumPy's own limit (64 since version 2).
static constexpr size_t kMaxRank = 64;

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (int64_t dim : shape)
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", dim);
  return text + "]";
}

namespace {

/// An NPY file taken apart: `data` has exactly count elements.
struct NpyView {
  std::string descr; // NumPy's name of the element type, as in '<f4'
  bool fortranOrder = false;
  std::vector<int64_t> shape;
  int64_t count = 1;
  llvm::StringRef data;
};

/// Parses the header, a Python dictionary such as
/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
public:
  explicit HeaderParser(llvm::StringRef text) : rest(text) {}

  /// The empty string, or what is wrong.
  std::string parse(NpyView &view) {
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
        error = descr(view.descr);
      else if (key == "fortran_order" && !std::exchange(seenOrder, true))
        error = boolean(view.fortranOrder);
      else if (key == "shape" && !std::exchange(seenShape, true))
        error = shape(view.shape);
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

/// The size in bytes of an element '<f4', '|i1', ...: 0 for what is neither a
/// float nor an integer.
static int64_t elementSize(llvm::StringRef descr) {
  return llvm::StringSwitch<int64_t>(descr)
      .Cases({"<f8", "<i8", "<u8"}, 8)
      .Cases({"<f4", "<i4", "<u4"}, 4)
      .Cases({"<i2", "<u2"}, 2)
      .Cases({"|i1", "|u1", "<i1", "<u1", "|b1"}, 1)
      .Default(0);
}

/// `expected` describes the element types that `accept` lets through, `advice`
/// says how to get one of them.
static absl::StatusOr<NpyView> openNpy(llvm::StringRef bytes,
                                       const std::string &name,
                                       llvm::StringRef expected,
                                       llvm::StringRef advice,
                                       bool (*accept)(llvm::StringRef descr)) {
  if (bytes.empty())
    return readError(name, "the file is empty");
  if (!bytes.starts_with(kMagic))
    return readError(name, "expected an NPY file" + foundFileKind(bytes));
  llvm::StringRef rest = bytes.drop_front(kMagic.size());
  auto truncated = [&] {
    return readError(name, absl::StrCat("the NPY header is truncated: the file "
                                        "ends after ",
                                        bytes.size(), " bytes"));
  };
  if (rest.size() < 2)
    return truncated();
  unsigned major = uint8_t(rest[0]), minor = uint8_t(rest[1]);
  rest = rest.drop_front(2);
  if (major < 1 || major > 3 || minor != 0)
    return readError(name, absl::StrCat("expected NPY format version 1.0, 2.0 "
                                        "or 3.0, found ",
                                        major, ".", minor));
  size_t lengthSize = major == 1 ? 2 : 4;
  if (rest.size() < lengthSize)
    return truncated();
  size_t length = major == 1 ? llvm::support::endian::read16le(rest.data())
                             : llvm::support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthSize);
  if (rest.size() < length)
    return truncated();

  NpyView view;
  std::string error = HeaderParser(rest.take_front(length)).parse(view);
  if (!error.empty())
    return readError(name, error);
  if (!accept(view.descr))
    return readError(name, "expected elements of " + expected.str() +
                               ", found " + quoted(view.descr) + advice.str());
  view.data = rest.drop_front(length);

  // Zero dimensions are left out of the product first: [0, 2^62, 2^62] must
  // not pass as an array without elements.
  int64_t size = elementSize(view.descr);
  bool overflow = false, empty = false;
  for (int64_t dim : view.shape) {
    if (dim == 0)
      empty = true;
    else
      overflow |= llvm::MulOverflow(view.count, dim, view.count) != 0;
  }
  int64_t wanted = 0;
  overflow |= llvm::MulOverflow(view.count, size, wanted) != 0;
  if (overflow)
    return readError(name, "the shape " + shapeText(view.shape) +
                               " has more elements than memory can hold");
  if (empty)
    view.count = wanted = 0;
  if (uint64_t(wanted) > view.data.size())
    return readError(
        name, absl::StrCat("the file is truncated: expected ", wanted,
                           " bytes for shape ", shapeText(view.shape), " of '",
                           view.descr, "', found ", view.data.size()));
  if (uint64_t(wanted) < view.data.size())
    return readError(name, absl::StrCat("expected the file to end after the ",
                                        wanted, " bytes of the array, found ",
                                        view.data.size() - wanted, " more"));
  return view;
}

/// Calls store(i, p) for each element i in C order; p points to its bytes.
template <typename Store>
static void forEachElement(const NpyView &view, Store store) {
  int64_t size = elementSize(view.descr);
  const char *data = view.data.data();
  if (!view.fortranOrder || view.shape.size() < 2) {
    for (int64_t i = 0; i < view.count; ++i)
      store(i, data + i * size);
    return;
  }
  size_t rank = view.shape.size();
  std::vector<int64_t> index(rank, 0), stride(rank, 1);
  for (size_t d = 1; d < rank; ++d)
    stride[d] = stride[d - 1] * view.shape[d - 1];
  int64_t offset = 0;
  for (int64_t i = 0; i < view.count; ++i) {
    store(i, data + offset * size);
    for (size_t d = rank; d-- > 0;) {
      offset += stride[d];
      if (++index[d] < view.shape[d])
        break;
      offset -= stride[d] * view.shape[d];
      index[d] = 0;
    }
  }
}

template <typename T> static T load(const char *bytes) {
  return llvm::support::endian::read<T, llvm::endianness::little>(bytes);
}

absl::StatusOr<Array> parseNpy(llvm::StringRef bytes, const std::string &name) {
  absl::StatusOr<NpyView> view = openNpy(
      bytes, name, "type float32 ('<f4') or float64 ('<f8')",
      "; in NumPy x.astype('float32') makes them",
      [](llvm::StringRef descr) { return descr == "<f4" || descr == "<f8"; });
  if (!view.ok())
    return view.status();
  Array array{view->shape, std::vector<float>(view->count)};
  float *out = array.data.data();
  if (view->descr == "<f4")
    forEachElement(
        *view, [out](int64_t i, const char *p) { out[i] = load<float>(p); });
  else
    forEachElement(*view, [out](int64_t i, const char *p) {
      out[i] = static_cast<float>(load<double>(p));
    });
  return array;
}

/// Stores all elements as int32; returns the number of the first that is no
/// int32, as text, with its value.
template <typename T>
static std::optional<std::string> storeLabels(const NpyView &view,
                                              int32_t *out) {
  std::optional<std::string> bad;
  forEachElement(view, [&](int64_t i, const char *p) {
    T value = load<T>(p);
    bool fits;
    if constexpr (std::is_floating_point_v<T>)
      fits = value == std::floor(value) &&
             std::abs(double(value)) <= std::numeric_limits<int32_t>::max();
    else
      fits = std::in_range<int32_t>(value);
    if (fits)
      out[i] = static_cast<int32_t>(value);
    else if (!bad)
      bad = absl::StrCat(value, " in row ", i, " (counted from 0)");
  });
  return bad;
}

absl::StatusOr<std::vector<int32_t>> parseNpyLabels(llvm::StringRef bytes,
                                                    const std::string &name) {
  absl::StatusOr<NpyView> view = openNpy(
      bytes, name, "an integer type (such as '<i8') or whole numbers ('<f4')",
      "", [](llvm::StringRef descr) { return elementSize(descr) != 0; });
  if (!view.ok())
    return view.status();
  llvm::ArrayRef<int64_t> shape = view->shape;
  if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1))
    return readError(
        name, "expected class numbers of shape [n] or [n, 1], found shape " +
                  shapeText(shape) +
                  (shape.size() == 2
                       ? "; in NumPy y.argmax(axis=1) makes class numbers of "
                         "one-hot rows"
                       : ""));
  std::vector<int32_t> values(view->count);
  std::optional<std::string> bad;
  auto store = [&]<typename T>(T) {
    bad = storeLabels<T>(*view, values.data());
  };
  llvm::StringRef type = llvm::StringRef(view->descr).drop_front();
  if (type == "i8")
    store(int64_t());
  else if (type == "u8")
    store(uint64_t());
  else if (type == "i4")
    store(int32_t());
  else if (type == "u4")
    store(uint32_t());
  else if (type == "i2")
    store(int16_t());
  else if (type == "u2")
    store(uint16_t());
  else if (type == "i1")
    store(int8_t());
  else if (type == "f8")
    store(double());
  else if (type == "f4")
    store(float());
  else
    store(uint8_t());
  if (bad)
    return readError(name, "expected class numbers, integers in the range of "
                           "int32, found " +
                               *bad);
  return values;
}

absl::StatusOr<Array> readNpy(llvm::StringRef path) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readInput(path);
  if (!buffer.ok())
    return buffer.status();
  return parseNpy((*buffer)->getBuffer(), inputName(path));
}

void printNpy(llvm::raw_ostream &os, llvm::ArrayRef<int64_t> shape,
              llvm::ArrayRef<float> data) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int64_t dim : shape)
    absl::StrAppend(&header, dim, ", ");
  // Python's tuples: (), (3,), (3, 4).
  if (shape.size() == 1)
    header.pop_back();
  else if (shape.size() > 1)
    header.resize(header.size() - 2);
  header += "), }";
  // Magic, version and length take 10 bytes; the header ends with a newline.
  size_t end = llvm::alignTo(10 + header.size() + 1, 64);
  header.append(end - 10 - header.size() - 1, ' ');
  header += '\n';

  os << kMagic << '\x01' << '\x00';
  char length[2];
  llvm::support::endian::write16le(length, header.size());
  os << llvm::StringRef(length, 2) << header;
  if constexpr (llvm::endianness::native == llvm::endianness::little) {
    os.write(reinterpret_cast<const char *>(data.data()),
             data.size() * sizeof(float));
  } else {
    for (float value : data) {
      char element[4];
      llvm::support::endian::write<float>(element, value,
                                          llvm::endianness::little);
      os.write(element, 4);
    }
  }
}

absl::Status writeNpy(llvm::StringRef path, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<float> data) {
  return writeFile(path,
                   [&](llvm::raw_ostream &os) { printNpy(os, shape, data); });
}

absl::StatusOr<Dataset> parseNpyDataset(llvm::StringRef bytes,
                                        const std::string &name) {
  absl::StatusOr<Array> array = parseNpy(bytes, name);
  if (!array.ok())
    return array.status();
  llvm::ArrayRef<int64_t> shape = array->shape;
  if (shape.size() < 2)
    return readError(
        name,
        "expected an array of shape [n, features], found "
        "shape " +
            shapeText(shape) +
            (shape.size() == 1 ? "; one sample is x.reshape(1, -1)" : ""));
  Dataset dataset;
  dataset.samples = shape[0];
  // Without samples the other sizes have not been compared with the data.
  dataset.features = 1;
  for (int64_t size : shape.drop_front())
    if (llvm::MulOverflow(dataset.features, size, dataset.features))
      return readError(name, "the shape " + shapeText(shape) +
                                 " has more elements than memory can hold");
  dataset.x = std::move(array->data);
  return dataset;
}

} // namespace mase
