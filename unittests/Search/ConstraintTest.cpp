// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samplers under constraints: the order of trials, and how much better than
// random they are on problems where most points are infeasible.
#include "Search/Samplers/ConstrainedRanks.h"
#include "TestProblems.h"

#include "mase/Search/Sampler.h"

#include "gtest/gtest.h"

using namespace mase;
using namespace mase::test;

namespace {

Outcome outcome(Losses losses, double violation) {
  Outcome result;
  result.losses = std::move(losses);
  result.violation = violation;
  return result;
}

TEST(ConstrainedRanks, FeasibleThenByViolation) {
  std::vector<Outcome> all = {outcome({0, 0}, 0.5), outcome({}, 0.2),
                              outcome({3, 1}, 0),   outcome({}, 0),
                              outcome({1, 3}, 0),   outcome({3, 3}, 0),
                              outcome({9, 9}, 0.2)};
  EXPECT_TRUE(all[3].isFailed());
  EXPECT_EQ(constrainedFront(all), (std::vector<size_t>{2, 4}));
  all.erase(all.begin() + 3);
  ConstrainedRanks ranks;
  for (const Outcome &o : all)
    ranks.add(o);
  EXPECT_EQ(ranks.numFeasible(), 3u);
  EXPECT_EQ(ranks.numEvaluated(), 5u);
  std::vector<std::vector<uint32_t>> seen;
  ranks.forEachRank([&](llvm::ArrayRef<uint32_t> rank) {
    seen.push_back(rank.vec());
    return true;
  });
  EXPECT_EQ(seen,
            (std::vector<std::vector<uint32_t>>{{2, 3}, {4}, {1, 5}, {0}}));
  // Without a feasible one: the least violation, the first of equals.
  EXPECT_EQ(constrainedFront({all[0], all[5], all[1]}), std::vector<size_t>{1});
  EXPECT_TRUE(constrainedFront({outcome({}, 0)}).empty());
}

TEST(NonDominatedRanks, AsByRepeatedFronts) {
  RandomStream random(3);
  NonDominatedRanks ranks;
  std::vector<Losses> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back({double(random.below(12)), double(random.below(12)),
                   double(random.below(3))});
    ranks.add(all.back());
  }
  std::vector<int> rankOf(all.size(), -1);
  for (int r = 0; r < int(ranks.fronts().size()); ++r)
    for (uint32_t i : ranks.fronts()[r])
      rankOf[i] = r;
  for (size_t i = 0; i < all.size(); ++i) {
    int expected = 0;
    for (size_t j = 0; j < all.size(); ++j)
      if (dominates(all[j], all[i]))
        expected = std::max(expected, rankOf[j] + 1);
    EXPECT_EQ(rankOf[i], expected);
  }
}

/// Bounds on an Mpq. Proposals beyond `bits` are turned down before they are
/// evaluated where `rejects`, as Study does with static constraints.
struct Bounds {
  double bits = 99, leastBits = 0, accuracy = 0;
  bool rejects = false;

  double violation(std::pair<double, double> metrics) const {
    return std::max(0.0, metrics.second - bits) / std::min(bits, 99.0) +
           std::max(0.0, leastBits - metrics.second) +
           std::max(0.0, accuracy - metrics.first);
  }
};

/// The volume of the feasible ones among `trials` evaluated points.
double feasibleVolume(llvm::StringRef name, const Mpq &mpq,
                      const Bounds &bounds, uint64_t seed, size_t trials) {
  Space space = mpq.space();
  SamplerOptions options{seed, 2, trials};
  if (bounds.rejects)
    options.foresee = [&](const Point &point) {
      double bits = mpq(point).second;
      return Foreknowledge{{std::nan(""), bits},
                           {bits - bounds.bits, bounds.leastBits - bits}};
    };
  auto sampler = createSampler(name, space, options);
  std::vector<std::pair<double, double>> feasible;
  std::set<Point> seen;
  size_t proposed = 0;
  for (size_t evaluated = 0; evaluated < trials && proposed < 50 * trials;) {
    size_t batch = (*sampler)->batchSize();
    std::vector<Point> points = (*sampler)->ask(
        proposed, std::min(batch ? batch : 8, trials - evaluated));
    if (points.empty())
      break;
    std::vector<Losses> losses(points.size());
    std::vector<Observation> observations;
    for (size_t i = 0; i < points.size(); ++i) {
      EXPECT_TRUE(seen.insert(points[i]).second) << name.str();
      auto metrics = mpq(points[i]);
      double violation = bounds.violation(metrics);
      if (!bounds.rejects || violation == 0) {
        losses[i] = {-metrics.first, metrics.second};
        ++evaluated;
      }
      if (violation == 0)
        feasible.push_back(metrics);
      observations.push_back({proposed + i, &points[i], losses[i], violation});
    }
    (*sampler)->tell(observations);
    proposed += points.size();
  }
  return mpqVolume(feasible);
}

/// The largest volume that feasible points have.
double bestVolume(const Mpq &mpq, const Bounds &bounds) {
  Space space = mpq.space();
  std::vector<std::pair<double, double>> feasible;
  for (PointIndex i = 0; i < space.size(); ++i)
    if (auto metrics = mpq(space.pointAt(i)); bounds.violation(metrics) == 0)
      feasible.push_back(metrics);
  return mpqVolume(feasible);
}

TEST(Quality, ConstraintsOnTheFamily) {
  struct Case {
    const char *name;
    Bounds bounds;
    /// Shares that nsgaii and nsgaiii, tpe and the models reach.
    double evolution, tpe, models;
  };
  // The last has a few feasible points in a thousand.
  for (const Case &c :
       {Case{"bits <= 5", {5, 0, 0, true}, .93, .98, .985},
        Case{"4 <= bits <= 5", {5, 4, 0, true}, .95, .98, .985},
        Case{"acc >= 0.7", {99, 0, .7, false}, .85, .96, .98},
        Case{"bits <= 4.5, acc >= 0.55", {4.5, 0, .55, false}, .6, .7, .95}}) {
    std::map<std::string, double> mean;
    for (uint64_t problem : {501, 502}) {
      Mpq mpq = Mpq::random(problem, 3);
      double best = bestVolume(mpq, c.bounds);
      ASSERT_GT(best, 0) << c.name;
      auto share = [&](llvm::StringRef name, uint64_t seed, size_t trials) {
        return feasibleVolume(name, mpq, c.bounds, seed, trials) / best;
      };
      for (uint64_t seed = 0; seed < 2; ++seed)
        for (const char *name : {"random", "nsgaii", "nsgaiii", "tpe"})
          mean[name] += share(name, seed, 150) / 4;
      // These cost milliseconds a trial and need fewer.
      for (const char *name : {"gp", "greedy", "sensitivity"})
        mean[name] += share(name, problem, 80) / 2;
    }
    for (const char *name :
         {"nsgaii", "nsgaiii", "tpe", "gp", "greedy", "sensitivity"}) {
      double wanted = llvm::StringRef(name).starts_with("nsga") ? c.evolution
                      : llvm::StringRef(name) == "tpe"          ? c.tpe
                                                                : c.models;
      EXPECT_GE(mean[name], wanted) << name << ", " << c.name;
      EXPECT_GE(mean[name], 1.02 * mean["random"]) << name << ", " << c.name;
    }
  }
}

TEST(Quality, ConstraintsOnTwelveLayers) {
  Mpq mpq = Mpq::random(503, 12);
  for (Bounds bounds : {Bounds{5, 0, 0, true}, Bounds{99, 0, .6, false}}) {
    auto volume = [&](llvm::StringRef name) {
      // Models of 300 trials take seconds, and need fewer.
      uint64_t seeds = name == "greedy" || name == "sensitivity" ? 1 : 5;
      size_t trials = seeds == 1 ? 200 : 300;
      double sum = 0;
      for (uint64_t seed = 0; seed < seeds; ++seed)
        sum += feasibleVolume(name, mpq, bounds, seed, trials) / double(seeds);
      return sum;
    };
    double random = volume("random");
    for (const char *name :
         {"nsgaii", "nsgaiii", "tpe", "greedy", "sensitivity"})
      EXPECT_GE(volume(name), 1.1 * random)
          << name << ", bits <= " << bounds.bits;
  }
}

TEST(Quality, OutliersDoNotBlindModels) {
  // A sixth of the points has losses that are astronomical but finite.
  Mpq mpq = Mpq::random(504, 3);
  Space space = mpq.space();
  auto isOutlier = [](const Point &p) { return p[1] == 0 && p[3] == 0; };
  double best = 0;
  std::vector<std::pair<double, double>> all;
  for (PointIndex i = 0; i < space.size(); ++i)
    if (Point point = space.pointAt(i); !isOutlier(point))
      all.push_back(mpq(point));
  best = mpqVolume(all);
  for (const char *name : {"gp", "sensitivity"}) {
    auto sampler = createSampler(name, space, {1, 2, 80});
    std::vector<std::pair<double, double>> values;
    for (uint64_t n = 0; n < 80; n += 2) {
      std::vector<Point> points = (*sampler)->ask(n, 2);
      ASSERT_EQ(points.size(), 2u);
      std::vector<Losses> losses;
      for (const Point &point : points) {
        auto [accuracy, bits] = mpq(point);
        if (isOutlier(point)) {
          losses.push_back({1e12, 1e17});
          continue;
        }
        losses.push_back({-accuracy, bits});
        values.push_back({accuracy, bits});
      }
      std::vector<Observation> observations = {{n, &points[0], losses[0]},
                                               {n + 1, &points[1], losses[1]}};
      (*sampler)->tell(observations);
    }
    EXPECT_GE(mpqVolume(values) / best, 0.97) << name;
  }
}

TEST(Sampler, GoesOnWhenEverythingIsInfeasible) {
  Mpq mpq;
  mpq.layers = 2; // 324 points
  Space space = mpq.space();
  for (const std::string &name : samplerNames()) {
    auto sampler = createSampler(name, space, {1, 2, 100});
    std::set<Point> points;
    uint64_t n = 0;
    for (;; ++n) {
      std::vector<Point> next = (*sampler)->ask(n, 1);
      if (next.empty())
        break;
      EXPECT_TRUE(points.insert(next[0]).second) << name;
      // Turned down, failed, infeasible with and without finite losses.
      Losses losses = {0.5, n % 5 == 0 ? 1e300 : double(n % 7)};
      if (n % 3 != 2)
        losses.clear();
      double violation = n % 3 == 1   ? 0
                         : n % 4 == 0 ? 1e300
                                      : double(n % 9 + 1);
      std::vector<Observation> observation = {
          {n, &next[0], losses, losses.empty() ? violation : 2.0}};
      (*sampler)->tell(observation);
    }
    EXPECT_EQ(n, 324u) << name;
  }
}

} // namespace
