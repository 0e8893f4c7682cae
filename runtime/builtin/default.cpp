// SPDX-License-Identifier: MIT
// The built-in kernel set of libnormforge is the one that the build calls "default".
#include "runtime/registry.h"

extern "C" const nf_kernel_table nf_kernels_default;

const nf_kernel_table *const nf_builtin_table = &nf_kernels_default;
