// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input and the output of a graph, which are the function's.
#include "OnnxImporter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// Elements of a sample. A scalar parameter may be repeated that often, so the
/// size of the file doesn't bound it.
static constexpr int64_t kMaxFeatures = int64_t(1) << 24;
/// What the ops of the dialect take.
static constexpr int64_t kMinRank = 2, kMaxRank = 4;

FailureOr<std::pair<RankedTensorType, SmallVector<int64_t>>>
OnnxImporter::getInputType(const onnx::ValueInfoProto &input) {
  std::string what = "graph input " + quoted(input.name());
  if (!input.type().has_tensor_type() ||
      !input.type().tensor_type().has_shape())
    return emitError() << what
                       << ": expected a tensor with a shape, found none";
  const onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  if (!isFloatType(tensor.elem_type()))
    return emitError() << what << ": expected float32 elements, found "
                       << elementTypeName(tensor.elem_type());
  if (tensor.elem_type() != onnx::TensorProto::FLOAT)
    remark(what,
           elementTypeName(tensor.elem_type()) + " in the file, float32 here");
  int64_t rank = tensor.shape().dim_size();
  if (rank < 1 || rank > kMaxRank)
    return emitError() << what << ": expected rank " << kMinRank << " to "
                       << kMaxRank
                       << ", the batch and the features, or a vector of "
                          "features, found rank "
                       << rank;
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  bool oneSample = rank == 1;
  if (oneSample)
    batch = 1;
  else if (int64_t samples = tensor.shape().dim(0).dim_value(); samples > 0)
    batch = samples;
  int64_t features = 1;
  for (int64_t d = oneSample ? 0 : 1; d < rank; ++d) {
    const auto &dim = tensor.shape().dim(d);
    if (dim.dim_value() <= 0) {
      InFlightDiagnostic diagnostic = emitError();
      diagnostic << what << ": expected a static size in dimension " << d
                 << ", found ";
      if (!dim.dim_param().empty())
        diagnostic << quoted(dim.dim_param());
      else if (dim.has_dim_value())
        diagnostic << dim.dim_value();
      else
        diagnostic << "none";
      return diagnostic << (oneSample
                                ? "; a vector is the features of one sample"
                                : "; only the leading dimension, the batch, "
                                  "may vary");
    }
    if (MulOverflow(features, dim.dim_value(), features) ||
        features > kMaxFeatures)
      return emitError() << what << ": expected at most " << kMaxFeatures
                         << " features, found a size of " << dim.dim_value()
                         << " in dimension " << d;
    shape.push_back(dim.dim_value());
  }
  auto type =
      RankedTensorType::get(shape, Float32Type::get(fileLoc.getContext()));
  if (!oneSample)
    return std::pair(type, shape);
  remark(what, "one sample of " + Twine(features) +
                   " features in the file, a batch of any size here");
  return std::pair(type, SmallVector<int64_t>(drop_begin(shape)));
}

/// The function's argument, which starts the function.
FailureOr<Value> OnnxImporter::importInput() {
  SmallVector<const onnx::ValueInfoProto *> inputs;
  std::string names;
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!lookup(input.name())) {
      inputs.push_back(&input);
      names += (names.empty() ? "" : ", ") + quoted(input.name());
    }
  if (inputs.size() != 1)
    return emitError()
           << "expected one graph input beside the parameters, found "
           << (inputs.empty() ? "none" : names);
  auto type = getInputType(*inputs.front());
  if (failed(type))
    return failure();
  Block *block = builder.getBlock();
  OnnxValue argument{
      block->addArgument(type->first, getNamedLoc(inputs.front()->name())),
      nullptr, ""};
  int32_t elementType = inputs.front()->type().tensor_type().elem_type();
  if (!computesAsFloat32(elementType))
    argument.elementType = elementType;
  if (type->second != type->first.getShape())
    argument.view = type->second;
  define(inputs.front()->name(), argument);
  return argument.activation;
}

FailureOr<Value> OnnxImporter::getOutput() {
  const onnx::ValueInfoProto &output = *this->output;
  std::string what = "graph output " + quoted(output.name());
  const OnnxValue *value = lookup(output.name());
  if (!value)
    return emitError() << what << ": " << explainUnknown(output.name());
  if (value->codes)
    return emitError() << what << ": expected float32 values, found the codes "
                       << "that " << value->codes->by
                       << " makes; end the network in a DequantizeLinear";
  if (!value->activation)
    return emitError() << what
                       << ": expected a result of the network, found a "
                          "constant";
  if (value->rowsPerSample != 1)
    return emitError() << what << ": expected a result for each sample, found "
                       << value->rowsPerSample << " rows of each, "
                       << shapeText(value->getShape())
                       << "; a Reshape at the end keeps them together";
  // With other sizes than 1 before the batch a sample's numbers are not
  // together. (A vector has no batch.)
  ArrayRef<int64_t> shape = value->getShape(),
                    before = shape.take_until(ShapedType::isDynamic);
  if (before.size() < shape.size() &&
      any_of(before, [](int64_t size) { return size != 1; }))
    return emitError() << what << ": expected the batch in front, found "
                       << shapeText(shape)
                       << "; a Transpose at the end brings it there";
  if (value->view)
    remark(what, shapeText(*value->view) + " in the file: is " +
                     shapeText(value->getType().getShape()) + " here");
  if (!output.type().has_tensor_type())
    return value->activation;
  const onnx::TypeProto::Tensor &tensor = output.type().tensor_type();
  if (tensor.elem_type() != value->elementType &&
      !computesAsFloat32(tensor.elem_type()))
    return emitError() << what << ": expected "
                       << (value->elementType == onnx::TensorProto::FLOAT
                               ? "float32"
                               : elementTypeName(value->elementType))
                       << " elements, found "
                       << elementTypeName(tensor.elem_type());
  if (tensor.elem_type() != onnx::TensorProto::FLOAT)
    remark(what,
           elementTypeName(tensor.elem_type()) + " in the file, float32 here");
  if (!tensor.has_shape())
    return value->activation;
  // What the file says must not contradict what the layers give; the batch may.
  SmallVector<int64_t> declared;
  for (const auto &dim : tensor.shape().dim())
    declared.push_back(dim.dim_value() > 0 ? dim.dim_value()
                                           : ShapedType::kDynamic);
  bool agree = declared.size() == shape.size();
  for (size_t d = 0; agree && d < shape.size(); ++d)
    agree = ShapedType::isDynamic(declared[d]) ||
            ShapedType::isDynamic(shape[d]) || declared[d] == shape[d];
  if (!agree)
    return emitError() << what << ": declared as " << shapeText(declared)
                       << ", but the layers give " << shapeText(shape);
  return value->activation;
}

} // namespace mase::onnx_import
