// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Support/HugePages.h"

#include "llvm/Support/MathExtras.h"

#include <cstdint>
#include <sys/mman.h>

void mase::adviseHugePages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr uint64_t kPage = 2 << 20;
  auto begin = reinterpret_cast<uintptr_t>(memory);
  uint64_t from = llvm::alignTo(begin, kPage),
           to = llvm::alignDown(begin + bytes, kPage);
  // A failure leaves small pages.
  if (from < to)
    (void)madvise(static_cast<char *>(memory) + (from - begin), to - from,
                  MADV_HUGEPAGE);
#endif
}
