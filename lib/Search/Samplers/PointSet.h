// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A set of points, for "never twice".
#ifndef MASE_LIB_SEARCH_SAMPLERS_POINTSET_H
#define MASE_LIB_SEARCH_SAMPLERS_POINTSET_H

#include "mase/Search/Space.h"

#include "absl/container/flat_hash_set.h"

namespace mase {

/// Points by their index where the space has indices, else by themselves.
class PointSet {
public:
  explicit PointSet(const Space &space) : space(&space) {}

  /// Whether the point is new.
  bool insert(const Point &point) {
    return space->isIndexable() ? indices.insert(key(point)).second
                                : points.insert(point).second;
  }
  bool contains(const Point &point) const {
    return space->isIndexable() ? indices.contains(key(point))
                                : points.contains(point);
  }
  size_t size() const {
    return space->isIndexable() ? indices.size() : points.size();
  }
  /// Every point of the space is in the set.
  bool isFull() const {
    return space->isIndexable() && indices.size() >= space->size();
  }

private:
  using Key = std::pair<uint64_t, uint64_t>;
  Key key(const Point &point) const {
    PointIndex index = space->indexOf(point);
    return {uint64_t(index >> 64), uint64_t(index)};
  }

  const Space *space;
  absl::flat_hash_set<Key> indices;
  absl::flat_hash_set<Point> points;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_POINTSET_H
