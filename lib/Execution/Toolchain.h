// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiling generated text and loading it into the process.
#ifndef MASE_LIB_EXECUTION_TOOLCHAIN_H
#define MASE_LIB_EXECUTION_TOOLCHAIN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace mase {

/// A shared library in the process; unloaded with the object.
class LoadedLibrary {
public:
  explicit LoadedLibrary(void *handle) : handle(handle) {}
  ~LoadedLibrary();
  LoadedLibrary(const LoadedLibrary &) = delete;
  LoadedLibrary &operator=(const LoadedLibrary &) = delete;

  /// The address of a function; null where there is none of that name.
  void *lookup(const std::string &name) const;

private:
  void *handle;
};

/// Compiles the text of --mase-to-cuda as C++17 with the host's compiler,
/// quickly or for quick code. Errors name what is missing, or what the compiler
/// said.
llvm::Expected<std::shared_ptr<LoadedLibrary>>
compileCudaForHost(llvm::StringRef text, bool optimize);

enum class HostLanguage { Cpp, C };

/// The same with what needs no header of ours, for this very machine.
llvm::Expected<std::shared_ptr<LoadedLibrary>>
compileForHost(llvm::StringRef text, HostLanguage language, bool optimize);

/// Compiles the text with nvcc for the machine's GPU.
llvm::Expected<std::shared_ptr<LoadedLibrary>>
compileForGpu(llvm::StringRef text);

} // namespace mase

#endif // MASE_LIB_EXECUTION_TOOLCHAIN_H
