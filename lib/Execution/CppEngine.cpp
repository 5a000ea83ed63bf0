// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine of generated C++: the header of --mase-to-cpp, compiled for the
// machine.
#include "GeneratedCode.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Target/Cpp/CppTarget.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mase;

/// Headers of all networks, each with a function that C calls.
static FailureOr<GeneratedCode> printAll(ModuleOp module,
                                         ArrayRef<std::string> names) {
  GeneratedCode code;
  llvm::raw_string_ostream os(code.text);
  for (auto [i, name] : llvm::enumerate(names)) {
    std::string space = llvm::formatv("network_{0}", i);
    if (failed(
            printCpp(module.lookupSymbol<kernel::KernelOp>(name), space, os)))
      return failure();
    os << llvm::formatv(
        "extern \"C\" void {0}_infer(const float *x, float *y, "
        "std::int64_t count) {{\n  {0}::infer(x, y, std::size_t(count));\n}\n",
        space);
    code.names.push_back(space);
  }
  return code;
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCppEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  MaseToCudaPipelineOptions options;
  options.kernel = kernel::stringifyLayout(kernel::Layout::Lanes).str();
  // Many networks at once are a test's: compiling takes longer than running.
  return compileEngines<HostEngine>(
      module, entries, generateCode(module, entries, options, printAll),
      "_infer", [&](StringRef text) {
        return compileForHost(text, /*optimize=*/entries.size() == 1);
      });
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
