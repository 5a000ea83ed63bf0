// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Single steps of a network over a batch of samples, in the arithmetic of
// semantics.md: the evaluator's bits.
#ifndef MASE_LIB_CALIBRATE_STEPRUNNER_H
#define MASE_LIB_CALIBRATE_STEPRUNNER_H

#include "Blocks.h"
#include "CalibrationKernels.h"
#include "CodeGrid.h"
#include "mase/Evaluate/Network.h"

#include <optional>
#include <vector>

namespace mase {

/// A Linear whose sums are integers that binary64 holds, of one shift for all:
/// y[o] = fl(sum_i x[i] code[o][i] + bias[o]) * scale[o], or
/// fma(fl(sum), scale[o], bias[o]).
struct IntegerLinear {
  CodeGrid data;
  std::vector<double> codes; ///< [out, in]
  std::vector<double> bias;  ///< [out] or empty
  bool biasInSum = false;
  std::vector<float> scale; ///< [out]
  double largestSum = 0;    ///< that codes of these formats can have

  /// None where the layer isn't one: the formats are not of codes, or their
  /// sums too wide.
  static std::optional<IntegerLinear> make(const Step &step,
                                           const LayerPrecision &precision);
};

/// A Linear's input as codes: as bytes, four features a word, where the kernels
/// have sums of them, else as binary32.
struct InputCodes {
  CodeGrid grid;
  Blocks codes; ///< without memory where there are bytes
  std::unique_ptr<uint32_t[], FreeMemory> bytes;
  int offset = 0; ///< of the bytes
};

/// The value that index names (Step::input), of a network run up to there.
template <typename Values>
const Blocks &valueOf(const Blocks *x, const Values &values, int index) {
  return index < 0 ? *x : values[size_t(index)]->values;
}

/// Those that `step` reads (Step::operands).
template <typename Values>
std::vector<const Blocks *> operandsOf(const Step &step, const Blocks &x,
                                       const Values &values) {
  std::vector<const Blocks *> operands;
  for (int index : step.operands())
    operands.push_back(&valueOf(&x, values, index));
  return operands;
}

class StepRunner {
public:
  explicit StepRunner(InstructionSet set)
      : kernels(kernelsFor(set)), calibration(calibrationKernels(set)),
        set(set) {}

  /// The result of `step` for the values that it reads (Step::operands).
  Blocks run(const Step &step, const LayerPrecision &precision,
             const std::vector<const Blocks *> &operands) const;
  /// A Linear in two parts, the first of which is the same for all weights;
  /// `in`: of each particle.
  InputCodes inputCodes(const CodeGrid &grid, const Blocks &in) const;
  Blocks runInteger(const Step &step, const IntegerLinear &linear,
                    const InputCodes &input) const;
  /// Rounds in place; `shape` is a sample's.
  void round(const NumberFormat &format, const std::vector<int64_t> &shape,
             Blocks &values) const;

private:
  Blocks runLinear(const Step &step, const LayerPrecision &precision,
                   const Blocks &in) const;
  Blocks runOfSample(const Step &step, const LayerPrecision &precision,
                     const std::vector<const Blocks *> &operands) const;
  Blocks runRows(const Step &step, const LayerPrecision &precision,
                 const Blocks &in, const Blocks *other) const;

  const Kernels &kernels;
  const CalibrationKernels &calibration;
  InstructionSet set;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_STEPRUNNER_H
