// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is asked of a graph before any of it is imported.
#include "OnnxImporter.h"
#include "OnnxRefused.h"

#include "mase/Support/NearestNames.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// Kinds of unsupported operations that are listed.
static constexpr size_t kMaxListed = 20;
/// Operator sets are tested up to this one.
static constexpr int64_t kNewestOpset = 26;

LogicalResult OnnxImporter::checkModel() {
  if (!model.has_graph())
    return emitError() << "not an ONNX model, or a truncated one: expected a "
                          "graph, found none";
  bool hasOpset = false;
  for (const onnx::OperatorSetIdProto &entry : model.opset_import())
    if (isDefaultDomain(entry.domain())) {
      hasOpset = true;
      opset = entry.version();
    }
  if (!hasOpset)
    return emitError()
           << "not an ONNX model, or a truncated one: expected an "
              "opset_import for the standard operations, found none";
  if (opset < 1)
    return emitError() << "expected an opset version of 1 or more, found "
                       << opset;
  if (opset > kNewestOpset)
    emitWarning(fileLoc) << "the model is of operator set " << opset << ", and "
                         << kNewestOpset
                         << " is the newest that is tested: an operation may "
                            "mean something else there";
  return success(succeeded(chooseOutput()) && succeeded(checkNodes()));
}

/// The one output, or the one that was asked for; then nodes that only others
/// need are dropped.
LogicalResult OnnxImporter::chooseOutput() {
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto &candidate : graph.output()) {
    names.push_back(candidate.name());
    if (candidate.name() == options.output ||
        (options.output.empty() && graph.output_size() == 1))
      output = &candidate;
  }
  if (!output) {
    if (!options.output.empty())
      return emitError() << "unknown graph output " << quoted(options.output)
                         << nearestNamesText(options.output, names);
    InFlightDiagnostic diagnostic = emitError();
    diagnostic << "expected one graph output, found " << names.size();
    if (!names.empty()) {
      diagnostic << ": ";
      interleaveComma(names, diagnostic, [&](const std::string &name) {
        diagnostic << quoted(name);
      });
      diagnostic << "; --onnx-output names the one to import";
    }
    return diagnostic;
  }
  if (graph.output_size() == 1)
    return success();
  llvm::StringMap<const onnx::NodeProto *> makers;
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &name : node.output())
      makers[name] = &node;
  // What a value is computed by.
  auto addNodes = [&](StringRef name,
                      llvm::DenseSet<const onnx::NodeProto *> &nodes) {
    SmallVector<StringRef> work = {name};
    while (!work.empty()) {
      const onnx::NodeProto *node = makers.lookup(work.pop_back_val());
      if (node && nodes.insert(node).second)
        work.append(node->input().begin(), node->input().end());
    }
  };
  llvm::DenseSet<const onnx::NodeProto *> needed;
  addNodes(output->name(), needed);
  for (const onnx::ValueInfoProto &other : graph.output())
    addNodes(other.name(), dropped);
  for (const onnx::NodeProto &node : graph.node())
    if (needed.contains(&node))
      dropped.erase(&node);
    else if (dropped.contains(&node))
      remark(OnnxNode(*this, node).describe(), "dropped: the output " +
                                                   quoted(output->name()) +
                                                   " doesn't need it");
  return success();
}

/// One error for all unsupported operations, each with its number of nodes and
/// the first of them.
LogicalResult OnnxImporter::checkOperations() {
  struct Unsupported {
    const onnx::NodeProto *first;
    int64_t nodes;
  };
  llvm::MapVector<std::pair<StringRef, StringRef>, Unsupported> unsupported;
  for (const onnx::NodeProto &proto : graph.node()) {
    StringRef domain = proto.domain();
    if (isDefaultDomain(domain))
      domain = "";
    if (dropped.contains(&proto) || findOperation(proto))
      continue;
    ++unsupported.insert({{domain, proto.op_type()}, Unsupported{&proto, 0}})
          .first->second.nodes;
  }
  if (unsupported.empty())
    return success();
  InFlightDiagnostic diagnostic = emitError();
  diagnostic << (unsupported.size() == 1 ? "unsupported operation "
                                         : "unsupported operations ");
  auto listed = ArrayRef(unsupported.getArrayRef()).take_front(kMaxListed);
  interleaveComma(listed, diagnostic, [&](const auto &entry) {
    const auto &[operation, found] = entry;
    diagnostic << quoted(operation.second);
    if (!operation.first.empty())
      diagnostic << " of domain " << quoted(operation.first);
    diagnostic << " (";
    if (found.nodes > 1)
      diagnostic << found.nodes << " nodes, first ";
    diagnostic << OnnxNode(*this, *found.first).describeAlone() << ")";
  });
  if (unsupported.size() > listed.size())
    diagnostic << " and " << unsupported.size() - listed.size() << " more";
  diagnostic << "; supported: " << supportedOperations();
  for (const auto &[operation, found] : listed)
    if (StringRef why = whyRefused(operation.first, operation.second);
        !why.empty())
      diagnostic.attachNote(fileLoc)
          << quoted(operation.second) << " ("
          << OnnxNode(*this, *found.first).describeAlone() << "): " << why;
  return failure();
}

/// All nodes before any is imported.
LogicalResult OnnxImporter::checkNodes() {
  if (failed(checkOperations()))
    return failure();
  for (const onnx::NodeProto &proto : graph.node()) {
    if (dropped.contains(&proto))
      continue;
    OnnxNode node(*this, proto);
    const OnnxOperation &operation = *findOperation(proto);
    int inputs = proto.input_size(), outputs = proto.output_size();
    if (inputs < operation.minInputs || inputs > operation.maxInputs) {
      InFlightDiagnostic diagnostic = node.emitError();
      diagnostic << "expected " << operation.minInputs;
      if (operation.maxInputs > operation.minInputs)
        diagnostic << " to " << operation.maxInputs;
      return diagnostic << " inputs, found " << inputs;
    }
    if (outputs < 1 || proto.output(0).empty())
      return node.emitError() << "expected an output, found none";
    if (outputs > operation.maxOutputs)
      return node.emitError()
             << "expected " << operation.maxOutputs
             << (operation.maxOutputs == 1 ? " output" : " outputs")
             << ", found " << outputs;
    llvm::StringSet<> seen;
    for (const onnx::AttributeProto &attribute : proto.attribute()) {
      if (!is_contained(operation.attributes, StringRef(attribute.name()))) {
        std::vector<std::string> valid;
        for (StringRef name : operation.attributes)
          valid.push_back(name.str());
        return node.emitError()
               << "unsupported attribute " << quoted(attribute.name())
               << nearestNamesText(attribute.name(), valid);
      }
      if (!seen.insert(attribute.name()).second)
        return node.emitError() << "the attribute " << quoted(attribute.name())
                                << " is there twice";
    }
  }
  return success();
}

LogicalResult OnnxImporter::indexNames() {
  llvm::StringSet<> defined;
  auto define = [&](StringRef name, const Twine &what) -> LogicalResult {
    if (defined.insert(name).second)
      return success();
    return emitError() << what << " defines " << quoted(name)
                       << ", which is there already; expected unique names";
  };
  llvm::StringSet<> initializers;
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    initializers.insert(tensor.name());
    if (failed(define(tensor.name(), "an initializer")))
      return failure();
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    if (failed(define(tensor.values().name(), "a sparse initializer")))
      return failure();
  for (const onnx::ValueInfoProto &input : graph.input())
    // Old files list initializers among the inputs.
    if (!initializers.contains(input.name()) &&
        failed(define(input.name(), "a graph input")))
      return failure();
  for (const onnx::NodeProto &node : graph.node()) {
    for (const std::string &output : node.output())
      if (!output.empty()) {
        if (failed(define(output, OnnxNode(*this, node).describe())))
          return failure();
        producers[output] = &node;
      }
    if (dropped.contains(&node))
      continue;
    for (const std::string &input : node.input())
      if (!input.empty())
        users[input].push_back(&node);
  }
  return success();
}

} // namespace mase::onnx_import
