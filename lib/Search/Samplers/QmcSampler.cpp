// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scrambled Sobol' points.
#include "QmcSampler.h"

#include "SobolTable.h"

#include "mase/Search/Random.h"

#include <bit>

using namespace mase;

using Directions = std::array<uint32_t, 32>;

/// Direction numbers of the first `count` coordinates, as fractions of 2^32
/// (Bratley & Fox 1988; the recurrence of Joe & Kuo's notes).
static std::vector<Directions> sobolDirections(size_t count) {
  std::vector<Directions> result(count);
  const uint16_t *entry = kSobolTable;
  for (size_t j = 0; j < count; ++j) {
    Directions &v = result[j];
    if (j == 0) {
      for (unsigned i = 0; i < 32; ++i)
        v[i] = 1u << (31 - i);
      continue;
    }
    unsigned degree = entry[0], inner = entry[1];
    for (unsigned i = 0; i < 32; ++i) {
      if (i < degree) {
        v[i] = uint32_t(entry[2 + i]) << (31 - i);
        continue;
      }
      v[i] = v[i - degree] ^ (v[i - degree] >> degree);
      for (unsigned k = 1; k < degree; ++k)
        if (inner >> (degree - 1 - k) & 1)
          v[i] ^= v[i - k];
    }
    entry += 2 + degree;
  }
  return result;
}

/// Multiplies each number, a column of bits, with the same random lower
/// triangular matrix with ones on the diagonal: each bit of the result depends
/// on the bits above it.
static void scramble(Directions &directions, RandomStream &random) {
  std::array<uint32_t, 32> rows;
  for (unsigned r = 0; r < 32; ++r) {
    uint32_t diagonal = 1u << (31 - r);
    uint32_t above = r == 0 ? 0 : ~uint32_t(0) << (32 - r);
    rows[r] = diagonal | (uint32_t(random.next() >> 32) & above);
  }
  for (uint32_t &v : directions) {
    uint32_t product = 0;
    for (unsigned r = 0; r < 32; ++r)
      product |= uint32_t(std::popcount(rows[r] & v) & 1) << (31 - r);
    v = product;
  }
}

QmcSampler::QmcSampler(const Space &space, uint64_t seed)
    : space(space), seed(mixBits(seed ^ 0x716d63ull)),
      unseen(space, this->seed) {
  for (size_t k = 0; k < space.numKnobs(); ++k)
    if (space.knobs()[k].choices.size() > 1)
      free.push_back(k);
  directions = sobolDirections(std::min<size_t>(free.size(), kSobolDimensions));
  for (size_t j = 0; j < directions.size(); ++j) {
    // A stream of its own for each coordinate, far from those of points.
    RandomStream random(this->seed, ~uint64_t(j));
    scramble(directions[j], random);
    state.push_back(uint32_t(random.next() >> 32));
  }
}

Point QmcSampler::next() {
  // Gray code order (Antonov & Saleev 1979): one direction number changes.
  if (position > 0) {
    unsigned bit = unsigned(std::countr_zero(position));
    for (size_t j = 0; j < directions.size(); ++j)
      state[j] ^= directions[j][bit];
  }
  RandomStream random(seed, position++);
  Point point(space.numKnobs(), 0);
  for (size_t j = 0; j < free.size(); ++j) {
    uint64_t u = j < state.size() ? state[j] : random.next() >> 32;
    point[free[j]] =
        uint32_t(u * space.knobs()[free[j]].choices.size() >> kBits);
  }
  space.canonicalize(point);
  return point;
}

std::vector<Point> QmcSampler::ask(uint64_t, size_t count) {
  std::vector<Point> points;
  while (points.size() < count && !unseen.isEmpty()) {
    Point point;
    for (unsigned skips = 0; !worn && point.empty(); ++skips) {
      if (skips == kMaxSkips || position >> kBits) {
        worn = true;
        break;
      }
      Point candidate = next();
      if (unseen.take(candidate))
        point = std::move(candidate);
    }
    if (point.empty())
      point = unseen.takeRandom();
    if (point.empty())
      break;
    points.push_back(std::move(point));
  }
  return points;
}

void QmcSampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations)
    unseen.take(*observation.point);
}
