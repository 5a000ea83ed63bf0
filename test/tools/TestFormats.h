// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number format that only the tests have: powers of two.
#ifndef MASE_TEST_TOOLS_TESTFORMATS_H
#define MASE_TEST_TOOLS_TESTFORMATS_H

namespace mase::test {

/// Registers `powers` {width}: 0 and +-2^-k for k below 2^(width - 1) - 1, from
/// a table of codes; the nearest one, ties go to the smaller magnitude.
void registerTestFormats();

} // namespace mase::test

#endif // MASE_TEST_TOOLS_TESTFORMATS_H
