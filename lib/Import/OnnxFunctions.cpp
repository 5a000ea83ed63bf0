// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of a model, written out where they are called.
// https://github.com/onnx/onnx/blob/main/docs/IR.md#model-local-functions.
#include "OnnxFunctions.h"

#include "OnnxImporter.h"

#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <map>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// Nodes of a graph once all calls are written out: a function that calls
/// another twice, which calls a third twice, …, would fill the memory.
static constexpr int64_t kMaxNodes = int64_t(1) << 18;
/// Calls within calls; those of a circle that a message lists.
static constexpr size_t kMaxDepth = 64, kMaxListed = 8;
/// From this operator set on, operations that are imported show in their
/// attributes and inputs what version they are of.
static constexpr int64_t kSettledOpset = 13;

/// Fields that are newer than this version of the standard's C++ library.
static constexpr int kFunctionDefaults = 11, kFunctionOverload = 13,
                     kNodeOverload = 8;

/// The values of a field of bytes that the library doesn't know.
static SmallVector<StringRef, 1>
unknownField(const google::protobuf::Message &message, int number) {
  SmallVector<StringRef, 1> values;
  const google::protobuf::UnknownFieldSet &fields =
      message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i)
    if (const auto &field = fields.field(i);
        field.number() == number &&
        field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      values.push_back(field.length_delimited());
  return values;
}

/// What a function is found by: domain, name, overload.
using FunctionKey = std::array<std::string, 3>;

static FunctionKey keyOf(StringRef domain, StringRef name,
                         const google::protobuf::Message &message,
                         int overload) {
  SmallVector<StringRef, 1> overloads = unknownField(message, overload);
  return {isDefaultDomain(domain) ? "" : domain.str(), name.str(),
          overloads.empty() ? "" : overloads.back().str()};
}

/// "Name" or "domain.Name", quoted.
static std::string nameOf(const onnx::FunctionProto &function) {
  return quoted(function.domain().empty()
                    ? function.name()
                    : function.domain() + "." + function.name());
}

namespace {

class Inliner {
public:
  Inliner(
      onnx::ModelProto &model, EmitErrorFn emitError,
      llvm::function_ref<void(const onnx::NodeProto &, const Twine &)> inlined)
      : model(model), emitError(emitError), inlined(inlined) {}

  bool run() {
    for (const onnx::FunctionProto &function : model.functions())
      if (!functions
               .try_emplace(keyOf(function.domain(), function.name(), function,
                                  kFunctionOverload),
                            &function)
               .second) {
        emitError() << "the function " << nameOf(function)
                    << " is there twice; expected unique names";
        return false;
      }
    for (const onnx::OperatorSetIdProto &entry : model.opset_import())
      if (isDefaultDomain(entry.domain()))
        opset = entry.version();
    collectNames();
    google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
    nodes.Swap(model.mutable_graph()->mutable_node());
    for (onnx::NodeProto &node : nodes)
      if (!add(std::move(node)))
        return false;
    return true;
  }

private:
  const onnx::FunctionProto *find(const onnx::NodeProto &node) const {
    auto it = functions.find(
        keyOf(node.domain(), node.op_type(), node, kNodeOverload));
    return it == functions.end() ? nullptr : it->second;
  }

  InFlightDiagnostic error(const onnx::NodeProto &call) {
    InFlightDiagnostic diagnostic = emitError();
    diagnostic << "node "
               << quoted(call.name().empty() && call.output_size() > 0
                             ? call.output(0)
                             : call.name())
               << " (" << call.op_type() << "): ";
    return diagnostic;
  }

  /// All names of the graph: what functions compute gets others.
  void collectNames() {
    const onnx::GraphProto &graph = model.graph();
    for (const onnx::ValueInfoProto &input : graph.input())
      taken.insert(input.name());
    for (const onnx::TensorProto &tensor : graph.initializer())
      taken.insert(tensor.name());
    for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
      taken.insert(tensor.values().name());
    for (const onnx::NodeProto &node : graph.node())
      for (const std::string &output : node.output())
        taken.insert(output);
  }

  std::string uniqueName(const std::string &wanted) {
    std::string name = wanted;
    unsigned &number = numbers[wanted];
    while (!taken.insert(name).second)
      name = wanted + "_" + std::to_string(++number);
    return name;
  }

  /// The node, or those of the function that it calls.
  bool add(onnx::NodeProto &&node) {
    // Functions without nodes count, too.
    if (++made > kMaxNodes && !callers.empty()) {
      emitError() << "expected functions that come to at most " << kMaxNodes
                  << " nodes where they are called";
      return false;
    }
    if (const onnx::FunctionProto *function = find(node))
      return expand(node, *function);
    *model.mutable_graph()->add_node() = std::move(node);
    return true;
  }

  bool expand(const onnx::NodeProto &call,
              const onnx::FunctionProto &function) {
    if (!check(call, function))
      return false;
    inlined(call, "inlined: the " + Twine(function.node_size()) +
                      " nodes of function " + nameOf(function));
    std::string prefix =
        call.name().empty() ? "/" + function.name() : call.name();
    llvm::StringMap<std::string> names;
    // An operand that is not given has no name, in the function neither.
    for (auto [i, formal] : enumerate(function.input()))
      names[formal] = int(i) < call.input_size() ? call.input(int(i)) : "";
    SmallVector<std::pair<std::string, std::string>> copies;
    for (auto [i, formal] : enumerate(function.output())) {
      if (int(i) >= call.output_size() || call.output(int(i)).empty())
        continue;
      // What is an operand already, or another result.
      if (!names.try_emplace(formal, call.output(int(i))).second)
        copies.emplace_back(names[formal], call.output(int(i)));
    }
    auto rename = [&](std::string &name) {
      if (name.empty())
        return;
      auto [it, isNew] = names.try_emplace(name);
      if (isNew)
        it->second = uniqueName(prefix + "/" + name);
      name = it->second;
    };
    callers.push_back(&function);
    for (const onnx::NodeProto &inner : function.node()) {
      onnx::NodeProto node = inner;
      for (std::string &name : *node.mutable_input())
        rename(name);
      for (std::string &name : *node.mutable_output())
        rename(name);
      if (!node.name().empty())
        node.set_name(prefix +
                      (StringRef(node.name()).starts_with("/") ? "" : "/") +
                      node.name());
      if (!setAttributes(node, call, function) || !add(std::move(node)))
        return false;
    }
    callers.pop_back();
    for (const auto &[from, to] : copies) {
      onnx::NodeProto &node = *model.mutable_graph()->add_node();
      node.set_op_type("Identity");
      node.set_name(prefix + "/Identity");
      node.add_input(from);
      node.add_output(to);
    }
    return true;
  }

  bool check(const onnx::NodeProto &call, const onnx::FunctionProto &function) {
    if (const auto *first = llvm::find(callers, &function);
        first != callers.end()) {
      InFlightDiagnostic diagnostic = error(call);
      diagnostic << "expected functions that don't call themselves, found ";
      for (const onnx::FunctionProto *caller :
           ArrayRef(first, callers.end()).take_front(kMaxListed))
        diagnostic << nameOf(*caller) << " that calls ";
      diagnostic << nameOf(function);
      return false;
    }
    if (callers.size() >= kMaxDepth) {
      error(call) << "expected functions that call others at most " << kMaxDepth
                  << " deep";
      return false;
    }
    for (const onnx::OperatorSetIdProto &entry : function.opset_import())
      if (isDefaultDomain(entry.domain()) && entry.version() != opset &&
          std::min(entry.version(), opset) < kSettledOpset) {
        error(call) << "expected a function of operator set " << opset
                    << ", as the model's, found " << nameOf(function) << " of "
                    << entry.version();
        return false;
      }
    if (call.input_size() > function.input_size() ||
        call.output_size() > function.output_size()) {
      error(call) << "expected at most " << function.input_size()
                  << " inputs and " << function.output_size()
                  << " outputs, as the function " << nameOf(function)
                  << " has, found " << call.input_size() << " and "
                  << call.output_size();
      return false;
    }
    std::vector<std::string> valid(function.attribute().begin(),
                                   function.attribute().end());
    for (const onnx::AttributeProto &attribute : defaultsOf(function))
      valid.push_back(attribute.name());
    for (const onnx::AttributeProto &attribute : call.attribute())
      if (!is_contained(valid, attribute.name())) {
        error(call) << "the function " << nameOf(function)
                    << " has no attribute " << quoted(attribute.name())
                    << nearestNamesText(attribute.name(), valid);
        return false;
      }
    return true;
  }

  /// Attributes of the function that have a value where a call gives none.
  static SmallVector<onnx::AttributeProto, 1>
  defaultsOf(const onnx::FunctionProto &function) {
    SmallVector<onnx::AttributeProto, 1> defaults;
    for (StringRef bytes : unknownField(function, kFunctionDefaults)) {
      onnx::AttributeProto attribute;
      if (attribute.ParseFromArray(bytes.data(), int(bytes.size())))
        defaults.push_back(std::move(attribute));
    }
    return defaults;
  }

  /// Attributes that refer to the function's get the values that the call gives
  /// them, or their default; one that has neither is left out, and the
  /// operation has its own default.
  bool setAttributes(onnx::NodeProto &node, const onnx::NodeProto &call,
                     const onnx::FunctionProto &function) {
    google::protobuf::RepeatedPtrField<onnx::AttributeProto> attributes;
    attributes.Swap(node.mutable_attribute());
    for (onnx::AttributeProto &attribute : attributes) {
      if (attribute.ref_attr_name().empty()) {
        *node.add_attribute() = std::move(attribute);
        continue;
      }
      auto defaults = defaultsOf(function);
      const onnx::AttributeProto *value = nullptr;
      auto look = [&](const auto &list) {
        for (const onnx::AttributeProto &candidate : list)
          if (!value && candidate.name() == attribute.ref_attr_name())
            value = &candidate;
      };
      look(call.attribute());
      look(defaults);
      if (!value)
        continue;
      onnx::AttributeProto &set = *node.add_attribute();
      set = *value;
      set.set_name(attribute.name());
    }
    return true;
  }

  onnx::ModelProto &model;
  EmitErrorFn emitError;
  llvm::function_ref<void(const onnx::NodeProto &, const Twine &)> inlined;
  std::map<FunctionKey, const onnx::FunctionProto *> functions;
  SmallVector<const onnx::FunctionProto *> callers;
  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> numbers; ///< the last one behind a name
  int64_t opset = 0;
  int64_t made = 0; ///< nodes, and calls that were written out
};

} // namespace

bool inlineFunctions(
    onnx::ModelProto &model, EmitErrorFn emitError,
    llvm::function_ref<void(const onnx::NodeProto &, const Twine &)> inlined) {
  return model.functions_size() == 0 ||
         Inliner(model, emitError, inlined).run();
}

} // namespace mase::onnx_import
