// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs every file of the corpora through its target, without sanitizers: what
// the tests do. CORPORA has a folder for each target.
#include "Targets.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

/// The paths in a folder, sorted.
static std::vector<std::string> list(llvm::StringRef folder) {
  std::vector<std::string> paths;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(folder, code), end;
       it != end && !code; it.increment(code))
    paths.push_back(it->path());
  llvm::sort(paths);
  return paths;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: mase-fuzz-replay CORPORA\n";
    return 1;
  }
  std::vector<mase::fuzz::Target> targets(mase::fuzz::plainTargets());
  llvm::append_range(targets, mase::fuzz::networkTargets());
  llvm::sort(targets,
             [](const auto &a, const auto &b) { return a.name < b.name; });
  for (const std::string &folder : list(argv[1]))
    if (!mase::fuzz::findTarget(targets, llvm::sys::path::filename(folder)))
      return 1;
  for (const mase::fuzz::Target &target : targets) {
    std::string folder = std::string(argv[1]) + "/" + target.name.str();
    std::vector<std::string> paths = list(folder);
    for (const std::string &path : paths) {
      auto buffer = llvm::MemoryBuffer::getFile(path);
      if (!buffer) {
        llvm::errs() << "error: cannot read '" << path
                     << "': " << buffer.getError().message() << "\n";
        return 1;
      }
      // If it crashes, this was it.
      llvm::errs() << path << "\n";
      target.run((*buffer)->getBuffer());
    }
    llvm::outs() << target.name << ": " << paths.size() << " files\n";
  }
  return 0;
}
