// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of a module: what they are called in generated code.
#include "KernelNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mase;

uint64_t mase::hashOf(kernel::KernelOp kernel) {
  OwningOpRef<kernel::KernelOp> copy = kernel.clone();
  copy->setSymName("network");
  std::string text;
  llvm::raw_string_ostream os(text);
  copy->print(os);
  return llvm::xxh3_64bits(text);
}

LogicalResult mase::nameKernels(ModuleOp module, std::optional<StringRef> name,
                                StringRef option) {
  auto kernels = llvm::to_vector(module.getOps<kernel::KernelOp>());
  if (name && kernels.size() > 1)
    return module.emitError()
           << "--" << option << " is for one network, found " << kernels.size();
  if (kernels.size() != 1)
    return success();
  bool isAnyGraph = llvm::is_contained(
      {"main", "main_graph", "torch_jit", "torch_jit_export"},
      kernels.front().getSymName());
  auto loc = kernels.front().getLoc()->findInstanceOf<FileLineColLoc>();
  if (!name && isAnyGraph && loc) {
    StringRef stem = llvm::sys::path::stem(loc.getFilename().getValue());
    // Neither "-" nor "<stdin>".
    if (!stem.empty() && stem != "-" && !stem.starts_with("<"))
      name = stem;
  }
  if (name)
    kernels.front().setSymName(*name);
  return success();
}
