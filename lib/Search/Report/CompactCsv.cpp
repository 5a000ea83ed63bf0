// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// trials.csv of searches with very many trials.
#include "ReportWriter.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace mase;
using namespace mase::report;

void mase::report::printCompactCsv(const ReportInput &input,
                                   llvm::raw_ostream &os) {
  Writer writer(input);
  const Space &space = writer.problem.space;
  std::vector<size_t> metrics;
  for (size_t m = 0; m < writer.names.size(); ++m)
    if (isInTable(input, writer.names[m]))
      metrics.push_back(m);
  std::string header = "number,state";
  for (size_t m : metrics) {
    header += ',';
    appendCsvField(header, writer.names[m]);
  }
  // Choices as texts once: there are few of them.
  std::vector<std::vector<std::string>> choices(space.numKnobs());
  for (auto [texts, knob] : llvm::zip_equal(choices, space.knobs())) {
    header += ',';
    appendCsvField(header, knob.name);
    for (const Choice &choice : knob.choices) {
      std::string &text = texts.emplace_back();
      if (const std::string *word = std::get_if<std::string>(&choice))
        appendCsvField(text, *word);
      else if (!std::holds_alternative<std::monostate>(choice))
        appendChoice(text, choice, ConfigStyle::Python);
    }
  }
  const bool shrunk = hasShrunk(writer.result);
  if (shrunk)
    header += ",shrunk_from,budget";
  os << header << '\n';
  for (const Trial &trial : writer.result.trials) {
    os << trial.number << ',' << stateName(trial.state);
    for (size_t m : metrics) {
      os << ',';
      if (m < trial.metrics.size() && !std::isnan(trial.metrics[m]))
        os << llvm::format("%.6g", trial.metrics[m]);
    }
    for (size_t k = 0; k < choices.size(); ++k) {
      os << ',';
      if (!space.hasConditions() || space.isActive(trial.point, k))
        os << choices[k][trial.point[k]];
    }
    if (trial.shrunk)
      os << ',' << trial.shrunk->from << ',' << trial.shrunk->budget;
    else if (shrunk)
      os << ",,";
    os << '\n';
  }
}

std::string mase::compactTrialsCsv(const ReportInput &input) {
  return asString(input, printCompactCsv);
}
