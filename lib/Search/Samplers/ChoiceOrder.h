// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the choices of a knob say of each other: numbers have an order and
// distances, other values have none. A choice of several keys counts as the sum
// of its numbers where all of them grow together ((4, 2), (8, 4), (16, 8)).
#ifndef MASE_LIB_SEARCH_SAMPLERS_CHOICEORDER_H
#define MASE_LIB_SEARCH_SAMPLERS_CHOICEORDER_H

#include "mase/Search/Space.h"

#include <cstdint>
#include <vector>

namespace mase {

/// Distances between all choices of a knob, in steps, n x n: numbers that are
/// evenly spaced (their logarithms where all are positive) are 1, 2, … apart;
/// choices that are not all numbers are 1 apart.
std::vector<double> choiceDistances(const Knob &knob);

/// Positions of a knob's choices from the smallest number to the largest; in
/// the order of the list where they are not all numbers.
std::vector<uint32_t> choiceOrder(const Knob &knob);

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_CHOICEORDER_H
