// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Points to try first: baselines and a configuration's list.
#include "PrecisionSpace.h"

#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <array>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mase;

/// The name of a schedule's knob.
static StringRef nameOf(const Knob &knob) {
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

/// The value of key `part` in choice `c`.
static const Choice &valueOf(const Knob &knob, size_t c, size_t part) {
  return knob.parts.empty() ? knob.choices[c] : knob.parts[c][part];
}

/// How far a setting is from a uniform `width` (0: float): first what decides
/// whether a layer is quantised, then widths, then fractions, the smaller value
/// of two.
static std::array<double, 4> distanceTo(StringRef key, const Choice &value,
                                        int width) {
  if (key == "name" || key == "bypass") {
    bool isFloat = isNA(value) || value == Choice(true);
    return {double(isFloat != (width == 0)), 0, 0, 0};
  }
  const auto *number = std::get_if<int64_t>(&value);
  double wanted = width ? width : 32;
  // "NA" is half of the width.
  if (key.ends_with("frac_width"))
    return {0, 0, number ? std::abs(double(*number) - 0.5 * width) : -1,
            number ? double(*number) : 0};
  if (key.ends_with("width") && number)
    return {0, std::abs(double(*number) - wanted), 0, double(*number)};
  return {};
}

/// All widths at `width`, or all layers that may be in float (width 0).
static Point baseline(const PrecisionSpace &precision, int width) {
  const Space &space = precision.space;
  Point point(space.numKnobs(), 0);
  for (auto [k, keys] : llvm::enumerate(precision.knobKeys)) {
    const Knob &knob = space.knobs()[k];
    std::array<double, 4> best;
    best.fill(HUGE_VAL);
    for (size_t c = 0; c < knob.choices.size(); ++c) {
      std::array<double, 4> distance = {};
      for (auto [part, key] : llvm::enumerate(keys))
        for (auto [sum, one] : llvm::zip_equal(
                 distance, distanceTo(key, valueOf(knob, c, part), width)))
          sum += one;
      if (distance < best) {
        best = distance;
        point[k] = uint32_t(c);
      }
    }
  }
  space.canonicalize(point); // a schedule's knobs take their first choice
  return point;
}

/// A value as it stands in a file.
static std::string valueText(const Choice &value) {
  return isNA(value) ? std::string("\"NA\"") : toJson(value);
}

/// A list of choices as it stands in a file.
static std::string choicesText(const Knob &knob) {
  std::string text;
  for (size_t c = 0; c < knob.choices.size(); ++c) {
    text += text.empty() ? "" : ", ";
    if (knob.parts.empty())
      text += valueText(knob.choices[c]);
    else
      text += "[" +
              llvm::join(llvm::map_range(knob.parts[c], valueText), ", ") + "]";
  }
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
    for (size_t k = 0; k < space.knobKeys.size(); ++k)
      if (absl::Status status = readKnob(k, point); !status.ok())
        return status;
    if (absl::Status status = readSchedule(point); !status.ok())
      return status;
    space.space.canonicalize(point);
    return point;
  }

private:
  /// What the configuration says of one of a knob's keys, with a layer that the
  /// knob sets. Tied layers must be told the same.
  struct Wish {
    const LayerSetting *setting = nullptr;
    const LayerKnobs *layer = nullptr;
  };
  absl::StatusOr<Wish> wishFor(size_t k, StringRef key) const {
    Wish wish;
    for (const LayerKnobs &layer : space.layers) {
      if (!llvm::is_contained(layer.knobs, k))
        continue;
      const LayerSetting *setting = find(layer, key);
      if (!wish.layer || (setting && !wish.setting)) {
        wish = {setting, &layer};
      } else if (setting && setting->value != wish.setting->value) {
        return errorAt(setting->location,
                       quoted(key) + " of layer " + quoted(layer.name) +
                           " cannot be " + toJson(setting->value) +
                           " where that of " + quoted(wish.layer->name) +
                           " is " + toJson(wish.setting->value) +
                           ": the layers are tied");
      }
    }
    return wish;
  }

  /// Sets knob `k`, whose keys must be said so far that one choice is left.
  absl::Status readKnob(size_t k, Point &point) const {
    const Knob &knob = space.space.knobs()[k];
    const std::vector<std::string> &keys = space.knobKeys[k];
    std::vector<uint32_t> left(knob.choices.size());
    std::iota(left.begin(), left.end(), 0u);
    std::optional<Wish> missing;
    size_t missingPart = 0;
    for (auto [part, key] : llvm::enumerate(keys)) {
      absl::StatusOr<Wish> wish = wishFor(k, key);
      if (!wish.ok())
        return wish.status();
      if (!wish->setting) {
        if (!missing)
          missingPart = part;
        missing = missing.value_or(*wish);
        continue;
      }
      llvm::erase_if(left, [&, part = part](uint32_t c) {
        return valueOf(knob, c, part) != wish->setting->value;
      });
      if (left.empty())
        return errorAt(wish->setting->location,
                       quoted(key) + " of layer " + quoted(wish->layer->name) +
                           " cannot be " + valueText(wish->setting->value) +
                           "; expected one of " + choicesText(knob) +
                           (keys.size() > 1
                                ? " for '" + llvm::join(keys, ", ") + "'"
                                : std::string()));
    }
    if (left.size() == 1 || !space.space.isActive(point, k)) {
      point[k] = left.front();
      return absl::OkStatus();
    }
    return errorAt(config.location,
                   "a configuration to try first says nothing of '" +
                       keys[missingPart] + "' of layer " +
                       quoted(missing->layer->name) + "; expected one of " +
                       choicesText(knob));
  }

  /// Knobs of a schedule, by name below "schedule"; those that are not said
  /// take their first choice.
  absl::Status readSchedule(Point &point) const {
    std::vector<std::string> names;
    for (const Knob &knob : space.space.knobs())
      if (isOfSchedule(knob))
        names.push_back(nameOf(knob).str());
    for (const EnqueuedLayer &entry : config.layers) {
      if (entry.layer != "schedule")
        continue;
      for (const LayerSetting &setting : entry.settings) {
        auto k = space.space.find("schedule/" + setting.key);
        if (!k)
          return errorAt(setting.location,
                         "no knob " + quoted(setting.key) + " in the schedule" +
                             nearestNamesText(setting.key, names));
        const Knob &knob = space.space.knobs()[*k];
        auto it = llvm::find(knob.choices, setting.value);
        if (it == knob.choices.end())
          return errorAt(setting.location,
                         quoted(setting.key) + " of the schedule cannot be " +
                             valueText(setting.value) + "; expected one of " +
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
                       "no layer " + quoted(entry.layer) +
                           " in the search space" +
                           nearestNamesText(entry.layer, names));
      for (const LayerSetting &setting : entry.settings)
        if (!llvm::is_contained(layerConfigKeys(), setting.key))
          return errorAt(setting.location,
                         "unknown key " + quoted(setting.key) +
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
      points.push_back(baseline(*this, width));
  for (const EnqueuedConfig &entry : config.strategy.enqueued) {
    absl::StatusOr<Point> point = EntryReader(*this, entry).read();
    if (!point.ok())
      return point.status();
    points.push_back(*std::move(point));
  }
  return points;
}
