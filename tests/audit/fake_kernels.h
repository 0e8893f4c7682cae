// SPDX-License-Identifier: MIT
// Kernels written by hand, each with one fault. They are never run.
#pragma once

#include <normforge/kernel_table.h>

namespace normforge::audit {

/// The entry for a fake of this name: forward_train of f32 for AVX2 with the arguments x, y and mean.
nf_kernel fake_kernel(const char *name, nf_store store);

} // namespace normforge::audit
