// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules of the LLVM dialect, compiled for this process.
#include "HostJit.h"

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Execution/RuntimeSymbols.h"
#include "mase/Runtime/LaneFunctions.h"

#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mase;

/// The function of RuntimeSymbols.h that rounds to any format.
static constexpr llvm::StringLiteral kRoundFunction = "mase_round_f32";

/// LLVM's -O1 with vectorised loops, but without what makes code long: a
/// network is compiled for a few thousand samples. (jsc-new: unrolled and
/// interleaved, its code is 3 times as fast and takes 3 times as long to
/// make, which pays from a million samples.)
static void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.LoopUnrolling = false;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O1)
      .run(module, modules);
}

/// The processor, or what it has of an instruction set below its own.
static llvm::Expected<llvm::orc::JITTargetMachineBuilder>
targetOf(InstructionSet set) {
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder || set == availableInstructionSets().back())
    return builder;
  builder->setCPU("");
  builder->getFeatures() = llvm::SubtargetFeatures();
  builder->addFeatures(featuresOf(set));
  return builder;
}

static llvm::Expected<std::unique_ptr<ExecutionEngine>>
compile(ModuleOp module, InstructionSet set) {
  [[maybe_unused]] static bool initialized =
      !llvm::InitializeNativeTarget() &&
      !llvm::InitializeNativeTargetAsmPrinter();
  auto builder = targetOf(set);
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Less);
  builder->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  auto machine = builder->createTargetMachine();
  if (!machine)
    return machine.takeError();
  ExecutionEngineOptions options;
  auto optimize = [tm = machine->get()](llvm::Module *module) {
    optimizeModule(*module, *tm);
    return llvm::Error::success();
  };
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Less;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto jit = ExecutionEngine::create(module, options, std::move(*machine));
  if (!jit)
    return jit.takeError();
  (*jit)->registerSymbols([](llvm::orc::MangleAndInterner intern) {
    llvm::orc::SymbolMap symbols;
    auto add = [&](StringRef name, auto *function) {
      symbols[intern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                               llvm::JITSymbolFlags::Exported};
    };
    add("mase_exp_f32", &mase_exp_f32);
    add("mase_log_f32", &mase_log_f32);
    add("mase_sigmoid_f32", &mase_sigmoid_f32);
    add("mase_tanh_f32", &mase_tanh_f32);
    add("mase_tanh_lanes", &mase_tanh_lanes);
    add("mase_sigmoid_lanes", &mase_sigmoid_lanes);
    add("mase_softmax_f32", &mase_softmax_f32);
    add("mase_log_softmax_f32", &mase_log_softmax_f32);
    add("mase_quantize_lanes", &mase_quantize_lanes);
    add("mase_clamp_round_lanes", &mase_clamp_round_lanes);
    add(kRoundFunction, &mase_round_f32);
    return symbols;
  });
  return jit;
}

/// Gives bodies to the functions that round to a number format, which only
/// this process can run: they have the addresses of `formats`, of what they
/// round to.
static LogicalResult defineRoundings(ModuleOp module,
                                     std::vector<NumberFormat> &formats) {
  OpBuilder builder(module.getContext());
  Type f32 = builder.getF32Type();
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  for (auto function : llvm::to_vector(module.getOps<LLVM::LLVMFuncOp>())) {
    auto format =
        function->getAttrOfType<NumberFormatAttrInterface>(kFormatAttrName);
    if (!format || !function.isExternal())
      continue;
    auto round = LLVM::lookupOrCreateFn(builder, module, kRoundFunction,
                                        {pointer, f32}, f32);
    if (failed(round))
      return failure();
    formats.push_back(format.getNumberFormat());
    auto model = reinterpret_cast<intptr_t>(&*formats.back());
    OpBuilder::InsertionGuard guard(builder);
    Block *body = function.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    Location loc = function.getLoc();
    Value address = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(),
                                             int64_t(model));
    address = LLVM::IntToPtrOp::create(builder, loc, pointer, address);
    auto call = LLVM::CallOp::create(builder, loc, *round,
                                     ValueRange{address, body->getArgument(0)});
    LLVM::ReturnOp::create(builder, loc, call.getResult());
    function.setLinkage(LLVM::Linkage::Internal);
  }
  return success();
}

JitCode::JitCode() = default;
JitCode::~JitCode() = default;

FailureOr<std::shared_ptr<const JitCode>>
mase::compileInProcess(ModuleOp module, InstructionSet set) {
  auto code = std::make_shared<JitCode>();
  if (failed(defineRoundings(module, code->formats)))
    return failure();
  auto jit = compile(module, set);
  if (!jit)
    return module.emitError()
           << "cannot compile for the host: " << toString(jit.takeError());
  code->jit = std::move(*jit);
  return std::shared_ptr<const JitCode>(std::move(code));
}

void *mase::lookUp(const JitCode &code, StringRef name, ModuleOp module) {
  auto address = code.jit->lookup(name);
  if (address)
    return *address;
  module.emitError() << "cannot compile for the host: "
                     << toString(address.takeError());
  return nullptr;
}
