// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files that appear whole or not at all.
#include "mase/Search/Report.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mase;
namespace fs = llvm::sys::fs;

static absl::Status cannotWrite(llvm::StringRef path, std::string reason) {
  return absl::UnknownError("cannot write '" + path.str() + "': " + reason);
}

absl::Status mase::createDirectories(llvm::StringRef path) {
  if (path.empty() || fs::is_directory(path))
    return absl::OkStatus();
  if (std::error_code error = fs::create_directories(path))
    return absl::UnknownError("cannot create the folder '" + path.str() +
                              "': " + error.message());
  if (!fs::is_directory(path))
    return absl::UnknownError("cannot create the folder '" + path.str() +
                              "': a file of that name is in the way");
  return absl::OkStatus();
}

absl::Status mase::writeFileAtomically(llvm::StringRef path,
                                       llvm::StringRef contents) {
  return writeFileAtomically(path,
                             [&](llvm::raw_ostream &os) { os << contents; });
}

absl::Status
mase::writeFileAtomically(llvm::StringRef path,
                          llvm::function_ref<void(llvm::raw_ostream &)> write) {
  if (fs::is_directory(path))
    return cannotWrite(path, "it is a folder");
  // Renaming onto a device would replace it.
  bool isDevice = fs::exists(path) && !fs::is_regular_file(path);
  if (isDevice) {
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return cannotWrite(path, error.message());
    write(os);
    os.flush();
    error = os.error();
    os.clear_error();
    return error ? cannotWrite(path, error.message()) : absl::OkStatus();
  }
  llvm::Expected<fs::TempFile> temp =
      fs::TempFile::create(path + ".%%%%%%.tmp");
  if (!temp)
    return cannotWrite(path, llvm::toString(temp.takeError()));
  std::error_code error;
  {
    llvm::raw_fd_ostream os(temp->FD, /*shouldClose=*/false);
    write(os);
    os.flush();
    error = os.error();
    os.clear_error();
  }
  if (error) {
    llvm::consumeError(temp->discard());
    return cannotWrite(path, error.message());
  }
  if (llvm::Error kept = temp->keep(path))
    return cannotWrite(path, llvm::toString(std::move(kept)));
  return absl::OkStatus();
}
