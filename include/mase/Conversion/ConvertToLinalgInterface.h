// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For dialects whose layers --convert-mase-to-linalg lowers, too.
#ifndef MASE_CONVERSION_CONVERTTOLINALGINTERFACE_H
#define MASE_CONVERSION_CONVERTTOLINALGINTERFACE_H

#include "mlir/IR/DialectInterface.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mase {

/// The patterns of a dialect, as ConvertToLLVMPatternInterface has them
/// upstream. They lower layers without a precision to what is legal at the
/// linalg level, or to layers of the mase dialect.
class ConvertToLinalgPatternInterface
    : public mlir::DialectInterface::Base<ConvertToLinalgPatternInterface> {
public:
  explicit ConvertToLinalgPatternInterface(mlir::Dialect *dialect)
      : Base(dialect) {}
  virtual void
  populateConvertToLinalgPatterns(const mlir::TypeConverter &converter,
                                  mlir::RewritePatternSet &patterns) const = 0;
};

} // namespace mase

#endif // MASE_CONVERSION_CONVERTTOLINALGINTERFACE_H
