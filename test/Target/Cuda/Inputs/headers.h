// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program that includes a kernel's text may have included before it.
#include "mase/Runtime/Cuda.h"

#include <cassert>
#include <cerrno>
#include <cmath>
#include <complex>
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <ctype.h>
#include <pthread.h>
#include <string>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>
#include <vector>
