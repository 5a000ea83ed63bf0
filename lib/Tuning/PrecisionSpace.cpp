// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the seeds of a search configuration to knobs and layer choices.
#include "PrecisionSpace.h"

#include "LayerChoices.h"

#include "mase/Evaluate/FromIR.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mase;

static absl::Status checkSeeds(MLIRContext *context, const LayerMap &network,
                               const SearchConfig &config) {
  std::vector<std::string> names;
  for (auto &[name, op] : network)
    if (isa<QuantizableOpInterface>(op))
      names.push_back(name.str());
  std::vector<std::string> types = quantizableLayerTypes(context);
  bool byName = *config.space.by == SelectBy::Name;
  for (const SeedEntry &seed : config.space.seeds) {
    // MASE's files hold seeds for layers and for types side by side; `by` says
    // which of them count.
    if (llvm::is_contained(names, seed.key) ||
        llvm::is_contained(types, seed.key))
      continue;
    if (auto it = network.find(seed.key); it != network.end())
      return errorAt(seed.location,
                     "layer " + quoted(seed.key) + " is a " +
                         cast<LayerOpInterface>(it->second).getLayerType() +
                         ", which cannot be quantised" +
                         nearestNamesText(seed.key, names));
    return errorAt(seed.location,
                   byName ? "no layer " + quoted(seed.key) + " in the network" +
                                nearestNamesText(seed.key, names)
                          : wrongLayerTypeText(context, network, seed.key));
  }
  return absl::OkStatus();
}

/// The seeds that no layer takes, in one line: MASE's files hold seeds for
/// names and for types side by side.
static std::optional<LocatedText> idleSeedsText(const LayerMap &network,
                                                const SearchConfig &config) {
  llvm::SmallPtrSet<const SeedEntry *, 8> used;
  for (auto &[name, op] : network)
    if (isa<QuantizableOpInterface>(op))
      used.insert(
          config.space.lookup(name, cast<LayerOpInterface>(op).getLayerType()));
  std::string idle;
  const SeedEntry *first = nullptr;
  for (const SeedEntry &seed : config.space.seeds) {
    if (used.contains(&seed))
      continue;
    first = first ? first : &seed;
    idle += (idle.empty() ? "'" : ", '") + seed.key + "'";
  }
  if (!first)
    return std::nullopt;
  bool byName = *config.space.by == SelectBy::Name;
  return LocatedText{first->location,
                     "no layer takes the seeds of " + idle + ": by = \"" +
                         (byName ? "name" : "type") + "\" looks for layers' " +
                         (byName ? "names" : "types")};
}

/// Whether `op` has what the settings key `key` is about.
static bool concernsLayer(QuantizableOpInterface op, StringRef key) {
  for (OperandRole role : {OperandRole::Weight, OperandRole::Bias})
    if (key.starts_with(stringify(role)))
      return llvm::is_contained(op.getOperandRoles(), role);
  return true;
}

size_t LayerKnobs::choiceAt(const Point &point) const {
  size_t index = 0;
  for (size_t k = 0; k < knobs.size(); ++k)
    index = index * radices[k] + point[knobs[k]];
  return index;
}

namespace {
/// The lists of a seed that mean something for some layers, and their knobs.
struct KnobGroup {
  std::string prefix; ///< of the knobs' names
  std::vector<ChoiceList> lists;
  std::vector<std::optional<size_t>> knobs; ///< by list; none: one choice
};

class SpaceBuilder {
public:
  SpaceBuilder(const SearchConfig &config, PrecisionSpace &result)
      : config(config), result(result) {}

  absl::Status addLayers(const LayerMap &network) {
    using Layer = std::pair<QuantizableOpInterface, const SeedEntry *>;
    std::vector<Layer> layers;
    for (auto &[name, op] : network)
      if (auto layer = dyn_cast<QuantizableOpInterface>(op))
        layers.push_back(
            {layer, config.space.lookup(
                        name, cast<LayerOpInterface>(op).getLayerType())});
    llvm::SmallDenseMap<const SeedEntry *, KnobGroup> tied;
    for (auto &[op, seed] : layers) {
      if (!seed) {
        addUnseeded(op);
        continue;
      }
      KnobGroup group;
      if (!*config.space.tie) {
        group = makeGroup(*seed,
                          cast<LayerOpInterface>(*op).getLayerName().str(), op);
      } else if (auto it = tied.find(seed); it != tied.end()) {
        group = it->second;
      } else {
        std::vector<QuantizableOpInterface> covered;
        for (auto &[other, otherSeed] : layers)
          if (otherSeed == seed)
            covered.push_back(other);
        group = makeGroup(*seed, seed->key, covered);
        tied[seed] = group;
      }
      if (absl::Status status = addLayer(op, *seed, group); !status.ok())
        return status;
    }
    return absl::OkStatus();
  }

  std::vector<Knob> knobs;

private:
  /// Not named and no default: the layer stays as it is.
  void addUnseeded(QuantizableOpInterface op) {
    auto layerOp = cast<LayerOpInterface>(*op);
    LayerKnobs layer;
    layer.op = op;
    layer.name = layerOp.getLayerName();
    PrecisionAttr precision = op.getLayerPrecision();
    for (OperandRole role : kAllRoles)
      if (precision && precision.getFormat(role) &&
          precision.getFormat(role).getNumberFormat()->open())
        noteOpen({config.file, 0, 0}, layer.name,
                 stringify(role) + "' is still open in the network");
    layer.choices.push_back({precision, toLayerPrecision(op, precision),
                             ActivationFormats::of(precision),
                             LayerCosts(layerOp).in(precision),
                             absl::OkStatus()});
    result.layers.push_back(std::move(layer));
  }

  void noteOpen(const SourceLocation &location, StringRef layer,
                const Twine &what) {
    if (!result.open)
      result.open = {location, ("layer " + quoted(layer) + ": '" + what).str()};
  }

  /// The first value of `list` that is "auto".
  void noteOpen(const ChoiceList &list, StringRef layer) {
    for (const std::vector<ConfigValue> &choice : list.choices)
      for (auto [key, value] : llvm::zip_equal(list.keys, choice))
        if (value == ConfigValue(std::string("auto")))
          noteOpen(list.location, layer, key + "' is \"auto\"");
  }

  KnobGroup makeGroup(const SeedEntry &seed, std::string prefix,
                      ArrayRef<QuantizableOpInterface> layers) {
    KnobGroup group;
    group.prefix = std::move(prefix);
    for (const ChoiceList &list : seed.lists)
      if (ChoiceList part = project(
              list,
              [&](const std::string &key) {
                return llvm::any_of(layers, [&](QuantizableOpInterface op) {
                  return concernsLayer(op, key);
                });
              });
          !part.keys.empty())
        group.lists.push_back(std::move(part));
    // What decides whether the others mean anything comes first.
    for (StringRef first : {"bypass", "name"})
      if (auto it = llvm::find_if(
              group.lists,
              [&](const ChoiceList &list) { return list.has(first); });
          it != group.lists.end())
        std::rotate(group.lists.begin(), it, it + 1);
    dropIdle(group, seed);
    addKnobs(group);
    return group;
  }

  /// The keys of a list that `isWanted`, each choice of them once.
  static ChoiceList
  project(const ChoiceList &list,
          llvm::function_ref<bool(const std::string &)> isWanted) {
    ChoiceList result{{}, {}, list.location};
    for (const std::string &key : list.keys)
      if (isWanted(key))
        result.keys.push_back(key);
    for (const std::vector<ConfigValue> &values : list.choices) {
      std::vector<ConfigValue> wanted;
      for (auto [key, value] : llvm::zip_equal(list.keys, values))
        if (llvm::is_contained(result.keys, key))
          wanted.push_back(value);
      if (!llvm::is_contained(result.choices, wanted))
        result.choices.push_back(std::move(wanted));
    }
    return result;
  }

  /// Whether a choice of `list` leaves the layer in float.
  static bool isFloat(const ChoiceList &list,
                      const std::vector<ConfigValue> &choice) {
    if (list.has("name"))
      return std::holds_alternative<std::monostate>(choice.front());
    return list.has("bypass") && choice.front() == ConfigValue(true);
  }

  /// Where a layer is in float whatever its lists say, they are no knobs:
  /// points that differ in them alone would be one network.
  void dropIdle(KnobGroup &group, const SeedEntry &seed) {
    auto isAlwaysFloat = [](const ChoiceList &list) {
      return llvm::all_of(list.choices, [&](const auto &choice) {
        return isFloat(list, choice);
      });
    };
    auto decisive = llvm::find_if(group.lists, isAlwaysFloat);
    if (decisive == group.lists.end())
      return;
    std::string reason =
        decisive->has("name") ? "name = \"NA\"" : "bypass = true";
    std::string dropped;
    llvm::erase_if(group.lists, [&](const ChoiceList &list) {
      if (list.choices.size() == 1 || isAlwaysFloat(list))
        return false;
      dropped += (dropped.empty() ? "'" : "', '") + list.name();
      return true;
    });
    if (dropped.empty())
      return;
    LocatedText warning{seed.location,
                        "the lists of " + dropped +
                            "' have no effect and are no knobs: " + reason +
                            " alone leaves " + quoted(seed.key) + " in float"};
    if (!llvm::is_contained(result.warnings, warning))
      result.warnings.push_back(std::move(warning));
  }

  void addKnobs(KnobGroup &group) {
    std::optional<Knob::Condition> quantised;
    for (const ChoiceList &list : group.lists) {
      group.knobs.emplace_back();
      if (list.choices.size() == 1)
        continue;
      std::string name = group.prefix + "/config/" + list.name();
      Knob knob;
      if (list.keys.size() == 1) {
        knob.name = std::move(name);
        for (const std::vector<ConfigValue> &choice : list.choices)
          knob.choices.push_back(choice.front());
      } else {
        knob = Knob::ofSeveral(std::move(name), list.choices);
      }
      knob.condition = quantised;
      Knob::Condition condition{knobs.size(), {}};
      for (auto [i, choice] : llvm::enumerate(list.choices))
        if (!isFloat(list, choice))
          condition.choices.push_back(uint32_t(i));
      if (condition.choices.size() < list.choices.size())
        quantised = std::move(condition);
      group.knobs.back() = knobs.size();
      knobs.push_back(std::move(knob));
      result.knobKeys.push_back(list.keys);
    }
  }

  absl::Status addLayer(QuantizableOpInterface op, const SeedEntry &seed,
                        const KnobGroup &group) {
    LayerKnobs layer;
    layer.op = op;
    layer.name = cast<LayerOpInterface>(*op).getLayerName();
    std::vector<ChoiceList> lists; // of this layer's keys alone
    for (auto [list, knob] : llvm::zip_equal(group.lists, group.knobs)) {
      ChoiceList own{{}, {}, list.location};
      own.choices.resize(list.choices.size());
      for (auto [part, key] : llvm::enumerate(list.keys)) {
        if (!concernsLayer(op, key))
          continue;
        own.keys.push_back(key);
        for (auto [to, from] : llvm::zip_equal(own.choices, list.choices))
          to.push_back(from[part]);
        StringRef path[] = {layer.name, "config", key};
        if (!knob)
          result.sampledConfig.addConstant(path, list.choices.front()[part]);
        else if (list.keys.size() == 1)
          result.sampledConfig.addKnob(path, *knob);
        else
          result.sampledConfig.addKnob(path, *knob, part);
      }
      if (own.keys.empty())
        continue;
      if (knob) {
        layer.knobs.push_back(*knob);
        layer.radices.push_back(list.choices.size());
      }
      noteOpen(own, layer.name);
      lists.push_back(std::move(own));
    }
    if (absl::Status status = addChoices(lists, seed, layer); !status.ok())
      return status;
    // Every trial would fail for it.
    if (llvm::all_of(layer.choices, [](const LayerChoice &choice) {
          return !choice.illegal.ok();
        }))
      return layer.choices.front().illegal;
    result.layers.push_back(std::move(layer));
    return absl::OkStatus();
  }

  const SearchConfig &config;
  PrecisionSpace &result;
};
} // namespace

/// There are no knobs; `idle` says of which lists that could be.
static absl::Status nothingToSearch(const SearchConfig &config,
                                    std::vector<LocatedText> idle) {
  if (idle.empty())
    return errorAt({config.file, 0, 0},
                   "nothing to search: expected a layer whose seed has a list "
                   "of two choices or more, found none");
  llvm::sort(idle, [](const LocatedText &a, const LocatedText &b) {
    return a.location.line < b.location.line;
  });
  return errorAt(
      idle.front().location,
      "nothing to search: " +
          llvm::join(
              llvm::map_range(idle, [](auto &entry) { return entry.text; }),
              "; "));
}

absl::StatusOr<PrecisionSpace>
PrecisionSpace::create(MLIRContext *context, const LayerMap &network,
                       const SearchConfig &config, bool mayBeEmpty) {
  if (absl::Status status = checkSeeds(context, network, config); !status.ok())
    return status;
  PrecisionSpace result;
  result.idleSeeds = idleSeedsText(network, config);
  SpaceBuilder builder(config, result);
  if (absl::Status status = builder.addLayers(network); !status.ok())
    return status;
  if (builder.knobs.empty() && !mayBeEmpty)
    return nothingToSearch(config, std::move(result.warnings));
  absl::StatusOr<Space> space = Space::create(std::move(builder.knobs));
  if (!space.ok())
    return space.status();
  result.space = *std::move(space);
  // What MASE writes beside the layers.
  using Entry = std::pair<const char *, Choice>;
  const Entry defaults[] = {
      {"name", std::string("integer")},   {"bypass", true},
      {"bias_frac_width", int64_t(5)},    {"bias_width", int64_t(8)},
      {"data_in_frac_width", int64_t(5)}, {"data_in_width", int64_t(8)},
      {"weight_frac_width", int64_t(3)},  {"weight_width", int64_t(8)}};
  for (const auto &[key, value] : defaults)
    result.sampledConfig.addConstant({"default", "config", key}, value);
  result.sampledConfig.addConstant({"accelerator"}, config.accelerator.isSet()
                                                        ? *config.accelerator
                                                        : std::string("auto"));
  return result;
}
