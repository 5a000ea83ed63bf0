// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Large arrays in few pages.
#ifndef MASE_SUPPORT_HUGEPAGES_H
#define MASE_SUPPORT_HUGEPAGES_H

#include <cstddef>

namespace mase {

/// Asks the kernel for huge pages (2 MiB) in memory that was allocated and not
/// touched: a first touch of each 4 KiB page costs as much as a jet's network.
/// A hint, which only Linux takes, and only for arrays of several MiB.
void adviseHugePages(void *memory, size_t bytes);

} // namespace mase

#endif // MASE_SUPPORT_HUGEPAGES_H
