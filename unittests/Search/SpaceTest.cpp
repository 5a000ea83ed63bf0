// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spaces and permutations.
#include "TestProblems.h"

#include "mase/Search/SampledConfig.h"
#include "mase/Search/Samplers/Permutation.h"

#include "gtest/gtest.h"

using namespace mase;

namespace {

Knob knob(std::string name, size_t choices,
          std::optional<Knob::Condition> condition = std::nullopt) {
  Knob k{std::move(name), {}, std::move(condition)};
  for (size_t i = 0; i < choices; ++i)
    k.choices.push_back(int64_t(i));
  return k;
}

/// indexOf and pointAt are inverse bijections onto valid points.
void checkNumbering(const Space &space) {
  std::set<Point> points;
  for (PointIndex i = 0; i < space.size(); ++i) {
    Point point = space.pointAt(i);
    EXPECT_TRUE(space.isValid(point));
    EXPECT_TRUE(space.indexOf(point) == i);
    EXPECT_TRUE(points.insert(point).second);
  }
}

TEST(Space, MixedRadix) {
  auto space = Space::create({knob("a", 2), knob("b", 3), knob("c", 3)});
  ASSERT_TRUE(space.ok());
  EXPECT_TRUE(space->size() == 18);
  EXPECT_EQ(space->sizeText(), "18");
  EXPECT_EQ(space->pointAt(17), (Point{1, 2, 2}));
  EXPECT_EQ(space->pointAt(1), (Point{0, 0, 1}));
  checkNumbering(*space);
  EXPECT_EQ(space->find("c"), 2u);
  EXPECT_FALSE(space->find("d"));
}

TEST(Space, ConditionalKnobsCountOnce) {
  // b exists under a = 1 and a = 2, c under b = 0, d always.
  auto space = Space::create({knob("a", 3), knob("b", 2, {{0, {1, 2}}}),
                              knob("c", 4, {{1, {0}}}), knob("d", 2)});
  ASSERT_TRUE(space.ok());
  EXPECT_TRUE(space->hasConditions());
  // a = 0: 1; otherwise b = 0 with four c, or b = 1: 1 + 2 * 5 = 11, times d.
  EXPECT_TRUE(space->size() == 22);
  checkNumbering(*space);
  Point point = {0, 1, 3, 1};
  EXPECT_FALSE(space->isActive(point, 2)); // its parent isn't there
  EXPECT_FALSE(space->isValid(point));
  space->canonicalize(point);
  EXPECT_EQ(point, (Point{0, 0, 0, 1}));
}

TEST(Space, Huge) {
  std::vector<Knob> knobs;
  for (int i = 0; i < 12; ++i)
    knobs.push_back(knob("k" + std::to_string(i), 18));
  auto space = Space::create(knobs);
  EXPECT_EQ(space->sizeText(), "1156831381426176");
  for (int i = 12; i < 29; ++i)
    knobs.push_back(knob("k" + std::to_string(i), 18));
  space = Space::create(knobs); // 18^29 = 2.5e36: beyond 64 bits
  EXPECT_TRUE(space->isIndexable());
  Point last(29, 17), mixed(29);
  for (size_t i = 0; i < mixed.size(); ++i)
    mixed[i] = uint32_t(i * 7 % 18);
  EXPECT_TRUE(space->indexOf(last) == space->size() - 1);
  EXPECT_EQ(space->pointAt(space->size() - 1), last);
  EXPECT_EQ(space->pointAt(space->indexOf(mixed)), mixed);
  for (int i = 29; i < 200; ++i)
    knobs.push_back(knob("k" + std::to_string(i), 18));
  space = Space::create(knobs);
  EXPECT_FALSE(space->isIndexable());
  EXPECT_EQ(space->sizeText(), "more than 8.5e37");
}

TEST(Space, Errors) {
  auto errorOf = [](std::vector<Knob> knobs) {
    return std::string(Space::create(std::move(knobs)).status().message());
  };
  EXPECT_EQ(errorOf({knob("a", 0)}), "knob 'a' has no choices");
  EXPECT_EQ(errorOf({knob("a", 1), knob("a", 1)}), "two knobs are named 'a'");
  EXPECT_EQ(errorOf({{"a", {int64_t(4), int64_t(4)}, {}}}),
            "knob 'a' has the choice 4 twice");
  EXPECT_EQ(errorOf({knob("a", 2, {{0, {0}}})}),
            "knob 'a' depends on a knob that does not come before it");
  EXPECT_NE(errorOf({knob("a", 2), knob("b", 2, {{0, {2}}})})
                .find("depends on choice 2 of 'a', which has 2 choices"),
            std::string::npos);
  EXPECT_NE(errorOf({knob("a", 2), knob("b", 2, {{0, {}}})}).find("no choice"),
            std::string::npos);
}

TEST(Space, ChoicesAsText) {
  EXPECT_EQ(toJson(Choice()), "null");
  EXPECT_EQ(toPython(Choice()), "None");
  EXPECT_EQ(toJson(Choice(true)), "true");
  EXPECT_EQ(toPython(Choice(true)), "True");
  EXPECT_EQ(toJson(Choice(int64_t(-8))), "-8");
  EXPECT_EQ(toJson(Choice(0.5)), "0.5");
  EXPECT_EQ(toJson(Choice(std::string("a\"\n"))), "\"a\\\"\\n\"");
  EXPECT_EQ(toPython(Choice(std::string("it's"))), "\"it's\"");
}

TEST(Permutation, IsABijection) {
  for (uint64_t n : {1, 2, 3, 4, 5, 17, 18, 255, 256, 257, 5832}) {
    Permutation permutation(n, 7);
    std::vector<bool> hit(n, false);
    for (uint64_t i = 0; i < n; ++i) {
      auto to = uint64_t(permutation(i));
      ASSERT_LT(to, n);
      EXPECT_FALSE(hit[to]);
      hit[to] = true;
    }
  }
}

TEST(Permutation, DependsOnTheSeedAndMixes) {
  constexpr int n = 5832;
  Permutation one(n, 1), again(n, 1), two(n, 2);
  int same = 0, kept = 0;
  double correlation = 0;
  for (int i = 0; i < n; ++i) {
    EXPECT_TRUE(one(i) == again(i));
    same += one(i) == two(i);
    kept += one(i) == PointIndex(i);
    correlation += (i - n / 2.0) * (double(uint64_t(one(i))) - n / 2.0);
  }
  EXPECT_LT(same, 12); // one is expected
  EXPECT_LT(kept, 12);
  EXPECT_LT(std::fabs(correlation / (double(n) * n * n / 12)), 0.06);
}

TEST(Permutation, BeyondSixtyFourBits) {
  PointIndex n = (PointIndex(1) << 101) + 12345;
  Permutation permutation(n, 3);
  std::set<std::pair<uint64_t, uint64_t>> hit;
  for (int i = 0; i < 1000; ++i) {
    PointIndex to = permutation(i);
    EXPECT_TRUE(to < n);
    EXPECT_TRUE(hit.emplace(uint64_t(to >> 64), uint64_t(to)).second);
  }
}

TEST(Space, KnobsOfSeveralKeys) {
  Knob knob = Knob::ofSeveral(
      "a/x, y", {{int64_t(16), int64_t(8)}, {int64_t(8), Choice()}});
  EXPECT_EQ(knob.choices,
            (std::vector<Choice>{std::string("16, 8"), std::string("8, NA")}));
  auto space = Space::create({knob});
  ASSERT_TRUE(space.ok());
  SampledConfig config;
  for (llvm::StringRef layer : {"b", "c"}) {
    config.addKnob({layer, "x"}, 0, 0);
    config.addKnob({layer, "y"}, 0, 1);
  }
  config.addKnob({"whole"}, 0);
  std::string text;
  SampledConfigWriter(config, *space, ConfigStyle::Json).append(text, {1});
  EXPECT_EQ(text, R"({"b": {"x": 8, "y": null}, "c": {"x": 8, "y": null}, )"
                  R"("whole": "8, NA"})");
  knob.parts.pop_back();
  EXPECT_EQ(std::string(Space::create({knob}).status().message()),
            "knob 'a/x, y' has no value of each key for each choice");
}

} // namespace
