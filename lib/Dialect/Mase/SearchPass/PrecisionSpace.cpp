// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the seeds of a search configuration to knobs and layer choices.
#include "PrecisionSpace.h"

#include "mase/Config/NearestNames.h"
#include "mase/Evaluate/FromIR.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

/// A layer's choices are all laid out; more than this is a mistake.
constexpr size_t kMaxChoices = 1 << 20;

static absl::Status checkSeeds(const LayerMap &network,
                               const SearchConfig &config) {
  std::vector<std::string> names;
  for (auto &[name, op] : network)
    if (isa<QuantizableOpInterface>(op))
      names.push_back(name.str());
  ArrayRef<std::string> types = quantizableLayerTypes();
  bool byName = *config.space.by == SelectBy::Name;
  for (const SeedEntry &seed : config.space.seeds) {
    // MASE's files hold seeds for layers and for types side by side; `by` says
    // which of them count.
    if (llvm::is_contained(names, seed.key) ||
        llvm::is_contained(types, seed.key))
      continue;
    if (auto it = network.find(seed.key); it != network.end())
      return errorAt(seed.location,
                     "layer '" + seed.key + "' is a " +
                         cast<LayerOpInterface>(it->second).getLayerType() +
                         ", which cannot be quantised" +
                         nearestNamesText(seed.key, names));
    return errorAt(
        seed.location,
        (byName ? "no layer '" : "unknown layer type '") + seed.key +
            (byName ? "' in the network" : "'") +
            nearestNamesText(seed.key,
                             byName ? ArrayRef<std::string>(names) : types));
  }
  return absl::OkStatus();
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
  for (auto [knob, radix] : llvm::zip_equal(knobs, radices))
    index = index * radix + point[knob];
  return index;
}

namespace {
class SpaceBuilder {
public:
  explicit SpaceBuilder(const SearchConfig &config) : config(config) {}

  absl::Status addLayer(QuantizableOpInterface op, PrecisionSpace &result) {
    auto layerOp = cast<LayerOpInterface>(*op);
    LayerKnobs layer;
    layer.op = op;
    layer.name = layerOp.getLayerName();
    const SeedEntry *seed =
        config.space.lookup(layer.name, layerOp.getLayerType());
    std::vector<ChoiceList> lists;
    if (seed)
      for (const ChoiceList &list : seed->lists)
        if (concernsLayer(op, list.key))
          lists.push_back(list);
    // The format's name decides whether the others exist, so it comes first.
    auto name = llvm::find_if(
        lists, [](const ChoiceList &list) { return list.key == "name"; });
    if (name != lists.end())
      std::rotate(lists.begin(), name, name + 1);
    addKnobs(lists, layer, result);
    if (!seed) {
      // Not named and no default: the layer stays as it is.
      PrecisionAttr precision = op.getLayerPrecision();
      layer.choices.push_back(
          {precision, toLayerPrecision(precision).value_or(LayerPrecision()),
           ActivationFormats::of(precision), LayerCosts(layerOp).in(precision),
           ""});
    } else if (absl::Status status = addChoices(lists, *seed, layer);
               !status.ok()) {
      return status;
    }
    result.layers.push_back(std::move(layer));
    return absl::OkStatus();
  }

  std::vector<Knob> knobs;

private:
  void addKnobs(const std::vector<ChoiceList> &lists, LayerKnobs &layer,
                PrecisionSpace &result) {
    std::optional<Knob::Condition> quantised;
    for (const ChoiceList &list : lists) {
      StringRef path[] = {layer.name, "config", list.key};
      if (list.choices.size() == 1) {
        result.sampledConfig.addConstant(path, list.choices.front());
        continue;
      }
      Knob knob;
      knob.name = layer.name + "/config/" + list.key;
      knob.choices = list.choices;
      if (list.key == "name") {
        Knob::Condition condition{knobs.size(), {}};
        for (auto [i, choice] : llvm::enumerate(list.choices))
          if (!std::holds_alternative<std::monostate>(choice))
            condition.choices.push_back(uint32_t(i));
        if (condition.choices.size() < list.choices.size())
          quantised = condition;
      } else {
        knob.condition = quantised;
      }
      result.sampledConfig.addKnob(path, knobs.size());
      layer.knobs.push_back(knobs.size());
      layer.radices.push_back(list.choices.size());
      knobs.push_back(std::move(knob));
    }
  }

  /// Every combination of the lists' choices.
  absl::Status addChoices(const std::vector<ChoiceList> &lists,
                          const SeedEntry &seed, LayerKnobs &layer) {
    size_t count = 1;
    for (const ChoiceList &list : lists) {
      count *= list.choices.size();
      if (count > kMaxChoices)
        return errorAt(seed.location,
                       "layer '" + layer.name + "' has more than " +
                           std::to_string(kMaxChoices) +
                           " combinations of choices; expected shorter lists");
    }
    std::vector<size_t> position(lists.size(), 0);
    LayerCosts costs(cast<LayerOpInterface>(layer.operation()));
    for (size_t n = 0; n < count; ++n) {
      std::vector<LayerSetting> settings;
      for (auto [list, p] : llvm::zip_equal(lists, position))
        settings.push_back({list.key, list.choices[p], list.location});
      auto config = makeLayerConfig(settings, seed.location);
      if (!config.ok())
        return config.status();
      layer.choices.push_back(makeChoice(layer.op, *config, costs));
      for (size_t i = lists.size(); i-- > 0;) {
        if (++position[i] < lists[i].choices.size())
          break;
        position[i] = 0;
      }
    }
    return absl::OkStatus();
  }

  static LayerChoice makeChoice(QuantizableOpInterface op,
                                const LayerConfig &config, LayerCosts &costs) {
    LayerChoice choice;
    auto [precision, reason] = makePrecision(op, config);
    choice.precision = precision;
    choice.illegal = reason.value_or("");
    choice.activations = ActivationFormats::of(precision);
    choice.cost = costs.in(precision);
    if (auto formats = toLayerPrecision(precision))
      choice.formats = *formats;
    else
      choice.illegal = "the evaluator has no such format";
    return choice;
  }

  const SearchConfig &config;
};
} // namespace

absl::StatusOr<PrecisionSpace>
PrecisionSpace::create(const LayerMap &network, const SearchConfig &config,
                       bool mayBeEmpty) {
  if (absl::Status status = checkSeeds(network, config); !status.ok())
    return status;
  PrecisionSpace result;
  SpaceBuilder builder(config);
  for (auto &[name, op] : network)
    if (auto layer = dyn_cast<QuantizableOpInterface>(op))
      if (absl::Status status = builder.addLayer(layer, result); !status.ok())
        return status;
  if (builder.knobs.empty() && !mayBeEmpty)
    return absl::InvalidArgumentError(
        formatError({config.file, 0, 0},
                    "nothing to search: expected a layer whose seed has a "
                    "list of two choices or more, found none"));
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
