// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running a network on samples, one engine for each way to compute it. All give
// the same bits.
#ifndef MASE_EXECUTION_ENGINE_H
#define MASE_EXECUTION_ENGINE_H

#include "mase/Execution/EntryPoint.h"
#include "mase/Target/Cpp/CppTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mase {

enum class EngineKind { Interpreter, Cpu, Linalg, Cpp, C, CudaHost, Cuda };

/// "interpreter", "cpu", "linalg", "cpp", "c", "cuda-host", "cuda": the kinds
/// in order.
llvm::ArrayRef<llvm::StringLiteral> getEngineNames();

/// The kind of that name; none for another name.
std::optional<EngineKind> parseEngineKind(llvm::StringRef name);

/// A network ready to run.
class Engine {
public:
  virtual ~Engine();
  /// Features of a sample and of its result, flattened.
  virtual int64_t getInputSize() const = 0;
  virtual int64_t getOutputSize() const = 0;
  /// Runs `samples` samples: `input` is [samples, input size], row major, and
  /// `output` [samples, output size]. Errors are reported at the module.
  virtual mlir::LogicalResult run(llvm::ArrayRef<float> input, int64_t samples,
                                  llvm::MutableArrayRef<float> output) = 0;
  /// Samples of which calls with a multiple waste nothing: those that vectors
  /// hold at once, or a batch. 64 are multiples of all that CPUs compute
  /// together.
  virtual int64_t getGroupSize() const { return 64; }
  /// Another one of the same network, which may run at the same time; null
  /// where one alone can.
  virtual std::unique_ptr<Engine> clone() const { return nullptr; }
};

/// Whether engines of `kind` run networks of that level. Layers run on every
/// engine, linalg, buffers and the LLVM dialect on `cpu` and `linalg`, which
/// are one there, kernels on the engines that are for their layout.
bool runs(EngineKind kind, Level level);

/// Prepares the network of `module` (see findEntryPoint), whatever its level.
/// Leaves the module as it is. Errors are reported as diagnostics: no network,
/// a level that the engine does not run, with those that do. A NaN in the
/// output is the canonical one of Numerics, so that results compare by their
/// bits.
mlir::FailureOr<std::unique_ptr<Engine>> createEngine(EngineKind kind,
                                                      mlir::ModuleOp module);

/// The same by the first kind that runs the module's level.
mlir::FailureOr<std::unique_ptr<Engine>> createEngine(mlir::ModuleOp module);

/// An engine for each of several networks of `module`, compiled at once; all
/// are of one level, which the kind runs.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createEngines(EngineKind kind, mlir::ModuleOp module,
              llvm::ArrayRef<EntryPoint> entries);

/// `engine`, its NaNs canonical.
std::unique_ptr<Engine> withCanonicalNaN(std::unique_ptr<Engine> engine);

/// `engine` and clones of it, `jobs` in all. Empty for one that cannot be
/// cloned.
std::vector<std::unique_ptr<Engine>>
cloneForJobs(std::unique_ptr<Engine> engine, unsigned jobs);

// The engines behind these; a NaN is whatever their processor makes.
mlir::FailureOr<std::unique_ptr<Engine>>
createInterpreterEngine(mlir::ModuleOp module);
mlir::FailureOr<std::unique_ptr<Engine>>
createInterpreterEngine(mlir::func::FuncOp function);
/// --mase-to-cpu-pipeline and LLVM in process, for bestInstructionSet(). Layers
/// that have no kernel run through linalg, which a warning says.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createCpuEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries);
/// --mase-to-llvm-pipeline and LLVM in process.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createLinalgEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries);
/// The header of --mase-to-cpp, compiled by the host's compiler for this very
/// machine. Kernels of the layout `lanes` run as they stand.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createCppEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries);
/// The same in C, by the same compiler.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createCEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries);
/// What the interpreter gives for samples of normal numbers and some far ones,
/// the same at every call: the self-test of a header.
mlir::FailureOr<CppSelfTest> makeCppSelfTest(mlir::ModuleOp module,
                                             int64_t samples);
/// The generated CUDA text, compiled by the host's compiler ($CXX, else
/// clang++ or g++ on the PATH) with the runtime header of $MASE_INCLUDE_DIR, of
/// the installation or of the source tree. Kernels run as they stand.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createCudaHostEngines(mlir::ModuleOp module,
                      llvm::ArrayRef<EntryPoint> entries);
/// The same text compiled by nvcc for the machine's GPU.
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
createCudaEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries);

} // namespace mase

#endif // MASE_EXECUTION_ENGINE_H
