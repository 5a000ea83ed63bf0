// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MY_SQUARES_H
#define MY_SQUARES_H

namespace my {

/// The number format `squares`, for configurations and for
/// `#mase.format<squares, width = 4>`: ±(k/n)² for k = 0 … n = 2^(width-1) - 1.
void registerSquaresFormat();

} // namespace my

#endif // MY_SQUARES_H
