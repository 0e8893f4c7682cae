// SPDX-License-Identifier: MIT
// Tables of costs as measurements look: effects of single parameters, interactions, a floor that memory sets, roughness, and
// candidates that fail.
#pragma once

#include "tools/normforge/tune/search/recorded_space.h"

#include <cstdint>

namespace normforge {

/// The space of the kernel with this symbol, with costs drawn by `seed`. The default's cost is 1.
RecordedSpace synthetic_space(const char *symbol, uint64_t seed);

} // namespace normforge
