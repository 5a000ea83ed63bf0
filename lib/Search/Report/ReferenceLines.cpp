// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NSGA-III's niches: lines through the ideal point (Deb & Jain 2014, §IV).
#include "Samplers/NsgaSampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mase;

static void addLines(std::vector<Losses> &lines, Losses &line, size_t d,
                     size_t left, size_t divisions) {
  if (d + 1 == line.size()) {
    line[d] = double(left) / double(divisions);
    lines.push_back(line);
    return;
  }
  for (size_t i = 0; i <= left; ++i) {
    line[d] = double(i) / double(divisions);
    addLines(lines, line, d + 1, left - i, divisions);
  }
}

std::vector<Losses> mase::dasDennis(size_t dimensions, size_t divisions) {
  std::vector<Losses> lines;
  Losses line(dimensions);
  addLines(lines, line, 0, divisions, divisions);
  return lines;
}

/// Where the hyperplane through `extremes` meets the axes; false where it
/// meets one of them not at all or on the wrong side. Gauss' elimination of
/// extremes * x = 1; the intercepts are 1/x.
static bool intercepts(std::vector<Losses> extremes, Losses &result) {
  size_t n = extremes.size();
  std::vector<double> right(n, 1.0);
  for (size_t c = 0; c < n; ++c) {
    size_t pivot = c;
    for (size_t r = c + 1; r < n; ++r)
      if (std::fabs(extremes[r][c]) > std::fabs(extremes[pivot][c]))
        pivot = r;
    if (std::fabs(extremes[pivot][c]) < 1e-12)
      return false;
    std::swap(extremes[pivot], extremes[c]);
    std::swap(right[pivot], right[c]);
    for (size_t r = 0; r < n; ++r) {
      if (r == c)
        continue;
      double factor = extremes[r][c] / extremes[c][c];
      for (size_t k = c; k < n; ++k)
        extremes[r][k] -= factor * extremes[c][k];
      right[r] -= factor * right[c];
    }
  }
  for (size_t c = 0; c < n; ++c) {
    result[c] = extremes[c][c] / right[c];
    if (!(result[c] > 1e-12) || !std::isfinite(result[c]))
      return false;
  }
  return true;
}

/// Moves the ideal point to 0 and the intercepts to 1.
static std::vector<Losses> normalise(llvm::ArrayRef<Losses> losses) {
  size_t n = losses[0].size();
  std::vector<Losses> result(losses.begin(), losses.end());
  for (size_t d = 0; d < n; ++d) {
    double ideal = losses[0][d];
    for (const Losses &l : losses)
      ideal = std::min(ideal, l[d]);
    for (Losses &l : result)
      l[d] -= ideal;
  }
  std::vector<Losses> extremes;
  for (size_t d = 0; d < n; ++d) {
    const Losses *best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const Losses &l : result) {
      double most = 0;
      for (size_t i = 0; i < n; ++i)
        most = std::max(most, l[i] * (i == d ? 1.0 : 1e6));
      if (!best || most < least) {
        best = &l;
        least = most;
      }
    }
    extremes.push_back(*best);
  }
  Losses scale(n, 1.0);
  if (!intercepts(extremes, scale))
    for (size_t d = 0; d < n; ++d) {
      scale[d] = 0;
      for (const Losses &l : result)
        scale[d] = std::max(scale[d], l[d]);
      if (!(scale[d] > 0))
        scale[d] = 1;
    }
  for (Losses &l : result)
    for (size_t d = 0; d < n; ++d)
      l[d] /= scale[d];
  return result;
}

/// The nearest line and the squared distance from it, for each of `losses`.
static std::vector<std::pair<size_t, double>>
associate(llvm::ArrayRef<Losses> losses, llvm::ArrayRef<Losses> lines) {
  std::vector<std::pair<size_t, double>> result;
  for (const Losses &l : normalise(losses)) {
    size_t nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t z = 0; z < lines.size(); ++z) {
      double dot = 0, norm = 0, square = 0;
      for (size_t d = 0; d < l.size(); ++d) {
        dot += l[d] * lines[z][d];
        norm += lines[z][d] * lines[z][d];
        square += l[d] * l[d];
      }
      double distance = square - dot * dot / norm;
      if (distance < least) {
        least = distance;
        nearest = z;
      }
    }
    result.push_back({nearest, least});
  }
  return result;
}

std::vector<size_t> mase::nearestLines(llvm::ArrayRef<Losses> losses,
                                       llvm::ArrayRef<Losses> lines) {
  std::vector<size_t> result;
  for (auto [line, distance] : associate(losses, lines))
    result.push_back(line);
  return result;
}

std::vector<size_t> mase::selectByLines(llvm::ArrayRef<Losses> losses,
                                        size_t accepted, size_t count,
                                        llvm::ArrayRef<Losses> lines,
                                        RandomStream &random) {
  std::vector<size_t> counts(lines.size(), 0);
  // By line: squared distance and position of those to choose from.
  std::vector<std::vector<std::pair<double, size_t>>> waiting(lines.size());
  std::vector<std::pair<size_t, double>> nearest = associate(losses, lines);
  for (size_t i = 0; i < nearest.size(); ++i)
    if (i < accepted)
      ++counts[nearest[i].first];
    else
      waiting[nearest[i].first].push_back({nearest[i].second, i});
  for (auto &candidates : waiting)
    std::sort(candidates.begin(), candidates.end());
  std::vector<size_t> chosen;
  while (chosen.size() < count) {
    std::vector<size_t> emptiest;
    for (size_t z = 0; z < lines.size(); ++z) {
      if (waiting[z].empty())
        continue;
      if (!emptiest.empty() && counts[z] < counts[emptiest[0]])
        emptiest.clear();
      if (emptiest.empty() || counts[z] == counts[emptiest[0]])
        emptiest.push_back(z);
    }
    if (emptiest.empty())
      break;
    size_t z = emptiest[random.below(emptiest.size())];
    size_t pick = counts[z] == 0 ? 0 : random.below(waiting[z].size());
    chosen.push_back(waiting[z][pick].second);
    waiting[z].erase(waiting[z].begin() + ptrdiff_t(pick));
    ++counts[z];
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}
