// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hypervolume and greedy hypervolume subset selection.
#include "mase/Search/Front.h"

#include <algorithm>
#include <cassert>

using namespace mase;

namespace {

/// Volume between two corners.
double boxVolume(llvm::ArrayRef<double> low, llvm::ArrayRef<double> high) {
  double volume = 1;
  for (size_t i = 0; i < low.size(); ++i)
    volume *= high[i] - low[i];
  return volume;
}

double sweep(std::vector<Losses> front, llvm::ArrayRef<double> reference) {
  std::sort(front.begin(), front.end());
  double volume = 0, last = reference[1];
  for (const Losses &f : front)
    if (f[1] < last) {
      volume += (reference[0] - f[0]) * (last - f[1]);
      last = f[1];
    }
  return volume;
}

/// WFG: the sum of what each vector adds to those after it. `front` holds
/// vectors better than the reference everywhere.
double wfg(std::vector<Losses> front, llvm::ArrayRef<double> reference) {
  if (front.empty())
    return 0;
  if (reference.size() == 1) {
    double best = front[0][0];
    for (const Losses &f : front)
      best = std::min(best, f[0]);
    return reference[0] - best;
  }
  if (reference.size() == 2)
    return sweep(std::move(front), reference);
  std::sort(front.begin(), front.end());
  double volume = 0;
  for (size_t i = 0; i < front.size(); ++i) {
    // The part of the rest inside this vector's box.
    std::vector<Losses> limited;
    for (size_t j = i + 1; j < front.size(); ++j) {
      Losses corner = front[j];
      for (size_t d = 0; d < corner.size(); ++d)
        corner[d] = std::max(corner[d], front[i][d]);
      limited.push_back(std::move(corner));
    }
    std::vector<Losses> kept;
    for (size_t k : paretoFront(limited))
      kept.push_back(std::move(limited[k]));
    volume += boxVolume(front[i], reference) - wfg(std::move(kept), reference);
  }
  return volume;
}

bool isInside(llvm::ArrayRef<double> losses, llvm::ArrayRef<double> reference) {
  for (size_t i = 0; i < losses.size(); ++i)
    if (!(losses[i] < reference[i]))
      return false;
  return true;
}

/// Greedy subset of two-objective vectors, which are sorted and distinct: each
/// knows the corner that bounds what it would add; choosing one moves the
/// corners of the others.
std::vector<size_t> subset2(const std::vector<const Losses *> &sorted,
                            llvm::ArrayRef<double> reference, size_t count) {
  struct Corner {
    double x, y;
  };
  size_t n = sorted.size();
  std::vector<Corner> corners(n, {reference[0], reference[1]});
  std::vector<bool> taken(n, false);
  std::vector<size_t> chosen;
  while (chosen.size() < count) {
    size_t best = n;
    double bestVolume = -1;
    for (size_t i = 0; i < n; ++i) {
      if (taken[i])
        continue;
      double volume = std::max(0.0, corners[i].x - (*sorted[i])[0]) *
                      std::max(0.0, corners[i].y - (*sorted[i])[1]);
      if (volume > bestVolume) {
        bestVolume = volume;
        best = i;
      }
    }
    taken[best] = true;
    chosen.push_back(best);
    for (size_t i = 0; i < n; ++i)
      if (i < best)
        corners[i].x = std::min(corners[i].x, (*sorted[best])[0]);
      else
        corners[i].y = std::min(corners[i].y, (*sorted[best])[1]);
  }
  return chosen;
}

/// Greedy subset for any number of objectives. What a vector adds only shrinks
/// as others are chosen, so an old value is a bound and most need no update.
std::vector<size_t> subsetAny(const std::vector<const Losses *> &distinct,
                              llvm::ArrayRef<double> reference, size_t count) {
  size_t n = distinct.size();
  std::vector<double> bound(n);
  for (size_t i = 0; i < n; ++i)
    bound[i] = isInside(*distinct[i], reference)
                   ? boxVolume(*distinct[i], reference)
                   : 0;
  std::vector<bool> taken(n, false);
  std::vector<size_t> chosen;
  std::vector<Losses> volumeOf;
  double total = 0;
  while (chosen.size() < count) {
    std::vector<bool> fresh(n, chosen.empty());
    size_t best;
    for (;;) {
      best = n;
      for (size_t i = 0; i < n; ++i)
        if (!taken[i] && (best == n || bound[i] > bound[best]))
          best = i;
      if (fresh[best])
        break;
      std::vector<Losses> with = volumeOf;
      with.push_back(*distinct[best]);
      bound[best] = std::min(bound[best], hypervolume(with, reference) - total);
      fresh[best] = true;
    }
    taken[best] = true;
    chosen.push_back(best);
    volumeOf.push_back(*distinct[best]);
    total += bound[best];
  }
  return chosen;
}

} // namespace

double mase::hypervolume(llvm::ArrayRef<Losses> losses,
                         llvm::ArrayRef<double> reference) {
  std::vector<Losses> inside;
  for (const Losses &l : losses)
    if (isInside(l, reference))
      inside.push_back(l);
  std::vector<Losses> front;
  for (size_t i : paretoFront(inside))
    front.push_back(std::move(inside[i]));
  return wfg(std::move(front), reference);
}

std::vector<size_t> mase::hypervolumeSubset(llvm::ArrayRef<Losses> losses,
                                            llvm::ArrayRef<double> reference,
                                            size_t count) {
  count = std::min(count, losses.size());
  // Distinct vectors in lexicographic order, the first position of equals.
  std::vector<size_t> order(losses.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return losses[a] != losses[b] ? losses[a] < losses[b] : a < b;
  });
  std::vector<size_t> positions, repeats;
  for (size_t i : order)
    if (positions.empty() || losses[positions.back()] != losses[i])
      positions.push_back(i);
    else
      repeats.push_back(i);
  std::vector<const Losses *> distinct;
  for (size_t i : positions)
    distinct.push_back(&losses[i]);
  size_t wanted = std::min(count, distinct.size());
  std::vector<size_t> result;
  for (size_t i : reference.size() == 2
                      ? subset2(distinct, reference, wanted)
                      : subsetAny(distinct, reference, wanted))
    result.push_back(positions[i]);
  std::sort(repeats.begin(), repeats.end());
  for (size_t i = 0; result.size() < count; ++i)
    result.push_back(repeats[i]);
  return result;
}

std::vector<size_t> mase::hypervolumeSubset(llvm::ArrayRef<Losses> losses,
                                            size_t count) {
  Losses reference = losses[0];
  for (const Losses &l : losses)
    for (size_t d = 0; d < l.size(); ++d)
      reference[d] = std::max(reference[d], l[d]);
  for (double &r : reference)
    r = r == 0 ? 1e-12 : std::max(1.1 * r, 0.9 * r);
  return hypervolumeSubset(losses, reference, count);
}
