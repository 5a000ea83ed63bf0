// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hypervolume over trials.
#include "mase/Search/Indicators.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

namespace {

/// lossesOf clamps infinite values to this.
constexpr double kInfinite = 1e300;

/// Front members looked at by new members before the curve is given up: some
/// seconds.
constexpr uint64_t kMostWork = 8'000'000;

bool isCounted(const Trial &trial) {
  return trial.state == TrialState::Complete && trial.violation == 0 &&
         !trial.values.empty();
}

/// The front so far. With two objectives by ascending first loss, so that the
/// neighbours of a place are found by bisection.
class GrowingFront {
public:
  explicit GrowingFront(const Losses &reference) : reference(reference) {}

  /// What `losses` alone dominates of the box below the reference.
  double add(Losses losses) {
    for (size_t d = 0; d < losses.size(); ++d)
      if (!(losses[d] < reference[d]))
        return 0;
    return reference.size() == 2 ? addToPlane(std::move(losses))
                                 : addToMany(std::move(losses));
  }

  uint64_t work() const { return comparisons; }

private:
  double addToPlane(Losses losses) {
    auto place =
        std::partition_point(members.begin(), members.end(),
                             [&](const Losses &m) { return m[0] < losses[0]; });
    double ceiling = place == members.begin() ? reference[1] : place[-1][1];
    if (ceiling <= losses[1] ||
        (place != members.end() && (*place)[0] == losses[0] &&
         (*place)[1] <= losses[1]))
      return 0;
    // Steps of the stairs to the right, down to where they are below.
    double volume = 0, x = losses[0];
    auto end = place;
    for (; end != members.end() && (*end)[1] >= losses[1]; ++end) {
      volume += ((*end)[0] - x) * (ceiling - losses[1]);
      x = (*end)[0];
      ceiling = (*end)[1];
    }
    double right = end == members.end() ? reference[0] : (*end)[0];
    volume += (right - x) * (ceiling - losses[1]);
    members.insert(members.erase(place, end), std::move(losses));
    return volume;
  }

  double addToMany(Losses losses) {
    for (const Losses &member : members)
      if (member == losses || dominates(member, losses))
        return 0;
    double volume = 1;
    for (size_t d = 0; d < losses.size(); ++d)
      volume *= reference[d] - losses[d];
    // Of its box, the part that others dominate as well.
    std::vector<Losses> inside;
    for (const Losses &member : members) {
      Losses &corner = inside.emplace_back(member);
      for (size_t d = 0; d < corner.size(); ++d)
        corner[d] = std::max(corner[d], losses[d]);
    }
    // WFG takes the square of the members and more beyond three objectives.
    comparisons += losses.size() > 3 ? members.size() * members.size() / 64
                                     : members.size();
    volume -= hypervolume(inside, reference);
    llvm::erase_if(members,
                   [&](const Losses &m) { return dominates(losses, m); });
    members.push_back(std::move(losses));
    return std::max(0.0, volume);
  }

  const Losses &reference;
  std::vector<Losses> members;
  uint64_t comparisons = 0;
};

} // namespace

double mase::metricOfLoss(const Problem &problem, size_t v, double loss) {
  double value =
      problem.direction(v) == Direction::Maximize ? 0.0 - loss : loss;
  return problem.sumScaledMetrics ? value : value / problem.objectives[v].scale;
}

double HypervolumeCurve::box() const {
  double volume = reference.empty() ? 0 : 1;
  for (size_t d = 0; d < reference.size(); ++d)
    volume *= reference[d] - ideal[d];
  return volume;
}

HypervolumeCurve mase::hypervolumeCurve(const Problem &problem,
                                        llvm::ArrayRef<Trial> trials) {
  HypervolumeCurve curve;
  size_t numValues = problem.numValues();
  curve.reference.assign(numValues, -kInfinite);
  curve.ideal.assign(numValues, kInfinite);
  for (const Trial &trial : trials) {
    if (!isCounted(trial))
      continue;
    Losses losses = lossesOf(problem, trial.values);
    for (size_t d = 0; d < numValues; ++d)
      if (std::abs(losses[d]) < kInfinite) {
        curve.reference[d] = std::max(curve.reference[d], losses[d]);
        curve.ideal[d] = std::min(curve.ideal[d], losses[d]);
      }
  }
  for (size_t d = 0; d < numValues; ++d)
    if (curve.reference[d] < curve.ideal[d]) // no finite value at all
      curve.reference[d] = curve.ideal[d] = 0;

  GrowingFront front(curve.reference);
  double volume = 0;
  for (const Trial &trial : trials) {
    if (!isCounted(trial))
      continue;
    if (front.work() > kMostWork) {
      curve.complete = false;
      break;
    }
    double added = front.add(lossesOf(problem, trial.values));
    volume += added;
    if (added > 0 || curve.steps.empty())
      curve.steps.push_back({trial.number, volume});
  }
  return curve;
}
