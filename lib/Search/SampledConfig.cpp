// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Configurations compiled to text with gaps for the knobs.
#include "mase/Search/SampledConfig.h"

#include "Text.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace mase;

SampledConfig::SampledConfig(const Space &space) {
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    llvm::SmallVector<llvm::StringRef> path;
    llvm::StringRef(space.knobs()[k].name).split(path, '/');
    addKnob(path, k);
  }
}

SampledConfig::Node &SampledConfig::leaf(llvm::ArrayRef<llvm::StringRef> path) {
  Node *node = &tree;
  for (llvm::StringRef key : path) {
    // A leaf on the way becomes an object.
    node->kind = Node::Kind::Object;
    auto member = llvm::find_if(node->members,
                                [&](const Node &m) { return m.key == key; });
    if (member == node->members.end()) {
      node->members.push_back(Node());
      node->members.back().key = key.str();
      node = &node->members.back();
    } else {
      node = &*member;
    }
  }
  node->members.clear();
  return *node;
}

void SampledConfig::addConstant(llvm::ArrayRef<llvm::StringRef> path,
                                Choice value) {
  Node &node = leaf(path);
  node.kind = Node::Kind::Constant;
  node.value = std::move(value);
}

void SampledConfig::addKnob(llvm::ArrayRef<llvm::StringRef> path, size_t knob,
                            std::optional<size_t> part) {
  Node &node = leaf(path);
  node.kind = Node::Kind::Knob;
  node.knob = knob;
  node.part = part;
}

SampledConfigWriter::SampledConfigWriter(const SampledConfig &config,
                                         const Space &space, ConfigStyle style,
                                         unsigned depth)
    : space(&space), style(style) {
  for (const Knob &knob : space.knobs()) {
    firstTexts.push_back(choiceTexts.size());
    std::vector<std::string> &texts = choiceTexts.emplace_back();
    for (const Choice &choice : knob.choices)
      appendChoice(texts.emplace_back(), choice, style);
    for (size_t p = 0; !knob.parts.empty() && p < knob.parts[0].size(); ++p) {
      std::vector<std::string> &ofPart = choiceTexts.emplace_back();
      for (const std::vector<Choice> &values : knob.parts)
        appendChoice(ofPart.emplace_back(), values[p], style);
    }
  }
  compile(config.root(), depth);
}

void SampledConfigWriter::text(llvm::StringRef s) {
  if (pieces.empty() || pieces.back().kind != Piece::Kind::Text)
    pieces.emplace_back();
  pieces.back().text += s;
}

/// Knobs below `node` that may be inactive make commas a matter of the point.
static bool hasConditional(const SampledConfig::Node &node,
                           const Space &space) {
  return llvm::any_of(node.members, [&](const SampledConfig::Node &member) {
    return member.kind == SampledConfig::Node::Kind::Knob &&
           space.knobs()[member.knob].condition;
  });
}

void SampledConfigWriter::compile(const SampledConfig::Node &node,
                                  unsigned depth) {
  using Kind = SampledConfig::Node::Kind;
  if (node.kind == Kind::Constant) {
    std::string value;
    appendChoice(value, node.value, style);
    text(value);
    return;
  }
  if (node.kind == Kind::Knob) {
    size_t texts = firstTexts[node.knob] + (node.part ? *node.part + 1 : 0);
    pieces.push_back({Piece::Kind::Knob, {}, node.knob, texts, 0});
    return;
  }
  bool lines = style == ConfigStyle::Pandas;
  auto newLine = [&](unsigned level) {
    return lines ? "\n" + std::string(4 * level, ' ') : std::string();
  };
  bool conditional = hasConditional(node, *space);
  text("{");
  for (size_t i = 0; i < node.members.size(); ++i) {
    const SampledConfig::Node &member = node.members[i];
    size_t guard = pieces.size();
    bool guarded =
        member.kind == Kind::Knob && space->knobs()[member.knob].condition;
    if (guarded)
      pieces.push_back({Piece::Kind::SkipUnlessActive, {}, member.knob, 0, 0});
    if (conditional)
      pieces.push_back({Piece::Kind::Comma, {}, 0, 0, 0});
    else if (i > 0)
      text(lines ? "," : ", ");
    std::string key = newLine(depth + 1);
    if (style == ConfigStyle::Python)
      appendPythonString(key, member.key);
    else
      appendJsonString(key, member.key, lines);
    text(key + (lines ? ":" : ": "));
    compile(member, depth + 1);
    if (guarded) {
      pieces[guard].skip = pieces.size() - guard - 1;
      // What follows must not join a piece that may be skipped.
      pieces.emplace_back();
    }
  }
  if (node.members.empty())
    text(lines ? "\n" : ""); // as pandas prints an empty object
  if (conditional)
    pieces.push_back({Piece::Kind::Close, newLine(depth), 0, 0, 0});
  else
    text(newLine(depth));
  text("}");
}

void SampledConfigWriter::append(std::string &out, const Point &point) const {
  bool lines = style == ConfigStyle::Pandas;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece &piece = pieces[i];
    switch (piece.kind) {
    case Piece::Kind::Text:
      out += piece.text;
      break;
    case Piece::Kind::Knob:
      out += choiceTexts[piece.texts][point[piece.knob]];
      break;
    case Piece::Kind::Comma:
      // An open brace just written means that this member is the first.
      if (out.back() != '{')
        out += lines ? "," : ", ";
      break;
    case Piece::Kind::Close:
      if (out.back() == '{' && lines)
        out += '\n';
      out += piece.text;
      break;
    case Piece::Kind::SkipUnlessActive:
      if (!space->isActive(point, piece.knob))
        i += piece.skip;
      break;
    }
  }
}
