// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows in, predictions out.
#include "GpOutput.h"

#include <algorithm>

using namespace mase;

void GpOutput::append(llvm::ArrayRef<uint32_t> row) {
  model.append(row);
  held.insert(held.end(), row.begin(), row.end());
}

void GpOutput::update(llvm::ArrayRef<uint32_t> rows,
                      std::vector<double> newTargets, bool refit) {
  targets = std::move(newTargets);
  // What was imagined stays where it became true.
  bool extends = held.size() <= rows.size() &&
                 std::equal(held.begin(), held.end(), rows.begin());
  if (refit || !extends) {
    if (refit)
      model.fit(rows, targets);
    else
      model.clear();
    held.clear();
    kept.numSolved = 0;
  }
  for (size_t at = held.size(); at < rows.size(); at += inputs->size())
    append(rows.slice(at, inputs->size()));
  if (kept.count)
    model.solve(kept);
  weights = model.weights(targets);
}

void GpOutput::predict(GpCandidates &candidates,
                       std::vector<float> &means) const {
  model.solve(candidates);
  model.mean(candidates, weights, means);
}

double GpOutput::meanAt(const GpCandidates &candidates, size_t at) const {
  double mean = 0;
  for (size_t i = 0; i < weights.size(); ++i)
    mean += weights[i] * candidates.solves[i * candidates.count + at];
  return mean;
}

void GpOutput::imagine(llvm::ArrayRef<uint32_t> row, double target) {
  targets.push_back(target);
  append(row);
  if (kept.count)
    model.solve(kept);
  weights = model.weights(targets);
}
