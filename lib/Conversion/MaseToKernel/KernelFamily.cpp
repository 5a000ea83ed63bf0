// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel families, and the choice of one.
#include "KernelFamily.h"

#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

ArrayRef<const KernelFamily *> mase::kernel::getKernelFamilies() {
  static const KernelFamily *const families[] = {&getThreadFamily(),
                                                 &getLanesFamily()};
  return families;
}

/// Whether `name` stands for a kernel of `family`.
static bool isOf(const KernelFamily &family, StringRef name) {
  return (name == "auto" && family.isForGpu()) || name == family.getName() ||
         llvm::is_contained(family.getKernels(), name);
}

std::optional<std::string> mase::kernel::wrongKernelText(StringRef name) {
  std::vector<std::string> valid = {"auto"};
  for (const KernelFamily *family : getKernelFamilies()) {
    if (name == "auto" || isOf(*family, name))
      return std::nullopt;
    valid.push_back(family->getName().str());
    llvm::append_range(valid, family->getKernels());
  }
  return "unknown kernel " + quoted(name) + nearestNamesText(name, valid);
}

FailureOr<std::unique_ptr<KernelPlan>>
mase::kernel::planKernel(const NetworkGraph &graph,
                         const KernelRequest &request) {
  KernelPlanOrReason best;
  for (const KernelFamily *family : getKernelFamilies()) {
    if (!isOf(*family, request.kernel))
      continue;
    KernelPlanOrReason other = family->plan(graph, request);
    bool isBetter = best.plan
                        ? other.plan && other.plan->estimate().instructions <
                                            best.plan->estimate().instructions
                        : other.plan || !best.op;
    if (isBetter)
      best = std::move(other);
  }
  if (!best.plan)
    return noKernel(best.op) << best.reason;
  return std::move(best.plan);
}
