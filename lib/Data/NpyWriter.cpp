// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing of NPY files.
#include "NpyHeader.h"

#include "mase/Data/Array.h"
#include "mase/Support/AtomicFile.h"

#include "absl/strings/str_cat.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

namespace mase {

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

  os << kNpyMagic << '\x01' << '\x00';
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

} // namespace mase
