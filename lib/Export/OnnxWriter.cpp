// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph as a whole: names, tensors, inputs and outputs.
#include "OnnxWriter.h"

#include "mase/Dialect/Mase/IR/ClassNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_export {

std::string OnnxWriter::uniqueName(const Twine &wanted) {
  std::string name = wanted.str();
  for (unsigned k = 1; !taken.insert(name).second; ++k)
    name = (wanted + "_" + Twine(k)).str();
  return name;
}

std::string OnnxWriter::addFloats(const Twine &name, ArrayRef<int64_t> shape,
                                  ArrayRef<float> values) {
  onnx::TensorProto &tensor = *graph->add_initializer();
  tensor.set_name(uniqueName(name));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t size : shape)
    tensor.add_dims(size);
  std::string &raw = *tensor.mutable_raw_data();
  raw.resize(values.size() * sizeof(float));
  for (size_t i = 0; i < values.size(); ++i)
    support::endian::write<float, endianness::little>(&raw[i * sizeof(float)],
                                                      values[i]);
  return tensor.name();
}

std::string OnnxWriter::addIntegers(const Twine &name,
                                    onnx::TensorProto::DataType type,
                                    ArrayRef<int64_t> shape,
                                    ArrayRef<int64_t> values) {
  onnx::TensorProto &tensor = *graph->add_initializer();
  tensor.set_name(uniqueName(name));
  tensor.set_data_type(type);
  for (int64_t size : shape)
    tensor.add_dims(size);
  for (int64_t value : values)
    if (type == onnx::TensorProto::INT64)
      tensor.add_int64_data(value);
    else
      tensor.add_int32_data(int32_t(value));
  return tensor.name();
}

std::string OnnxWriter::addNode(StringRef operation, StringRef path,
                                ArrayRef<std::string> inputs,
                                const Twine &output,
                                ArrayRef<OnnxAttribute> attributes,
                                StringRef domain) {
  onnx::NodeProto &node = *graph->add_node();
  node.set_op_type(operation.str());
  node.set_name(("/" + path + "/" + operation).str());
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(uniqueName(output));
  for (const OnnxAttribute &attribute : attributes) {
    onnx::AttributeProto &proto = *node.add_attribute();
    proto.set_name(attribute.name.str());
    if (const auto *integer = std::get_if<int64_t>(&attribute.value)) {
      proto.set_type(onnx::AttributeProto::INT);
      proto.set_i(*integer);
    } else if (const auto *number = std::get_if<float>(&attribute.value)) {
      proto.set_type(onnx::AttributeProto::FLOAT);
      proto.set_f(*number);
    } else if (const auto *list =
                   std::get_if<ArrayRef<int64_t>>(&attribute.value)) {
      proto.set_type(onnx::AttributeProto::INTS);
      for (int64_t element : *list)
        proto.add_ints(element);
    } else {
      proto.set_type(onnx::AttributeProto::STRING);
      proto.set_s(std::get<StringRef>(attribute.value).str());
    }
  }
  if (!domain.empty()) {
    node.set_domain(domain.str());
    if (!is_contained(domains, domain))
      domains.push_back(domain.str());
  }
  return node.output(0);
}

void OnnxWriter::addValueInfo(onnx::ValueInfoProto &info, StringRef name,
                              mlir::Type type) {
  info.set_name(name.str());
  onnx::TypeProto::Tensor &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  for (int64_t size : cast<RankedTensorType>(type).getShape()) {
    auto &dim = *tensor.mutable_shape()->add_dim();
    if (ShapedType::isDynamic(size))
      dim.set_dim_param("batch");
    else
      dim.set_dim_value(size);
  }
}

LogicalResult OnnxWriter::writeLayer(LayerOpInterface layer) {
  auto exportable = dyn_cast<ExportableOpInterface>(layer.getOperation());
  if (!exportable)
    return layer->emitError("layer ")
           << quoted(layer.getLayerName()) << " ('" << layer->getName()
           << "') has no operation of ONNX that export knows; expected an op "
              "that implements 'ExportableOpInterface'";
  OnnxLayerWriter writer(*this, layer);
  return exportable.exportTo(writer);
}

LogicalResult OnnxWriter::write(func::FuncOp function) {
  graph->set_name(function.getName().str());
  BlockArgument input = function.getArgument(0);
  auto loc = dyn_cast<NameLoc>(input.getLoc());
  define(input,
         uniqueName(loc ? loc.getName().getValue() : StringRef("input")));
  addValueInfo(*graph->add_input(), nameOf(input), input.getType());
  for (Operation &op : function.front().without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      continue;
    auto layer = dyn_cast<LayerOpInterface>(op);
    if (!layer)
      return op.emitError() << "expected layers of the network level, found '"
                            << op.getName() << "'";
    if (failed(writeLayer(layer)))
      return failure();
  }
  Value output = function.front().getTerminator()->getOperand(0);
  if (!output.getDefiningOp<LayerOpInterface>())
    return function.emitError() << "expected a network that ends in a layer";
  addValueInfo(*graph->add_output(), nameOf(output), output.getType());

  model.set_producer_name("mase-opt");
  FailureOr<std::vector<std::string>> classes = getClassNames(
      function,
      ShapedType::getNumElements(
          cast<ShapedType>(output.getType()).getShape().drop_front()));
  if (failed(classes))
    return failure();
  if (!classes->empty()) {
    onnx::StringStringEntryProto &entry = *model.add_metadata_props();
    entry.set_key("class_names");
    entry.set_value(
        llvm::formatv("{0}", llvm::json::Value(llvm::json::Array(*classes))));
  }
  model.set_ir_version(opset >= 21 ? 10 : 8);
  onnx::OperatorSetIdProto &standard = *model.add_opset_import();
  standard.set_domain("");
  standard.set_version(opset);
  for (const std::string &domain : domains) {
    onnx::OperatorSetIdProto &other = *model.add_opset_import();
    other.set_domain(domain);
    other.set_version(1);
  }
  return success();
}

} // namespace mase::onnx_export
