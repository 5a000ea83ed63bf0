// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the files are that come with the project.
#include "mase/Support/ShippedFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <dlfcn.h>

using namespace llvm;

/// The folder above that of the program or shared library `file`.
static std::string prefixOf(StringRef file) {
  SmallString<128> path(file);
  sys::path::remove_filename(path);
  sys::path::append(path, "..");
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return path.str().str();
}

/// Prefixes of installations that may be ours.
static SmallVector<std::string, 2> installationPrefixes() {
  SmallVector<std::string, 2> prefixes;
  // A shared library with this code. For the program itself this is the word
  // it was called by, which names a file only if it has a folder.
  auto *address = reinterpret_cast<void *>(&installationPrefixes);
  Dl_info info;
  SmallString<128> file;
  if (::dladdr(address, &info) && StringRef(info.dli_fname).contains('/') &&
      !sys::fs::real_path(info.dli_fname, file))
    prefixes.push_back(prefixOf(file));
  // Any address in the program serves; on Linux /proc is asked.
  std::string program = prefixOf(sys::fs::getMainExecutable(nullptr, address));
  if (!is_contained(prefixes, program))
    prefixes.push_back(program);
  return prefixes;
}

std::optional<std::string> mase::findShippedFolder(const ShippedFolder &folder,
                                                   StringRef file,
                                                   std::string &tried) {
  SmallVector<std::string, 4> folders;
  if (auto named = sys::Process::GetEnv(folder.variable))
    folders.push_back(*named);
  for (StringRef prefix : installationPrefixes()) {
    SmallString<128> path(prefix);
    sys::path::append(path, folder.installed);
    folders.push_back(path.str().str());
  }
  folders.push_back(folder.source.str());
  for (const std::string &candidate : folders) {
    SmallString<128> path(candidate);
    sys::path::append(path, file);
    if (sys::fs::is_regular_file(path))
      return candidate;
    tried += (tried.empty() ? "'" : ", '") + candidate + "'";
  }
  return std::nullopt;
}
