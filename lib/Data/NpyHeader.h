// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The header of an NPY file.
#ifndef MASE_LIB_DATA_NPYHEADER_H
#define MASE_LIB_DATA_NPYHEADER_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mase {

inline constexpr llvm::StringLiteral kNpyMagic = "\x93NUMPY";

struct NpyHeader {
  std::string descr; ///< NumPy's name of the element type, as in '<f4'
  bool fortranOrder = false;
  std::vector<int64_t> shape;
  int64_t count = 1;        ///< elements
  uint64_t elementSize = 0; ///< bytes
  uint64_t length = 0;      ///< of magic, version, length and header
};

/// The size in bytes of an element '<f4', '|i1', '<U3', ...: 0 for what is
/// neither a number nor text.
uint64_t npyElementSize(llvm::StringRef descr);

/// Whether elements of such a type are text: '|S3', '<U1', ….
inline bool isNpyText(llvm::StringRef descr) {
  return npyElementSize(descr) != 0 && (descr[1] == 'S' || descr[1] == 'U');
}

/// The bytes from the file's beginning that hold its header, of which `head`
/// are the first 12 at least (or all).
absl::StatusOr<uint64_t> npyHeaderLength(llvm::StringRef head,
                                         const std::string &name);

/// Parses the header at the beginning of `head`. Errors: those of the format,
/// an array that takes more or fewer than the `fileSize` bytes that there are.
/// `expected` describes the element types that `accept` lets through, `advice`
/// says how to get one of them.
absl::StatusOr<NpyHeader>
parseNpyHeader(llvm::StringRef head, uint64_t fileSize, const std::string &name,
               llvm::StringRef expected, llvm::StringRef advice,
               bool (*accept)(llvm::StringRef descr));

} // namespace mase

#endif // MASE_LIB_DATA_NPYHEADER_H
