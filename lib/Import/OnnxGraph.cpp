// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph as a whole: its names, constants and nodes, and the function around
// the layers.
#include "OnnxFolding.h"
#include "OnnxFunctions.h"
#include "OnnxImporter.h"
#include "OnnxShapes.h"
#include "PlaceQuantizers.h"

#include "mase/Support/NearestNames.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// Elements that nodes may make of constants, all together (half a GiB).
static constexpr int64_t kMaxMadeElements = int64_t(1) << 27;
/// A constant of fewer elements takes next to no memory.
static constexpr size_t kManyElements = 1 << 12;

Location OnnxImporter::getNamedLoc(StringRef name) const {
  if (name.empty())
    return fileLoc;
  return NameLoc::get(StringAttr::get(fileLoc.getContext(), name), fileLoc);
}

const OnnxValue *OnnxImporter::lookup(StringRef name) const {
  auto it = values.find(name);
  return it == values.end() ? nullptr : &it->second;
}

std::string OnnxImporter::explainUnknown(StringRef name) const {
  auto it = producers.find(name);
  if (it != producers.end()) {
    const onnx::NodeProto &node = *it->second;
    std::string text = "which only a later node computes, ";
    text += quoted(node.name()) + " (" + node.op_type() +
            "); expected nodes in an order that computes operands first: the "
            "graph is cyclic or unsorted";
    return text;
  }
  // In file order: a StringMap's depends on hashes.
  std::vector<std::string> known;
  for (const onnx::ValueInfoProto &input : graph.input())
    known.push_back(input.name());
  for (const onnx::TensorProto &tensor : graph.initializer())
    known.push_back(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    known.push_back(tensor.values().name());
  for (const onnx::NodeProto &node : graph.node())
    known.insert(known.end(), node.output().begin(), node.output().end());
  std::string text = "which is no input, initializer or output of a node";
  std::vector<std::string> nearest = nearestNames(name, known);
  for (size_t i = 0; i < nearest.size(); ++i)
    text += (i ? ", " : "; nearest: ") + quoted(nearest[i]);
  return text;
}

const onnx::NodeProto *OnnxImporter::getOnlyUser(StringRef name) const {
  auto it = users.find(name);
  if (it == users.end() || it->second.size() != 1 ||
      StringRef(output->name()) == name)
    return nullptr;
  return it->second.front();
}

bool OnnxImporter::isUsed(StringRef name) const {
  return users.contains(name) || StringRef(output->name()) == name;
}

static bool isSplat(const OnnxTensor &tensor) {
  ElementReader elements(tensor);
  auto same = [first = bit_cast<uint32_t>(elements[0])](float value) {
    return bit_cast<uint32_t>(value) == first;
  };
  return all_of(seq<size_t>(1, tensor.size()),
                [&](size_t i) { return same(elements[i]); });
}

Value OnnxImporter::materialize(const OnnxValue &constant) {
  const OnnxTensor &tensor = *constant.constant;
  auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
  Location loc = getNamedLoc(constant.name);
  if (!large || tensor.size() < kManyElements || isSplat(tensor))
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(type, ArrayRef<float>(tensor.values())));
  auto &resources =
      DenseResourceElementsHandle::getManagerInterface(builder.getContext());
  auto op = arith::ConstantOp::create(
      builder, loc,
      DenseResourceElementsAttr::get(
          type, resources.insert("constant" + std::to_string(large->size()))));
  large->try_emplace(op, constant.constant);
  return op;
}

bool OnnxImporter::spend(EmitErrorFn emitError, int64_t elements) {
  spent = SaturatingAdd(spent, uint64_t(elements));
  if (spent <= uint64_t(kMaxMadeElements))
    return true;
  emitError() << "expected constants that repeat and transpose to at most "
              << kMaxMadeElements << " elements in all nodes together";
  return false;
}

LogicalResult OnnxImporter::spend(const OnnxNode &node, int64_t elements) {
  return success(spend([&] { return node.emitError(); }, elements));
}

std::shared_ptr<const OnnxTensor>
OnnxImporter::decode(const onnx::TensorProto &tensor, const std::string &what) {
  auto result = decodeTensor(tensor, external, [&] {
    InFlightDiagnostic diagnostic = emitError();
    diagnostic << what << ": ";
    return diagnostic;
  });
  if (result && !result->doubles.empty() && options.asFloat32) {
    auto rounded = std::make_shared<OnnxTensor>(*result);
    rounded->floats.assign(result->doubles.begin(), result->doubles.end());
    rounded->doubles.clear();
    rounded->elementType = onnx::TensorProto::FLOAT;
    remark(what, "DOUBLE becomes float32, rounded, as asked");
    if (!checkFinite(*rounded, [&] {
          InFlightDiagnostic diagnostic = emitError();
          diagnostic << what << ": ";
          return diagnostic;
        }))
      return nullptr;
    return rounded;
  }
  if (result && result->elementType != tensor.data_type())
    remark(what, elementTypeName(tensor.data_type()) +
                     " becomes float32, which has all its elements");
  return result;
}

std::shared_ptr<const OnnxTensor>
OnnxImporter::decode(const onnx::SparseTensorProto &tensor,
                     const std::string &what) {
  auto error = [&] {
    InFlightDiagnostic diagnostic = emitError();
    diagnostic << what << ": ";
    return diagnostic;
  };
  remark(what, "a sparse tensor becomes a dense one");
  return decodeSparse(tensor, external, error,
                      [&](int64_t elements) { return spend(error, elements); });
}

void OnnxImporter::addLayer(const OnnxNode &node, Operation *layer,
                            StringRef output, ArrayRef<StringRef> parameters,
                            std::optional<ArrayRef<int64_t>> shape) {
  layerNames.add(layer, parameters, node.proto.name(), node.getOpType());
  for (Remark &remark : llvm::reverse(remarks)) {
    if (!remark.ofNextLayer)
      break;
    remark.layer = layer;
    remark.ofNextLayer = false;
  }
  OnnxValue result{layer->getResult(0), nullptr, ""};
  if (shape && *shape != result.getType().getShape()) {
    result.view.emplace(*shape);
    result.rowsPerSample = node.getRowsPerSample();
  }
  define(output, std::move(result));
}

Operation *OnnxImporter::createFlatten(const OnnxNode &node,
                                       const OnnxValue &value) {
  ArrayRef<int64_t> shape = value.getType().getShape();
  return FlattenOp::create(
      builder, node.getLoc(),
      RankedTensorType::get(
          {shape[0], ShapedType::getNumElements(shape.drop_front())},
          builder.getF32Type()),
      getNoName(), value.activation);
}

Value OnnxImporter::flatten(const OnnxNode &node, const OnnxValue &value) {
  Operation *layer = createFlatten(node, value);
  addInFront(node, layer, "its input is one row a sample, the result");
  return layer->getResult(0);
}

void OnnxImporter::addInFront(const OnnxNode &node, Operation *layer,
                              const std::string &what) {
  layerNames.add(layer, {}, node.proto.name(), node.getOpType());
  remark(node.describe(), what, layer);
}

/// Those whose readers took what they exchange.
void OnnxImporter::eraseUnusedTransposes(func::FuncOp function) {
  function.walk([&](TransposeOp transpose) {
    if (!transpose->use_empty())
      return;
    llvm::erase_if(remarks, [&](const Remark &remark) {
      return remark.layer == transpose;
    });
    layerNames.remove(transpose);
    transpose->erase();
  });
}

LogicalResult OnnxImporter::importInitializers() {
  for (onnx::TensorProto &tensor :
       *model.mutable_graph()->mutable_initializer()) {
    auto decoded = decode(tensor, "initializer " + quoted(tensor.name()));
    if (!decoded)
      return failure();
    define(tensor.name(), {Value(), decoded, tensor.name()});
    // They are as large as the file.
    delete tensor.release_raw_data();
    google::protobuf::RepeatedField<float>().Swap(tensor.mutable_float_data());
    google::protobuf::RepeatedField<double>().Swap(
        tensor.mutable_double_data());
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer()) {
    const std::string &name = tensor.values().name();
    auto decoded = decode(tensor, "sparse initializer " + quoted(name));
    if (!decoded)
      return failure();
    define(name, {Value(), decoded, name});
  }
  return success();
}

LogicalResult OnnxImporter::importNode(const onnx::NodeProto &proto) {
  OnnxNode node(*this, proto);
  if (failed(node.expectRows()))
    return failure();
  return isOfIntegers(node) ? importOfIntegers(node)
         : isOfFloats(node) ? foldFloats(node)
                            : findOperation(proto)->import(node);
}

/// Whether the node makes a constant, of constants if of anything.
bool OnnxImporter::isOfConstants(const onnx::NodeProto &proto) const {
  static constexpr StringRef kOperations[] = {
      "Cast",    "CastLike",  "Constant", "ConstantOfShape",
      "Flatten", "Identity",  "Reshape",  "Shape",
      "Squeeze", "Transpose", "Unsqueeze"};
  OnnxNode node(const_cast<OnnxImporter &>(*this), proto);
  if (!isQuantizerNode(proto) && !isOfIntegers(node) && !isOfFloats(node) &&
      !(isDefaultDomain(proto.domain()) &&
        is_contained(kOperations, StringRef(proto.op_type()))))
    return false;
  return all_of(proto.input(), [&](const std::string &name) {
    const OnnxValue *value = lookup(name);
    return name.empty() ||
           (value && (value->constant || value->integers ||
                      (value->codes && value->codes->of.constant)));
  });
}

void OnnxImporter::release(const onnx::NodeProto &proto) {
  for (const std::string &name : proto.input()) {
    auto it = users.find(name);
    if (it == users.end())
      continue;
    unsigned &uses = usesDone[name];
    if (++uses == it->second.size() && StringRef(output->name()) != name)
      values.erase(name);
  }
}

LogicalResult OnnxImporter::importNodes() {
  // Constants come first: a MatMul looks ahead for its bias.
  for (const onnx::NodeProto &proto : graph.node()) {
    if (dropped.contains(&proto) || !isOfConstants(proto))
      continue;
    if (failed(importNode(proto)))
      return failure();
    markDone(proto);
    release(proto);
  }
  llvm::DenseSet<const onnx::NodeProto *> released = done;
  for (const onnx::NodeProto &proto : graph.node()) {
    if (dropped.contains(&proto) || released.contains(&proto))
      continue;
    if (!done.contains(&proto) && failed(importNode(proto)))
      return failure();
    release(proto);
  }
  return success();
}

void OnnxImporter::settleQuantizers(func::FuncOp function) {
  auto describe = [](Operation *layer) {
    return "node " +
           quoted(cast<NameLoc>(layer->getLoc()).getName().getValue());
  };
  llvm::DenseSet<Operation *> kept(quantizers.begin(), quantizers.end());
  placeQuantizers(
      function, quantizers,
      [&](Operation *quantizer, Operation *layer, OperandRole role) {
        if (quantizer)
          remark(describe(quantizer), "is the '" + stringify(role) + "'",
                 layer);
        else
          remark(describe(layer),
                 "a quantiser before it says what values it reads: its format "
                 "is also the '" +
                     stringify(role) + "'",
                 layer);
      },
      [&](Operation *quantizer) {
        kept.erase(quantizer);
        layerNames.remove(quantizer);
        quantizer->erase();
      });
  for (LeakyReluOp quantizer : quantizers)
    if (kept.contains(quantizer))
      remark(describe(quantizer),
             "the layers around it have no place for its format: it is the "
             "'data_in'",
             quantizer);
  for (const std::string &node : constantQuantizers)
    if (!takenQuantizers.contains(node))
      remark(node,
             "folded: a constant is rounded, and no layer has the format");
}

void OnnxImporter::emitRemarks() const {
  for (const Remark &remark : remarks) {
    InFlightDiagnostic diagnostic = mlir::emitRemark(fileLoc);
    diagnostic << remark.node << ": " << remark.text;
    if (remark.layer)
      diagnostic << " of layer "
                 << quoted(cast<LayerOpInterface>(remark.layer).getLayerName());
  }
}

OwningOpRef<ModuleOp> OnnxImporter::run() {
  if (!inlineFunctions(
          model, [&] { return emitError(); },
          [&](const onnx::NodeProto &call, const Twine &text) {
            remark(OnnxNode(*this, call).describe(), text);
          }) ||
      failed(checkModel()))
    return nullptr;
  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  std::string name = sanitizeIdentifier(graph.name());
  auto function = func::FuncOp::create(builder, getNamedLoc(graph.name()),
                                       name.empty() ? "main" : name,
                                       builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(&function.getBody().emplaceBlock());

  if (failed(indexNames()) || failed(importInitializers()))
    return nullptr;
  FailureOr<Value> input = importInput();
  if (failed(input) || failed(importNodes()))
    return nullptr;
  FailureOr<Value> output = getOutput();
  if (failed(output))
    return nullptr;
  func::ReturnOp::create(builder, fileLoc, *output);
  function.setType(
      builder.getFunctionType(input->getType(), output->getType()));
  if (failed(nameClasses(function)))
    return nullptr;
  eraseUnusedTransposes(function);
  settleQuantizers(function);
  layerNames.assign();
  emitRemarks();
  return module;
}

} // namespace mase::onnx_import
