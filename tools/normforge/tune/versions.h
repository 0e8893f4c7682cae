// SPDX-License-Identifier: MIT
// What a measurement was made with. Another compiler may make other code of the same parameters.
#pragma once

namespace normforge {

struct Versions {
    const char *normforge, *halide, *llvm;
};

extern const Versions kVersions;

} // namespace normforge
