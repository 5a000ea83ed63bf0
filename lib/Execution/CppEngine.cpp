// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engines of generated C++ and C: the header of --mase-to-cpp, compiled for
// the machine.
#include "GeneratedCode.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Target/Cpp/CppTarget.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mase;

/// Headers of all networks, each with a function that C calls.
static FailureOr<GeneratedCode>
printAll(ModuleOp module, ArrayRef<std::string> names, CppLanguage language) {
  GeneratedCode code;
  llvm::raw_string_ostream os(code.text);
  const bool isC = language == CppLanguage::C;
  for (auto [i, name] : llvm::enumerate(names)) {
    std::string space = llvm::formatv("network_{0}", i);
    if (isC)
      os << "#define " << StringRef(space).upper() << "_IMPLEMENTATION\n";
    if (failed(printCpp(module.lookupSymbol<kernel::KernelOp>(name), space, os,
                        /*selfTest=*/nullptr, language)))
      return failure();
    os << llvm::formatv(
        "{0}void {1}_run(const float *x, float *y, int64_t count) {{\n"
        "  {1}{2}infer(x, y, (size_t)count);\n}\n",
        isC ? "" : "extern \"C\" ", space, isC ? "_" : "::");
    code.names.push_back(space);
  }
  return code;
}

static FailureOr<std::vector<std::unique_ptr<Engine>>>
createEnginesOf(CppLanguage language, ModuleOp module,
                ArrayRef<EntryPoint> entries) {
  MaseToCudaPipelineOptions options;
  options.kernel = kernel::stringifyLayout(kernel::Layout::Lanes).str();
  auto print = [&](ModuleOp kernels, ArrayRef<std::string> names) {
    return printAll(kernels, names, language);
  };
  // Many networks at once are a test's: compiling takes longer than running.
  return compileEngines<HostEngine>(
      module, entries, generateCode(module, entries, options, print), "_run",
      [&](StringRef text) {
        return compileForHost(text,
                              language == CppLanguage::C ? HostLanguage::C
                                                         : HostLanguage::Cpp,
                              /*optimize=*/entries.size() == 1);
      });
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCppEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  return createEnginesOf(CppLanguage::Cpp, module, entries);
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  return createEnginesOf(CppLanguage::C, module, entries);
}

FailureOr<CppSelfTest> mase::makeCppSelfTest(ModuleOp module, int64_t samples) {
  auto engine = createEngine(EngineKind::Interpreter, module);
  if (failed(engine))
    return failure();
  CppSelfTest test;
  std::mt19937_64 random; // the same everywhere; the library's normals aren't
  auto uniform = [&] { return double(random() >> 11) * 0x1p-53; };
  test.inputs.resize(size_t(samples * (*engine)->getInputSize()));
  for (float &x : test.inputs) {
    double sum = -6; // of 12 uniform numbers: nearly normal
    for (int i = 0; i < 12; ++i)
      sum += uniform();
    // Rounded to what every compiler reads back from few digits.
    x = float(std::round(sum * 256) / 256);
    if (uniform() < 1.0 / 64)
      x *= 4096;
  }
  test.outputs.resize(size_t(samples * (*engine)->getOutputSize()));
  if (failed((*engine)->run(test.inputs, samples, test.outputs)))
    return failure();
  return test;
}
