// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search may set: an ordered list of knobs, each with its choices.
// Knows nothing of networks.
#ifndef MASE_SEARCH_SPACE_H
#define MASE_SEARCH_SPACE_H

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mase {

/// One choice of a knob; std::monostate is JSON's null. The same type as
/// ConfigValue of Config/QuantizeConfig.h.
using Choice = std::variant<std::monostate, bool, int64_t, double, std::string,
                            std::vector<int64_t>, std::vector<double>>;

/// A choice as JSON: null, true, 8, 0.5, "integer", [3, 2].
std::string toJson(const Choice &choice);
/// A choice as Python prints it: None, True, 8, 0.5, 'integer'.
std::string toPython(const Choice &choice);

struct Knob {
  /// Path of what it sets, parts separated by '/':
  /// "seq_blocks_2/config/weight_width".
  std::string name;
  std::vector<Choice> choices;

  /// A conditional knob exists only where an earlier knob has one of some
  /// choices; elsewhere its position reads 0 and it is not printed.
  struct Condition {
    size_t parent;                 ///< index of the earlier knob
    std::vector<uint32_t> choices; ///< positions in the parent's list
  };
  std::optional<Condition> condition;

  /// Of a knob that sets several keys together: for each choice the value of
  /// each key; `choices` are then their texts ("16, 8"). Empty: it sets one.
  std::vector<std::vector<Choice>> parts = {};

  /// A knob of several keys; each of `parts` has a value for each of them.
  static Knob ofSeveral(std::string name,
                        std::vector<std::vector<Choice>> parts);
};

/// One position per knob in its list of choices. Inactive knobs read 0.
using Point = std::vector<uint32_t>;

/// A point's place in the mixed-radix order of the space (first knob most
/// significant).
using PointIndex = unsigned __int128;

/// A checked list of knobs.
class Space {
public:
  Space() = default;

  /// Errors: a knob without choices, a choice or a name twice, a condition on
  /// a knob that does not come earlier or on choices that it does not have,
  /// parts that are not one for each choice, or of differing length.
  static absl::StatusOr<Space> create(std::vector<Knob> knobs);

  llvm::ArrayRef<Knob> knobs() const { return knobList; }
  size_t numKnobs() const { return knobList.size(); }
  /// Index of a knob by name.
  std::optional<size_t> find(llvm::StringRef name) const;

  /// The largest size that points are numbered in; beyond it, `size` saturates
  /// and `isIndexable` is false.
  static constexpr PointIndex kMaxSize = PointIndex(1) << 126;
  /// Number of distinct points: conditional knobs count only where they exist.
  PointIndex size() const { return numPoints; }
  bool isIndexable() const { return numPoints < kMaxSize; }
  /// The size in decimal, "more than 8.5e37" where it saturates.
  std::string sizeText() const;

  /// Bijections between points and [0, size()); isIndexable spaces only.
  PointIndex indexOf(const Point &point) const;
  Point pointAt(PointIndex index) const;

  bool hasConditions() const { return conditional; }
  /// Whether knob `k` exists at `point`.
  bool isActive(const Point &point, size_t k) const;
  /// Sets inactive knobs to 0.
  void canonicalize(Point &point) const;
  /// Right length, every position in range, canonical.
  bool isValid(const Point &point) const;

private:
  PointIndex rank(size_t k, const Point &point) const;
  void unrank(size_t k, PointIndex index, Point &point) const;

  std::vector<Knob> knobList;
  /// Knobs whose condition names knob k and choice c: children[k][c].
  std::vector<std::vector<std::vector<size_t>>> children;
  std::vector<std::vector<PointIndex>> choiceSizes; ///< points below (k, c)
  std::vector<PointIndex> knobSizes;                ///< points below k
  PointIndex numPoints = 1;
  bool conditional = false;
};

/// Decimal digits of a point index.
std::string toString(PointIndex value);

} // namespace mase

#endif // MASE_SEARCH_SPACE_H
