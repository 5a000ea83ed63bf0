// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What samplers are made of: Sobol' points, reference lines, Gaussian
// processes, expected improvements, local search.
#include "Search/Samplers/Acquisition.h"
#include "Search/Samplers/ChoiceOrder.h"
#include "Search/Samplers/GaussianProcess.h"
#include "Search/Samplers/GreedySampler.h"
#include "Search/Samplers/NsgaSampler.h"
#include "Search/Samplers/QmcSampler.h"
#include "TestProblems.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mase;
using namespace mase::test;

namespace {

Space spaceOf(std::vector<size_t> sizes) {
  std::vector<Knob> knobs;
  for (size_t i = 0; i < sizes.size(); ++i) {
    Knob knob{"k" + std::to_string(i), {}, {}};
    for (size_t c = 0; c < sizes[i]; ++c)
      knob.choices.push_back(int64_t(c));
    knobs.push_back(std::move(knob));
  }
  return *Space::create(std::move(knobs));
}

TEST(ChoiceOrder, NumbersHaveOneOthersHaveNone) {
  EXPECT_EQ(choiceOrder({"w", {int64_t(8), int64_t(2), 4.0}, {}}),
            (std::vector<uint32_t>{1, 2, 0}));
  EXPECT_EQ(choiceOrder({"w", {int64_t(8), std::string("a")}, {}}),
            (std::vector<uint32_t>{0, 1}));
  // Several keys: by the sum, where all grow with it.
  EXPECT_EQ(choiceOrder(Knob::ofSeveral("w", {{int64_t(16), int64_t(8)},
                                              {int64_t(4), int64_t(2)},
                                              {int64_t(8), int64_t(2)}})),
            (std::vector<uint32_t>{1, 2, 0}));
  EXPECT_EQ(choiceOrder(Knob::ofSeveral(
                "w", {{int64_t(16), int64_t(2)}, {int64_t(8), int64_t(4)}})),
            (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(choiceDistances(Knob::ofSeveral(
                "w", {{int64_t(8), int64_t(2)}, {int64_t(2), int64_t(4)}})),
            (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(choiceDistances({"w", {int64_t(2), int64_t(4), int64_t(8)}, {}}),
            (std::vector<double>{0, 1, 2, 1, 0, 1, 2, 1, 0}));
}

TEST(Qmc, EveryPrefixIsEven) {
  // The first two coordinates are a (0, 2)-sequence, and every coordinate of
  // a digital sequence is even on its own; scrambling keeps both.
  std::vector<size_t> sizes = {8, 8};
  sizes.insert(sizes.end(), 98, 4);
  Space space = spaceOf(sizes);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    QmcSampler sampler(space, seed);
    std::vector<Point> points = sampler.ask(0, 64);
    std::set<std::pair<uint32_t, uint32_t>> cells;
    for (const Point &point : points)
      EXPECT_TRUE(cells.insert({point[0], point[1]}).second);
    for (size_t n : {16, 32, 64})
      for (size_t k = 2; k < sizes.size(); ++k) {
        std::vector<size_t> counts(4, 0);
        for (size_t i = 0; i < n; ++i)
          ++counts[points[i][k]];
        EXPECT_EQ(counts, std::vector<size_t>(4, n / 4)) << k;
      }
  }
}

TEST(Qmc, KnobsBeyondTheTable) {
  Space space = spaceOf(std::vector<size_t>(150, 2));
  QmcSampler sampler(space, 1);
  std::vector<size_t> ones(150, 0);
  for (const Point &point : sampler.ask(0, 256))
    for (size_t k = 0; k < point.size(); ++k)
      ones[k] += point[k];
  for (size_t k = 0; k < 100; ++k)
    EXPECT_EQ(ones[k], 128u);
  for (size_t k = 101; k < 150; ++k)
    EXPECT_NEAR(double(ones[k]), 128, 50);
}

TEST(Nsga, DasDennis) {
  EXPECT_EQ(dasDennis(2, 12).size(), 13u);
  EXPECT_EQ(dasDennis(3, 5).size(), 21u); // C(7, 2)
  for (const Losses &line : dasDennis(3, 5))
    EXPECT_NEAR(line[0] + line[1] + line[2], 1, 1e-12);
  EXPECT_EQ(dasDennis(1, 1), (std::vector<Losses>{{1.0}}));
}

TEST(Nsga, LinesSpreadTheChoice) {
  // Of many points at one end and one in the middle, the middle is chosen
  // first when the ends are taken.
  std::vector<Losses> losses = {{0, 1}, {1, 0}};
  for (int i = 1; i <= 5; ++i)
    losses.push_back({0.001 * i, 1 - 0.002 * i});
  losses.push_back({0.4, 0.4});
  RandomStream random(0);
  EXPECT_EQ(selectByLines(losses, 2, 1, dasDennis(2, 12), random),
            std::vector<size_t>{7});
  EXPECT_EQ(selectByLines(losses, 2, 6, dasDennis(2, 12), random).size(), 6u);
}

TEST(GaussianProcess, LearnsAnAdditiveFunction) {
  GpInputs inputs;
  for (size_t n : {2, 3, 4, 3})
    inputs.addKnob(n);
  EXPECT_EQ(inputs.groups.size(), 2u); // 24 and 3 combinations
  auto value = [](const Point &x) {
    return 0.5 * x[0] - 0.7 * (x[1] == 1) + 0.3 * x[2] * x[2] - 1 - 0.2 * x[3];
  };
  Space space = spaceOf({2, 3, 4, 3});
  std::vector<uint32_t> rows;
  std::vector<double> targets;
  Permutation permutation(72, 3);
  for (uint64_t i = 0; i < 30; ++i) {
    Point point = space.pointAt(permutation(i));
    rows.insert(rows.end(), point.begin(), point.end());
    targets.push_back(value(point));
  }
  std::vector<uint32_t> everything;
  for (uint64_t i = 0; i < 72; ++i) {
    Point point = space.pointAt(permutation(i));
    everything.insert(everything.end(), point.begin(), point.end());
  }
  GpCandidates all(inputs, everything);
  GaussianProcess gp(inputs);
  gp.fit(rows, targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    gp.append(llvm::ArrayRef(rows).slice(4 * i, 4));
    if (i == 20)
      gp.solve(all); // in portions or at once
  }
  gp.solve(all);
  std::vector<float> mean;
  gp.mean(all, gp.weights(targets), mean);
  for (uint64_t i = 0; i < 72; ++i) {
    double error = mean[i] - value(space.pointAt(permutation(i)));
    EXPECT_LT(std::fabs(error), i < 30 ? 0.02 : 0.15) << i;
    // It knows what it was told better than the rest.
    EXPECT_GT(all.variance[i], -1e-4f);
    EXPECT_LT(all.variance[i], i < 30 ? 0.01f : 0.3f);
  }
}

TEST(Acquisition, IsTheMeanImprovement) {
  std::vector<Losses> known = {{0, 1}, {0.3, 0.4}, {1, 0.1}, {0.9, 0.9}};
  Losses reference = {1.3, 1.27}; // three tenths of the range beyond the worst
  std::vector<Losses> single = {{0.2}, {0.7}};
  RandomStream random(5);
  auto normal = [&] {
    return std::sqrt(-2 * std::log(1 - random.uniform())) *
           std::cos(2 * M_PI * random.uniform());
  };
  for (auto [m0, m1, s0, s1] : {std::array<float, 4>{0.2f, 0.3f, 0.2f, 0.1f},
                                {0.6f, 0.6f, 0.3f, 0.3f},
                                {-0.5f, 0.9f, 0.1f, 0.4f}}) {
    float means[] = {m0, m1}, deviations[] = {s0, s1};
    double sum = 0, sumSingle = 0, n = 40000;
    for (int i = 0; i < n; ++i) {
      double a = m0 + s0 * normal(), b = m1 + s1 * normal();
      std::vector<Losses> with = known;
      with.push_back({a, b});
      sum += hypervolume(with, reference) - hypervolume(known, reference);
      sumSingle += std::max(0.0, 0.2 - a);
    }
    EXPECT_NEAR(Acquisition(known, RandomStream(0))(means, deviations), sum / n,
                0.02 * sum / n + 1e-3);
    EXPECT_NEAR(Acquisition(single, RandomStream(0))(means, deviations),
                sumSingle / n, 0.02 * sumSingle / n + 1e-3);
  }
  // Three objectives: better everywhere improves, worse everywhere does not.
  std::vector<Losses> three = {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}};
  Acquisition scalarised(three, RandomStream(1));
  float good[] = {-1, -1, -1}, bad[] = {3, 3, 3}, sure[] = {.01f, .01f, .01f};
  EXPECT_GT(scalarised(good, sure), 0);
  EXPECT_EQ(scalarised(bad, sure), 0);
}

TEST(Greedy, TheSweepComesFirst) {
  Mpq mpq;
  Space space = mpq.space();
  GreedySampler sampler(space, {0, 2, 0});
  std::vector<Point> all;
  while (all.size() < 18)
    for (const Point &point : sampler.ask(all.size(), 2)) {
      auto [accuracy, bits] = mpq(point);
      Losses losses = {-accuracy, bits};
      std::vector<Observation> one = {{all.size(), &point, losses}};
      sampler.tell(one);
      all.push_back(point);
    }
  // Uniform points: the ends, and one between.
  EXPECT_EQ(all[0], (Point{1, 2, 2, 1, 2, 2, 1, 2, 2}));
  EXPECT_EQ(all[1], Point(9, 0));
  EXPECT_EQ(all[2], (Point{1, 1, 1, 1, 1, 1, 1, 1, 1}));
  // The sweep: one knob away from the most accurate extreme.
  for (size_t i = 4; i < 18; ++i) {
    size_t differing = 0;
    for (size_t k = 0; k < 9; ++k)
      differing += all[i][k] != all[0][k];
    EXPECT_EQ(differing, 1u);
  }
}

} // namespace
