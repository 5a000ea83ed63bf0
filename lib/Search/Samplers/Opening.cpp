// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform points and single changes.
#include "Opening.h"

#include "ChoiceOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

Point mase::pointAtLevel(const Space &space, double level) {
  Point point;
  for (const Knob &knob : space.knobs()) {
    std::vector<uint32_t> order = choiceOrder(knob);
    point.push_back(
        order[size_t(std::lround(level * double(order.size() - 1)))]);
  }
  space.canonicalize(point);
  return point;
}

std::vector<double> mase::openingLevels(const Space &space) {
  size_t most = 2;
  for (const Knob &knob : space.knobs())
    most = std::max(most, knob.choices.size());
  std::vector<double> levels;
  std::vector<Point> points;
  auto add = [&](double level) {
    Point point = pointAtLevel(space, level);
    if (levels.size() < most && !llvm::is_contained(points, point)) {
      levels.push_back(level);
      points.push_back(std::move(point));
    }
  };
  add(1);
  add(0);
  for (size_t parts = 2; parts < 2 * most && levels.size() < most; parts *= 2)
    for (size_t i = parts - 1; i < parts; i -= 2)
      add(double(i) / double(parts));
  return levels;
}

std::vector<Point> mase::singleChanges(const Space &space, const Point &point) {
  std::vector<Point> changes;
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    if (!space.isActive(point, k))
      continue;
    for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
      if (c == point[k])
        continue;
      changes.push_back(point);
      changes.back()[k] = c;
      space.canonicalize(changes.back());
    }
  }
  return changes;
}

std::vector<Point> mase::shuffledSweep(const Space &space, const Point &base,
                                       RandomStream random) {
  std::vector<Point> sweep = singleChanges(space, base);
  for (size_t i = sweep.size(); i > 1; --i)
    std::swap(sweep[i - 1], sweep[random.below(i)]);
  return sweep;
}
