// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes have in common that look at samples: the network, the samples,
// and words.
#ifndef MASE_LIB_TUNING_SAMPLESPASS_H
#define MASE_LIB_TUNING_SAMPLESPASS_H

#include "CalibratedNetwork.h"

#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Execution/DataTarget.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "llvm/Support/FormatVariadic.h"

namespace mase {

/// `Base` is generated from a pass, of which `read` and `readStart` need the
/// options of CalibrationData.
template <typename Base> struct SamplesPass : Base {
  using Base::Base;

  void runOnOperation() override {
    // Networks that the user doesn't get are none that they wanted.
    if (llvm::failed(run()))
      this->signalPassFailure();
  }

protected:
  virtual llvm::LogicalResult run() = 0;

  llvm::LogicalResult fail(const llvm::Twine &message) {
    return mlir::emitError(mlir::UnknownLoc::get(&this->getContext()))
           << "--" << this->getArgument() << ": " << message;
  }
  llvm::LogicalResult fail(const absl::Status &status) {
    return fail(messageOf(status));
  }

  llvm::FailureOr<Dataset> read(mlir::func::FuncOp network) {
    if (this->data.empty())
      return fail("expected data=FILE, the samples to calibrate with");
    DataOptions options{this->data, this->scaler, this->samples, std::nullopt,
                        /*allowNonFinite=*/true};
    if (this->seed < -1)
      return fail("expected a seed of at least 0, or -1, found " +
                  llvm::Twine(this->seed));
    if (this->seed >= 0)
      options.seed = uint64_t(this->seed);
    options.takesLabels = false;
    llvm::FailureOr<DataTarget> target = getDataTarget(network);
    if (llvm::failed(target))
      return llvm::failure();
    absl::StatusOr<Dataset> samples = readSamples(options, *target);
    if (!samples.ok())
      return fail(samples.status());
    return *std::move(samples);
  }

  /// A network, what it was before it was rounded, and the samples.
  struct Start {
    CalibratedNetwork network;
    Network original;
    Dataset samples;
  };
  /// Errors are reported.
  llvm::FailureOr<Start> readStart(bool takesOpenFormats) {
    llvm::FailureOr<CalibratedNetwork> network =
        CalibratedNetwork::read(this->getOperation());
    if (llvm::failed(network) ||
        (!takesOpenFormats &&
         llvm::failed(requireClosedFormats(network->function()))))
      return llvm::failure();
    llvm::FailureOr<Network> original = network->floatNetwork();
    if (llvm::failed(original))
      return llvm::failure();
    llvm::FailureOr<Dataset> samples = read(network->function());
    if (llvm::failed(samples))
      return llvm::failure();
    return Start{*std::move(network), *std::move(original),
                 *std::move(samples)};
  }

  /// Whether a layer has a format.
  static bool isQuantized(const LayerPrecision &precision) {
    return precision != LayerPrecision();
  }

  void remark(const llvm::Twine &text) {
    mlir::emitRemark(mlir::UnknownLoc::get(&this->getContext()))
        << "--" << this->getArgument() << ": " << text;
  }

  void warn(llvm::ArrayRef<std::string> warnings) {
    for (const std::string &warning : warnings)
      mlir::emitWarning(mlir::UnknownLoc::get(&this->getContext()))
          << "--" << this->getArgument() << ": " << warning;
  }

  static std::string digits(double x) {
    return llvm::formatv("{0:F4}", x).str();
  }

  /// The value that `text` names among `names`.
  template <typename T>
  llvm::LogicalResult
  choose(llvm::StringRef option, const std::string &text,
         llvm::ArrayRef<std::pair<llvm::StringRef, T>> names, T &to) {
    std::vector<std::string> valid;
    for (const auto &[name, value] : names) {
      if (name == text) {
        to = value;
        return llvm::success();
      }
      valid.push_back(name.str());
    }
    return fail("unknown value '" + text + "' of '" + option + "'" +
                nearestNamesText(text, valid));
  }
};

} // namespace mase

#endif // MASE_LIB_TUNING_SAMPLESPASS_H
