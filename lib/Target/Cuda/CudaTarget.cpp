// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate --mase-to-cuda: kernels as CUDA C++ text.
#include "mase/Target/Cuda/CudaTarget.h"

#include "StagePrinter.h"

#include "../Text/KernelNames.h"
#include "../Text/Literals.h"
#include "../Text/StageSummary.h"

#include "mase/Support/Quoting.h"

#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::string mase::getCudaName(kernel::KernelOp kernel) {
  return toIdentifier(kernel.getSymName(), "net_");
}

static void printHeader(kernel::KernelOp kernel, const std::string &name,
                        raw_indented_ostream &os) {
  os << "// The network " << name << " as a CUDA kernel, written by mase-opt.\n"
     << "//\n";
  printLayers(os, kernel);
  os << "//\n";
  printComment(os, "A number of format w.f is an integer of w bits (its code) "
                   "times 2^-f. Every engine of mase-opt computes the same "
                   "bits as this code.");
  os << "//\n";
  std::string decision =
      formatv("Kernel: {0}, {1} sample{2} a thread, {3} threads a block",
              kernel::stringifyStrategy(kernel.getStrategy()),
              *kernel.getSamplesPerThread(),
              *kernel.getSamplesPerThread() == 1 ? "" : "s",
              *kernel.getThreadsPerBlock());
  if (kernel.getReason())
    decision += " (" + toComment(*kernel.getReason()) + ")";
  printComment(os, decision + ".");
  os << "//\n";
  printComment(os,
               "Compile with nvcc -std=c++17 and mase-opt's include folder; "
               "never with -use_fast_math. A program calls " +
                   name +
                   "_launch; two networks of one name do not link into it: "
                   "mase-translate --cuda-name=NAME gives another.");
}

/// Loads, computes and stores the samples of a thread.
static void printGroup(kernel::KernelOp kernel, raw_indented_ostream &os) {
  os << "/// Samples first, first + stride, … of count: loads, computes, "
        "stores.\n"
     << "MASE_DEVICE void group(const float *input, float *output, "
        "int64_t first,\n"
     << "                       int64_t stride, int64_t count) {\n";
  os.indent();
  Block &body = kernel.getBody().front();
  llvm::DenseMap<Value, std::string> names;
  names[body.getArgument(0)] = "x";
  os << "float x[kInputs][kSamples];\n"
     << "rt::load(input, first, stride, count, x);\n";
  int number = 0;
  for (auto stage : body.getOps<kernel::StageOp>()) {
    std::string name = "h" + std::to_string(++number);
    names[stage.getResult()] = name;
    os << formatv("{0} {1}[{2}][kSamples];\n",
                  elementTypeName(stage.getResult()), name,
                  kernel::sizeOf(stage.getResult()))
       << stage.getName() << "::run(";
    for (Value input : stage.getInputs())
      os << names.lookup(input) << ", ";
    os << name << ");\n";
  }
  os << formatv("rt::store({0}, first, stride, count, output);\n",
                names.lookup(body.back().getOperand(0)));
  os.unindent();
  os << "}\n\n";
}

static void printEntryPoints(const std::string &name, int64_t threads,
                             int64_t inputs, int64_t outputs,
                             raw_indented_ostream &os) {
  os << "#ifdef __CUDACC__\n"
     << "constexpr int kThreads = " << threads << "; // a block\n\n"
     << "static __global__ void __launch_bounds__(kThreads)\n"
     << "    kernel(const float *input, float *output, int64_t count) {\n"
     << "  const int64_t block = int64_t(blockIdx.x) * (kThreads * kSamples);\n"
     << "  group(input, output, block + threadIdx.x, kThreads, count);\n"
     << "}\n"
     << "#endif\n"
     << "} // namespace " << name << "_net\n\n"
     << "#ifdef __CUDACC__\n";
  printComment(os,
               formatv("Computes `count` samples: `input` is [count][{0}], "
                       "aligned to 16 bytes, `output` [count][{1}], both in "
                       "device memory. Returns what the launch says; the "
                       "work is done when the stream is.",
                       inputs, outputs)
                   .str());
  os << formatv(
      R"(extern "C" cudaError_t {0}_launch(const float *input, float *output,
                                  int64_t count, cudaStream_t stream) {{
  if (count == 0)
    return cudaSuccess;
  if (count < 0 || !input || !output)
    return cudaErrorInvalidValue;
  if (reinterpret_cast<uintptr_t>(input) % 16 != 0)
    return cudaErrorMisalignedAddress;
  constexpr int64_t perBlock = {0}_net::kThreads * {0}_net::kSamples;
  const int64_t blocks = (count - 1) / perBlock + 1;
  if (blocks > INT32_MAX)
    return cudaErrorInvalidValue;
  {0}_net::kernel<<<unsigned(blocks), {0}_net::kThreads, 0, stream>>>(
      input, output, count);
  return cudaGetLastError();
}
#else
// The same on the host, with the same results.
extern "C" void {0}_host(const float *input, float *output, int64_t count) {{
  for (int64_t first = 0; first < count; first += {0}_net::kSamples)
    {0}_net::group(input, output, first, 1, count);
}
#endif
)",
      name);
}

static void printKernel(kernel::KernelOp kernel, raw_indented_ostream &os,
                        bool withInclude) {
  std::string name = getCudaName(kernel);
  Block &body = kernel.getBody().front();
  int64_t inputs = kernel::sizeOf(body.getArgument(0)),
          outputs = kernel::sizeOf(body.back().getOperand(0));
  printHeader(kernel, name, os);
  if (withInclude)
    os << "#include \"mase/Runtime/Cuda.h\"\n\n#include <cstdint>\n";
  DeviceFunctions functions =
      printDeviceFunctions(kernel, name + "_formats", "", os);
  // With a suffix, since `div`, `link` and thousands more are functions.
  os << "\nnamespace " << name << "_net {\n"
     << "namespace rt = mase::rt;\n\n"
     << "constexpr int kSamples = " << *kernel.getSamplesPerThread()
     << "; // a thread\n"
     << "constexpr int kInputs = " << inputs << "; // a sample\n\n";
  for (auto stage : body.getOps<kernel::StageOp>())
    printStage(stage, kernel.getUnrolled(), functions, os);
  printGroup(kernel, os);
  printEntryPoints(name, *kernel.getThreadsPerBlock(), inputs, outputs, os);
}

LogicalResult mase::printCuda(ModuleOp module, raw_ostream &stream,
                              bool withInclude) {
  raw_indented_ostream os(stream);
  llvm::StringSet<> names;
  bool first = true;
  for (auto kernel : module.getOps<kernel::KernelOp>()) {
    if (kernel.getLayout() != kernel::Layout::Thread)
      return kernel.emitError()
             << "expected a kernel for GPUs, found one of the layout '"
             << kernel::stringifyLayout(kernel.getLayout())
             << "', which --mase-to-cpp prints";
    if (!names.insert(getCudaName(kernel)).second)
      return kernel.emitError() << "the name '" << getCudaName(kernel)
                                << "' of the generated code is taken by "
                                   "another kernel of the module";
    if (!first)
      os << '\n';
    printKernel(kernel, os, withInclude && first);
    first = false;
  }
  if (first)
    return module.emitError()
           << "expected a network or a 'mase_kernel.kernel', "
              "found neither";
  return success();
}

/// --cuda-name is checked before anything is lowered.
static LogicalResult checkName(StringRef name, MLIRContext *context) {
  std::string valid = toIdentifier(name, "net_");
  if (name == valid)
    return success();
  return emitError(UnknownLoc::get(context))
         << "expected a C identifier that nothing else uses as --cuda-name, "
            "such as '"
         << valid << "', found '" << name << "'";
}

namespace {
/// The pipeline's options as options of mase-translate.
struct LoweringOptions {
  /// Names, help and defaults are the pipeline's.
  MaseToCudaPipelineOptions pipeline;
  std::string kernelName = nameOf(pipeline.kernel),
              samplesName = nameOf(pipeline.samplesPerThread),
              threadsName = nameOf(pipeline.threadsPerBlock);
  llvm::cl::opt<std::string> kernel{
      StringRef(kernelName), llvm::cl::desc(pipeline.kernel.HelpStr),
      llvm::cl::init(pipeline.kernel.getValue()), llvm::cl::value_desc("NAME")};
  llvm::cl::opt<int64_t> samples{
      StringRef(samplesName), llvm::cl::desc(pipeline.samplesPerThread.HelpStr),
      llvm::cl::init(pipeline.samplesPerThread.getValue()),
      llvm::cl::value_desc("N")};
  llvm::cl::opt<int64_t> threads{
      StringRef(threadsName), llvm::cl::desc(pipeline.threadsPerBlock.HelpStr),
      llvm::cl::init(pipeline.threadsPerBlock.getValue()),
      llvm::cl::value_desc("N")};

  /// Kernels have been decided on.
  LogicalResult check(ModuleOp module) const {
    if (!hasOnlyKernels(module))
      return success();
    for (const llvm::cl::Option *each :
         {static_cast<const llvm::cl::Option *>(&kernel),
          static_cast<const llvm::cl::Option *>(&samples),
          static_cast<const llvm::cl::Option *>(&threads)})
      if (each->getNumOccurrences() > 0)
        return (*module.getOps<kernel::KernelOp>().begin())->emitError()
               << "expected a network for --" << each->ArgStr
               << ", found a kernel, which has been lowered without it";
    return success();
  }

  FailureOr<OwningOpRef<ModuleOp>> lower(ModuleOp module) {
    pipeline.kernel = kernel;
    pipeline.samplesPerThread = samples;
    pipeline.threadsPerBlock = threads;
    return lowerToKernels(module, pipeline);
  }

private:
  static std::string nameOf(const llvm::cl::Option &option) {
    return ("cuda-" + option.ArgStr).str();
  }
};
} // namespace

void mase::registerToCudaTranslation() {
  static LoweringOptions options;
  static llvm::cl::opt<std::string> cudaName(
      "cuda-name",
      llvm::cl::desc("what --mase-to-cuda calls the network: NAME_launch, "
                     "NAME_host (default: the function's name, or the "
                     "file's where that is an exporter's, such as torch_jit)"),
      llvm::cl::value_desc("NAME"));
  TranslateFromMLIRRegistration registration(
      "mase-to-cuda",
      "print a network as a CUDA kernel (networks are lowered first)",
      [](ModuleOp module, raw_ostream &os) -> LogicalResult {
        std::optional<StringRef> name;
        if (cudaName.getNumOccurrences() > 0)
          name = cudaName;
        if (name && failed(checkName(*name, module.getContext())))
          return failure();
        if (failed(options.check(module)))
          return failure();
        FailureOr<OwningOpRef<ModuleOp>> kernels = options.lower(module);
        if (failed(kernels) ||
            failed(nameKernels(**kernels, name, "cuda-name")))
          return failure();
        return printCuda(**kernels, os);
      },
      [](DialectRegistry &registry) {
        registry.insert<MaseDialect, kernel::MaseKernelDialect,
                        func::FuncDialect, arith::ArithDialect>();
        func::registerInlinerExtension(registry);
      });
}
