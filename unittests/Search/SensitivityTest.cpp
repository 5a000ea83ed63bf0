// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `sensitivity` and its parts: the front of sums, blocks of knobs, effects,
// whole searches of problems whose front is known.
#include "Search/Samplers/AdditiveFront.h"
#include "Search/Samplers/EffectModel.h"
#include "Search/Samplers/KnobBlocks.h"
#include "Search/Samplers/Opening.h"
#include "TestProblems.h"

#include "mase/Search/Sampler.h"

#include "gtest/gtest.h"

using namespace mase;
using namespace mase::test;

namespace {

Space spaceOf(size_t knobs, std::vector<int64_t> widths) {
  std::vector<Knob> list;
  for (size_t k = 0; k < knobs; ++k) {
    Knob knob{"k" + std::to_string(k), {}, {}};
    for (int64_t width : widths)
      knob.choices.push_back(width);
    list.push_back(std::move(knob));
  }
  return *Space::create(std::move(list));
}

/// A network of `layers`, each with data and weights of some bits: what they
/// lose, and what the layer costs.
struct Widths {
  size_t layers;
  std::vector<int64_t> choices = {2, 3, 4, 5, 6, 7, 8};
  bool multiplies = false;
  double noise = 0;
  Space space = spaceOf(2 * layers, choices);

  double lossOf(const Point &x) const {
    double loss = multiplies ? 0.2 : 0;
    for (size_t k = 0; k < x.size(); ++k) {
      double error =
          (0.1 + 0.07 * double(k * 5 % 7)) *
          (std::exp2(-1.5 * double(x[k])) - std::exp2(-1.5 * double(6)));
      loss = multiplies ? loss * (1 + 2 * error) : loss + error;
    }
    RandomStream random(7, uint64_t(space.indexOf(x)));
    return loss * (1 + noise * (random.uniform() - 0.5));
  }
  /// Data bits times weight bits, summed over the layers.
  double bitopsOf(const Point &x) const {
    double sum = 0;
    for (size_t l = 0; l < layers; ++l)
      sum += double((l * 3 + 2) * choices[x[2 * l]] * choices[x[2 * l + 1]]);
    return sum;
  }
  Losses operator()(const Point &x) const { return {lossOf(x), bitopsOf(x)}; }

  SamplerOptions options(uint64_t seed, double limit = HUGE_VAL) const {
    SamplerOptions options{seed, 2, 0};
    options.foresee = [this, limit](const Point &x) {
      Foreknowledge known{{std::nan(""), bitopsOf(x)}, {}};
      if (std::isfinite(limit))
        known.excess.push_back((bitopsOf(x) - limit) / limit);
      return known;
    };
    return options;
  }
  /// The front of the points that cost `limit` at most, in order.
  std::vector<Losses> front(double limit = HUGE_VAL) const {
    std::vector<Losses> all, front;
    for (PointIndex i = 0; i < space.size(); ++i)
      if (Losses losses = (*this)(space.pointAt(i)); losses[1] <= limit)
        all.push_back(std::move(losses));
    for (size_t i : paretoFront(all))
      front.push_back(all[i]);
    std::sort(front.begin(), front.end());
    return front;
  }
};

/// Tries `trials` proposals; their points.
std::vector<Point> search(llvm::StringRef name, const Space &space,
                          const SamplerOptions &options, size_t trials,
                          llvm::function_ref<Losses(const Point &)> lossesOf) {
  auto sampler = createSampler(name, space, options);
  std::vector<Point> all;
  while (all.size() < trials) {
    std::vector<Point> points = (*sampler)->ask(
        all.size(), std::max<size_t>((*sampler)->batchSize(), 1));
    std::vector<Losses> losses;
    for (const Point &point : points)
      losses.push_back(lossesOf(point));
    std::vector<Observation> observations;
    for (size_t i = 0; i < points.size(); ++i)
      observations.push_back({all.size() + i, &points[i], losses[i], 0});
    (*sampler)->tell(observations);
    all.insert(all.end(), points.begin(), points.end());
  }
  return all;
}

/// Mean over the members of `front` of what was found at their cost at most,
/// relative to their loss and `least`.
double excessOver(const std::vector<Losses> &front, const Widths &widths,
                  const std::vector<Point> &points, double least) {
  double sum = 0;
  for (const Losses &member : front) {
    double best = HUGE_VAL;
    for (const Point &point : points)
      if (widths.bitopsOf(point) <= member[1])
        best = std::min(best, widths.lossOf(point));
    sum += (best - member[0]) / (member[0] + least) / double(front.size());
  }
  return sum;
}

// ---- the front of sums

std::vector<std::vector<Losses>> randomParts(size_t parts, size_t choices,
                                             size_t width, uint64_t seed,
                                             uint64_t scale = 40) {
  RandomStream random(seed, 1);
  std::vector<std::vector<Losses>> result(parts);
  for (auto &part : result)
    for (size_t c = 0; c < choices; ++c) {
      part.emplace_back();
      for (size_t d = 0; d < width; ++d) // whole numbers add up exactly
        part.back().push_back(double(random.below(scale)));
    }
  return result;
}

Losses sumOf(const std::vector<std::vector<Losses>> &parts,
             const std::vector<uint32_t> &chosen) {
  Losses sum(parts[0][0].size(), 0);
  for (size_t p = 0; p < parts.size(); ++p)
    for (size_t d = 0; d < sum.size(); ++d)
      sum[d] += parts[p][chosen[p]][d];
  return sum;
}

/// The sums of the additive front, sorted, and those of all combinations.
void compareFronts(const std::vector<std::vector<Losses>> &parts,
                   std::vector<double> limits) {
  std::vector<Losses> all, expected, found;
  Space space = spaceOf(parts.size(), {0, 1, 2, 3, 4});
  for (PointIndex i = 0; i < space.size(); ++i) {
    Losses sum = sumOf(parts, space.pointAt(i));
    bool fits = true;
    for (size_t d = 0; d < sum.size(); ++d)
      fits &= sum[d] <= limits[d];
    if (fits)
      all.push_back(std::move(sum));
  }
  for (size_t i : paretoFront(all))
    expected.push_back(all[i]);
  for (const auto &chosen : additiveFront(parts, limits, 10000))
    found.push_back(sumOf(parts, chosen));
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(expected.empty());
}

TEST(AdditiveFront, IsTheFrontOfAllSums) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    compareFronts(randomParts(5, 5, 1, seed), {HUGE_VAL});
    compareFronts(randomParts(5, 5, 2, seed), {HUGE_VAL, HUGE_VAL});
    compareFronts(randomParts(5, 5, 2, seed), {HUGE_VAL, 70});
    compareFronts(randomParts(4, 5, 3, seed), {HUGE_VAL, HUGE_VAL, HUGE_VAL});
    compareFronts(randomParts(4, 5, 3, seed), {HUGE_VAL, 100, 90});
  }
  // Nothing fits.
  EXPECT_TRUE(
      additiveFront(randomParts(3, 5, 2, 1), {-1, HUGE_VAL}, 100).empty());
}

TEST(AdditiveFront, IsThinnedByCells) {
  auto parts = randomParts(12, 40, 2, 3, 1000);
  std::vector<double> none = {HUGE_VAL, HUGE_VAL};
  auto exact = additiveFront(parts, none, 10000);
  auto thin = additiveFront(parts, none, 40);
  ASSERT_GT(exact.size(), 80u) << exact.size();
  EXPECT_LE(thin.size(), 40u);
  double range = sumOf(parts, exact.front())[1] - sumOf(parts, exact.back())[1];
  for (const auto &chosen : exact) {
    Losses sum = sumOf(parts, chosen);
    bool isNear = false;
    for (const auto &other : thin) {
      Losses near = sumOf(parts, other);
      isNear |= near[0] <= sum[0] && near[1] <= sum[1] + range * 12 / 40;
    }
    EXPECT_TRUE(isNear);
  }
}

// ---- blocks

TEST(KnobBlocks, KnobsWhoseCostsMultiplyShareOne) {
  Widths widths{3};
  SamplerOptions options = widths.options(0);
  KnobBlocks blocks(widths.space, options, Point(6, 6));
  ASSERT_EQ(blocks.blocks().size(), 3u);
  for (size_t l = 0; l < 3; ++l) {
    EXPECT_EQ(blocks.blocks()[l].knobs,
              (std::vector<size_t>{2 * l, 2 * l + 1}));
    EXPECT_EQ(blocks.blocks()[l].choices.size(), 49u);
  }
  EXPECT_FALSE(blocks.isKnown(0));
  EXPECT_TRUE(blocks.isKnown(1));
  // Sums over the blocks are costs.
  Point point = {0, 3, 5, 1, 2, 6};
  double sum = widths.bitopsOf(Point(6, 6));
  for (const KnobBlocks::Block &block : blocks.blocks())
    for (size_t c = 0; c < block.choices.size(); ++c)
      if (block.choices[c] ==
          std::vector<uint32_t>{point[block.knobs[0]], point[block.knobs[1]]})
        sum += block.known[c][1];
  EXPECT_EQ(sum, widths.bitopsOf(point));
}

TEST(KnobBlocks, AnInverseOfASumAddsUpToo) {
  Space space = spaceOf(5, {2, 4, 8});
  SamplerOptions options{0, 2, 0};
  options.foresee = [](const Point &x) {
    double bits = 1;
    for (uint32_t c : x)
      bits += double(2 << c);
    return Foreknowledge{{std::nan(""), -32 / bits}, {}}; // memory density
  };
  EXPECT_EQ(KnobBlocks(space, options, Point(5, 2)).blocks().size(), 5u);
}

TEST(KnobBlocks, ABudgetOfAnObjectiveBoundsIt) {
  Widths widths{3};
  SamplerOptions options = widths.options(0, 150);
  KnobBlocks blocks(widths.space, options, Point(6, 6));
  ASSERT_EQ(blocks.limits().size(), 2u); // no loss of its own
  EXPECT_EQ(blocks.limits()[0], HUGE_VAL);
  EXPECT_NEAR(blocks.limits()[1], 150 - widths.bitopsOf(Point(6, 6)), 1e-9);
  // One of another metric is one more.
  options.foresee = [&](const Point &x) {
    return Foreknowledge{{std::nan(""), widths.bitopsOf(x)},
                         {double(x[0] + x[1] + x[2]) - 9}};
  };
  KnobBlocks more(widths.space, options, Point(6, 6));
  ASSERT_EQ(more.limits().size(), 3u);
  EXPECT_EQ(more.limits()[2], -9); // 9 less than at the base
}

TEST(KnobBlocks, NothingIsKnown) {
  Space space = spaceOf(4, {2, 4, 8});
  SamplerOptions options{0, 2, 0};
  KnobBlocks blocks(space, options, Point(4, 2));
  EXPECT_EQ(blocks.blocks().size(), 4u);
  EXPECT_FALSE(blocks.isKnown(0));
  EXPECT_FALSE(blocks.isKnown(1));
}

// ---- effects

TEST(EffectModel, SinglesAndASampleTellTheRest) {
  for (bool multiplies : {false, true}) {
    Widths widths{3, {2, 3, 4, 5, 6, 7, 8}, multiplies};
    Point base(6, 6);
    std::vector<Point> points = singleChanges(widths.space, base);
    points.push_back(base);
    size_t number = points.size() - 1;
    points.push_back(Point(6, 0));
    auto random = createSampler("random", widths.space, {1, 1, 0});
    for (Point &point : (*random)->ask(0, 40))
      points.push_back(std::move(point));
    std::vector<const Point *> known;
    std::vector<double> losses;
    for (const Point &point : points) {
      known.push_back(&point);
      losses.push_back(widths.lossOf(point));
    }
    EffectModel model(widths.space);
    model.fit(known, losses, number, {});
    for (const Point &point : (*random)->ask(40, 200)) {
      double loss = widths.lossOf(point);
      EXPECT_NEAR(model.forecast(point).mean, loss, 0.02 * loss);
    }
  }
}

TEST(EffectModel, WithoutSinglesUniformPointsAreThePrior) {
  Widths widths{3};
  std::vector<Point> points;
  std::vector<EffectModel::Uniform> uniform;
  for (uint32_t c = 0; c < 7; ++c) {
    points.push_back(Point(6, c));
    uniform.push_back({c / 6.0, c});
  }
  std::vector<const Point *> known;
  std::vector<double> losses;
  for (const Point &point : points) {
    known.push_back(&point);
    losses.push_back(widths.lossOf(point));
  }
  EffectModel model(widths.space);
  model.fit(known, losses, 6, uniform);
  // Less for a wider choice, and together what uniform points lose.
  for (size_t k = 0; k < 6; ++k)
    for (uint32_t c = 0; c < 6; ++c)
      EXPECT_GT(model.effect(k, c), model.effect(k, c + 1));
  for (const Point &point : points)
    EXPECT_NEAR(model.forecast(point).mean, widths.lossOf(point),
                0.05 * widths.lossOf(point) + 1e-3);
}

// ---- searches

TEST(Sensitivity, FindsTheFrontOfAnAdditiveProblem) {
  Widths widths{3}; // 117,649 points
  std::vector<Losses> expected = widths.front();
  ASSERT_GT(expected.size(), 30u);
  for (uint64_t seed = 0; seed < 2; ++seed) {
    std::vector<Point> points =
        search("sensitivity", widths.space, widths.options(seed),
               60 + 2 * expected.size(), widths);
    std::set<Losses> found;
    for (const Point &point : points)
      found.insert(widths(point));
    size_t missing = 0;
    for (const Losses &member : expected)
      missing += !found.count(member);
    EXPECT_LE(missing, 0u) << "of " << expected.size() << ", seed " << seed;
  }
}

TEST(Sensitivity, KeepsABudget) {
  Widths widths{3};
  double limit = 120;
  std::vector<Losses> expected = widths.front(limit);
  ASSERT_GT(expected.size(), 10u);
  std::vector<Point> points =
      search("sensitivity", widths.space, widths.options(1, limit),
             60 + 2 * expected.size(), widths);
  // Study turns these down; the few there are come while no other is known.
  size_t broken = llvm::count_if(points, [&](const Point &point) {
    return widths.bitopsOf(point) > limit;
  });
  EXPECT_LE(broken, 1u);
  EXPECT_LE(excessOver(expected, widths, points, 0), 0.01);
}

TEST(Sensitivity, ProductsAndNoiseCostLittle) {
  // Within a tenth of the exhaustive front's loss after 300 of 117,649.
  for (Widths widths : {Widths{3, {2, 3, 4, 5, 6, 7, 8}, true},
                        Widths{3, {2, 3, 4, 5, 6, 7, 8}, true, 0.1},
                        Widths{3, {2, 3, 4, 5, 6, 7, 8}, false, 0.3}}) {
    std::vector<Losses> expected = widths.front();
    double excess = excessOver(
        expected, widths,
        search("sensitivity", widths.space, widths.options(0), 300, widths),
        1e-3);
    EXPECT_LE(excess, 0.05) << "noise " << widths.noise;
  }
}

TEST(Sensitivity, HasAFrontWhenItIsStoppedEarly) {
  // 36 knobs of seven widths, and of two and three: the sweep alone is longer
  // than 50 trials.
  Widths widths{18};
  widths.multiplies = true;
  Mpq mpq = Mpq::random(2001, 12);
  double wide = widths.bitopsOf(Point(36, 6));
  auto reached = [&](const char *name) {
    std::pair<double, double> volumes(0, 0);
    for (uint64_t seed = 0; seed < 4; ++seed) {
      std::vector<Losses> losses;
      for (const Point &point :
           search(name, widths.space, widths.options(seed), 50, widths))
        losses.push_back(widths(point));
      volumes.first += hypervolume(losses, Losses{100, wide});
      losses.clear();
      auto lossesOf = [&](const Point &point) {
        auto [accuracy, bits] = mpq(point);
        return Losses{-accuracy, bits};
      };
      for (const Point &point :
           search(name, mpq.space(), {seed, 2, 50}, 50, lossesOf))
        losses.push_back(lossesOf(point));
      volumes.second += hypervolume(losses, Losses{-0.1, 8});
    }
    return volumes;
  };
  auto random = reached("random");
  for (const char *name : {"sensitivity", "auto", "greedy"}) {
    auto [first, second] = reached(name);
    EXPECT_GE(first, random.first) << name;
    EXPECT_GE(second, random.second) << name;
  }
}

TEST(Sensitivity, AutoTurnsToGpWhereSumsSayLittle) {
  // What a knob does depends on the next one: only pairs add up.
  Space space = spaceOf(8, {2, 4, 8});
  auto shareOf = [&](const char *name) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      auto lossesOf = [&](const Point &x) {
        Losses losses(2, 0);
        for (size_t k = 0; k < x.size(); ++k) {
          RandomStream random(1, (k / 2 * 3 + x[k / 2 * 2]) * 3 +
                                     x[k / 2 * 2 + 1]);
          losses[0] += random.uniform();
          losses[1] += double(x[k]);
        }
        return losses;
      };
      SamplerOptions options{seed, 2, 0};
      options.foresee = [&](const Point &x) {
        return Foreknowledge{{std::nan(""), lossesOf(x)[1]}, {}};
      };
      std::vector<Losses> losses;
      for (const Point &point : search(name, space, options, 100, lossesOf))
        losses.push_back(lossesOf(point));
      sum += hypervolume(losses, Losses{8, 16}) / 4;
    }
    return sum;
  };
  EXPECT_GE(shareOf("auto"), 1.02 * shareOf("sensitivity"));
}

TEST(Sensitivity, LeavesOutWhatAlwaysFails) {
  Widths widths{3};
  size_t failed = 0;
  auto lossesOf = [&](const Point &point) {
    failed += point[2] == 3;
    return point[2] == 3 ? Losses() : widths(point);
  };
  search("sensitivity", widths.space, widths.options(1), 150, lossesOf);
  // Uniform points, the sweep, and a few from anywhere.
  EXPECT_GE(failed, 1u);
  EXPECT_LE(failed, 20u);
}

} // namespace
