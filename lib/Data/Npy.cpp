// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPY files as arrays and as class numbers.
#include "NpyElements.h"
#include "Readers.h"

#include "mase/Data/Array.h"
#include "mase/Support/InputFile.h"

#include "llvm/Support/ConvertUTF.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace mase {

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (int64_t dim : shape)
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", dim);
  return text + "]";
}

absl::StatusOr<NpyHeader> parseFloatHeader(llvm::StringRef head,
                                           uint64_t fileSize,
                                           const std::string &name) {
  return parseNpyHeader(
      head, fileSize, name, "type float32 ('<f4') or float64 ('<f8')",
      "; in NumPy x.astype('float32') makes them",
      [](llvm::StringRef descr) { return descr == "<f4" || descr == "<f8"; });
}

absl::StatusOr<Array> parseNpy(llvm::StringRef bytes, const std::string &name) {
  absl::StatusOr<NpyHeader> header =
      parseFloatHeader(bytes, bytes.size(), name);
  if (!header.ok())
    return header.status();
  Array array{header->shape, {}};
  array.data.reserve(header->count);
  forFloats(*header, bytes.drop_front(header->length), 0, header->count,
            [&](float x) { array.data.push_back(x); });
  return array;
}

std::string npyText(const NpyHeader &header, const char *bytes) {
  if (header.descr[1] == 'S')
    return llvm::StringRef(bytes, header.elementSize).rtrim('\0').str();
  std::string text;
  for (uint64_t i = 0; i < header.elementSize; i += 4) {
    char buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT], *end = buffer;
    if (!llvm::ConvertCodePointToUTF8(loadLittle<uint32_t>(bytes + i), end)) {
      buffer[0] = '?'; // no character
      end = buffer + 1;
    }
    text.append(buffer, end);
  }
  return llvm::StringRef(text).rtrim('\0').str();
}

/// Stores all elements as int32; returns the number of the first that is no
/// int32, as text, with its value.
template <typename T>
static std::optional<std::string> storeLabels(const NpyHeader &header,
                                              llvm::StringRef data,
                                              std::vector<int32_t> &out) {
  std::optional<std::string> bad;
  forEachElement(header, data, [&](const char *p) {
    T value = loadLittle<T>(p);
    bool fits;
    if constexpr (std::is_floating_point_v<T>)
      fits = value == std::floor(value) &&
             std::abs(double(value)) <= std::numeric_limits<int32_t>::max();
    else
      fits = std::in_range<int32_t>(value);
    if (!fits && !bad)
      bad = absl::StrCat(value, " in row ", out.size(), " (counted from 0)");
    out.push_back(fits ? static_cast<int32_t>(value) : 0);
  });
  return bad;
}

absl::StatusOr<std::vector<int32_t>> parseNpyLabels(llvm::StringRef bytes,
                                                    const std::string &name) {
  absl::StatusOr<NpyHeader> header =
      parseNpyHeader(bytes, bytes.size(), name,
                     "an integer type (such as '<i8') or whole numbers ('<f4')",
                     "", [](llvm::StringRef descr) {
                       return npyElementSize(descr) != 0 && !isNpyText(descr);
                     });
  if (!header.ok())
    return header.status();
  llvm::ArrayRef<int64_t> shape = header->shape;
  if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1))
    return readError(
        name, "expected class numbers of shape [n] or [n, 1], found shape " +
                  shapeText(shape) +
                  (shape.size() == 2
                       ? "; in NumPy y.argmax(axis=1) makes class numbers of "
                         "one-hot rows"
                       : ""));
  std::vector<int32_t> values;
  values.reserve(header->count);
  std::optional<std::string> bad;
  auto store = [&]<typename T>(T) {
    bad = storeLabels<T>(*header, bytes.drop_front(header->length), values);
  };
  llvm::StringRef type = llvm::StringRef(header->descr).drop_front();
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

} // namespace mase
