// SPDX-License-Identifier: MIT
// The registered kernel sets, best first: in the order of registration, the built-in set last.
#pragma once

#include "runtime/error.h"
#include <normforge/kernel_table.h>
#include <vector>

/// The kernel set compiled into this binary, null if none. Defined by exactly one of runtime/builtin/*.cpp.
extern const nf_kernel_table *const nf_builtin_table;

namespace normforge {

struct RegisteredKernel {
    const nf_kernel *kernel;
    const nf_kernel_table *table;
};

/// Where a kernel's parameters come from, in words.
inline const char *origin_of(const nf_kernel &kernel) {
    return kernel.origin ? kernel.origin : "default";
}

/// Refuses a table of another version or with a field that the runtime cannot use.
Status check_table(const nf_kernel_table &table);

/// Adds a table unless it is there already, and hands it the host's functions.
Status register_table(const nf_kernel_table &table);

/// All kernels, best first: a copy, so that no lock is held while a plan is made.
std::vector<RegisteredKernel> registered_kernels();

} // namespace normforge
