// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations with particles, [batch, particles, features], and branches.
#ifndef MASE_LIB_IMPORT_ONNXPARTICLES_H
#define MASE_LIB_IMPORT_ONNXPARTICLES_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// The sizes of a sample.
struct ParticleShape {
  int64_t particles, features;
};

/// What an activation has as particles and features by its shape in the file:
/// the two sizes of a sample, if there are two, others being 1.
std::optional<ParticleShape> getParticleShape(const OnnxValue &value);

/// `value` as [batch, particles, features], by layers in front of the node's
/// own where its type is another; its samples have as many elements.
mlir::Value asParticles(const OnnxNode &node, const OnnxValue &value,
                        ParticleShape shape);

/// `value` [batch, particles, features] with the two exchanged, by a layer in
/// front of the node's own, or what it is the exchange of.
mlir::Value exchanged(const OnnxNode &node, mlir::Value value);

/// Two activations of one shape in the file, by numpy's rules, in the place of
/// `a` and `b`: one that has a size of 1 where the other has more is repeated,
/// by layers in front of the node's own. Where the rules don't allow it, both
/// stay as they are.
mlir::LogicalResult repeatToOneShape(const OnnxNode &node, OnnxValue &a,
                                     OnnxValue &b);

/// `indices` along `axis` of `input`, counted from either end, are `output`:
/// the axis is gone where they are a scalar.
mlir::LogicalResult takeIndices(const OnnxNode &node, const OnnxValue &input,
                                int64_t axis, const OnnxIntegers &indices,
                                llvm::StringRef output);

/// Nodes of particles and branches.
mlir::LogicalResult importTransposeOfActivation(const OnnxNode &node);
/// For ReduceSumOp and ReduceMeanOp.
template <typename LayerOp>
mlir::LogicalResult importReduce(const OnnxNode &node);
mlir::LogicalResult importGlobalAveragePool(const OnnxNode &node);
mlir::LogicalResult importConcatOfActivations(const OnnxNode &node);
mlir::LogicalResult importExpandOfActivation(const OnnxNode &node);
mlir::LogicalResult importGatherOfActivation(const OnnxNode &node);
/// GatherND between Transposes, of which `node` is the first: torch's dynamo
/// has it for x[:, [0, 3]]. Nothing where it isn't one.
std::optional<mlir::LogicalResult>
importGatherOfTransposed(const OnnxNode &node, const OnnxValue &input,
                         llvm::ArrayRef<int64_t> perm);
/// GatherND anywhere else.
mlir::LogicalResult refuseGatherND(const OnnxNode &node);
mlir::LogicalResult importSplit(const OnnxNode &node);
mlir::LogicalResult importSliceOfActivation(const OnnxNode &node);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXPARTICLES_H
