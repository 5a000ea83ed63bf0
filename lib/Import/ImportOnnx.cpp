// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entry to the import of ONNX: bytes to ModelProto, and the registration.
#include "mase/Import/Onnx.h"

#include "OnnxImporter.h"
#include "PrintModule.h"

#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

#include <limits>

using namespace mlir;
using mase::onnx_import::LargeConstants;

/// The model that `bytes` are. False after an error.
static bool parse(llvm::StringRef bytes, FileLineColLoc fileLoc,
                  onnx::ModelProto &model) {
  if (bytes.empty()) {
    emitError(fileLoc) << "expected an ONNX model, found an empty file";
    return false;
  }
  if (bytes.size() > size_t(std::numeric_limits<int>::max())) {
    emitError(fileLoc) << "expected an ONNX model of less than 2 GiB, found "
                       << bytes.size() << " bytes";
    return false;
  }
  if (model.ParseFromArray(bytes.data(), int(bytes.size())))
    return true;
  mase::FileKind kind = mase::detectFileKind(bytes);
  if (kind != mase::FileKind::Onnx && kind != mase::FileKind::Binary)
    emitError(fileLoc) << "expected an ONNX model"
                       << mase::foundFileKind(bytes);
  else
    emitError(fileLoc) << "not an ONNX model, or a damaged or truncated one ("
                       << bytes.size() << " bytes)";
  return false;
}

/// The same as importOnnx; `parsed` is called once the bytes are no longer
/// needed. For `large`, see OnnxImporter.
static OwningOpRef<ModuleOp>
importBytes(llvm::StringRef bytes, llvm::StringRef fileName,
            MLIRContext *context, const mase::OnnxImportOptions &options,
            llvm::function_ref<void()> parsed, LargeConstants *large) {
  context->loadDialect<mase::MaseDialect, arith::ArithDialect,
                       func::FuncDialect>();
  // The file has no lines: line 0 says so.
  auto fileLoc = FileLineColLoc::get(context, fileName, 0, 0);
  onnx::ModelProto model;
  if (!parse(bytes, fileLoc, model))
    return nullptr;
  parsed();
  OwningOpRef<ModuleOp> module =
      mase::onnx_import::OnnxImporter(model, fileLoc, options, large).run();
  if (!module || failed(verify(*module)))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> mase::importOnnx(llvm::StringRef bytes,
                                       llvm::StringRef fileName,
                                       MLIRContext *context,
                                       OnnxImportOptions options) {
  return importBytes(
      bytes, fileName, context, options, [] {}, /*large=*/nullptr);
}

void mase::registerImportOnnxTranslation() {
  static llvm::cl::opt<bool> remarks(
      "mase-remarks",
      llvm::cl::desc("say of --import-onnx which nodes are dropped, folded, or "
                     "part of another node's layer"));
  static llvm::cl::opt<std::string> output(
      "onnx-output", llvm::cl::value_desc("name"),
      llvm::cl::desc("the output that --import-onnx imports, where the graph "
                     "has several"));
  static llvm::cl::opt<std::string> classes(
      "onnx-classes", llvm::cl::value_desc("names"),
      llvm::cl::desc("what --import-onnx calls the network's results, in their "
                     "order: g,q,w,z,t; default: the model's metadata "
                     "'class_names' or 'classes'"));
  static llvm::cl::opt<bool> asFloat32(
      "onnx-as-float32",
      llvm::cl::desc("--import-onnx takes networks in DOUBLE or FLOAT16, too, "
                     "which then compute in float32"));
  TranslateRegistration registration(
      "import-onnx", "import an ONNX network",
      [](const std::shared_ptr<llvm::SourceMgr> &sourceMgr,
         llvm::raw_ostream &os, MLIRContext *context) -> LogicalResult {
        const llvm::MemoryBuffer *buffer =
            sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID());
        // The model has a copy; a file that is mapped may leave the memory.
        auto release = [&] {
          if (isMapped(*buffer))
            releaseMapped(buffer->getBuffer());
        };
        LargeConstants large;
        OwningOpRef<ModuleOp> module = importBytes(
            buffer->getBuffer(), buffer->getBufferIdentifier(), context,
            {.remarks = remarks,
             .output = output,
             .classes = classes,
             .asFloat32 = asFloat32},
            release, &large);
        return module ? onnx_import::printModule(*module, large, os)
                      : failure();
      });
}
