// SPDX-License-Identifier: MIT
// Kernels written by hand, sound or with one fault. They are never run.
#pragma once

#include <normforge/kernel_table.h>

namespace normforge::audit {

/// The entry for a fake of this name: forward_train with the arguments x, y and mean.
nf_kernel fake_kernel(const char *name, const char *target, nf_store store, nf_dtype dtype = NF_F32);

} // namespace normforge::audit
