// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the export's models of our layers share.
#ifndef MASE_LIB_EXPORT_LAYERMODELS_H
#define MASE_LIB_EXPORT_LAYERMODELS_H

#include "mase/Export/ExportableOpInterface.h"

namespace mase::onnx_export {

/// The model of a layer that `write` writes.
template <typename Op, mlir::LogicalResult (*write)(Op, OnnxLayerWriter &)>
struct Model : ExportableOpInterface::ExternalModel<Model<Op, write>, Op> {
  mlir::LogicalResult exportTo(mlir::Operation *op,
                               OnnxLayerWriter &writer) const {
    return write(mlir::cast<Op>(op), writer);
  }
};

template <typename Op, mlir::LogicalResult (*write)(Op, OnnxLayerWriter &)>
void attach(mlir::MLIRContext &context) {
  Op::template attachInterface<Model<Op, write>>(context);
}

/// Of branches and particles (OnnxParticles.cpp).
void attachParticleModels(mlir::MLIRContext &context);

} // namespace mase::onnx_export

#endif // MASE_LIB_EXPORT_LAYERMODELS_H
