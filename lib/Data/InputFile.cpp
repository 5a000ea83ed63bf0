// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Input files as bytes in memory, with error messages for people.
#include "mase/Data/InputFile.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

namespace mase {

std::string inputName(llvm::StringRef path) {
  return path == "-" ? "standard input" : "'" + path.str() + "'";
}

std::string describeError(std::error_code code) {
  std::string text = code.message();
  if (!text.empty())
    text.front() = llvm::toLower(text.front());
  return text;
}

absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef path) {
  if (path.empty())
    return absl::InvalidArgumentError("the name of an input file is empty");
  if (path.contains('\0'))
    return absl::InvalidArgumentError(
        "the name of an input file contains a zero byte");
  if (path != "-" && llvm::sys::fs::is_directory(path))
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot read ", inputName(path), ": expected a file, found a folder"));
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return absl::NotFoundError(absl::StrCat("cannot read ", inputName(path),
                                            ": ",
                                            describeError(buffer.getError())));
  return std::move(*buffer);
}

} // namespace mase
