// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPU engine: --mase-to-llvm-pipeline, as far as the network has not been
// through it, then LLVM's JIT for the host.
#include "OwnContext.h"

#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Execution/Engine.h"
#include "mase/Execution/RuntimeSymbols.h"

#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mase;

namespace {

/// Samples that compiled code works on at once: enough to make a call cheap,
/// few enough for the activations to stay in the cache.
constexpr int64_t kChunk = 256;

/// The function of RuntimeSymbols.h that rounds to any format.
constexpr llvm::StringLiteral kRoundFunction = "mase_round_f32";

/// A memref descriptor for code with the C interface: two pointers, an offset,
/// sizes and strides; [batch, sample...].
class Descriptor {
public:
  explicit Descriptor(ArrayRef<int64_t> sample) : words(5 + 2 * sample.size()) {
    size_t rank = sample.size() + 1;
    int64_t stride = 1;
    for (size_t d = rank; d-- > 0;) {
      words[3 + d] = d == 0 ? 0 : sample[d - 1];
      words[3 + rank + d] = stride;
      stride *= words[3 + d];
    }
  }
  void *set(const float *data, int64_t batch) {
    words[0] = words[1] = int64_t(reinterpret_cast<intptr_t>(data));
    words[3] = batch;
    return words.data();
  }

private:
  SmallVector<int64_t, 11> words;
};

/// Compiled code with what it points to.
struct Code {
  std::vector<NumberFormat> formats;
  std::unique_ptr<ExecutionEngine> jit;
};

class CpuEngine : public Engine {
public:
  using Function = void (*)(void *input, void *output);

  CpuEngine(std::shared_ptr<const Code> code, Function function,
            const EntryPoint &entry)
      : code(std::move(code)), function(function), inputSize(entry.inputSize()),
        outputSize(entry.outputSize()), batch(entry.batch),
        input(entry.inputShape), output(entry.outputShape) {}

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }

  LogicalResult run(ArrayRef<float> in, int64_t samples,
                    MutableArrayRef<float> out) final {
    assert(int64_t(in.size()) == samples * inputSize &&
           int64_t(out.size()) == samples * outputSize);
    int64_t chunk = batch.value_or(kChunk), done = 0;
    for (; samples - done >= chunk; done += chunk)
      call(&in[done * inputSize], chunk, &out[done * outputSize]);
    int64_t rest = samples - done;
    if (rest == 0)
      return success();
    if (!batch) {
      call(&in[done * inputSize], rest, &out[done * outputSize]);
      return success();
    }
    // A fixed batch: fill it up with zeros.
    std::vector<float> x(chunk * inputSize), y(chunk * outputSize);
    llvm::copy(in.drop_front(done * inputSize), x.begin());
    call(x.data(), chunk, y.data());
    std::copy_n(y.begin(), rest * outputSize, &out[done * outputSize]);
    return success();
  }

  std::unique_ptr<Engine> clone() const final {
    return std::make_unique<CpuEngine>(*this);
  }

private:
  void call(const float *x, int64_t n, float *y) {
    function(input.set(x, n), output.set(y, n));
  }

  std::shared_ptr<const Code> code; // owns what `function` points to
  Function function;
  int64_t inputSize, outputSize;
  std::optional<int64_t> batch;
  Descriptor input, output;
};

/// LLVM's -O1 with vectorised loops, but without what makes code long: a
/// network is compiled for a few thousand samples. (jsc-new: unrolled and
/// interleaved, its code is 3 times as fast and takes 3 times as long to
/// make, which pays from a million samples.)
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine) {
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

llvm::Expected<std::unique_ptr<ExecutionEngine>> compile(ModuleOp module) {
  [[maybe_unused]] static bool initialized =
      !llvm::InitializeNativeTarget() &&
      !llvm::InitializeNativeTargetAsmPrinter();
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
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
    for (auto [name, function] : {std::pair("mase_exp_f32", &mase_exp_f32),
                                  {"mase_log_f32", &mase_log_f32},
                                  {"mase_sigmoid_f32", &mase_sigmoid_f32},
                                  {"mase_tanh_f32", &mase_tanh_f32}})
      symbols[intern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                               llvm::JITSymbolFlags::Exported};
    symbols[intern(kRoundFunction)] = {
        llvm::orc::ExecutorAddr::fromPtr(&mase_round_f32),
        llvm::JITSymbolFlags::Exported};
    return symbols;
  });
  return jit;
}

} // namespace

static bool hasDeallocation(ModuleOp module) {
  return module.walk([](memref::DeallocOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// What is left of the way to the LLVM dialect.
static void buildRestOfPipeline(PassManager &pm, Level level, ModuleOp module) {
  switch (level) {
  case Level::Layers:
  case Level::Tensors:
    pm.addPass(createSymbolDCEPass());
    buildMaseToLLVMPipeline(pm, MaseToLLVMPipelineOptions());
    break;
  case Level::Buffers:
    pm.addPass(createSymbolDCEPass());
    buildBuffersToLLVMPipeline(pm, /*freeBuffers=*/!hasDeallocation(module));
    break;
  case Level::Llvm:
  case Level::Kernel:
  case Level::Lanes:
    break;
  }
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

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCpuEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  DialectRegistry registry;
  registerNetworkDialects(registry);
  // The network may have ops of others.
  module->getContext()->getDialectRegistry().appendTo(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ForwardErrors forward(&context, module);
  ExtractedNetworks networks = extractNetworks(module, entries);
  OwningOpRef<ModuleOp> copy =
      parseSourceString<ModuleOp>(networks.bytecode, ParserConfig(&context));
  if (!copy)
    return failure();
  for (const std::string &name : networks.names)
    if (auto function = copy->lookupSymbol<func::FuncOp>(name))
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                        UnitAttr::get(&context));
  PassManager pm(&context);
  buildRestOfPipeline(pm, entries.front().level, *copy);
  if (failed(pm.run(*copy)))
    return failure();
  auto code = std::make_shared<Code>();
  if (failed(defineRoundings(*copy, code->formats)))
    return failure();
  auto jit = compile(*copy);
  if (!jit)
    return module.emitError()
           << "cannot compile for the host: " << toString(jit.takeError());

  code->jit = std::move(*jit);
  std::vector<std::unique_ptr<Engine>> engines;
  for (auto [name, entry] : llvm::zip_equal(networks.names, entries)) {
    auto address = code->jit->lookup(getCInterfaceName(name));
    if (!address)
      return module.emitError() << "cannot compile for the host: "
                                << toString(address.takeError());
    engines.push_back(std::make_unique<CpuEngine>(
        code, reinterpret_cast<CpuEngine::Function>(*address), entry));
  }
  return engines;
}
