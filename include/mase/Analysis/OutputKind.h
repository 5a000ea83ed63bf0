// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network's results are: the one question that everything asks that
// makes a loss of them.
#ifndef MASE_ANALYSIS_OUTPUTKIND_H
#define MASE_ANALYSIS_OUTPUTKIND_H

#include "mase/Metrics/Metrics.h"

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"

namespace mase {

/// The attribute of a function that says what its results are, "logits",
/// "probabilities" or "log_probabilities", where its ops do not: below the
/// network level, or in a network that ends in something of its own.
inline constexpr llvm::StringLiteral kOutputKindAttrName = "mase.output_kind";

/// The kind as the attribute has it.
llvm::StringRef stringifyOutputKind(OutputKind kind);

/// What `network`, a function or a kernel, returns: what its attribute says;
/// without one, probabilities where its last layer is a softmax or a sigmoid,
/// log-probabilities where it is a log-softmax (a flatten behind it changes
/// nothing), else logits. An attribute of another value is an
/// error, reported at the network.
mlir::FailureOr<OutputKind> getOutputKind(mlir::Operation *network);

} // namespace mase

#endif // MASE_ANALYSIS_OUTPUTKIND_H
