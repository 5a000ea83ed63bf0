// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Non-dominated sorting, crowding, crossover and mutation.
#include "NsgaSampler.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>
#include <numeric>

using namespace mase;

NsgaSampler::NsgaSampler(NsgaSurvival survival, const Space &space,
                         const SamplerOptions &options,
                         const NsgaParameters &parameters)
    : space(space), survival(survival), options(options),
      parameters(parameters),
      unseen(space, mixBits(options.seed ^ 0x6e736761ull)),
      first(space, options.seed) {
  for (size_t k = 0; k < space.numKnobs(); ++k)
    if (space.knobs()[k].choices.size() > 1)
      free.push_back(k);
  if (survival == NsgaSurvival::ReferenceLines) {
    // 13 lines for two objectives; as many divisions as give not many more
    // lines than parents for the others.
    static constexpr size_t divisions[] = {1, 1, 12, 5, 3, 2};
    size_t n = std::max<size_t>(1, options.numObjectives);
    lines = dasDennis(n, n < std::size(divisions) ? divisions[n] : 1);
  }
}

/// Crowding distance of the members of a rank: the sum over objectives of the
/// gap between the neighbours, relative to the range.
static std::vector<double> crowding(llvm::ArrayRef<const Losses *> losses) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> room(losses.size(), 0);
  std::vector<size_t> order(losses.size());
  std::iota(order.begin(), order.end(), size_t(0));
  for (size_t d = 0; d < losses[0]->size(); ++d) {
    auto value = [&](size_t i) { return (*losses[order[i]])[d]; };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      double x = (*losses[a])[d], y = (*losses[b])[d];
      return x != y ? x < y : a < b;
    });
    size_t n = order.size();
    double range = value(n - 1) - value(0);
    if (!(range > 0))
      continue;
    room[order[0]] = room[order[n - 1]] = infinity;
    for (size_t i = 1; i + 1 < n; ++i)
      room[order[i]] += (value(i + 1) - value(i - 1)) / range;
  }
  return room;
}

/// Keeps the best `population` of the members.
void NsgaSampler::select(uint64_t number) {
  std::vector<Member> kept;
  std::vector<Member> rest = std::move(members);
  for (size_t rank = 0; !rest.empty() && kept.size() < parameters.population;
       ++rank) {
    std::vector<Outcome> outcomes;
    for (const Member &member : rest)
      outcomes.push_back(member.outcome);
    // One of equals goes into this rank, the next into the next: repeats of
    // values are the first to go.
    std::vector<size_t> front = constrainedFront(outcomes);
    std::vector<const Losses *> frontLosses;
    for (size_t i : front)
      frontLosses.push_back(&outcomes[i].losses);
    std::vector<double> room = crowding(frontLosses);
    size_t fit = parameters.population - kept.size();
    std::vector<size_t> chosen(front.size());
    std::iota(chosen.begin(), chosen.end(), size_t(0));
    if (front.size() > fit && survival == NsgaSurvival::Crowding) {
      std::sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
        return room[a] != room[b] ? room[a] > room[b] : a < b;
      });
      chosen.resize(fit);
    } else if (front.size() > fit) {
      std::vector<Losses> pool;
      for (const Member &member : kept)
        pool.push_back(member.outcome.losses);
      for (const Losses *l : frontLosses)
        pool.push_back(*l);
      RandomStream random(options.seed ^ 0x6c696e6573ull, number);
      chosen = selectByLines(pool, kept.size(), fit, lines, random);
      for (size_t &c : chosen)
        c -= kept.size();
    }
    for (size_t c : chosen) {
      Member &member = rest[front[c]];
      member.rank = rank;
      member.room = room[c];
      kept.push_back(std::move(member));
    }
    std::vector<Member> next;
    size_t f = 0;
    for (size_t i = 0; i < rest.size(); ++i)
      if (f < front.size() && front[f] == i)
        ++f;
      else
        next.push_back(std::move(rest[i]));
    rest = std::move(next);
  }
  members = std::move(kept);
  // Feasible members come first, and only they have a line.
  std::vector<Losses> losses;
  for (const Member &member : members)
    if (member.outcome.isFeasible())
      losses.push_back(member.outcome.losses);
  if (survival == NsgaSurvival::Crowding || losses.empty())
    return;
  std::vector<size_t> nearest = nearestLines(losses, lines);
  for (size_t i = 0; i < losses.size(); ++i)
    members[i].room = -double(llvm::count(nearest, nearest[i]));
}

void NsgaSampler::tell(llvm::ArrayRef<Observation> observations) {
  if (observations.empty())
    return;
  for (const Observation &observation : observations) {
    unseen.take(*observation.point);
    if (members.size() < parameters.startup)
      first.tell(observation);
    if (Outcome outcome(observation); !outcome.isFailed())
      members.push_back({*observation.point, std::move(outcome)});
  }
  select(observations.back().number);
}

const NsgaSampler::Member &NsgaSampler::tournament(RandomStream &random) const {
  const Member &a = members[random.below(members.size())];
  const Member &b = members[random.below(members.size())];
  if (a.rank != b.rank)
    return a.rank < b.rank ? a : b;
  return a.room >= b.room ? a : b;
}

/// Another choice for a knob.
void NsgaSampler::mutate(Point &point, size_t k, RandomStream &random) const {
  uint32_t other = uint32_t(random.below(space.knobs()[k].choices.size() - 1));
  point[k] = other + (other >= point[k]);
}

/// A point that was not tried, now marked as tried; empty if none was found.
Point NsgaSampler::child(RandomStream &random) {
  Point point = tournament(random).point;
  if (random.uniform() < parameters.crossover) {
    const Member *other = &tournament(random);
    for (int tries = 0; other->point == point && tries < 4; ++tries)
      other = &tournament(random);
    for (size_t k : free)
      if (random.next() >> 63)
        point[k] = other->point[k];
  }
  for (size_t k : free)
    if (random.uniform() * double(free.size()) < parameters.mutations)
      mutate(point, k, random);
  space.canonicalize(point);
  for (size_t tries = 0; tries < 4 * free.size(); ++tries) {
    if (unseen.take(point))
      return point;
    mutate(point, free[random.below(free.size())], random);
    space.canonicalize(point);
  }
  return {};
}

std::vector<Point> NsgaSampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> points;
  for (uint64_t number = firstNumber; points.size() < count; ++number) {
    RandomStream random(options.seed, number);
    Point point;
    if (members.size() >= parameters.startup)
      point = child(random);
    else if (std::vector<Point> next = first.ask(number, 1); !next.empty())
      if (unseen.take(next[0]))
        point = std::move(next[0]);
    if (point.empty())
      point = unseen.takeRandom();
    if (point.empty())
      break;
    points.push_back(std::move(point));
  }
  return points;
}
