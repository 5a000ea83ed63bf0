// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features or particles taken by constant indices: Gather, and what torch's
// dynamo writes in its place.
#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

LogicalResult importGatherOfActivation(const OnnxNode &node) {
  const OnnxValue *value = node.importer.lookup(node.getInputName(0));
  if (!value || !value->activation)
    return refuseOther(node);
  FailureOr<OnnxValue> input = node.getElements(0, "data");
  FailureOr<int64_t> axis = node.getInt("axis", 0);
  FailureOr<OnnxIntegers> indices = getIntegers(node, 1, "indices");
  if (failed(input) || failed(axis) || failed(indices))
    return failure();
  return takeIndices(node, *input, *axis, *indices, node.proto.output(0));
}

std::optional<LogicalResult> importGatherOfTransposed(const OnnxNode &node,
                                                      const OnnxValue &input,
                                                      ArrayRef<int64_t> perm) {
  OnnxImporter &importer = node.importer;
  auto onlyUser = [&](const onnx::NodeProto &of, StringRef type) {
    const onnx::NodeProto *user = importer.getOnlyUser(of.output(0));
    return user && isDefaultDomain(user->domain()) && user->op_type() == type &&
                   user->input(0) == of.output(0)
               ? user
               : nullptr;
  };
  const onnx::NodeProto *gather = onlyUser(node.proto, "GatherND");
  const onnx::NodeProto *back =
      gather ? onlyUser(*gather, "Transpose") : nullptr;
  if (!back || input.rowsPerSample != 1 || perm.empty())
    return std::nullopt;
  // The axis that is in front between them, and the way back.
  OnnxNode gathers(importer, *gather), second(importer, *back);
  FailureOr<SmallVector<int64_t>> turned = second.getInts("perm");
  FailureOr<int64_t> batchDims = gathers.getInt("batch_dims", 0);
  if (failed(turned) || failed(batchDims))
    return LogicalResult(failure());
  if (turned->empty())
    append_range(*turned, reverse(seq<int64_t>(0, int64_t(perm.size()))));
  if (*batchDims != 0 || turned->size() != perm.size() ||
      any_of(enumerate(*turned), [&](auto place) {
        return place.value() < 0 || place.value() >= int64_t(perm.size()) ||
               perm[size_t(place.value())] != int64_t(place.index());
      }))
    return std::nullopt;
  const OnnxValue *indices = importer.lookup(gathers.getInputName(1));
  if (!indices || !indices->constant ||
      indices->constant->elementType != onnx::TensorProto::INT64 ||
      indices->constant->shape.size() != 2 || indices->constant->shape[1] != 1)
    return std::nullopt;
  if (ShapedType::isDynamic(input.getShape()[perm.front()]))
    return std::nullopt; // samples: what comes next says so
  OnnxIntegers taken{{}, false, ""};
  for (int64_t index : indices->constant->integers.elements())
    taken.elements.push_back({index});
  importer.markDone(*gather);
  importer.markDone(*back);
  importer.remark(node.describe(),
                  "is taken back behind " + gathers.describe());
  importer.remark(second.describe(), "takes back " + node.describe());
  return takeIndices(gathers, input, perm.front(), taken, back->output(0));
}

LogicalResult refuseGatherND(const OnnxNode &node) {
  return node.emitError()
         << "expected indices [n, 1] of features or particles, between a "
            "Transpose that brings them in front and the one back, found "
            "indices of samples, or of several dimensions; torch.index_select "
            "and Gather take features by a list";
}

} // namespace mase::onnx_import
