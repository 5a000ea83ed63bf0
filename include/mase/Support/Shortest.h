// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The decimal number that somebody wrote, from the binary32 that was kept.
#ifndef MASE_SUPPORT_SHORTEST_H
#define MASE_SUPPORT_SHORTEST_H

#include <charconv>
#include <iterator>

namespace mase {

/// The binary64 nearest to the shortest decimal number that reads back as
/// `value`: of the binary32 nearest to 1e-5, the binary64 nearest to 1e-5. Its
/// own shortest text is that of `value`, and rounding it gives `value` again.
inline double shortest(float value) {
  char buffer[64];
  auto end = std::to_chars(buffer, std::end(buffer), value).ptr;
  double result = 0;
  std::from_chars(buffer, end, result);
  // Rounding twice may differ from rounding once.
  return float(result) == value ? result : double(value);
}

} // namespace mase

#endif // MASE_SUPPORT_SHORTEST_H
