// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fronts, ranks and volumes against definitions.
#include "mase/Search/Front.h"
#include "mase/Search/Random.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace mase;

namespace {

/// Random loss vectors on a coarse grid, so that there are ties.
std::vector<Losses> randomLosses(uint64_t seed, size_t n, size_t m,
                                 int steps = 8) {
  RandomStream random(seed);
  std::vector<Losses> result(n, Losses(m));
  for (Losses &l : result)
    for (double &v : l)
      v = double(random.below(steps)) / steps;
  return result;
}

TEST(Front, FirstOfEqualsAndNoDominated) {
  for (uint64_t seed = 0; seed < 30; ++seed)
    for (size_t m : {1, 2, 3, 4}) {
      std::vector<Losses> losses = randomLosses(seed, 40, m);
      std::vector<size_t> expected;
      for (size_t i = 0; i < losses.size(); ++i) {
        bool in = true;
        for (size_t j = 0; j < losses.size(); ++j)
          in &= !dominates(losses[j], losses[i]) &&
                !(j < i && losses[j] == losses[i]);
        if (in)
          expected.push_back(i);
      }
      EXPECT_EQ(paretoFront(losses), expected);
    }
  EXPECT_TRUE(paretoFront({}).empty());
}

TEST(Front, RanksAsPeeled) {
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (size_t m : {1, 2, 3}) {
      std::vector<Losses> losses = randomLosses(seed, 60, m);
      NonDominatedRanks ranks;
      for (const Losses &l : losses)
        ranks.add(l);
      // Peel off what nothing left dominates.
      std::vector<bool> gone(losses.size(), false);
      size_t left = losses.size(), level = 0;
      for (; left != 0; ++level) {
        std::vector<uint32_t> front;
        for (uint32_t i = 0; i < losses.size(); ++i) {
          bool in = !gone[i];
          for (size_t j = 0; j < losses.size(); ++j)
            in &= gone[j] || !dominates(losses[j], losses[i]);
          if (in)
            front.push_back(i);
        }
        for (uint32_t i : front)
          gone[i] = true;
        left -= front.size();
        ASSERT_LT(level, ranks.fronts().size());
        EXPECT_EQ(ranks.fronts()[level], front);
      }
      EXPECT_EQ(level, ranks.fronts().size());
    }
}

/// Counts the cells of the grid that are dominated: exact for grid losses.
double volumeByCells(const std::vector<Losses> &losses, size_t m, int steps) {
  size_t cells = size_t(std::pow(steps, m)), hit = 0;
  for (size_t cell = 0; cell < cells; ++cell) {
    Losses corner(m);
    size_t rest = cell;
    for (double &v : corner) {
      v = double(rest % steps) / steps;
      rest /= steps;
    }
    hit += std::any_of(losses.begin(), losses.end(), [&](const Losses &l) {
      for (size_t d = 0; d < m; ++d)
        if (l[d] > corner[d])
          return false;
      return true;
    });
  }
  return double(hit) / double(cells);
}

TEST(Hypervolume, CountedByCells) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    for (size_t m : {1, 2, 3, 4}) {
      std::vector<Losses> losses = randomLosses(seed + 100, 12, m);
      EXPECT_NEAR(hypervolume(losses, Losses(m, 1.0)),
                  volumeByCells(losses, m, 8), 1e-12);
    }
}

TEST(Hypervolume, OutsideTheReferenceAddsNothing) {
  EXPECT_EQ(hypervolume(std::vector<Losses>{{2.0, 0.0}}, Losses{1, 1}), 0);
  EXPECT_EQ(hypervolume(std::vector<Losses>{{1.0, 0.0}}, Losses{1, 1}), 0);
  EXPECT_EQ(hypervolume({}, Losses{1, 1}), 0);
}

TEST(Hypervolume, GreedySubset) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    for (size_t m : {2, 3}) {
      std::vector<Losses> losses = randomLosses(seed + 200, 15, m, 64);
      // A front, as samplers use it.
      std::vector<Losses> front;
      for (size_t i : paretoFront(losses))
        front.push_back(losses[i]);
      Losses reference(m, 1.1);
      size_t count = std::max<size_t>(1, front.size() / 2);
      std::vector<size_t> chosen = hypervolumeSubset(front, reference, count);
      ASSERT_EQ(chosen.size(), count);
      // Each choice adds as much as any could.
      std::vector<Losses> taken;
      for (size_t c : chosen) {
        double best = 0;
        for (const Losses &l : front) {
          std::vector<Losses> with = taken;
          with.push_back(l);
          best = std::max(best, hypervolume(with, reference));
        }
        taken.push_back(front[c]);
        EXPECT_NEAR(hypervolume(taken, reference), best, 1e-12);
      }
    }
}

TEST(Hypervolume, SubsetTakesRepeatsLast) {
  std::vector<Losses> losses = {{0, 1}, {0, 1}, {1, 0}, {0.5, 0.5}};
  std::vector<size_t> chosen = hypervolumeSubset(losses, Losses{2, 2}, 4);
  EXPECT_EQ(chosen.back(), 1u);
  EXPECT_EQ(hypervolumeSubset(losses, Losses{2, 2}, 9).size(), 4u);
}

} // namespace
