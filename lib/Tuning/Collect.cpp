// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a schedule as the interpreter would, into every region that may be
// taken, and notes what is open and under which choices.
#include "Collect.h"

#include "Conditions.h"

#include "mase/Support/Error.h"

#include "mlir/Dialect/Transform/TuneExtension/TuneExtensionOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace mlir;
using namespace mase;
using namespace mase::schedule;
using transform::tune::AlternativesOp;
using transform::tune::KnobOp;

static SourceLocation toSourceLocation(Location loc) {
  if (auto position = loc->findInstanceOf<FileLineColLoc>())
    // A module without text around it is at line 0.
    return {position.getFilename().str(), std::max(1, int(position.getLine())),
            std::max(1, int(position.getColumn()))};
  return {};
}

absl::Status schedule::errorAtLoc(Location loc, const llvm::Twine &message) {
  return errorAt(toSourceLocation(loc), message);
}

static std::string attributeText(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream os(text);
  attribute.print(os, /*elideType=*/true);
  return text;
}

/// What the search calls an option.
Choice schedule::toChoice(Attribute option) {
  if (auto boolean = dyn_cast<BoolAttr>(option))
    return boolean.getValue();
  if (auto integer = dyn_cast<IntegerAttr>(option)) {
    bool isUnsigned = integer.getType().isUnsignedInteger();
    APInt value = integer.getValue();
    if (isUnsigned ? value.isIntN(63) : value.isSignedIntN(64))
      return isUnsigned ? int64_t(value.getZExtValue()) : value.getSExtValue();
  }
  if (auto number = dyn_cast<FloatAttr>(option))
    return number.getValueAsDouble();
  if (auto string = dyn_cast<StringAttr>(option))
    return string.str();
  return attributeText(option);
}

namespace {

class Collector {
public:
  explicit Collector(transform::NamedSequenceOp entry)
      : symbols(entry->getParentOp()) {}

  absl::StatusOr<Collected> run(transform::NamedSequenceOp entry) {
    if (absl::Status status = visit(entry, {}); !status.ok())
      return status;
    if (absl::Status status = makeKnobs(); !status.ok())
      return status;
    return std::move(result);
  }

private:
  absl::Status visit(transform::NamedSequenceOp sequence, const Path &path) {
    // The same sequence under the same choices has nothing new to say; this
    // also ends recursion.
    std::vector<Path> &seen = visited[sequence];
    if (llvm::is_contained(seen, path))
      return absl::OkStatus();
    seen.push_back(path);
    return visit(sequence.getBody(), path);
  }

  absl::Status visit(Region &region, const Path &path) {
    for (Operation &op : region.getOps())
      if (absl::Status status = visit(&op, path); !status.ok())
        return status;
    return absl::OkStatus();
  }

  absl::Status visit(Operation *op, const Path &path) {
    if (auto knob = dyn_cast<KnobOp>(op))
      return addKnob(knob, path);
    if (auto alternatives = dyn_cast<AlternativesOp>(op))
      return addAlternatives(alternatives, path);
    absl::Status status = absl::OkStatus();
    op->getAttrDictionary().walk([&](SymbolRefAttr name) {
      if (auto sequence = dyn_cast_or_null<transform::NamedSequenceOp>(
              symbols.lookup(name.getRootReference())))
        status.Update(visit(sequence, path));
    });
    for (Region &region : op->getRegions())
      if (status.ok())
        status = visit(region, path);
    return status;
  }

  absl::Status addKnob(KnobOp op, const Path &path) {
    if (op.getSelected())
      return addSelected(op, op.getName().getValue());
    auto array = dyn_cast<ArrayAttr>(op.getOptions());
    if (!array || array.empty())
      return errorAtLoc(op.getLoc(), "knob '" + op.getName().getValue() +
                                         "': expected a list of one option or "
                                         "more, found " +
                                         attributeText(op.getOptions()));
    for (size_t i = 0; i < array.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (toChoice(array[i]) == toChoice(array[j]))
          return errorAtLoc(op.getLoc(), "knob '" + op.getName().getValue() +
                                             "': expected distinct options, "
                                             "found " +
                                             attributeText(array[i]) +
                                             " twice");
    absl::StatusOr<size_t> entry =
        addEntry(op, op.getName().getValue(), array.getValue(), path);
    if (!entry.ok())
      return entry.status();
    params[op.getResult()] = *entry;
    return absl::OkStatus();
  }

  absl::Status addAlternatives(AlternativesOp op, const Path &path) {
    if (op->getNumRegions() == 0)
      return errorAtLoc(op.getLoc(), "alternatives '" +
                                         op.getName().getValue() +
                                         "': expected at least one region, "
                                         "found none");
    auto visitRegions = [&](auto choicesOf) {
      for (auto [r, region] : llvm::enumerate(op->getRegions())) {
        std::optional<Path> inside = choicesOf(unsigned(r));
        if (inside)
          if (absl::Status status = visit(region, *inside); !status.ok())
            return status;
      }
      return absl::OkStatus();
    };
    auto visitOne = [&](const APInt &number) {
      return visitRegions([&](unsigned r) {
        return number == r ? std::optional(path) : std::nullopt;
      });
    };
    if (auto selected = op.getSelectedRegionAttr()) {
      if (absl::Status status = addSelected(op, op.getName().getValue());
          !status.ok())
        return status;
      return visitOne(*selected);
    }
    if (Value param = op.getSelectedRegionParam())
      return visitByParam(op, param, path, visitRegions, visitOne);

    SmallVector<Attribute> numbers;
    Builder builder(op.getContext());
    for (size_t r = 0; r < op->getNumRegions(); ++r)
      numbers.push_back(builder.getI64IntegerAttr(int64_t(r)));
    absl::StatusOr<size_t> entry =
        addEntry(op, op.getName().getValue(), numbers, path);
    if (!entry.ok())
      return entry.status();
    return visitRegions(
        [&](unsigned r) { return extend(path, *entry, {uint32_t(r)}); });
  }

  /// Alternatives that a knob of its own, or a constant, decides.
  template <typename VisitRegions, typename VisitOne>
  absl::Status visitByParam(AlternativesOp op, Value param, const Path &path,
                            VisitRegions visitRegions, VisitOne visitOne) {
    Attribute constant;
    if (auto knob = param.getDefiningOp<KnobOp>())
      constant = knob.getSelected().value_or(Attribute());
    if (auto value = param.getDefiningOp<transform::ParamConstantOp>())
      constant = value.getValue();
    if (auto number = dyn_cast_or_null<IntegerAttr>(constant))
      return visitOne(number.getValue());
    auto entry = params.find(param);
    if (entry != params.end())
      return visitRegions([&](unsigned r) -> std::optional<Path> {
        std::vector<uint32_t> choices;
        for (auto [i, option] :
             llvm::enumerate(result.entries[entry->second].options))
          if (auto number = dyn_cast<IntegerAttr>(option);
              number && number.getValue() == r)
            choices.push_back(uint32_t(i));
        if (choices.empty())
          return std::nullopt; // never taken
        return extend(path, entry->second, std::move(choices));
      });
    WalkResult open = op.walk([&](Operation *inner) {
      bool isOpen = inner != op && isa<KnobOp, AlternativesOp>(inner);
      return isOpen ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (open.wasInterrupted())
      return errorAtLoc(op.getLoc(),
                        "alternatives '" + op.getName().getValue() +
                            "': expected a selected_region that is a knob's "
                            "result, so that it is known which of the knobs "
                            "inside exist; found a computed one");
    return visitRegions([&](unsigned) { return std::optional(path); });
  }

  std::optional<Path> extend(Path path, size_t entry,
                             std::vector<uint32_t> choices) {
    if (result.entries[entry].options.size() > 1)
      path.push_back({entry, std::move(choices)});
    return path;
  }

  /// An op that is decided already must not have namesakes that are open.
  absl::Status addSelected(Operation *op, StringRef name) {
    selected.try_emplace(name, op);
    if (auto other = byName.find(name); other != byName.end())
      return errorAtLoc(op->getLoc(),
                        "'" + name + "' is selected here but open at " +
                            whereOf(result.entries[other->second].ops.front()) +
                            "; expected one or the other for ops of one name");
    return absl::OkStatus();
  }

  static std::string whereOf(Operation *op) {
    return toSourceLocation(op->getLoc()).str();
  }

  absl::StatusOr<size_t> addEntry(Operation *op, StringRef name,
                                  ArrayRef<Attribute> options,
                                  const Path &path) {
    if (name.empty())
      return errorAtLoc(op->getLoc(), "expected a name, found an empty one");
    if (auto other = selected.find(name); other != selected.end())
      return errorAtLoc(op->getLoc(),
                        "'" + name + "' is open here but selected at " +
                            whereOf(other->second) +
                            "; expected one or the other for ops of one name");
    auto [it, inserted] = byName.try_emplace(name, result.entries.size());
    if (inserted) {
      result.entries.push_back(
          {name.str(), {op}, SmallVector<Attribute>(options)});
      paths.push_back({path});
      return it->second;
    }
    Schedule::Entry &entry = result.entries[it->second];
    if (ArrayRef(entry.options) != options ||
        entry.ops.front()->getName() != op->getName())
      return errorAtLoc(op->getLoc(),
                        "'" + name + "' is open with other options at " +
                            whereOf(entry.ops.front()) +
                            "; ops of one name are one knob: expected the same "
                            "options, or another name");
    if (!llvm::is_contained(entry.ops, op))
      entry.ops.push_back(op);
    addPath(paths[it->second], path);
    return it->second;
  }

  /// A path that another begins with says what both say.
  static void addPath(std::vector<Path> &paths, const Path &added) {
    auto beginsWith = [](const Path &path, const Path &start) {
      return path.size() >= start.size() &&
             std::equal(start.begin(), start.end(), path.begin());
    };
    if (llvm::any_of(paths,
                     [&](const Path &p) { return beginsWith(added, p); }))
      return;
    llvm::erase_if(paths, [&](const Path &p) { return beginsWith(p, added); });
    paths.push_back(added);
  }

  /// Entries of two options or more, with their conditions. Those that a later
  /// op of their name makes depend on a later knob wait for it.
  absl::Status makeKnobs() {
    std::vector<size_t> waiting;
    for (size_t e = 0; e < result.entries.size(); ++e)
      if (result.entries[e].options.size() > 1)
        waiting.push_back(e);
    while (!waiting.empty()) {
      std::vector<size_t> left;
      for (size_t e : waiting) {
        if (!isReady(e))
          left.push_back(e);
        else if (absl::Status status = makeKnob(e); !status.ok())
          return status;
      }
      if (left.size() == waiting.size())
        return dependsOnSeveral(result.entries[left.front()]);
      waiting = std::move(left);
    }
    return absl::OkStatus();
  }

  bool isReady(size_t e) const {
    return llvm::all_of(paths[e], [&](const Path &path) {
      return llvm::all_of(path, [&](const Term &term) {
        return result.entries[term.knob].knob != Schedule::Entry::kNoKnob;
      });
    });
  }

  absl::Status makeKnob(size_t e) {
    Schedule::Entry &entry = result.entries[e];
    Knob knob;
    knob.name = "schedule/" + entry.name;
    for (Attribute option : entry.options)
      knob.choices.push_back(toChoice(option));
    std::vector<Path> ofKnobs = paths[e];
    for (Path &path : ofKnobs)
      for (Term &term : path)
        term.knob = result.entries[term.knob].knob;
    switch (findCondition(ofKnobs, result.knobs, knob.condition)) {
    case ConditionError::None:
      break;
    case ConditionError::NotOneParent:
      return dependsOnSeveral(entry);
    case ConditionError::TooMany:
      return errorAtLoc(entry.ops.front()->getLoc(),
                        "'" + entry.name +
                            "' exists depending on too many knobs" +
                            otherPlaces(entry) +
                            "; expected a name of its own in each place");
    }
    entry.knob = result.knobs.size();
    result.knobs.push_back(std::move(knob));
    return absl::OkStatus();
  }

  static absl::Status dependsOnSeveral(const Schedule::Entry &entry) {
    return errorAtLoc(
        entry.ops.front()->getLoc(),
        "'" + entry.name +
            "' exists depending on the choices of more than one "
            "knob at once" +
            otherPlaces(entry) +
            "; expected regions of one alternatives op, or a name "
            "of its own in each place");
  }

  static std::string otherPlaces(const Schedule::Entry &entry) {
    std::string text;
    for (Operation *op : ArrayRef(entry.ops).drop_front())
      text += (text.empty() ? " (also at " : ", ") + whereOf(op);
    return text.empty() ? text : text + ")";
  }

  SymbolTable symbols;
  Collected result;
  std::vector<std::vector<Path>> paths; ///< of each entry; in terms of entries
  llvm::StringMap<size_t> byName;
  llvm::StringMap<Operation *> selected;
  DenseMap<Value, size_t> params; ///< results of open knobs
  DenseMap<Operation *, std::vector<Path>> visited;
};

} // namespace

absl::StatusOr<Collected>
schedule::collectKnobs(transform::NamedSequenceOp entry) {
  return Collector(entry).run(entry);
}
