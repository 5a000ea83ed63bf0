// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Input files as bytes in memory, with error messages for people.
#include "mase/Support/InputFile.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/mman.h>
#include <unistd.h>

namespace mase {

/// Something that writes without end fills no more memory than this.
static constexpr size_t kMaxStream = size_t(1) << 30;

std::string inputName(llvm::StringRef path) {
  return path == "-" ? "standard input" : "'" + path.str() + "'";
}

std::string describeError(std::error_code code) {
  std::string text = code.message();
  if (!text.empty())
    text.front() = llvm::toLower(text.front());
  return text;
}

/// What doesn't say how long it is: a pipe, a terminal, a device.
static absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
readStream(int file, llvm::StringRef path, llvm::sys::fs::file_type type) {
  bool device = (type == llvm::sys::fs::file_type::character_file &&
                 !llvm::sys::Process::FileDescriptorIsDisplayed(file)) ||
                type == llvm::sys::fs::file_type::block_file;
  llvm::SmallVector<char, 0> bytes;
  constexpr size_t kBlock = 1 << 16;
  while (true) {
    size_t size = bytes.size();
    bytes.resize_for_overwrite(size + kBlock);
    llvm::Expected<size_t> got = llvm::sys::fs::readNativeFile(
        file, llvm::MutableArrayRef<char>(bytes.data() + size, kBlock));
    if (!got)
      return absl::UnavailableError(
          absl::StrCat("cannot read ", inputName(path), ": ",
                       describeError(llvm::errorToErrorCode(got.takeError()))));
    bytes.resize(size + *got);
    if (*got == 0)
      break;
    // /dev/null ends here, /dev/zero never.
    if (device)
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read ", inputName(path),
                       ": expected a file or a pipe, found a device"));
    if (bytes.size() > kMaxStream &&
        type != llvm::sys::fs::file_type::regular_file)
      return absl::ResourceExhaustedError(absl::StrCat(
          "cannot read ", inputName(path), ": expected at most ", kMaxStream,
          " bytes from a pipe, found more; a file may "
          "be larger"));
  }
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), path == "-" ? "<stdin>" : path,
      /*RequiresNullTerminator=*/true);
}

absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef path, bool nullTerminated) {
  if (path.empty())
    return absl::InvalidArgumentError("the name of an input file is empty");
  if (path.contains('\0'))
    return absl::InvalidArgumentError(
        "the name of an input file contains a zero byte");
  if (path != "-" && llvm::sys::fs::is_directory(path))
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot read ", inputName(path), ": expected a file, found a folder"));
  auto failed = [&](std::error_code code) {
    return absl::NotFoundError(absl::StrCat("cannot read ", inputName(path),
                                            ": ", describeError(code)));
  };
  bool isStdin = path == "-";
  if (isStdin && llvm::sys::Process::StandardInIsUserInput())
    llvm::errs() << "(reading standard input from the terminal; Ctrl-D ends "
                    "it, Ctrl-C gives up)\n";
  llvm::sys::fs::file_status status;
  if (std::error_code code = isStdin
                                 ? llvm::sys::fs::status(STDIN_FILENO, status)
                                 : llvm::sys::fs::status(path, status))
    return failed(code);
  if (!isStdin && status.type() == llvm::sys::fs::file_type::regular_file) {
    auto buffer =
        llvm::MemoryBuffer::getFile(path, /*IsText=*/false, nullTerminated);
    if (!buffer)
      return failed(buffer.getError());
    return std::move(*buffer);
  }
  int file = STDIN_FILENO;
  if (!isStdin)
    if (std::error_code code = llvm::sys::fs::openFileForRead(path, file))
      return failed(code);
  auto buffer = readStream(file, path, status.type());
  if (!isStdin)
    ::close(file);
  return buffer;
}

bool isMapped(const llvm::MemoryBuffer &buffer) {
  return buffer.getBufferKind() == llvm::MemoryBuffer::MemoryBuffer_MMap;
}

void releaseMapped(llvm::StringRef bytes) {
  uint64_t page = llvm::sys::Process::getPageSizeEstimate();
  // A page goes with the part that begins in it or before it, so that parts
  // leave none between them.
  auto beyondPage = [&](const char *byte) { return uintptr_t(byte) % page; };
  const char *begin = bytes.begin() - beyondPage(bytes.begin()),
             *end = bytes.end() - beyondPage(bytes.end());
  if (begin < end)
    (void)madvise(const_cast<char *>(begin), size_t(end - begin),
                  MADV_DONTNEED); // or later
}

} // namespace mase
