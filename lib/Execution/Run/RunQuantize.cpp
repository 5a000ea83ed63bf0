// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run --quantize: a tensor through one number format.
#include "Run.h"

#include "mase/Config/QuantizeConfig.h"
#include "mase/Data/Array.h"
#include "mase/Numerics/FixedPoint.h"

using namespace mase;

absl::Status mase::runQuantize(const RunOptions &options) {
  absl::StatusOr<FixedPointFormat> format =
      parseInlineFormat(options.format, "--quantize");
  if (!format.ok())
    return format.status();
  absl::StatusOr<Array> array = readNpy(options.input);
  if (!array.ok())
    return array.status();
  // NaN and infinities too: what a format makes of them is what one asks here.
  for (float &x : array->data)
    x = quantize(x, *format);
  return writeNpy(options.output, *array);
}
