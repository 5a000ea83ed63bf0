// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Input files as bytes in memory, with error messages for people.
#ifndef MASE_SUPPORT_INPUTFILE_H
#define MASE_SUPPORT_INPUTFILE_H

#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <system_error>

namespace mase {

/// The bytes of the file `path`, and a null byte behind them (which MLIR's
/// lexer looks at) if `nullTerminated`; "-" is standard input. Large files are
/// mapped, not copied, but for every 4096th that takes a null byte. Pipes are
/// read to their end, 1 GiB at most. Errors (no such file, a folder, a device,
/// no permission) name the path.
absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef path, bool nullTerminated = true);

/// Whether the buffer's bytes are a file's, mapped.
bool isMapped(const llvm::MemoryBuffer &buffer);

/// `bytes` of a mapped buffer have been read and count no longer as this
/// process' memory. They can be read again.
void releaseMapped(llvm::StringRef bytes);

/// What messages call `path`: "'x.npy'", or "standard input" for "-".
std::string inputName(llvm::StringRef path);

/// The operating system's message for `code` in the style of this project's
/// messages (lower case).
std::string describeError(std::error_code code);

} // namespace mase

#endif // MASE_SUPPORT_INPUTFILE_H
