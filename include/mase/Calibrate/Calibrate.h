// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibrated rounding: formats, weights and biases chosen from samples without
// labels, such that the network in integers gives what the float network does.
//
// Layer by layer along the network; x_q is a Linear's input as the network
// before it, already rounded, gives it, z its sum in the float network, W [out,
// in] its weights, and expectations are means over the samples, of centred
// values where the layer has a bias:
//  1. Data is rounded on the grid of least squared error.
//  2. What is rounded is not W but W* = (E[z x_q^T] + lambda W) H^-1, the least
//     squares fit of z, with H = E[x_q x_q^T] + lambda I and lambda = ridge *
//     mean of H's diagonal.
//  3. Weights are rounded one input after the other, in the order of falling
//     H_ii, each input's error spread over those that follow (Frantar et al.,
//     "GPTQ", arXiv:2210.17323; Hassibi and Stork 1993), on each candidate
//     grid of the channel; the smallest (W_q - W*) H (W_q - W*)^T stays.
//  4. The bias becomes E[z] - W_q E[x_q], on the grid of the layer's sums.
//  5. Scales of data are halved and doubled, layer by layer, everything behind
//     is redone, and what brings the whole network nearer to the float one
//     stays (cross-entropy against the float network's own probabilities).
//
// Of a Linear that computes each of a sample's particles alike, expectations
// are over the particles of all samples.
//
// Results depend on the arguments alone, not on the machine's instruction set.
#ifndef MASE_CALIBRATE_CALIBRATE_H
#define MASE_CALIBRATE_CALIBRATE_H

#include "mase/Evaluate/Network.h"
#include "mase/Numerics/InstructionSet.h"

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <string>
#include <vector>

namespace mase {

/// How far a network's answers are from the float network's.
enum class Distance : uint8_t {
  Divergence,  ///< the cross-entropy against its probabilities, nats
  SquaredError ///< (y_q - y)^2 / variance of y over the samples, summed over
               ///< the results, for those that are no classes
};

struct CalibrationOptions {
  /// How a scale follows from values.
  enum class Range : uint8_t {
    Max,         ///< the largest value fits
    Percentile,  ///< `percentile` of the magnitudes fit
    SquaredError ///< of the scales from Max down to a sixteenth of it the one
                 ///< of least error: of data squared, of weights by H
  };
  enum class WeightRounding : uint8_t {
    Nearest,      ///< W itself, each weight by itself
    ErrorFeedback ///< steps 2 to 4
  };
  /// What has a scale of its own where an open format of a weight or a bias
  /// doesn't say it (OpenFormat::axis).
  enum class Granularity : uint8_t { Tensor, Channel };
  Range range = Range::SquaredError;
  double percentile = 99.9; ///< in (0, 100]
  WeightRounding rounding = WeightRounding::ErrorFeedback;
  Granularity granularity = Granularity::Channel;
  /// Step 5, so many times over all layers; 0: not at all.
  int exponentPasses = 2;
  double ridge = 0.01; ///< >= 0
  /// What step 5 goes by.
  Distance distance = Distance::Divergence;
  /// Which build of the kernels runs (same bits); absent: the best one.
  std::optional<InstructionSet> instructionSet;
};

/// Integers of `width` bits, all else open.
NumberFormat openWidth(int width);

/// A Linear's precision with data and weights of so many bits, biases of 16,
/// all else open.
LayerPrecision openLinear(int dataWidth, int weightWidth);

/// What rounding does to a layer, over the calibration samples.
struct LayerCalibration {
  std::string name;
  /// Shares, of formats with integer codes; 0 for others.
  double saturatedData = 0, zeroData = 0;
  double saturatedWeights = 0, zeroWeights = 0;
  /// Of a Linear's sums against the float network's: 10 log10(sum of z^2 / sum
  /// of (z_q - z)^2), dB; none for others and where nothing differs.
  std::optional<double> signalToNoise;
  /// By how many powers of two step 5 moved the scales of data_in and data_out.
  int movedDataIn = 0, movedDataOut = 0;
};

struct Calibration {
  /// Weights and biases are on their grids: rounding them again changes
  /// nothing.
  Network network;
  std::vector<LayerPrecision> precisions; ///< one per step, nothing open
  std::vector<LayerCalibration> layers;   ///< one per step
  /// In the order of layers: "layer 'fc1': …".
  std::vector<std::string> warnings;
  /// The mean distance of this network's answers from the float network's, and
  /// the least that it can be: the entropy of its probabilities, or 0.
  double lossToFloat = 0;
  double leastLoss = 0;
};

/// Chooses what is open in `precisions` (one per step of `network`;
/// NumberFormat::Model::open). Data has one scale a tensor, parameters one a
/// tensor or output channel. A sign that isn't given: data is unsigned where no
/// calibration value is negative (of a ReLU's input none counts), parameters
/// are signed. `x` is [samples, network.inFeatures], row major; samples with a
/// value that is not finite are left out, with a warning.
///
/// Errors: no finite sample, sizes that disagree, options out of range; of open
/// formats: less than 2 bits or more than 24, another rounding than to nearest
/// even, or wrapping, scales along an axis that is not the output channels'; a
/// given format that the layer cannot have (as Evaluator::create).
absl::StatusOr<Calibration>
calibrate(const Network &network, absl::Span<const LayerPrecision> precisions,
          absl::Span<const float> x, const CalibrationOptions &options = {});

} // namespace mase

#endif // MASE_CALIBRATE_CALIBRATE_H
