// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX models from protobuf's text format, and their import with diagnostics
// kept.
#ifndef MASE_UNITTESTS_IMPORT_ONNXTEXT_H
#define MASE_UNITTESTS_IMPORT_ONNXTEXT_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Import/Onnx.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>
#include <string>

namespace mase::testing {

/// The bytes of a model that protobuf's text format describes.
inline std::string encodeModel(const std::string &text) {
  onnx::ModelProto model;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &model))
      << text;
  return model.SerializeAsString();
}

/// A graph input or output `x: [n, 2]`.
inline std::string valueInfo(const std::string &field, const std::string &name,
                             const std::string &dims = "dim { dim_param: 'n' } "
                                                       "dim { dim_value: 2 }") {
  return field + " { name: '" + name +
         "' type { tensor_type { elem_type: 1 shape { " + dims + " } } } }\n";
}

/// Text of a model around `graph`, the graph's content; input x [n, 2] and
/// output y, of whatever shape.
inline std::string modelText(const std::string &graph) {
  return "ir_version: 8 opset_import { version: 13 } graph { name: 'net' " +
         valueInfo("input", "x") + " output { name: 'y' } " + graph + " }";
}

/// A float32 initializer.
inline std::string initializer(const std::string &name, const std::string &dims,
                               const std::string &data) {
  return "initializer { name: '" + name + "' dims: [" + dims +
         "] data_type: 1 float_data: [" + data + "] }\n";
}

/// A node '/a/TYPE' of that type.
inline std::string node(const std::string &type, const std::string &inputs,
                        const std::string &rest = "",
                        const std::string &out = "y") {
  return "node { name: '/a/" + type + "' op_type: '" + type + "' input: [" +
         inputs + "] output: '" + out + "' " + rest + " }\n";
}

inline std::string attribute(const std::string &name,
                             const std::string &value) {
  return "attribute { name: '" + name + "' " + value + " }";
}

/// A model that is refused.
struct RefusedModel {
  const char *name;
  std::string model;    ///< protobuf text
  const char *expected; ///< a part of the message
};

/// Imports bytes; what diagnostics said is in `messages`.
struct Imported {
  explicit Imported(const std::string &bytes, mlir::MLIRContext &context,
                    mase::OnnxImportOptions options = {},
                    llvm::StringRef fileName = "net.onnx") {
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
      llvm::raw_string_ostream os(messages);
      os << d.str() << "\n";
      errors += d.getSeverity() == mlir::DiagnosticSeverity::Error;
    });
    module = importOnnx(bytes, fileName, &context, options);
  }
  std::string print() {
    std::string text;
    llvm::raw_string_ostream os(text);
    if (module)
      module->print(os);
    return text;
  }
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string messages;
  int errors = 0;
};

/// The import fails with one error, which says what is expected.
inline void expectRefused(const RefusedModel &refused) {
  mlir::MLIRContext context;
  Imported net(encodeModel(refused.model), context);
  EXPECT_FALSE(net.module) << net.print();
  EXPECT_NE(net.messages.find(refused.expected), std::string::npos)
      << net.messages;
  EXPECT_EQ(net.errors, 1) << net.messages;
}

} // namespace mase::testing

#endif // MASE_UNITTESTS_IMPORT_ONNXTEXT_H
