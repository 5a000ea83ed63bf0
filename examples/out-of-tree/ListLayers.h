// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MY_LISTLAYERS_H
#define MY_LISTLAYERS_H

namespace my {

/// --my-list-layers: the layers of a network, one a line, on standard error.
void registerListLayersPass();

} // namespace my

#endif // MY_LISTLAYERS_H
