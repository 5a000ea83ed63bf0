// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every trial as a row: results.json, results.csv and the table of them.
#include "ReportWriter.h"

#include "mase/Search/Console.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

#include <set>
#include <tuple>

using namespace mase;
using namespace mase::report;

namespace {

/// A key that a knob sets.
struct Setting {
  std::string name; ///< "linear/config/weight_width"
  size_t knob = 0;
  std::optional<size_t> part;
};

constexpr size_t kGap = 2; ///< blanks between columns

struct Column {
  std::string name;
  std::vector<std::string> cells;
  /// What matters most, the lowest, stays where there is no room for all.
  unsigned rank = 0;
  bool isLeftOut = false;

  size_t width() const {
    size_t width = shownWidth(name);
    for (const std::string &cell : cells)
      width = std::max(width, shownWidth(cell));
    return width;
  }
};

/// Takes away what `most` columns of text (0: any number) have no room for, and
/// returns its names: by rank, all from the first that does not fit, so that
/// none stands in the place of one that matters more.
std::string leaveOut(std::vector<Column> &columns, size_t most) {
  if (most == 0)
    return {};
  std::vector<Column *> order;
  for (Column &column : columns)
    order.push_back(&column);
  llvm::sort(order, [](const Column *a, const Column *b) {
    return std::tie(a->rank, a) < std::tie(b->rank, b);
  });
  size_t total = 0;
  std::string names;
  for (Column *column : order) {
    total += (total ? kGap : 0) + column->width();
    // Without the trial's number a row says nothing.
    if (total <= most || column->rank == 0)
      continue;
    names += (names.empty() ? "" : ", ") + column->name;
    column->isLeftOut = true;
  }
  llvm::erase_if(columns,
                 [](const Column &column) { return column.isLeftOut; });
  return names;
}

class Results {
public:
  explicit Results(const ReportInput &input)
      : input(input), writer(input), space(writer.problem.space) {
    for (const Trial &trial : writer.result.trials)
      rows.push_back(&trial);
    // Neighbours in the space stand together, whatever order they came in.
    llvm::sort(rows, [](const Trial *a, const Trial *b) {
      return std::tie(a->point, a->number) < std::tie(b->point, b->number);
    });
    for (auto [k, knob] : llvm::enumerate(space.knobs())) {
      auto [path, last] = llvm::StringRef(knob.name).rsplit('/');
      llvm::SmallVector<llvm::StringRef> keys = {last};
      if (!knob.parts.empty()) {
        keys.clear();
        last.split(keys, ", ");
      }
      for (auto [p, key] : llvm::enumerate(keys))
        settings.push_back(
            {last.empty() ? knob.name : (path + "/" + key).str(), k,
             knob.parts.empty() ? std::nullopt : std::optional<size_t>(p)});
    }
    for (size_t i : writer.result.front)
      isFront.insert(writer.result.trials[i].number);
    if (llvm::any_of(input.baseline, [](double v) { return !std::isnan(v); })) {
      baseline.emplace();
      baseline->metrics = input.baseline;
      baseline->errors = input.baselineErrors;
    }
    for (size_t m = 0; m < writer.names.size(); ++m) {
      auto has = [m](const Trial &trial) {
        return !std::isnan(Writer::errorOf(trial, m));
      };
      if ((baseline && has(*baseline)) ||
          llvm::any_of(rows, [&](const Trial *trial) { return has(*trial); }))
        errorMetrics.push_back(m);
    }
  }

  void printJson(llvm::raw_ostream &os) const {
    llvm::json::OStream json(os, 2);
    json.array([&] {
      for (const Trial *trial : rows)
        json.object([&] { printTrial(json, *trial); });
      if (baseline)
        json.object([&] { printTrial(json, *baseline); });
    });
    os << '\n';
  }

  void printCsv(llvm::raw_ostream &os) const {
    Buffer buffer(os);
    std::string &out = buffer.text;
    out = "number,front";
    for (const Setting &setting : settings) {
      out += ',';
      appendCsvField(out, setting.name);
    }
    for (const std::string &name : writer.names) {
      out += ',';
      appendCsvField(out, name);
    }
    for (size_t m : errorMetrics) {
      out += ',';
      appendCsvField(out, writer.names[m] + "_error");
    }
    std::string timings;
    if (!writer.timings.empty()) {
      out += ",timings";
      timings = ",";
      appendCsvField(timings, llvm::join(writer.timings, ", "));
    }
    const bool shrunk = hasShrunk(writer.result);
    if (shrunk)
      out += ",shrunk_from,budget";
    out += ",state,failure\n";
    auto print = [&](const Trial &trial) {
      if (!isBaseline(trial))
        appendUnsigned(out, trial.number);
      out += isOnFront(trial) ? ",true" : ",false";
      for (const Setting &setting : settings) {
        out += ',';
        if (const Choice *choice = choiceOf(trial, setting))
          appendCsvField(out, plain(*choice));
      }
      auto number = [&](double value) {
        out += "," + (std::isnan(value) ? "" : pythonFloat(value));
      };
      for (size_t m = 0; m < writer.names.size(); ++m)
        number(writer.valueOf(trial, m));
      for (size_t m : errorMetrics)
        number(writer.errorOf(trial, m));
      out += timings;
      if (trial.shrunk) {
        out += ',';
        appendUnsigned(out, trial.shrunk->from);
        out += ',';
        appendUnsigned(out, uint64_t(trial.shrunk->budget));
      } else if (shrunk) {
        out += ",,";
      }
      out += ",";
      out += rowState(trial);
      out += ",";
      appendCsvField(out, trial.reason);
      out += '\n';
      buffer.handOn();
    };
    for (const Trial *trial : rows)
      print(*trial);
    if (baseline)
      print(*baseline);
  }

  std::string table(size_t most) const {
    std::vector<Column> columns = {{"trial", {}, /*rank=*/0}};
    for (const Trial *trial : rows)
      columns[0].cells.push_back(std::to_string(trial->number) +
                                 (isFront.count(trial->number) ? " *" : "  "));
    for (size_t k = 0; k < space.numKnobs(); ++k) {
      Column column{shortName(k), {}, /*rank=*/2};
      for (const Trial *trial : rows)
        column.cells.push_back(
            space.isActive(trial->point, k)
                ? plain(space.knobs()[k].choices[trial->point[k]])
                : "");
      columns.push_back(std::move(column));
    }
    if (hasShrunk(writer.result)) {
      Column from{"shrunk from", {}, /*rank=*/0}, budget{"to", {}, /*rank=*/0};
      for (const Trial *trial : rows) {
        from.cells.push_back(trial->shrunk ? std::to_string(trial->shrunk->from)
                                           : "");
        budget.cells.push_back(
            trial->shrunk ? std::to_string(trial->shrunk->budget) : "");
      }
      columns.insert(columns.begin() + 1, {std::move(from), std::move(budget)});
    }
    // What is the same for all needs no column.
    std::string same;
    for (size_t m : metricOrder()) {
      bool isObjective = llvm::is_contained(writer.objectiveMetric, m);
      Column column{writer.names[m], {}, isObjective ? 1u : 3u};
      for (const Trial *trial : rows) {
        double value = writer.valueOf(*trial, m);
        column.cells.push_back(std::isnan(value) ? "-" : shownValue(value));
      }
      llvm::StringRef unit = writer.unitOf(m);
      if (llvm::StringRef(column.name).contains(unit))
        unit = {}; // "model_bytes" says it
      if (llvm::all_equal(column.cells)) {
        same += (same.empty() ? "for all: " : ", ") + column.name + " " +
                column.cells.front() + (unit.empty() ? "" : " " + unit.str());
        continue;
      }
      if (!unit.empty())
        column.name += " (" + unit.str() + ")";
      columns.push_back(std::move(column));
    }
    std::string leftOut = leaveOut(columns, most);
    std::string out;
    auto line = [&](auto cellOf) {
      for (auto [c, column] : llvm::enumerate(columns)) {
        const std::string &cell = cellOf(column);
        out.append((c ? kGap : 0) + column.width() - shownWidth(cell), ' ');
        out += cell;
      }
      out += '\n';
    };
    line([](const Column &column) -> const std::string & {
      return column.name;
    });
    for (size_t r = 0; r < rows.size(); ++r)
      line([&](const Column &column) -> const std::string & {
        return column.cells[r];
      });
    std::string notes;
    if (!same.empty())
      notes += same + "\n";
    if (!leftOut.empty())
      notes += "no room here, but in results.csv: " + leftOut + "\n";
    if (!isFront.empty())
      notes += "*: on the front\n";
    return out + wrapped(notes, most);
  }

private:
  /// The network in float32 has a row of its own, which is no trial's.
  bool isBaseline(const Trial &trial) const {
    return baseline && &trial == &*baseline;
  }
  bool isOnFront(const Trial &trial) const {
    return !isBaseline(trial) && isFront.count(trial.number) != 0;
  }
  const char *rowState(const Trial &trial) const {
    return isBaseline(trial) ? "BASELINE" : stateName(trial.state);
  }

  /// Null where the knob does not exist.
  const Choice *choiceOf(const Trial &trial, const Setting &setting) const {
    if (isBaseline(trial) || !space.isActive(trial.point, setting.knob))
      return nullptr;
    const Knob &knob = space.knobs()[setting.knob];
    uint32_t c = trial.point[setting.knob];
    return setting.part ? &knob.parts[c][*setting.part] : &knob.choices[c];
  }

  /// A choice without quotes; "NA" for none.
  static std::string plain(const Choice &choice) {
    if (std::holds_alternative<std::monostate>(choice))
      return "NA";
    const std::string *word = std::get_if<std::string>(&choice);
    return word ? *word : toJson(choice);
  }

  static std::string jsonNumber(double value) {
    return std::isfinite(value) ? pythonFloat(value) : "null";
  }

  /// Those that the table has, the objectives first.
  std::vector<size_t> metricOrder() const {
    std::vector<size_t> order = writer.objectiveMetric;
    for (size_t m = 0; m < writer.names.size(); ++m)
      if (!llvm::is_contained(order, m) &&
          (input.resultsMetrics.empty() ||
           llvm::is_contained(input.resultsMetrics, writer.names[m])))
        order.push_back(m);
    return order;
  }

  /// What a knob sets, in few letters: "data_in" for a width and its fraction,
  /// without the layer where there is only one (or they are tied).
  std::string shortName(size_t k) const {
    auto layerOf = [&](size_t i) {
      return llvm::StringRef(space.knobs()[i].name).split('/').first;
    };
    llvm::StringRef layer = layerOf(k);
    llvm::StringRef key =
        llvm::StringRef(space.knobs()[k].name).rsplit('/').second;
    auto [width, fraction] = key.split(", ");
    if (width.consume_back("_width") && fraction.consume_back("_frac_width") &&
        width == fraction)
      key = width;
    for (size_t i = 0; i < space.numKnobs(); ++i)
      if (layerOf(i) != layer)
        return (layer + ":" + key).str();
    return key.str();
  }

  void printTrial(llvm::json::OStream &json, const Trial &trial) const {
    auto metric = [&](llvm::StringRef name) {
      size_t m = llvm::find(writer.names, name) - writer.names.begin();
      return m < writer.names.size() ? writer.valueOf(trial, m) : std::nan("");
    };
    auto put = [&](llvm::StringRef key, double value) {
      json.attributeBegin(key);
      json.rawValue(jsonNumber(value));
      json.attributeEnd();
    };
    // The names and units of a loop around MASE's passes.
    put("acc", metric("accuracy"));
    put("loss", metric("loss"));
    put("latency", metric("latency") * 1e-9);
    put("flop", metric("thop_flops"));
    put("model-size", metric("model_bytes"));
    if (isBaseline(trial))
      json.attribute("number", nullptr);
    else
      json.attribute("number", int64_t(trial.number));
    json.attribute("state", rowState(trial));
    if (trial.shrunk) {
      json.attribute("shrunk_from", int64_t(trial.shrunk->from));
      json.attribute("budget", trial.shrunk->budget);
    }
    if (!trial.reason.empty())
      json.attribute("failure", trial.reason);
    json.attribute("front", isOnFront(trial));
    json.attributeObject("knobs", [&] {
      for (const Setting &setting : settings)
        if (const Choice *choice = choiceOf(trial, setting)) {
          json.attributeBegin(setting.name);
          json.rawValue(toJson(*choice));
          json.attributeEnd();
        }
    });
    json.attributeObject("metrics", [&] {
      for (auto [m, name] : llvm::enumerate(writer.names))
        put(name, writer.valueOf(trial, m));
    });
    json.attributeObject("errors", [&] {
      for (size_t m : errorMetrics)
        put(writer.names[m], writer.errorOf(trial, m));
    });
    if (!writer.timings.empty())
      json.attributeArray("timings", [&] {
        for (const std::string &name : writer.timings)
          json.value(name);
      });
  }

  const ReportInput &input;
  Writer writer;
  const Space &space;
  std::vector<const Trial *> rows;
  std::vector<Setting> settings;
  std::set<uint64_t> isFront;
  std::optional<Trial> baseline;
  std::vector<size_t> errorMetrics; ///< of which some row has the error
};

} // namespace

std::string mase::resultsTable(const ReportInput &input, size_t columns) {
  return Results(input).table(columns);
}

std::string mase::resultsJson(const ReportInput &input) {
  return asString(input, [](const ReportInput &in, llvm::raw_ostream &os) {
    Results(in).printJson(os);
  });
}

std::string mase::resultsCsv(const ReportInput &input) {
  return asString(input, [](const ReportInput &in, llvm::raw_ostream &os) {
    Results(in).printCsv(os);
  });
}
