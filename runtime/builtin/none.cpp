// SPDX-License-Identifier: MIT
// No built-in kernel set: for programs that load all of theirs, such as the command line.
#include "runtime/registry.h"

const nf_kernel_table *const nf_builtin_table = nullptr;
