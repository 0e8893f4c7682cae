// SPDX-License-Identifier: MIT
// What a fake kernel computes in one call.
#pragma once

#include <normforge/kernel_table.h>

namespace normforge::unit {

/// Records the arguments in `seen` and `fake_runs`, spoils all scratch, and computes. Returns fake_result.
int run_fake(const nf_kernel &kernel, void **arguments);

} // namespace normforge::unit
