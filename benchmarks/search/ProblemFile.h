// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JSON files that the benchmarks' scripts hand to their programs.
#ifndef MASE_BENCHMARKS_SEARCH_PROBLEMFILE_H
#define MASE_BENCHMARKS_SEARCH_PROBLEMFILE_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstdlib>

namespace mase {

[[noreturn]] inline void fail(const llvm::Twine &message) {
  llvm::errs() << program_invocation_short_name << ": " << message << '\n';
  std::exit(1);
}

/// The object in the file at `path`; ends the program where there is none.
inline llvm::json::Object readProblemFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    fail("cannot read '" + path + "': " + buffer.getError().message());
  auto parsed = llvm::json::parse((*buffer)->getBuffer());
  if (!parsed)
    fail(llvm::toString(parsed.takeError()));
  if (llvm::json::Object *object = parsed->getAsObject())
    return std::move(*object);
  fail("expected a JSON object in '" + path + "'");
}

} // namespace mase

#endif // MASE_BENCHMARKS_SEARCH_PROBLEMFILE_H
