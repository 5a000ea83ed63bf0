// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Points to try first: baselines and a configuration's list.
#include "PrecisionSpace.h"

#include "mase/Config/NearestNames.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// The setting of knob "layer/config/key".
static StringRef keyOf(const Knob &knob) {
  return StringRef(knob.name).rsplit('/').second;
}

/// Whether a schedule has the knob: "schedule/name".
static bool isOfSchedule(const Knob &knob) {
  return StringRef(knob.name).starts_with("schedule/") &&
         StringRef(knob.name).count('/') == 1;
}

static bool isNA(const Choice &choice) {
  return std::holds_alternative<std::monostate>(choice);
}

/// The position of the choice that is nearest to `wanted`, the smaller of two.
static uint32_t nearestChoice(const Knob &knob, double wanted) {
  uint32_t best = 0;
  double bestDistance = HUGE_VAL, bestValue = 0;
  for (auto [i, choice] : llvm::enumerate(knob.choices)) {
    const auto *value = std::get_if<int64_t>(&choice);
    if (!value)
      continue;
    double distance = std::abs(double(*value) - wanted);
    if (distance < bestDistance ||
        (distance == bestDistance && double(*value) < bestValue)) {
      best = uint32_t(i);
      bestDistance = distance;
      bestValue = double(*value);
    }
  }
  return best;
}

/// All widths at `width`, or all layers that may be in float (width 0).
static Point baseline(const Space &space, int width) {
  Point point(space.numKnobs(), 0);
  for (auto [k, knob] : llvm::enumerate(space.knobs())) {
    StringRef key = keyOf(knob);
    if (isOfSchedule(knob))
      continue; // the first choice
    if (key == "name") {
      auto it = llvm::find_if(knob.choices, [&](const Choice &choice) {
        return isNA(choice) == (width == 0);
      });
      if (it != knob.choices.end())
        point[k] = uint32_t(it - knob.choices.begin());
    } else if (key.ends_with("frac_width")) {
      // "NA" is half of the width.
      auto na = llvm::find_if(knob.choices, isNA);
      point[k] = na != knob.choices.end() ? uint32_t(na - knob.choices.begin())
                                          : nearestChoice(knob, 0.5 * width);
    } else if (key.ends_with("width")) {
      point[k] = nearestChoice(knob, width ? width : 32);
    }
  }
  space.canonicalize(point);
  return point;
}

/// A list of choices as it stands in a file.
static std::string choicesText(const Knob &knob) {
  std::string text;
  for (const Choice &choice : knob.choices)
    text += (text.empty() ? "" : ", ") +
            (isNA(choice) ? std::string("\"NA\"") : toJson(choice));
  return "[" + text + "]";
}

namespace {
/// Makes a point of a configuration's entries.
class EntryReader {
public:
  EntryReader(const PrecisionSpace &space, const EnqueuedConfig &config)
      : space(space), config(config) {}

  absl::StatusOr<Point> read() {
    if (absl::Status status = checkNames(); !status.ok())
      return status;
    Point point(space.space.numKnobs(), 0);
    for (const LayerKnobs &layer : space.layers)
      for (size_t k : layer.knobs) {
        const Knob &knob = space.space.knobs()[k];
        const LayerSetting *setting = find(layer, keyOf(knob));
        if (!setting) {
          if (!space.space.isActive(point, k))
            continue;
          return errorAt(config.location,
                         "a configuration to try first says nothing of '" +
                             keyOf(knob) + "' of layer '" + layer.name +
                             "'; expected one of " + choicesText(knob));
        }
        auto it = llvm::find(knob.choices, setting->value);
        if (it == knob.choices.end())
          return errorAt(setting->location,
                         "'" + keyOf(knob) + "' of layer '" + layer.name +
                             "' cannot be " + toJson(setting->value) +
                             "; expected one of " + choicesText(knob));
        point[k] = uint32_t(it - knob.choices.begin());
      }
    if (absl::Status status = readSchedule(point); !status.ok())
      return status;
    space.space.canonicalize(point);
    return point;
  }

private:
  /// Knobs of a schedule, by name below "schedule"; those that are not said
  /// take their first choice.
  absl::Status readSchedule(Point &point) const {
    std::vector<std::string> names;
    for (const Knob &knob : space.space.knobs())
      if (isOfSchedule(knob))
        names.push_back(keyOf(knob).str());
    for (const EnqueuedLayer &entry : config.layers) {
      if (entry.layer != "schedule")
        continue;
      for (const LayerSetting &setting : entry.settings) {
        auto k = space.space.find("schedule/" + setting.key);
        if (!k)
          return errorAt(setting.location,
                         "no knob '" + setting.key + "' in the schedule" +
                             nearestNamesText(setting.key, names));
        const Knob &knob = space.space.knobs()[*k];
        auto it = llvm::find(knob.choices, setting.value);
        if (it == knob.choices.end())
          return errorAt(setting.location,
                         "'" + setting.key + "' of the schedule cannot be " +
                             toJson(setting.value) + "; expected one of " +
                             choicesText(knob));
        point[*k] = uint32_t(it - knob.choices.begin());
      }
    }
    return absl::OkStatus();
  }

  static StringRef typeOf(const LayerKnobs &layer) {
    return cast<LayerOpInterface>(layer.operation()).getLayerType();
  }

  /// The entry by name before the one by type before the default.
  const LayerSetting *find(const LayerKnobs &layer, StringRef key) const {
    for (StringRef wanted :
         {StringRef(layer.name), typeOf(layer), StringRef("default")})
      for (const EnqueuedLayer &entry : config.layers)
        if (entry.layer == wanted)
          for (const LayerSetting &setting : entry.settings)
            if (setting.key == key)
              return &setting;
    return nullptr;
  }

  absl::Status checkNames() const {
    std::vector<std::string> names = {"default"};
    for (const LayerKnobs &layer : space.layers)
      for (const std::string &name : {layer.name, typeOf(layer).str()})
        if (!layer.knobs.empty() && !llvm::is_contained(names, name))
          names.push_back(name);
    bool hasSchedule = llvm::any_of(space.space.knobs(), isOfSchedule);
    for (const EnqueuedLayer &entry : config.layers) {
      if (hasSchedule && entry.layer == "schedule")
        continue;
      if (!llvm::is_contained(names, entry.layer))
        return errorAt(entry.location,
                       "no layer '" + entry.layer + "' in the search space" +
                           nearestNamesText(entry.layer, names));
      for (const LayerSetting &setting : entry.settings)
        if (!llvm::is_contained(layerConfigKeys(), setting.key))
          return errorAt(setting.location,
                         "unknown key '" + setting.key + "'" +
                             nearestNamesText(setting.key, layerConfigKeys()));
    }
    return absl::OkStatus();
  }

  const PrecisionSpace &space;
  const EnqueuedConfig &config;
};
} // namespace

absl::StatusOr<std::vector<Point>>
PrecisionSpace::enqueuedPoints(const SearchConfig &config) const {
  std::vector<Point> points;
  if (*config.strategy.setup.baselines)
    for (int width : {8, 4, 2, 0})
      points.push_back(baseline(space, width));
  for (const EnqueuedConfig &entry : config.strategy.enqueued) {
    absl::StatusOr<Point> point = EntryReader(*this, entry).read();
    if (!point.ok())
      return point.status();
    points.push_back(*std::move(point));
  }
  return points;
}
