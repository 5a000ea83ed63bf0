// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Appending values to text, for the writers.
#ifndef MASE_LIB_SEARCH_TEXT_H
#define MASE_LIB_SEARCH_TEXT_H

#include "mase/Search/SampledConfig.h"

#include <string>

namespace mase {

void appendUnsigned(std::string &out, uint64_t value);

/// What pythonFloat gives.
void appendPythonFloat(std::string &out, double value);

/// "2026-11-23 23:17:41.055122" of microseconds since 1970 (UTC).
void appendDateTime(std::string &out, int64_t micros, char separator = ' ');

/// "0 days 00:00:00.000866".
void appendDuration(std::string &out, int64_t micros);

void appendChoice(std::string &out, const Choice &choice, ConfigStyle style);

} // namespace mase

#endif // MASE_LIB_SEARCH_TEXT_H
