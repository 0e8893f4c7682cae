// SPDX-License-Identifier: MIT
// The layouts that problem strings know by name, for reading and for writing them.
#pragma once

#include <string_view>

namespace normforge {

struct NamedLayout {
    const char *name;
    int rank, axis;
};

inline constexpr NamedLayout kLayouts[] = {
    {"nc", 2, 1}, {"ncw", 3, 1}, {"nwc", 3, 2}, {"nchw", 4, 1}, {"nhwc", 4, 3}, {"ncdhw", 5, 1}, {"ndhwc", 5, 4},
};

/// Any other rank or axis.
inline constexpr std::string_view kAnyLayout = "any";

} // namespace normforge
