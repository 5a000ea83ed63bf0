// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What samplers promise: no point twice, all points in the end, the same for
// the same seed, and how good they are.
#include "TestProblems.h"

#include "mase/Search/Sampler.h"
#include "mase/Search/Study.h"

#include "gtest/gtest.h"

using namespace mase;
using namespace mase::test;

namespace {

/// Runs a sampler on a problem; the points in order.
std::vector<Point> propose(llvm::StringRef name, const Mpq &mpq,
                           const Space &space, uint64_t seed, size_t trials,
                           size_t portion = 16) {
  auto sampler = createSampler(name, space, {seed, 2, trials});
  EXPECT_TRUE(sampler.ok()) << sampler.status();
  std::vector<Point> all;
  while (all.size() < trials) {
    size_t batch = (*sampler)->batchSize();
    std::vector<Point> points = (*sampler)->ask(
        all.size(), std::min(batch ? batch : portion, trials - all.size()));
    if (points.empty())
      break;
    std::vector<Losses> losses;
    for (const Point &point : points) {
      auto [accuracy, bits] = mpq(point);
      losses.push_back({-accuracy, bits});
    }
    std::vector<Observation> observations;
    for (size_t i = 0; i < points.size(); ++i)
      observations.push_back({all.size() + i, &points[i], losses[i]});
    (*sampler)->tell(observations);
    all.insert(all.end(), points.begin(), points.end());
  }
  return all;
}

class EverySampler : public testing::TestWithParam<std::string> {};

TEST_P(EverySampler, VisitsEachPointOnceThenStops) {
  Mpq mpq;
  mpq.layers = 2; // 324 points
  Space space = mpq.space();
  std::vector<Point> points = propose(GetParam(), mpq, space, 5, 1000);
  EXPECT_EQ(points.size(), 324u);
  EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 324u);
}

TEST_P(EverySampler, SeedsDecide) {
  Mpq mpq;
  Space space = mpq.space();
  auto a = propose(GetParam(), mpq, space, 1, 120);
  EXPECT_EQ(a, propose(GetParam(), mpq, space, 1, 120));
  EXPECT_NE(a, propose(GetParam(), mpq, space, 2, 120));
  // The portions that a sampler is asked for don't matter where it lets us
  // choose them.
  EXPECT_EQ(a, propose(GetParam(), mpq, space, 1, 120, 7));
}

TEST_P(EverySampler, LeavesOutWhatOthersTried) {
  Mpq mpq;
  mpq.layers = 1; // 18 points
  Space space = mpq.space();
  auto sampler = createSampler(GetParam(), space, {3, 2, 18});
  Point first = space.pointAt(7), second = space.pointAt(0);
  Losses losses = {0.5, 4.0};
  std::vector<Observation> told = {{0, &first, losses}, {1, &second, {}}};
  (*sampler)->tell(told);
  std::set<Point> points = {first, second};
  for (;;) {
    std::vector<Point> next = (*sampler)->ask(points.size(), 1);
    if (next.empty())
      break;
    EXPECT_TRUE(points.insert(next[0]).second);
    std::vector<Observation> observation = {
        {points.size() - 1, &next[0], losses}};
    (*sampler)->tell(observation);
  }
  EXPECT_EQ(points.size(), 18u);
}

TEST_P(EverySampler, ConditionalAndSingleChoiceKnobs) {
  Knob on{"on", {false, true}, {}};
  Knob one{"name", {std::string("integer")}, {}};
  Knob width{"width", {int64_t(2), int64_t(4), int64_t(8)}, {{0, {1}}}};
  Space space = *Space::create({on, one, width});
  auto sampler = createSampler(GetParam(), space, {0, 1, 0});
  std::set<Point> points;
  for (;;) {
    std::vector<Point> next = (*sampler)->ask(points.size(), 1);
    if (next.empty())
      break;
    EXPECT_TRUE(space.isValid(next[0]));
    EXPECT_TRUE(points.insert(next[0]).second);
    Losses losses = {double(next[0][2])};
    std::vector<Observation> observation = {
        {points.size() - 1, &next[0], losses}};
    (*sampler)->tell(observation);
  }
  EXPECT_EQ(points.size(), 4u);
}

TEST_P(EverySampler, GoesOnWhenAllTrialsFail) {
  Mpq mpq;
  Space space = mpq.space();
  auto sampler = createSampler(GetParam(), space, {0, 2, 0});
  for (uint64_t n = 0; n < 40; ++n) {
    std::vector<Point> next = (*sampler)->ask(n, 1);
    ASSERT_EQ(next.size(), 1u);
    std::vector<Observation> observation = {{n, &next[0], {}}};
    (*sampler)->tell(observation);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EverySampler,
                         testing::ValuesIn(samplerNames().vec()),
                         [](const auto &info) { return info.param; });

TEST(Sampler, NamesWithoutCaseAndTheNearest) {
  Space space = Mpq().space();
  EXPECT_TRUE(createSampler("TPE", space, {}).ok());
  auto unknown = createSampler("brut", space, {});
  EXPECT_NE(unknown.status().message().find("unknown sampler 'brut'"),
            absl::string_view::npos);
  EXPECT_NE(unknown.status().message().find("'brute'"),
            absl::string_view::npos);
}

TEST(Sampler, SpacesBeyondCounting) {
  Mpq mpq;
  mpq.layers = 120; // 18^120
  Space space = mpq.space();
  EXPECT_FALSE(createSampler("brute", space, {}).ok());
  for (const std::string &name : samplerNames()) {
    if (name == "brute")
      continue;
    auto points = propose(name, mpq, space, 0, 30);
    EXPECT_EQ(points.size(), 30u) << name;
    EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 30u);
  }
}

TEST(Sampler, BruteNeedsNoListOfTheSpace) {
  std::vector<Knob> knobs;
  for (int i = 0; i < 6; ++i) {
    Knob knob{"k" + std::to_string(i), {}, {}};
    for (int64_t c = 0; c < 10; ++c)
      knob.choices.push_back(c);
    knobs.push_back(knob);
  }
  Space space = *Space::create(knobs); // 10^6 points
  auto sampler = createSampler("brute", space, {1, 1, 0});
  std::vector<bool> hit(1000000, false);
  size_t count = 0;
  for (;;) {
    std::vector<Point> points = (*sampler)->ask(count, 65536);
    if (points.empty())
      break;
    for (const Point &point : points) {
      auto index = uint64_t(space.indexOf(point));
      ASSERT_FALSE(hit[index]);
      hit[index] = true;
    }
    count += points.size();
  }
  EXPECT_EQ(count, 1000000u);
}

// ---- quality

TEST(Mpq, IsTheProblemOfTheTargets) {
  Mpq mpq;
  Space space = mpq.space();
  EXPECT_EQ(mpq(space.pointAt(1234)).first, 0.6095955517735252);
  EXPECT_EQ(mpq(space.pointAt(5831)), std::make_pair(0.9308191914568833, 8.0));
  double sum = 0;
  std::vector<std::pair<double, double>> all;
  std::vector<Losses> losses;
  for (uint64_t i = 0; i < 5832; ++i) {
    all.push_back(mpq(space.pointAt(i)));
    losses.push_back({-all.back().first, all.back().second});
    sum += all.back().first;
  }
  EXPECT_NEAR(sum, 3534.1930879136467, 1e-9);
  EXPECT_NEAR(mpqVolume(all), 3.3123512013035126, 1e-12);
  EXPECT_NEAR(hypervolume(losses, Losses{-0.10, 8}), 3.3123512013035126, 1e-12);
  EXPECT_EQ(paretoFront(losses),
            (std::vector<size_t>{0, 54, 57, 1029, 1030, 1048, 1084, 3964, 3973,
                                 4000, 4297, 4333, 4459, 4495, 4513, 4531, 4532,
                                 4535, 5831}));
}

/// Mean share of the largest volume after each number of trials.
std::vector<double> shares(llvm::StringRef name, const Mpq &mpq,
                           std::vector<size_t> trials, double best = 0,
                           uint64_t seeds = 10) {
  Space space = mpq.space();
  if (best == 0) {
    std::vector<std::pair<double, double>> all;
    for (PointIndex i = 0; i < space.size(); ++i)
      all.push_back(mpq(space.pointAt(i)));
    best = mpqVolume(all);
  }
  std::vector<double> mean(trials.size(), 0);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    std::vector<Point> points = propose(name, mpq, space, seed, trials.back());
    std::vector<std::pair<double, double>> values;
    for (const Point &point : points)
      values.push_back(mpq(point));
    for (size_t i = 0; i < trials.size(); ++i)
      mean[i] += mpqVolume({values.begin(), values.begin() + trials[i]}) /
                 best / double(seeds);
  }
  return mean;
}

TEST(Quality, TpeOnTheBenchmark) {
  std::vector<double> mean = shares("tpe", Mpq(), {100, 200, 500});
  EXPECT_GE(mean[0], 0.945);
  EXPECT_GE(mean[1], 0.975);
  EXPECT_GE(mean[2], 0.999);
}

TEST(Quality, TpeOnProblemsNeverTunedOn) {
  std::vector<double> mean(3, 0);
  for (uint64_t problem = 0; problem < 5; ++problem) {
    std::vector<double> one =
        shares("tpe", Mpq::random(1000 + problem, 3), {100, 200, 500});
    for (size_t i = 0; i < mean.size(); ++i)
      mean[i] += one[i] / 5;
  }
  EXPECT_GE(mean[0], 0.94);
  EXPECT_GE(mean[1], 0.975);
  EXPECT_GE(mean[2], 0.998);
}

TEST(Quality, TpeOnTwelveLayers) {
  // No one knows the front of 18^12 points: random search is the yardstick.
  Mpq mpq = Mpq::random(2000, 12);
  std::vector<double> tpe = shares("tpe", mpq, {100, 300}, 4, 5);
  std::vector<double> random = shares("random", mpq, {100, 300}, 4, 5);
  EXPECT_GE(tpe[0], 1.15 * random[0]);
  EXPECT_GE(tpe[1], 1.3 * random[1]);
}

TEST(Quality, RandomWithoutReplacement) {
  std::vector<double> mean = shares("random", Mpq(), {100, 500}, 0, 20);
  EXPECT_GE(mean[0], 0.85);
  EXPECT_GE(mean[1], 0.915);
}

TEST(Sampler, GoesOnBesideInfinitiesAndConstants) {
  Mpq mpq;
  Space space = mpq.space();
  for (const std::string &name : samplerNames()) {
    auto sampler = createSampler(name, space, {4, 2, 80});
    std::set<Point> points;
    for (uint64_t n = 0; n < 80; ++n) {
      std::vector<Point> next = (*sampler)->ask(n, 1);
      ASSERT_EQ(next.size(), 1u) << name;
      EXPECT_TRUE(points.insert(next[0]).second) << name;
      // As Study hands on infinite metrics.
      Losses losses = {n % 7 == 3 ? 1e300 : n % 11 == 5 ? -1e300 : 0.25, 0.5};
      std::vector<Observation> observation = {{n, &next[0], losses}};
      (*sampler)->tell(observation);
    }
  }
}

TEST(Sampler, ThreeObjectives) {
  Mpq mpq;
  Space space = mpq.space();
  // Errors at both ends and bits: each sampler that learns beats random.
  auto volume = [&](llvm::StringRef name) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 3; ++seed) {
      auto sampler = createSampler(name, space, {seed, 3, 120});
      std::vector<Losses> all;
      while (all.size() < 120) {
        size_t batch = (*sampler)->batchSize();
        std::vector<Point> points =
            (*sampler)->ask(all.size(), batch ? batch : 4);
        std::vector<Losses> losses;
        std::vector<Observation> observations;
        for (const Point &point : points) {
          auto [accuracy, bits] = mpq(point);
          losses.push_back({1 - accuracy, bits / 8, point[1] / 2.0});
        }
        for (size_t i = 0; i < points.size(); ++i)
          observations.push_back({all.size() + i, &points[i], losses[i]});
        (*sampler)->tell(observations);
        all.insert(all.end(), losses.begin(), losses.end());
      }
      sum += hypervolume(all, Losses{1, 1.1, 1.1}) / 3;
    }
    return sum;
  };
  double random = volume("random");
  for (const char *name : {"nsgaii", "nsgaiii", "tpe", "gp", "greedy", "auto"})
    EXPECT_GT(volume(name), 1.02 * random) << name;
}

TEST(Sampler, AutoSaysWhatItPicked) {
  Mpq mpq;
  auto noteOf = [](const Space &space, uint64_t budget) {
    return (*createSampler("auto", space, {0, 2, budget}))->note();
  };
  Space small = mpq.space();
  mpq.layers = 12;
  Space large = mpq.space();
  EXPECT_EQ(noteOf(small, 5832),
            "auto: brute, for the budget covers the space of 5832 points");
  EXPECT_EQ(noteOf(small, 200),
            "auto: sensitivity, in turns with gp until trial 300, for 200 "
            "trials of 5832 points");
  EXPECT_EQ(noteOf(large, 0),
            "auto: sensitivity, in turns with gp until trial 300, for no "
            "number of trials of 1156831381426176 points");
}

TEST(Sampler, AutoWeighsWhatATrialCosts) {
  Mpq mpq;
  Space small = mpq.space();
  mpq.layers = 12;
  Space large = mpq.space();
  auto make = [](const Space &space, uint64_t budget, double seconds) {
    return *createSampler("auto", space, {0, 2, budget, seconds});
  };
  // Microseconds without a number of trials: all points.
  auto all = make(small, 0, 1e-5);
  EXPECT_EQ(all->note(), "auto: brute, for all 5832 points take about 58 ms");
  EXPECT_FALSE(all->learns());
  EXPECT_TRUE(make(small, 0, 1)->learns());
  // With one, or in a space that takes too long: as long as a proposal is
  // worth it.
  EXPECT_EQ(make(large, 0, 1e-5)->note(),
            "auto: sensitivity, in turns with gp until trial 200, for no "
            "number of trials of 1156831381426176 points");
  EXPECT_EQ(make(small, 500, 0.0125)->note(),
            "auto: sensitivity, in turns with gp until trial 250, for 500 "
            "trials of 5832 points");
}

TEST(Quality, OthersOnTheBenchmark) {
  struct Target {
    const char *name;
    std::vector<size_t> trials;
    std::vector<double> shares;
  };
  for (const Target &target :
       std::vector<Target>{{"nsgaii", {100, 200, 500}, {.885, .94, .98}},
                           {"nsgaiii", {200}, {.92}},
                           {"qmc", {200}, {.865}},
                           {"gp", {30, 50, 100}, {.92, .97, .99}},
                           {"greedy", {50, 100, 200}, {.97, .99, .995}},
                           {"auto", {30}, {.95}},
                           {"auto", {50}, {.98}},
                           {"auto", {100}, {.99}},
                           {"auto", {200}, {.998}}}) {
    std::vector<double> mean = shares(target.name, Mpq(), target.trials, 0, 5);
    for (size_t i = 0; i < mean.size(); ++i)
      EXPECT_GE(mean[i], target.shares[i])
          << target.name << " after " << target.trials[i];
  }
}

TEST(Quality, OthersOnProblemsNeverTunedOn) {
  struct Target {
    const char *name;
    size_t trials;
    double share;
  };
  for (auto [name, trials, share] : {Target{"nsgaii", 200, .935},
                                     {"nsgaiii", 200, .925},
                                     {"qmc", 200, .87},
                                     {"gp", 50, .965},
                                     {"gp", 100, .985},
                                     {"greedy", 200, .985},
                                     {"auto", 50, .98},
                                     {"auto", 100, .99}}) {
    double mean = 0;
    for (uint64_t problem = 0; problem < 4; ++problem)
      mean +=
          shares(name, Mpq::random(1000 + problem, 3), {trials}, 0, 2)[0] / 4;
    EXPECT_GE(mean, share) << name << " after " << trials;
  }
}

TEST(Quality, OthersOnTwelveLayers) {
  // 18^12 points; random search is the yardstick again.
  Mpq mpq = Mpq::random(2000, 12);
  std::vector<double> random = shares("random", mpq, {100, 300}, 4, 5);
  std::vector<double> nsga = shares("nsgaii", mpq, {100, 300}, 4, 5);
  EXPECT_GE(nsga[1], 1.2 * random[1]);
  EXPECT_GE(shares("gp", mpq, {100}, 4, 1)[0], 1.3 * random[0]);
  EXPECT_GE(shares("greedy", mpq, {300}, 4, 1)[0], 1.5 * random[1]);
  EXPECT_GE(shares("auto", mpq, {200}, 4, 1)[0], 1.5 * random[1]);
}

} // namespace
