// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a trial's configuration is written: an ordered JSON object whose leaves
// are constants or knobs.
#ifndef MASE_SEARCH_SAMPLEDCONFIG_H
#define MASE_SEARCH_SAMPLEDCONFIG_H

#include "mase/Search/Space.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// The shape of `sampled_config`. Objects and members appear in the order of
/// being added: config.addKnob({"fc1", "config", "weight_width"}, 3).
class SampledConfig {
public:
  SampledConfig() = default;
  /// Every knob at its name, split at '/'.
  explicit SampledConfig(const Space &space);

  void addConstant(llvm::ArrayRef<llvm::StringRef> path, Choice value);
  /// `part`: the key that the leaf is of a knob that sets several.
  void addKnob(llvm::ArrayRef<llvm::StringRef> path, size_t knob,
               std::optional<size_t> part = std::nullopt);

  struct Node {
    std::string key;
    enum class Kind : uint8_t { Object, Constant, Knob } kind = Kind::Object;
    Choice value;
    size_t knob = 0;
    std::optional<size_t> part; ///< absent: the knob's choice itself
    std::vector<Node> members;
  };
  const Node &root() const { return tree; }

private:
  Node &leaf(llvm::ArrayRef<llvm::StringRef> path);
  Node tree;
};

enum class ConfigStyle : uint8_t {
  Pandas, ///< members on lines, four spaces a level, "key":value
  Json,   ///< one line, JSON
  Python  ///< one line, as Python prints a dict
};

/// A SampledConfig made ready for writing many points: all that is constant
/// is text already, so that writing copies bytes.
class SampledConfigWriter {
public:
  /// `depth` is the level of the object's closing brace (ConfigStyle::Pandas).
  SampledConfigWriter(const SampledConfig &config, const Space &space,
                      ConfigStyle style, unsigned depth = 0);

  /// Appends `point`'s configuration. Inactive knobs are left out.
  void append(std::string &out, const Point &point) const;

private:
  struct Piece {
    enum class Kind : uint8_t { Text, Knob, Comma, Close, SkipUnlessActive };
    Kind kind = Kind::Text;
    std::string text;
    size_t knob = 0;  ///< Knob, SkipUnlessActive
    size_t texts = 0; ///< Knob: which of choiceTexts
    size_t skip = 0;  ///< SkipUnlessActive: pieces to leave out
  };
  void compile(const SampledConfig::Node &node, unsigned depth);
  void text(llvm::StringRef s);

  const Space *space;
  ConfigStyle style;
  std::vector<Piece> pieces;
  /// By knob, or part of a knob, and choice.
  std::vector<std::vector<std::string>> choiceTexts;
  std::vector<size_t> firstTexts; ///< by knob: its own, then those of its parts
};

} // namespace mase

#endif // MASE_SEARCH_SAMPLEDCONFIG_H
