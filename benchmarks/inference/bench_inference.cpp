// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Time of an engine on batches of samples, and to set it up:
// mase-bench-inference NET.mlir ENGINE [Google Benchmark's flags]. Compiling is
// counted in the set-up alone.
#include "mase/Execution/Engine.h"
#include "mase/InitAll.h"

#include "benchmark/benchmark.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    llvm::errs() << "usage: mase-bench-inference NET.mlir ENGINE\n";
    return 1;
  }
  mlir::DialectRegistry registry;
  mase::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  std::optional<mase::EngineKind> kind = mase::parseEngineKind(argv[2]);
  if (!module || !kind) {
    llvm::errs() << "error: expected a network and an engine, found '"
                 << argv[1] << "' and '" << argv[2] << "'\n";
    return 1;
  }
  auto engine = mase::createEngine(*kind, *module);
  if (mlir::failed(engine))
    return 1;
  for (int64_t samples : {1, 512, 16384})
    benchmark::RegisterBenchmark(
        std::to_string(samples).c_str(), [&, samples](benchmark::State &state) {
          std::mt19937 random(0);
          std::normal_distribution<float> normal;
          std::vector<float> x(size_t(samples * (*engine)->getInputSize()));
          std::vector<float> y(size_t(samples * (*engine)->getOutputSize()));
          for (float &v : x)
            v = normal(random);
          for (auto _ : state)
            if (mlir::failed((*engine)->run(x, samples, y)))
              state.SkipWithError("the engine failed");
          state.SetItemsProcessed(state.iterations() * samples);
        });
  benchmark::RegisterBenchmark("set-up", [&](benchmark::State &state) {
    for (auto _ : state)
      if (mlir::failed(mase::createEngine(*kind, *module)))
        state.SkipWithError("the engine failed");
  })->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
