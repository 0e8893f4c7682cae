// SPDX-License-Identifier: MIT
// Arrays of f32 from and to an element type, fast enough for tensors of 100 MB.
#pragma once

#include <cstddef>
#include <normforge/normforge.h>

namespace normforge::bench {

/// Rounds to the nearest, ties to even.
void from_floats(nf_dtype dtype, const float *values, size_t count, void *elements);

void to_floats(nf_dtype dtype, const void *elements, size_t count, float *values);

/// As from_floats() and back.
void round_floats(nf_dtype dtype, float *values, size_t count);

} // namespace normforge::bench
