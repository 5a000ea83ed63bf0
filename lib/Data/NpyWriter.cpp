// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing of NPY files.
#include "NpyHeader.h"

#include "mase/Data/Array.h"
#include "mase/Support/AtomicFile.h"

#include "absl/strings/str_cat.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mase {

/// All before the elements: as long for any number of rows, as NumPy has it.
static std::string headerOf(llvm::ArrayRef<int64_t> shape) {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int64_t dim : shape)
    absl::StrAppend(&text, dim, ", ");
  // Python's tuples: (), (3,), (3, 4).
  if (shape.size() == 1)
    text.pop_back();
  else if (shape.size() > 1)
    text.resize(text.size() - 2);
  text += "), }";
  constexpr size_t kDigits = std::numeric_limits<int64_t>::digits10 + 1;
  const size_t spare =
      shape.empty() ? 0 : kDigits - std::to_string(shape[0]).size();
  // Magic, version and length take 10 bytes; the header ends with a newline.
  const size_t end = llvm::alignTo(10 + text.size() + spare + 1, 64);
  text.append(end - 10 - text.size() - 1, ' ');
  text += '\n';

  std::string header = kNpyMagic.str() + '\x01' + '\x00';
  char length[2];
  llvm::support::endian::write16le(length, uint16_t(text.size()));
  header.append(length, 2);
  return header + text;
}

/// Calls write(bytes) for all elements.
static void forBytes(llvm::ArrayRef<float> data,
                     llvm::function_ref<void(llvm::StringRef bytes)> write) {
  if constexpr (llvm::endianness::native == llvm::endianness::little) {
    write({reinterpret_cast<const char *>(data.data()),
           data.size() * sizeof(float)});
  } else {
    std::string bytes(data.size() * sizeof(float), '\0');
    for (size_t i = 0; i < data.size(); ++i)
      llvm::support::endian::write<float>(&bytes[i * sizeof(float)], data[i],
                                          llvm::endianness::little);
    write(bytes);
  }
}

void printNpy(llvm::raw_ostream &os, llvm::ArrayRef<int64_t> shape,
              llvm::ArrayRef<float> data) {
  os << headerOf(shape);
  forBytes(data, [&](llvm::StringRef bytes) { os << bytes; });
}

absl::Status writeNpy(llvm::StringRef path, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<float> data) {
  return writeFile(path,
                   [&](llvm::raw_ostream &os) { printNpy(os, shape, data); });
}

absl::StatusOr<std::unique_ptr<NpyRowsFile>>
NpyRowsFile::open(llvm::StringRef path, llvm::ArrayRef<int64_t> rowShape) {
  absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::open(path);
  if (!file.ok())
    return file.status();
  std::unique_ptr<NpyRowsFile> rows(new NpyRowsFile());
  rows->file = *std::move(file);
  rows->shape.push_back(1);
  for (int64_t dim : rowShape) {
    rows->shape.push_back(dim);
    rows->width *= dim;
  }
  rows->begin = headerOf(rows->shape).size();
  return rows;
}

absl::Status NpyRowsFile::write(int64_t first, llvm::ArrayRef<float> rows) {
  absl::Status status;
  forBytes(rows, [&](llvm::StringRef bytes) {
    status = file->writeAt(
        begin + uint64_t(first) * uint64_t(width) * sizeof(float), bytes);
  });
  return status;
}

absl::Status NpyRowsFile::commit(int64_t rows) {
  shape[0] = rows;
  absl::Status status = file->writeAt(0, headerOf(shape));
  return status.ok() ? file->commit() : status;
}

} // namespace mase
