// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RowModel.h"

#include "mase/Numerics/Slices.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mase {

/// What must be gained for a move to be one: rounding aside.
static constexpr double kLeast = 1e-10;

double RowModel::gain(size_t i, int64_t code, double g) const {
  auto d = double(code - codes[i]);
  return g * d + 0.5 * curvature[i * n + i] * d * d +
         price[i] * double(effectiveBits(code) - effectiveBits(codes[i]));
}

RowModel::Move RowModel::best(size_t i, double g) const {
  Move move{0, i, codes[i]};
  auto consider = [&](int64_t code) {
    if (code < lowest || code > highest || code == codes[i])
      return;
    if (double x = gain(i, code, g); x < move.gain)
      move = {x, i, code};
  };
  consider(0);
  double wanted = double(codes[i]) - g / curvature[i * n + i];
  wanted = std::clamp(wanted, double(lowest), double(highest));
  // The nearest codes with so many trailing zeros. (Halves are exact, and
  // quicker than quotients.)
  double steps = wanted;
  for (int64_t step = 1; step <= highest + 1; step *= 2, steps *= 0.5) {
    auto below = int64_t(steps);
    below = (below - (double(below) > steps)) * step;
    consider(below);
    consider(below + step);
  }
  return move;
}

void RowModel::apply(const Move &move) {
  auto d = double(move.code - codes[move.input]);
  codes[move.input] = move.code;
  const double *row = curvature.data() + move.input * n;
  for (size_t j = 0; j < n; ++j)
    gradient[j] += row[j] * d;
}

std::vector<size_t> RowModel::minimise() {
  std::vector<size_t> moved;
  auto note = [&](const Move &move) {
    apply(move);
    if (std::find(moved.begin(), moved.end(), move.input) == moved.end())
      moved.push_back(move.input);
  };
  // So many moves are more than it takes.
  for (size_t count = 0; count < 8 * n; ++count) {
    Move one;
    for (size_t i = 0; i < n; ++i)
      if (Move move = best(i, gradient[i]); move.gain < one.gain)
        one = move;
    if (one.gain < -kLeast) {
      note(one);
      continue;
    }
    // One code to nothing or to a single bit, and any other as suits it.
    Move first, second;
    double least = -kLeast;
    for (size_t i = 0; i < n; ++i) {
      if (codes[i] == 0)
        continue;
      auto magnitude = int64_t(
          std::bit_floor(uint64_t(codes[i] < 0 ? -codes[i] : codes[i])));
      int64_t sign = codes[i] < 0 ? -1 : 1;
      for (int64_t code :
           {int64_t(0), sign * magnitude, sign * magnitude * 2}) {
        if (code == codes[i] || code < lowest || code > highest)
          continue;
        Move start{gain(i, code, gradient[i]), i, code};
        auto d = double(code - codes[i]);
        const double *row = curvature.data() + i * n;
        for (size_t j = 0; j < n; ++j) {
          double g = gradient[j] + row[j] * d;
          // No code of j gains more than this.
          double most = 0.5 * g * g / curvature[j * n + j] +
                        price[j] * double(effectiveBits(codes[j]));
          if (j == i || start.gain - most >= least)
            continue;
          Move other = best(j, g);
          if (other.gain < 0 && start.gain + other.gain < least) {
            least = start.gain + other.gain;
            first = start;
            second = other;
          }
        }
      }
    }
    if (first.gain + second.gain >= -kLeast)
      break;
    note(first);
    note(second);
  }
  return moved;
}

} // namespace mase
