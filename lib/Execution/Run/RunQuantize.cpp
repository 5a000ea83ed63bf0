// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run --quantize: a tensor through one number format.
#include "Run.h"

#include "mase/Config/QuantizeConfig.h"
#include "mase/Data/Array.h"

using namespace mase;

absl::Status mase::runQuantize(const RunOptions &options) {
  absl::StatusOr<NumberFormat> format =
      parseInlineFormat(options.format, "--quantize");
  if (!format.ok())
    return format.status();
  if (std::optional<std::string> reason = whyOpen(*format))
    return absl::InvalidArgumentError("--quantize: " + *reason);
  absl::StatusOr<Array> array = readNpy(options.input);
  if (!array.ok())
    return array.status();
  std::vector<int64_t> shape(array->shape.begin(), array->shape.end());
  if (std::optional<std::string> mismatch = (*format)->mismatch(shape))
    return absl::InvalidArgumentError("--quantize: '" + options.input +
                                      "': " + *mismatch);
  // NaN and infinities too: what a format makes of them is what one asks here.
  (*format)->quantize(array->data, shape, absl::MakeSpan(array->data));
  return writeNpy(options.output, *array);
}
