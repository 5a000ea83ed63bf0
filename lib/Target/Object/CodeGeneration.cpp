// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM IR to an object file.
#include "CodeGeneration.h"

#include "LaneFunctionsIR.h"

#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/Triple.h"

using namespace mase;

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
mase::createTargetMachine(const ObjectOptions &options) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(llvm::Triple::normalize(
      options.triple.empty() ? llvm::sys::getDefaultTargetTriple()
                             : options.triple));
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError("expected a target such as "
                                   "'aarch64-linux-gnu', found '" +
                                   options.triple + "'");
  if (!triple.isLittleEndian() || !triple.isArch64Bit() ||
      !triple.isOSBinFormatELF())
    return llvm::createStringError(
        "expected a target of 64 bits with the lowest byte first and files of "
        "the format ELF, found '" +
        triple.str() + "'");
  if (options.set != InstructionSet::Generic && !triple.isX86_64())
    return llvm::createStringError(
        std::string("expected the instruction set 'generic' for '") +
        triple.str() + "', found '" + nameOf(options.set) + "'");
  llvm::SubtargetFeatures features;
  for (const std::string &feature : featuresOf(options.set))
    features.AddFeature(feature);
  llvm::TargetOptions targetOptions;
  targetOptions.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, triple.isX86_64() ? "x86-64" : "generic", features.getString(),
      targetOptions, llvm::Reloc::PIC_));
  if (!machine)
    return llvm::createStringError("LLVM has no code for '" + triple.str() +
                                   "'");
  return machine;
}

llvm::Error mase::linkLaneFunctions(llvm::Module &module) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> functions = llvm::parseAssemblyString(
      kLaneFunctionsIR, diagnostic, module.getContext());
  if (!functions)
    return llvm::createStringError("the functions of kernels: " +
                                   diagnostic.getMessage());
  functions->setTargetTriple(module.getTargetTriple());
  functions->setDataLayout(module.getDataLayout());
  // For this target, not for that which they were compiled for.
  if (llvm::NamedMDNode *flags = functions->getModuleFlagsMetadata())
    flags->eraseFromParent();
  for (llvm::Function &function : *functions)
    for (llvm::StringRef attribute : {"target-cpu", "target-features",
                                      "tune-cpu", "min-legal-vector-width"})
      function.removeFnAttr(attribute);
  auto internalize = [](llvm::Module &linked, const llvm::StringSet<> &added) {
    for (const auto &entry : added)
      if (llvm::Function *function = linked.getFunction(entry.getKey()))
        function->setLinkage(llvm::GlobalValue::InternalLinkage);
  };
  if (llvm::Linker(module).linkInModule(
          std::move(functions), llvm::Linker::LinkOnlyNeeded, internalize))
    return llvm::createStringError("the functions of kernels do not link");
  return llvm::Error::success();
}

llvm::Error mase::compileObject(llvm::Module &module,
                                llvm::TargetMachine &machine,
                                llvm::raw_ostream &os) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager codegen;
  if (machine.addPassesToEmitFile(codegen, stream, nullptr,
                                  llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("LLVM writes no object files for '" +
                                   module.getTargetTriple().str() + "'");
  codegen.run(module);
  os << llvm::StringRef(object.data(), object.size());
  return llvm::Error::success();
}
