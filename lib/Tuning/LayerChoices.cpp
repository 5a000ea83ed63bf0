// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From lists of settings to precisions, what they cost and why they are not
// legal.
#include "LayerChoices.h"

#include "mase/Evaluate/FromIR.h"
#include "mase/Support/Error.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

/// A layer's choices are all laid out; more than this is a mistake.
constexpr size_t kMaxChoices = 1 << 20;

namespace {
/// What the choices of a layer's lists make of one operand's format. Few lists
/// say something of it, so that many combinations share one.
class OperandConfigs {
public:
  OperandConfigs(OperandRole role, ArrayRef<ChoiceList> all,
                 const SourceLocation &location)
      : role(role), all(all), location(location) {
    size_t count = 1;
    for (auto [i, list] : llvm::enumerate(all))
      if (llvm::any_of(list.keys, [&](StringRef key) { return isOf(key); })) {
        lists.push_back(i);
        count *= list.choices.size();
      }
    made.resize(count);
  }

  /// Sets what `config` says of the operand where each list has the choice at
  /// its position.
  absl::Status setIn(LayerConfig &config, ArrayRef<size_t> position) {
    size_t index = 0;
    for (size_t i : lists)
      index = index * all[i].choices.size() + position[i];
    std::optional<LayerConfig> &own = made[index];
    if (!own) {
      auto config = make(position);
      if (!config.ok())
        return config.status();
      own = *std::move(config);
    }
    if (!own->name.empty())
      config.name = own->name;
    config.bypass = own->bypass;
    config.formats[role] = own->formats[role];
    return absl::OkStatus();
  }

private:
  /// Whether the key is the operand's or the whole layer's. A bias without keys
  /// has the weight's.
  bool isOf(StringRef key) const {
    for (OperandRole other : kAllRoles)
      if (key.starts_with(stringify(other)))
        return other == role ||
               (role == OperandRole::Bias && other == OperandRole::Weight);
    return true;
  }

  absl::StatusOr<LayerConfig> make(ArrayRef<size_t> position) const {
    std::vector<LayerSetting> settings;
    for (size_t i : lists)
      for (auto [key, value] :
           llvm::zip_equal(all[i].keys, all[i].choices[position[i]]))
        if (isOf(key))
          settings.push_back({key, value, all[i].location});
    return makeLayerConfig(settings, location);
  }

  OperandRole role;
  ArrayRef<ChoiceList> all;
  const SourceLocation &location;
  std::vector<size_t> lists;
  std::vector<std::optional<LayerConfig>> made; ///< by those lists' choices
};
} // namespace

static LayerChoice makeChoice(QuantizableOpInterface op,
                              const LayerConfig &config, LayerCosts &costs) {
  LayerChoice choice;
  auto [precision, reason] = makePrecision(op, config);
  choice.precision = precision;
  if (reason)
    choice.illegal = errorAt(reason->location, reason->text);
  choice.activations = ActivationFormats::of(precision);
  choice.cost = costs.in(precision);
  choice.formats = toLayerPrecision(op, precision);
  return choice;
}

absl::Status mase::addChoices(ArrayRef<ChoiceList> lists, const SeedEntry &seed,
                              LayerKnobs &layer) {
  size_t count = 1;
  for (const ChoiceList &list : lists) {
    count *= list.choices.size();
    if (count > kMaxChoices)
      return errorAt(seed.location,
                     "layer " + quoted(layer.name) + " has more than " +
                         std::to_string(kMaxChoices) +
                         " combinations of choices; expected shorter lists");
  }
  layer.choices.reserve(count);
  std::vector<size_t> position(lists.size(), 0);
  LayerCosts costs(cast<LayerOpInterface>(layer.operation()));
  std::vector<OperandConfigs> operands;
  for (OperandRole role : kAllRoles)
    operands.emplace_back(role, lists, seed.location);
  for (size_t n = 0; n < count; ++n) {
    LayerConfig config;
    config.location = seed.location;
    for (OperandConfigs &operand : operands)
      if (absl::Status status = operand.setIn(config, position); !status.ok())
        return status;
    layer.choices.push_back(makeChoice(layer.op, config, costs));
    for (size_t i = lists.size(); i-- > 0;) {
      if (++position[i] < lists[i].choices.size())
        break;
      position[i] = 0;
    }
  }
  return absl::OkStatus();
}
