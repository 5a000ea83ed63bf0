// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One import of an ONNX graph: what its names stand for, and the function that
// is being built.
#ifndef MASE_LIB_IMPORT_ONNXIMPORTER_H
#define MASE_LIB_IMPORT_ONNXIMPORTER_H

#include "LayerNames.h"
#include "OnnxData.h"

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Import/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mase::onnx_import {

struct OnnxCodes;
struct OnnxIntegers;

/// What a name of the graph stands for: an activation, a constant, integer
/// codes, or integers made of shapes.
struct OnnxValue {
  mlir::Value activation;
  std::shared_ptr<const OnnxTensor> constant;
  /// The constant's name, which may be that of a parameter.
  std::string name;
  std::shared_ptr<const OnnxCodes> codes = nullptr;
  std::shared_ptr<const OnnxIntegers> integers = nullptr;
  /// The shape that an activation has in the file where it isn't that of its
  /// type: the same elements in the same order, with sizes of 1 more or less.
  /// The batch is dynamic; a file for one sample may do without.
  std::optional<llvm::SmallVector<int64_t>> view = std::nullopt;
  /// In the file the rows of all samples are one after the other, so many of
  /// each: `view` is [rows, features], and the type [batch, rowsPerSample,
  /// features]. 1: a row is a sample.
  int64_t rowsPerSample = 1;
  /// The type that an activation has in the file, which only a Cast may take if
  /// it isn't FLOAT.
  int32_t elementType = onnx::TensorProto::FLOAT;

  /// The activation's shape in the file.
  llvm::ArrayRef<int64_t> getShape() const {
    return view ? llvm::ArrayRef<int64_t>(*view) : getType().getShape();
  }

  mlir::RankedTensorType getType() const {
    return mlir::cast<mlir::RankedTensorType>(activation.getType());
  }
};

/// The codes of `format` that `by`, a node, makes of an activation or a
/// constant. They are no value of the network until a node gives them their
/// scale back.
struct OnnxCodes {
  OnnxValue of;
  NumberFormatAttrInterface format;
  int32_t elementType; ///< of ONNX
  std::string by;
};

/// An integer that is known but for the batch: `factor`, or `factor` samples.
struct BatchInteger {
  int64_t factor;
  bool ofBatch = false;

  bool operator==(const BatchInteger &) const = default;
};

/// Integers that `by`, a node, makes of shapes, as a vector or a scalar.
struct OnnxIntegers {
  llvm::SmallVector<BatchInteger> elements;
  bool isScalar;
  std::string by;
};

class OnnxImporter;

/// A node of the graph with the checks that every operation needs. Accessors
/// of operands and attributes report what is wrong with them.
class OnnxNode {
public:
  OnnxNode(OnnxImporter &importer, const onnx::NodeProto &proto)
      : importer(importer), proto(proto) {}

  llvm::StringRef getOpType() const { return proto.op_type(); }
  /// "node '/fc/Gemm' (Gemm)", for messages.
  std::string describe() const;
  /// The same without the operation: "node '/fc/Gemm'".
  std::string describeAlone() const;
  /// The node's name, above the file.
  mlir::Location getLoc() const;
  /// An error that starts with describe().
  mlir::InFlightDiagnostic emitError() const;

  llvm::StringRef getInputName(int index) const;
  bool hasInput(int index) const { return !getInputName(index).empty(); }
  /// That of the activations that it takes, which `expectRows` has compared.
  int64_t getRowsPerSample() const;
  /// An error where the node takes rows of which a sample has several, unless
  /// it is one that takes each row for itself.
  mlir::LogicalResult expectRows() const;
  /// What input `index` stands for; `role` is its name in the ONNX standard.
  mlir::FailureOr<OnnxValue> getInput(int index, llvm::StringRef role) const;
  /// The same, which may be integers made of shapes, too.
  mlir::FailureOr<OnnxValue> getInputOrIntegers(int index,
                                                llvm::StringRef role) const;
  /// The same, which may be integer codes.
  mlir::FailureOr<OnnxValue> getInputOrCodes(int index,
                                             llvm::StringRef role) const;
  /// The same, which must be an activation of any shape, for operations that
  /// take elements one by one.
  mlir::FailureOr<OnnxValue> getElements(int index, llvm::StringRef role) const;
  /// The same, whose shape is that of its type, of `rank` unless that is 0.
  mlir::FailureOr<OnnxValue> getActivation(int index, llvm::StringRef role,
                                           int64_t rank = 0) const;
  /// The same, which must be a float32 constant, of `rank` unless negative.
  mlir::FailureOr<OnnxValue> getConstant(int index, llvm::StringRef role,
                                         int64_t rank = -1) const;

  const onnx::AttributeProto *findAttribute(llvm::StringRef name) const;
  mlir::FailureOr<int64_t> getInt(llvm::StringRef name,
                                  int64_t defaultValue) const;
  /// A list, empty where the attribute is missing.
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  getInts(llvm::StringRef name) const;
  mlir::FailureOr<float> getFloat(llvm::StringRef name,
                                  float defaultValue) const;
  mlir::FailureOr<std::string> getString(llvm::StringRef name,
                                         llvm::StringRef defaultValue) const;

  OnnxImporter &importer;
  const onnx::NodeProto &proto;
};

/// An operation that can be imported.
struct OnnxOperation {
  llvm::StringRef name;
  int minInputs, maxInputs, maxOutputs;
  llvm::ArrayRef<llvm::StringRef> attributes; ///< those that it may have
  mlir::LogicalResult (*import)(const OnnxNode &node);
};

/// The operation that the node asks for, or null.
const OnnxOperation *findOperation(const onnx::NodeProto &node);
/// "'Add', 'BatchNormalization', …".
std::string supportedOperations();

/// Whether the node rounds what it takes to a number format, activation or
/// constant.
bool isQuantizerNode(const onnx::NodeProto &node);

/// Whether these are the standard's operations.
inline bool isDefaultDomain(llvm::StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}
/// The domain of QONNX's operations; older files have others.
inline constexpr llvm::StringLiteral kQonnxDomain = "qonnx.custom_op.general";
/// Those of QONNX; empty for other domains.
llvm::ArrayRef<OnnxOperation> qonnxOperations(llvm::StringRef domain);
/// ONNX Runtime's domain.
inline constexpr llvm::StringLiteral kMicrosoftDomain = "com.microsoft";

/// Constants whose elements the function doesn't have: `arith.constant`s of a
/// `dense_resource` without data. Looked up, never walked.
using LargeConstants =
    llvm::DenseMap<mlir::Operation *, std::shared_ptr<const OnnxTensor>>;

class OnnxImporter {
public:
  /// `model` is taken apart: its initializers lose their elements. Where
  /// `large` isn't null, constants of many different elements go there.
  OnnxImporter(onnx::ModelProto &model, mlir::FileLineColLoc fileLoc,
               OnnxImportOptions options, LargeConstants *large)
      : model(model), graph(model.graph()), fileLoc(fileLoc), options(options),
        large(large), external(fileLoc.getFilename()),
        builder(fileLoc.getContext()) {}

  /// Null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  int64_t getOpset() const { return opset; }
  mlir::InFlightDiagnostic emitError() const {
    return mlir::emitError(fileLoc);
  }
  mlir::Location getNamedLoc(llvm::StringRef name) const;

  const OnnxValue *lookup(llvm::StringRef name) const;
  /// For names that nothing stands for (yet): why.
  std::string explainUnknown(llvm::StringRef name) const;

  /// The one node that takes `name`, null if there are several or none, or if
  /// `name` is the graph's output.
  const onnx::NodeProto *getOnlyUser(llvm::StringRef name) const;
  bool isUsed(llvm::StringRef name) const;
  /// An error of `node` where the elements that nodes have repeated or
  /// transposed, this one's `elements` among them, are more than the memory and
  /// time of an import should go into: they may be far more than the file has.
  mlir::LogicalResult spend(const OnnxNode &node, int64_t elements);
  bool spend(EmitErrorFn emitError, int64_t elements);
  /// The elements of a tensor that `what` holds; null after an error, which
  /// says so. A remark says if the type changes.
  std::shared_ptr<const OnnxTensor> decode(const onnx::TensorProto &tensor,
                                           const std::string &what);
  std::shared_ptr<const OnnxTensor>
  decode(const onnx::SparseTensorProto &tensor, const std::string &what);
  /// Another node's layer computes this node too.
  void markDone(const onnx::NodeProto &node) { done.insert(&node); }

  void define(llvm::StringRef name, OnnxValue value) {
    values[name] = std::move(value);
  }
  /// A constant in the function.
  mlir::Value materialize(const OnnxValue &constant);
  /// `layer` computes `output`. `parameters` are the ONNX names that it may be
  /// named after. The file's shape of the result is `shape`; without one it is
  /// that of the result's type.
  void addLayer(const OnnxNode &node, mlir::Operation *layer,
                llvm::StringRef output,
                llvm::ArrayRef<llvm::StringRef> parameters,
                std::optional<llvm::ArrayRef<int64_t>> shape = std::nullopt);
  /// Names `layer`, which is in front of the node's own; `what` says why, "the
  /// result" of it.
  void addInFront(const OnnxNode &node, mlir::Operation *layer,
                  const std::string &what);
  /// A layer, not added yet, that makes of each sample of `value` one row.
  mlir::Operation *createFlatten(const OnnxNode &node, const OnnxValue &value);
  /// The same as a layer in front of the node's own.
  mlir::Value flatten(const OnnxNode &node, const OnnxValue &value);
  /// Whether activations of this type are float32 here because the user said
  /// so.
  bool computesAsFloat32(int32_t elementType) const {
    return options.asFloat32 && isFloatType(elementType);
  }
  /// The samples that the file is for, if their number is fixed.
  std::optional<int64_t> getBatch() const { return batch; }

  /// What became of `node` (as it is described), which is no layer of its own,
  /// or not the one that it looks like: a remark, if the user asked for them.
  /// With a layer, "TEXT of layer 'fc'": names are chosen at the end.
  void remark(const std::string &node, const llvm::Twine &text,
              mlir::Operation *layer = nullptr) {
    if (options.remarks)
      remarks.push_back({node, text.str(), layer});
  }
  /// The same of the layer that is added next.
  void remarkOfNextLayer(const std::string &node, const llvm::Twine &text) {
    remark(node, text);
    if (options.remarks)
      remarks.back().ofNextLayer = true;
  }

  /// `node` rounds a constant; `markTaken` says that a layer has its format.
  void addConstantQuantizer(const std::string &node) {
    constantQuantizers.push_back(node);
  }
  void markTaken(llvm::StringRef node) { takenQuantizers.insert(node); }

  /// `layer`, which only rounds, is to give its format to its neighbours.
  void addQuantizer(LeakyReluOp layer) { quantizers.push_back(layer); }

  mlir::OpBuilder &getBuilder() { return builder; }
  /// Layers start without a name; LayerNames chooses it at the end.
  mlir::StringAttr getNoName() { return builder.getStringAttr(""); }

private:
  struct Remark {
    std::string node, text;
    mlir::Operation *layer;
    bool ofNextLayer = false;
  };

  mlir::LogicalResult checkModel();
  mlir::LogicalResult chooseOutput();
  mlir::LogicalResult checkOperations();
  mlir::LogicalResult checkNodes();
  mlir::LogicalResult indexNames();
  mlir::LogicalResult importInitializers();
  /// The type of the function's argument, and the file's shape of it.
  mlir::FailureOr<std::pair<mlir::RankedTensorType, llvm::SmallVector<int64_t>>>
  getInputType(const onnx::ValueInfoProto &input);
  mlir::FailureOr<mlir::Value> importInput();
  mlir::LogicalResult importNode(const onnx::NodeProto &proto);
  bool isOfConstants(const onnx::NodeProto &proto) const;
  /// Forgets the operands of a node that is imported where no other takes them:
  /// constants may be as large as the file.
  void release(const onnx::NodeProto &proto);
  mlir::LogicalResult importNodes();
  mlir::FailureOr<mlir::Value> getOutput();
  void settleQuantizers(mlir::func::FuncOp function);
  mlir::LogicalResult nameClasses(mlir::func::FuncOp function);
  void eraseUnusedTransposes(mlir::func::FuncOp function);
  void emitRemarks() const;

  onnx::ModelProto &model;
  const onnx::GraphProto &graph;
  mlir::FileLineColLoc fileLoc;
  OnnxImportOptions options;
  LargeConstants *large;
  ExternalData external;
  mlir::OpBuilder builder;
  int64_t opset = 0;
  uint64_t spent = 0; ///< see spend
  std::optional<int64_t> batch;
  const onnx::ValueInfoProto *output = nullptr; ///< that of the function
  /// Nodes that only other outputs need; asked, never walked.
  llvm::DenseSet<const onnx::NodeProto *> dropped;
  LayerNames layerNames;
  llvm::SmallVector<LeakyReluOp> quantizers; ///< of activations
  std::vector<std::string> constantQuantizers;
  llvm::StringSet<> takenQuantizers; ///< of those
  std::vector<Remark> remarks;
  llvm::StringMap<OnnxValue> values;
  llvm::StringMap<const onnx::NodeProto *> producers;
  llvm::StringMap<llvm::SmallVector<const onnx::NodeProto *, 1>> users;
  llvm::StringMap<unsigned> usesDone; ///< of each name, by nodes released
  llvm::DenseSet<const onnx::NodeProto *> done; // asked, never walked
};

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXIMPORTER_H
