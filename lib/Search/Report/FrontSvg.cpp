// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// front.svg: a figure for a paper.
#include "FigureParts.h"
#include "ReportPage.h"

#include "mase/Support/Quoting.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace mase;
using namespace mase::report;

namespace {

constexpr double kWidth = 720, kHeight = 440;
constexpr double kLeft = 76, kTop = 42, kBottom = kHeight - 62;
constexpr const char *kFront = "#0b62c9", *kTrial = "#8a97a5",
                     *kBroken = "#c7976f", *kBaseline = "#a3195b",
                     *kPath = "#0f8a6d", *kInk = "#1b1f24";

class Figure {
public:
  explicit Figure(const ReportInput &input)
      : input(input), writer(input), problem(writer.problem),
        result(writer.result) {}

  std::string draw() {
    numValues = problem.numValues();
    right = kWidth - (numValues > 2 ? 104 : 22);
    x.from = kLeft, x.to = right;
    y.from = kBottom, y.to = kTop;
    x.title = numValues == 1 ? "trial" : axisTitle(1);
    y.title = axisTitle(0);
    std::vector<double> xs, ys;
    for (const Trial &trial : result.trials)
      if (isDrawn(trial)) {
        xs.push_back(xOf(trial));
        ys.push_back(yOf(trial));
        numTrials += !trial.shrunk;
      }
    x.cover(xs);
    y.cover(ys);
    coverBaseline(ys);

    svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
          place(kWidth) + " " + place(kHeight) + "\" width=\"" + place(kWidth) +
          "\" height=\"" + place(kHeight) +
          "\" font-family=\"Helvetica, Arial, Liberation Sans, sans-serif\" "
          "font-size=\"14\" fill=\"" +
          kInk + "\">\n<title>" + escapeMarkup(description()) +
          "</title>\n<rect width=\"" + place(kWidth) + "\" height=\"" +
          place(kHeight) + "\" fill=\"#fff\"/>\n";
    grid();
    baselineLine();
    if (numValues == 2)
      stairs();
    dots(/*feasible=*/false, kBroken);
    dots(/*feasible=*/true, kTrial);
    paths();
    if (numValues == 1)
      bestLine();
    else
      front();
    legend();
    return svg + "</svg>\n";
  }

private:
  bool isDrawn(const Trial &trial) const {
    return trial.state == TrialState::Complete && !trial.values.empty() &&
           std::isfinite(xOf(trial)) && std::isfinite(yOf(trial));
  }
  double metric(const Trial &trial, size_t o) const {
    return writer.metricOf(trial, writer.objectiveMetric[o]);
  }
  double xOf(const Trial &trial) const {
    return numValues == 1 ? double(trial.number) : metric(trial, 1);
  }
  double yOf(const Trial &trial) const {
    return numValues == 1 ? shownValueOf(writer, trial, 0) : metric(trial, 0);
  }

  std::string axisTitle(size_t v) const {
    llvm::StringRef unit = shownValueUnit(problem, v);
    return words(shownValueName(problem, v)) +
           (unit.empty() ? "" : " (" + unit.str() + ")");
  }

  /// What the search starts from, on the axis that goes up; NaN: not known.
  double baselineAt(llvm::ArrayRef<double> values) const {
    size_t m = writer.objectiveMetric[0];
    return problem.sumScaledMetrics || m >= values.size() ? std::nan("")
                                                          : values[m];
  }

  /// Takes the baseline in where the trials still fill half of the figure.
  void coverBaseline(std::vector<double> ys) {
    double value = baselineAt(input.baseline);
    if (ys.empty() || !std::isfinite(value))
      return;
    Axis with = y;
    ys.push_back(value);
    with.cover(ys);
    if (with.high / 2 - with.low / 2 <= 2 * (y.high / 2 - y.low / 2))
      y = with;
    hasBaseline = y.holds(value);
  }

  /// Dashed, in a band of one standard error to both sides.
  void baselineLine() {
    if (!hasBaseline)
      return;
    double value = baselineAt(input.baseline),
           error = baselineAt(input.baselineErrors);
    if (error > 0) {
      double top = y.at(std::min(value + error, y.high)),
             bottom = y.at(std::max(value - error, y.low));
      svg += "<rect x=\"" + place(kLeft) + "\" y=\"" + place(top) +
             "\" width=\"" + place(right - kLeft) + "\" height=\"" +
             place(bottom - top) + "\" fill=\"" + kBaseline +
             "\" fill-opacity=\".12\"/>\n";
    }
    svg += "<path d=\"M" + point(kLeft, y.at(value)) + "H" + place(right) +
           "\" stroke=\"" + kBaseline +
           "\" stroke-width=\"1.4\" stroke-dasharray=\"6 4\"/>\n";
  }

  std::string description() const {
    return (input.title.empty() ? "" : input.title + ": ") +
           std::to_string(result.trials.size() - result.numShrunk()) +
           " trials, " + std::to_string(result.front.size()) +
           " on the Pareto front";
  }

  void text(double x, double y, const char *anchor, llvm::StringRef content,
            const char *more = "") {
    svg += "<text x=\"" + place(x) + "\" y=\"" + place(y) +
           "\" text-anchor=\"" + anchor + "\"" + more + ">" +
           escapeMarkup(content) + "</text>\n";
  }

  void grid() {
    std::string lines;
    for (const auto &[value, label] : x.ticks(10)) {
      lines += "M" + point(x.at(value), kTop) + "V" + place(kBottom);
      text(x.at(value), kBottom + 20, "middle", label);
    }
    for (const auto &[value, label] : y.ticks(8)) {
      lines += "M" + point(kLeft, y.at(value)) + "H" + place(right);
      text(kLeft - 9, y.at(value) + 5, "end", label);
    }
    svg += "<path d=\"" + lines + "\" stroke=\"#e3e6ea\"/>\n";
    svg += "<path d=\"M" + point(kLeft, kTop) + "V" + place(kBottom) + "H" +
           place(right) + "\" fill=\"none\" stroke=\"#59636e\"/>\n";
    text((kLeft + right) / 2, kHeight - 18, "middle", x.title,
         " font-size=\"15\"");
    svg += "<text transform=\"translate(20 " + place((kTop + kBottom) / 2) +
           ") rotate(-90)\" text-anchor=\"middle\" font-size=\"15\">" +
           escapeMarkup(y.title) + "</text>\n";
  }

  /// Trials, one dot for every few pixels: thousands share them.
  void dots(bool feasible, const char *colour) {
    std::set<std::pair<int, int>> cells;
    for (const Trial &trial : result.trials)
      if (isDrawn(trial) && (trial.violation == 0) == feasible)
        cells.insert({int(std::lround(x.at(xOf(trial)) / 3)),
                      int(std::lround(y.at(yOf(trial)) / 3))});
    if (cells.empty())
      return;
    hasBroken |= !feasible;
    svg += "<path d=\"";
    for (auto [column, row] : cells)
      svg += "M" + point(3 * column, 3 * row) + "h0";
    svg += std::string("\" stroke=\"") + colour +
           "\" stroke-opacity=\".55\" stroke-width=\"3\" "
           "stroke-linecap=\"round\"/>\n";
  }

  /// Networks on their way to smaller ones.
  void paths() {
    // Over the trials there is no plane that they go through.
    if (numValues == 1)
      return;
    std::string lines;
    for (const ShrunkPath &path : pathsOf(result)) {
      std::string line;
      auto add = [&](const Trial &trial) {
        if (isDrawn(trial))
          line += (line.empty() ? "M" : "L") +
                  point(x.at(xOf(trial)), y.at(yOf(trial)));
      };
      add(result.trials[path.start]);
      for (size_t i : path.trials)
        add(result.trials[i]);
      numPaths += line.find('L') != std::string::npos;
      lines += line;
    }
    if (numPaths)
      svg += "<path d=\"" + lines + "\" fill=\"none\" stroke=\"" + kPath +
             "\" stroke-opacity=\".6\" stroke-width=\"1.1\" "
             "stroke-linejoin=\"round\"/>\n";
  }

  /// The front's members that can be drawn, from left to right.
  std::vector<const Trial *> members() const {
    std::vector<const Trial *> front;
    for (size_t i : result.front)
      if (isDrawn(result.trials[i]))
        front.push_back(&result.trials[i]);
    llvm::sort(front, [&](const Trial *a, const Trial *b) {
      return std::pair(xOf(*a), yOf(*a)) < std::pair(xOf(*b), yOf(*b));
    });
    return front;
  }

  /// The edge of what the front dominates, and the area.
  void stairs() {
    std::vector<const Trial *> front = members();
    if (front.empty())
      return;
    // Beyond a member, towards worse x, its y is what can be had.
    bool larger = wantsLarger(problem, 1);
    double worseX = larger ? kLeft : right;
    double worseY = wantsLarger(problem, 0) ? kBottom : kTop;
    std::string path;
    for (const Trial *member : front) {
      std::string px = place(x.at(xOf(*member))),
                  py = place(y.at(yOf(*member)));
      if (path.empty()) {
        path = larger ? "M" + place(kLeft) + " " : "M" + px + " ";
        path += larger ? py : place(worseY);
      }
      // To the member along one edge of its step, then the other.
      for (char edge : {larger ? 'V' : 'H', larger ? 'H' : 'V'}) {
        path += edge;
        path += edge == 'V' ? py : px;
      }
    }
    path += larger ? "V" + place(worseY) : "H" + place(worseX);
    svg += "<path d=\"" + path +
           (larger ? "H" + place(worseX) : "V" + place(worseY)) +
           "Z\" fill=\"" + kFront + "\" fill-opacity=\".07\"/>\n";
    svg += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + kFront +
           "\" stroke-width=\"1.6\" stroke-linejoin=\"round\"/>\n";
  }

  void front() {
    std::vector<const Trial *> front = members();
    Axis third;
    if (numValues > 2) {
      std::vector<double> values;
      for (const Trial *member : front)
        if (std::isfinite(metric(*member, 2)))
          values.push_back(metric(*member, 2));
      third.low = 0, third.high = 1;
      if (!values.empty()) {
        third.low = *llvm::min_element(values);
        third.high = *llvm::max_element(values);
      }
      if (!front.empty())
        colourBar(third);
    }
    for (const Trial *member : front) {
      double share = 0.5;
      if (numValues > 2 && third.high > third.low)
        share = (metric(*member, 2) / 2 - third.low / 2) /
                (third.high / 2 - third.low / 2);
      svg += "<circle cx=\"" + place(x.at(xOf(*member))) + "\" cy=\"" +
             place(y.at(yOf(*member))) + "\" r=\"4\" fill=\"" +
             (numValues > 2 ? shade(std::isnan(share) ? 0.5 : share)
                            : std::string(kFront)) +
             "\" stroke=\"#fff\"/>\n";
    }
  }

  void colourBar(const Axis &third) {
    constexpr int kSteps = 40;
    double left = right + 22, height = (kBottom - kTop) / kSteps;
    for (int i = 0; i < kSteps; ++i)
      svg += "<rect x=\"" + place(left) + "\" y=\"" +
             place(kBottom - (i + 1) * height) + "\" width=\"12\" height=\"" +
             place(height + 0.5) + "\" fill=\"" + shade((i + 0.5) / kSteps) +
             "\"/>\n";
    text(left + 18, kTop + 11, "start", readable(third.high),
         " font-size=\"12\"");
    text(left + 18, kBottom, "start", readable(third.low), " font-size=\"12\"");
    svg += "<text transform=\"translate(" +
           point(left + 30, (kTop + kBottom) / 2) +
           ") rotate(-90)\" text-anchor=\"middle\">" +
           escapeMarkup(axisTitle(2)) + "</text>\n";
  }

  /// The best value so far.
  void bestLine() {
    bool larger = wantsLargerValue(problem, 0);
    std::string path;
    double best = 0;
    for (const Trial &trial : result.trials) {
      if (!isDrawn(trial) || trial.violation > 0)
        continue;
      double value = yOf(trial);
      if (path.empty())
        path = "M" + point(x.at(xOf(trial)), y.at(value));
      else if (larger ? value > best : value < best)
        path += "H" + place(x.at(xOf(trial))) + "V" + place(y.at(value));
      else
        continue;
      best = value;
    }
    if (path.empty())
      return;
    path += "H" + place(x.at(double(result.trials.back().number)));
    svg += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + kFront +
           "\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n";
  }

  void legend() {
    double at = kLeft + 4, middle = 22;
    auto entry = [&](const std::string &mark, llvm::StringRef label) {
      svg += mark;
      text(at + 24, middle + 5, "start", label);
      at += 44 + 6.8 * double(label.size());
    };
    auto dot = [&](const char *colour, const char *radius) {
      return "<circle cx=\"" + place(at + 10) + "\" cy=\"" + place(middle) +
             "\" r=\"" + radius + "\" fill=\"" + colour + "\"/>\n";
    };
    std::string line = "<path d=\"M" + point(at, middle) + "h20\" stroke=\"" +
                       std::string(kFront) + "\" stroke-width=\"1.6\"/>\n";
    if (numValues == 1)
      entry(line, "best so far");
    else if (!result.front.empty())
      entry((numValues == 2 ? line : "") +
                dot(numValues == 2 ? kFront : "#21918c", "4"),
            "Pareto front (" + std::to_string(result.front.size()) + ")");
    entry(dot(kTrial, "1.8"), "trials (" + std::to_string(numTrials) + ")");
    if (numPaths)
      entry("<path d=\"M" + point(at, middle) + "h20\" stroke=\"" +
                std::string(kPath) + "\" stroke-width=\"1.1\"/>\n",
            "paths of shrinking (" + std::to_string(numPaths) + ")");
    if (hasBroken)
      entry(dot(kBroken, "1.8"), "breaking a constraint");
    if (hasBaseline) {
      double value = baselineAt(input.baseline),
             error = baselineAt(input.baselineErrors);
      entry("<path d=\"M" + point(at, middle) + "h20\" stroke=\"" +
                std::string(kBaseline) +
                "\" stroke-width=\"1.4\" stroke-dasharray=\"6 4\"/>\n",
            "float32: " +
                (error > 0 ? withError(value, error) : readable(value)));
    }
  }

  const ReportInput &input;
  Writer writer;
  const Problem &problem;
  const StudyResult &result;
  size_t numValues = 0, numTrials = 0, numPaths = 0;
  double right = 0;
  bool hasBroken = false, hasBaseline = false;
  Axis x, y;
  std::string svg;
};

} // namespace

std::string mase::frontSvg(const ReportInput &input) {
  return Figure(input).draw();
}
