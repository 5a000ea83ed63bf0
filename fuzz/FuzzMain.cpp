// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer's entry: `mase-fuzz --target=csv CORPUS…`, and its own options. The
// targets are those that MASE_FUZZ_TARGETS names.
#include "Targets.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <cstdlib>

using mase::fuzz::networkTargets, mase::fuzz::plainTargets;

static const mase::fuzz::Target *target = nullptr;

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  for (int i = 1; i < *argc; ++i) {
    llvm::StringRef argument((*argv)[i]);
    if (!argument.consume_front("--target="))
      continue;
    target = mase::fuzz::findTarget(MASE_FUZZ_TARGETS(), argument);
    if (!target)
      std::exit(1);
  }
  if (!target) {
    llvm::errs() << "error: expected --target=NAME, one of";
    for (const mase::fuzz::Target &one : MASE_FUZZ_TARGETS())
      llvm::errs() << " " << one.name;
    llvm::errs() << "\n";
    std::exit(1);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  target->run(llvm::StringRef(reinterpret_cast<const char *>(data), size));
  return 0;
}
