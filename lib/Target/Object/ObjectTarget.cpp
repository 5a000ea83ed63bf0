// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate --mase-to-object: kernels as object files.
#include "CodeGeneration.h"
#include "ObjectForms.h"

#include "../Text/KernelNames.h"
#include "../Text/StageSummary.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/MaseKernel/IR/StageCode.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Support/Quoting.h"

#include "absl/strings/str_replace.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

/// Constants that programs without the header can read, such as Python's.
static void addConstant(llvm::Module &module, const Twine &name,
                        uint64_t value) {
  auto *type = llvm::Type::getInt64Ty(module.getContext());
  new llvm::GlobalVariable(module, type, /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage,
                           llvm::ConstantInt::get(type, value), name);
}

LogicalResult mase::printObject(ModuleOp module, StringRef name,
                                const ObjectOptions &options, raw_ostream &os) {
  kernel::KernelOp kernel = *module.getOps<kernel::KernelOp>().begin();
  Location loc = kernel.getLoc();
  auto report = [&](llvm::Error error) {
    return emitError(loc) << toString(std::move(error));
  };
  auto machine = createTargetMachine(options);
  if (!machine)
    return report(machine.takeError());
  WalkResult unknown = kernel.walk([](kernel::DeviceFunctionOpInterface op) {
    op.emitError() << "expected ops that an object file has code for, "
                      "found one that brings C++: --mase-to-cpp prints it";
    return WalkResult::interrupt();
  });
  if (unknown.wasInterrupted())
    return failure();
  const uint64_t hash = hashOf(kernel),
                 inputs = uint64_t(
                     kernel::sizeOf(kernel.getBody().front().getArgument(0))),
                 outputs = uint64_t(kernel::sizeOf(
                     kernel.getBody().front().back().getOperand(0)));
  kernel.setSymName((name + "_infer").str());
  // What else a module has, such as how its network was calibrated, is no code.
  for (Operation &op :
       llvm::make_early_inc_range(module.getBody()->getOperations()))
    if (&op != kernel)
      op.erase();
  MaseToCpuPipelineOptions pipeline;
  pipeline.isa = nameOf(options.set);
  PassManager pm(module.getContext());
  buildKernelToLLVMPipeline(pm, pipeline);
  if (failed(pm.run(module)))
    return failure();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, context, name);
  if (!code)
    return failure();
  code->setTargetTriple((*machine)->getTargetTriple());
  code->setDataLayout((*machine)->createDataLayout());
  addConstant(*code, name + "_inputs", inputs);
  addConstant(*code, name + "_outputs", outputs);
  addConstant(*code, name + "_hash", hash);
  if (llvm::Error error = linkLaneFunctions(*code))
    return report(std::move(error));
  if (llvm::Error error = compileObject(*code, **machine, os))
    return report(std::move(error));
  return success();
}

void mase::printObjectHeader(kernel::KernelOp kernel, StringRef name,
                             raw_ostream &stream) {
  raw_indented_ostream os(stream);
  Block &body = kernel.getBody().front();
  const std::string guard = "MASE_NETWORK_" + StringRef(name).upper() + "_H";
  os << "// The network " << toComment(kernel.getSymName())
     << ", whose code is in an object file that mase-opt wrote.\n//\n";
  printLayers(os, kernel);
  os << "//\n";
  printComment(os, "For C and C++. The code allocates nothing, keeps nothing "
                   "between calls, and any number of threads may call it. "
                   "Every engine of mase-opt computes the same bits.");
  os << formatv(R"(#ifndef {0}
#define {0}

#include <stddef.h>
#include <stdint.h>

#define {1}_INPUTS {2}
#define {1}_OUTPUTS {3}

#ifdef __cplusplus
extern "C" {{
#endif

/// `count` samples in rows without gaps, [count][{1}_INPUTS] to
/// [count][{1}_OUTPUTS]. The results must not lie over the samples.
void {4}_infer(const float *x, float *y, size_t count);

/// The numbers of a sample and of its result, and a hash of everything that the
/// network computes with.
extern const size_t {4}_inputs, {4}_outputs;
extern const uint64_t {4}_hash;
)",
                guard, name.upper(), kernel::sizeOf(body.getArgument(0)),
                kernel::sizeOf(body.back().getOperand(0)), name)
     << absl::StrReplaceAll(
            StringRef(kObjectForms).split('\n').second.str(),
            {{"net_", (name + "_").str()}, {"NET_", name.upper() + "_"}})
     << formatv(R"(
#ifdef __cplusplus
} // extern "C"
#endif
#endif // {0}
)",
                guard);
}

namespace {
/// --object-name and its like.
struct CommandLine {
  llvm::cl::opt<std::string> name{
      "object-name",
      llvm::cl::desc("what --mase-to-object calls the network: NAME_infer "
                     "(default: the function's name, or the file's where that "
                     "is an exporter's, such as torch_jit)"),
      llvm::cl::value_desc("NAME")};
  llvm::cl::opt<std::string> header{
      "object-header",
      llvm::cl::desc("the C header that --mase-to-object writes, too"),
      llvm::cl::value_desc("FILE")};
  llvm::cl::opt<std::string> isa{
      "object-isa",
      llvm::cl::desc("instruction set of --mase-to-object: generic (any "
                     "processor of the target), avx2, avx512, avx512vnni, or "
                     "host, this machine's (default: generic)"),
      llvm::cl::value_desc("SET"), llvm::cl::init("generic")};
  llvm::cl::opt<std::string> target{
      "object-target",
      llvm::cl::desc("what --mase-to-object compiles for, such as "
                     "aarch64-linux-gnu (default: this machine)"),
      llvm::cl::value_desc("TRIPLE")};
};
} // namespace

static FailureOr<InstructionSet> readSet(StringRef name, MLIRContext *context) {
  if (name == "host")
    return availableInstructionSets().back();
  for (InstructionSet set :
       {InstructionSet::Generic, InstructionSet::AVX2, InstructionSet::AVX512,
        InstructionSet::AVX512VNNI})
    if (name == nameOf(set))
      return set;
  return emitError(UnknownLoc::get(context))
         << "expected 'generic', 'avx2', 'avx512', 'avx512vnni' or 'host' as "
            "--object-isa, found '"
         << name << "'";
}

static LogicalResult writeHeader(kernel::KernelOp kernel, StringRef name,
                                 StringRef path) {
  auto report = [&](const absl::Status &status) {
    return emitError(UnknownLoc::get(kernel.getContext())) << messageOf(status);
  };
  auto file = AtomicFile::open(path);
  if (!file.ok())
    return report(file.status());
  printObjectHeader(kernel, name, (*file)->os());
  absl::Status status = (*file)->commit();
  return status.ok() ? success() : LogicalResult(report(status));
}

static LogicalResult translate(ModuleOp module, const CommandLine &options,
                               raw_ostream &os) {
  MLIRContext *context = module.getContext();
  std::optional<StringRef> name;
  if (options.name.getNumOccurrences() > 0)
    name = options.name;
  if (name && toIdentifier(*name, "net_") != *name)
    return emitError(UnknownLoc::get(context))
           << "expected a C identifier that nothing else uses as "
              "--object-name, such as '"
           << toIdentifier(*name, "net_") << "', found '" << *name << "'";
  FailureOr<InstructionSet> set = readSet(options.isa, context);
  if (failed(set))
    return failure();
  FailureOr<OwningOpRef<ModuleOp>> kernels = lowerToLanes(module);
  if (failed(kernels) || failed(nameKernels(**kernels, name, "object-name")))
    return failure();
  auto all = llvm::to_vector((*kernels)->getOps<kernel::KernelOp>());
  if (all.size() != 1)
    return module.emitError()
           << "expected one network for an object file, found " << all.size();
  OwningOpRef<kernel::KernelOp> kernel = all.front().clone();
  const std::string symbol = toIdentifier(kernel->getSymName(), "net_");
  std::string object;
  llvm::raw_string_ostream stream(object);
  if (failed(printObject(**kernels, symbol, {options.target, *set}, stream)))
    return failure();
  if (options.header.getNumOccurrences() > 0 &&
      failed(writeHeader(*kernel, symbol, options.header)))
    return failure();
  os << object;
  return success();
}

void mase::registerToObjectTranslation() {
  static CommandLine options;
  TranslateFromMLIRRegistration registration(
      "mase-to-object",
      "compile a network to an object file (networks are lowered first)",
      [](ModuleOp module, raw_ostream &os) {
        return translate(module, options, os);
      },
      [](DialectRegistry &registry) {
        registerMaseToLLVMDialects(registry);
        registry.insert<kernel::MaseKernelDialect>();
        func::registerInlinerExtension(registry);
        registerBuiltinDialectTranslation(registry);
        registerLLVMDialectTranslation(registry);
      });
}
