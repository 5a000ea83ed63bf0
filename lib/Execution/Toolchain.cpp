// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiling generated text and loading it into the process.
#include "Toolchain.h"

#include "mase/Support/ShippedFiles.h"
#include "mase/Support/Termination.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/StringSaver.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mase;
using namespace llvm;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

LoadedLibrary::~LoadedLibrary() {
  if (handle)
    dlclose(handle);
}

void *LoadedLibrary::lookup(const std::string &name) const {
  return dlsym(handle, name.c_str());
}

/// The folder that holds mase/Runtime/Cuda.h.
static Expected<std::string> findIncludeFolder() {
  std::string tried;
  if (auto folder = findShippedFolder(
          {"MASE_INCLUDE_DIR", "include", MASE_SOURCE_INCLUDE_DIR},
          "mase/Runtime/Cuda.h", tried))
    return *folder;
  return error("cannot find 'mase/Runtime/Cuda.h', which generated code "
               "includes; expected it in " +
               tried + "; MASE_INCLUDE_DIR names another folder");
}

/// The command of the host's compiler: $CXX, which may have arguments, or the
/// first that is on the PATH.
static Expected<SmallVector<std::string>> findHostCompiler() {
  SmallVector<std::string> command;
  if (auto cxx = sys::Process::GetEnv("CXX"); cxx && !cxx->empty()) {
    BumpPtrAllocator allocator;
    StringSaver saver(allocator);
    SmallVector<const char *> words;
    cl::TokenizeGNUCommandLine(*cxx, saver, words);
    if (words.empty())
      return error("cannot read the compiler in CXX, found '" + *cxx + "'");
    auto program = sys::findProgramByName(words[0]);
    if (!program)
      return error(Twine("cannot find the compiler '") + words[0] +
                   "', which CXX names, on the PATH");
    command.push_back(*program);
    command.append(words.begin() + 1, words.end());
    return command;
  }
  for (StringRef name : {"clang++-22", "clang++", "g++", "c++"})
    if (auto program = sys::findProgramByName(name)) {
      command.push_back(*program);
      return command;
    }
  return error("cannot find a C++ compiler for generated code on the PATH; "
               "expected 'clang++-22', 'clang++', 'g++' or 'c++', or one named "
               "by CXX");
}

/// Runs a compiler, which a signal to this process ends, too, but for Ctrl-C:
/// that may be meant for a search, whose trials are to come to their end. False
/// where it fails; `reason` says why where it is not in `messages`.
static bool runCompiler(ArrayRef<std::string> command,
                        const std::string &messages,
                        const std::string &variable, std::string &reason) {
  int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int out = ::open(messages.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  auto close = scope_exit([&] {
    ::close(null);
    ::close(out);
  });
  pid_t pid = 0;
  if (std::error_code code =
          startInGroup(command, null, out, out, pid, variable)) {
    reason = code.message();
    return false;
  }
  ScopedProcessGroup group;
  group.set(pid);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status))
    reason = std::string("it was ended by a signal (") +
             ::strsignal(WTERMSIG(status)) + ") ";
  return status == 0;
}

/// Writes `text` beside an output and an error file in a folder of its own,
/// runs `command` on it and loads what comes out.
static Expected<std::shared_ptr<LoadedLibrary>>
compile(ArrayRef<std::string> command, StringRef text) {
  ScopedFolder folder("mase");
  if (std::error_code code = folder.error())
    return error("cannot create a temporary folder for generated code: " +
                 code.message());
  auto in = [&](StringRef name) {
    SmallString<128> path(folder.path());
    sys::path::append(path, name);
    return path.str().str();
  };
  std::string source = in("network.cu"), library = in("network.so"),
              messages = in("messages");
  std::error_code code;
  {
    raw_fd_ostream os(source, code);
    if (!code) {
      os << text;
      os.close();
      code = os.error();
      os.clear_error();
    }
  }
  if (code)
    return error("cannot write '" + source + "': " + code.message());

  SmallVector<std::string> arguments(command.begin(), command.end());
  arguments.append({source, "-o", library});
  // The compiler's own temporary files go the same way.
  std::string said;
  if (!runCompiler(arguments, messages, "TMPDIR=" + folder.path(), said)) {
    if (auto buffer = MemoryBuffer::getFile(messages))
      said += (*buffer)->getBuffer().take_front(2000).trim();
    return error("'" + command[0] + "' cannot compile the generated code" +
                 (said.empty() ? "" : ": ") + said);
  }
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return error(Twine("cannot load the compiled code: ") + dlerror());
  return std::make_shared<LoadedLibrary>(handle);
}

Expected<std::shared_ptr<LoadedLibrary>>
mase::compileCudaForHost(StringRef text, bool optimize) {
  auto compiler = findHostCompiler();
  if (!compiler)
    return compiler.takeError();
  auto include = findIncludeFolder();
  if (!include)
    return include.takeError();
  SmallVector<std::string> command = *compiler;
  // Every fma is written out, so no level of optimisation changes a bit; -O1
  // compiles a small network in a fifth of a second.
  command.append({"-std=c++17", optimize ? "-O1" : "-O0", "-ffp-contract=off",
                  "-fno-math-errno", "-fPIC", "-shared", "-I", *include, "-x",
                  "c++"});
  return compile(command, text);
}

Expected<std::shared_ptr<LoadedLibrary>>
mase::compileForHost(StringRef text, HostLanguage language, bool optimize) {
  auto compiler = findHostCompiler();
  if (!compiler)
    return compiler.takeError();
  SmallVector<std::string> command = *compiler;
  // Compilers of C++ are compilers of C, too.
  const bool isC = language == HostLanguage::C;
  command.append({isC ? "-std=c11" : "-std=c++17", optimize ? "-O3" : "-O0",
                  "-march=native", "-fPIC", "-shared", "-x",
                  isC ? "c" : "c++"});
  return compile(command, text);
}

/// An error unless the driver sees a GPU.
static Error checkGpu() {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver)
    return error("this machine has no GPU for the engine 'cuda': cannot load "
                 "the driver 'libcuda.so.1'");
  auto close = scope_exit([&] { dlclose(driver); });
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto getCount =
      reinterpret_cast<int (*)(int *)>(dlsym(driver, "cuDeviceGetCount"));
  int count = 0;
  if (!init || !getCount || init(0) != 0 || getCount(&count) != 0 || count < 1)
    return error("this machine has no GPU for the engine 'cuda': the driver "
                 "sees none");
  return Error::success();
}

Expected<std::shared_ptr<LoadedLibrary>> mase::compileForGpu(StringRef text) {
  auto nvcc = sys::findProgramByName("nvcc");
  if (!nvcc)
    nvcc = sys::findProgramByName("nvcc", {"/usr/local/cuda/bin"});
  if (!nvcc)
    return error("cannot find 'nvcc' on the PATH, which the engine 'cuda' "
                 "compiles with");
  if (Error noGpu = checkGpu())
    return noGpu;
  auto include = findIncludeFolder();
  if (!include)
    return include.takeError();
  return compile({*nvcc, "-std=c++17", "-arch=native", "-O3", "-shared",
                  "-Xcompiler", "-fPIC", "-I", *include},
                 text);
}
