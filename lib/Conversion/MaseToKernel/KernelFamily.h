// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel families: ways to lay a network's samples out over a machine. Each
// says which networks it has a kernel for, what that costs, and builds it.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_KERNELFAMILY_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_KERNELFAMILY_H

#include "NetworkGraph.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <memory>
#include <string>

namespace mase::kernel {

/// What the user asked for.
struct KernelRequest {
  /// `auto`, a family, or one of its kernels.
  std::string kernel = "auto";
  int64_t samplesPerThread = 0; ///< 0: chosen
  int64_t threadsPerBlock = 128;
};

/// What a kernel is expected to cost, per sample.
struct KernelEstimate {
  /// Instructions of straight-line code.
  int64_t instructions = 0;
  /// The most 32-bit words that are alive at once.
  int64_t liveWords = 0;
};

/// A network's kernel, every decision made and nothing built.
class KernelPlan {
public:
  virtual ~KernelPlan() = default;
  virtual KernelEstimate estimate() const = 0;
  /// Builds the kernel where `builder` stands; the function stays.
  virtual KernelOp build(mlir::OpBuilder &builder) const = 0;
};

/// A plan, or why there is none: `op` has no kernel.
struct KernelPlanOrReason {
  std::unique_ptr<KernelPlan> plan;
  mlir::Operation *op = nullptr;
  std::string reason;
};

class KernelFamily {
public:
  virtual ~KernelFamily() = default;
  /// The family's name, which is that of its kernels' layout.
  virtual llvm::StringRef getName() const = 0;
  /// Whether its kernels are for GPUs; else they are for CPUs.
  virtual bool isForGpu() const { return true; }
  /// The names of its kernels, for who wants one of them.
  virtual llvm::ArrayRef<std::string> getKernels() const = 0;
  /// The kernel of a network: the one that the request names, or what it finds
  /// best. The plan refers to `graph`.
  virtual KernelPlanOrReason plan(const NetworkGraph &graph,
                                  const KernelRequest &request) const = 0;
};

/// The families, in the order in which `auto` takes those for GPUs at equal
/// cost.
llvm::ArrayRef<const KernelFamily *> getKernelFamilies();

/// What is wrong with the name of a kernel, with the nearest valid names; none
/// if it is a family's, a kernel's or `auto`.
std::optional<std::string> wrongKernelText(llvm::StringRef name);

/// The kernel that `request` names; with `auto`, the one of fewest instructions
/// that a family for GPUs has. Where there is none, the first reason is
/// reported.
mlir::FailureOr<std::unique_ptr<KernelPlan>>
planKernel(const NetworkGraph &graph, const KernelRequest &request);

/// One thread computes whole samples, with sums of four products (`dp4a`) where
/// codes and weights fit bytes, or of one (`scalar`).
const KernelFamily &getThreadFamily();

/// A lane of a CPU's vectors computes whole samples; what is computed of one,
/// and how, is what the family of threads has. (The code can put the features
/// of one sample into lanes, too: that changes no operation.)
const KernelFamily &getLanesFamily();

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_KERNELFAMILY_H
