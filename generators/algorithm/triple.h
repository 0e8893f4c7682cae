// SPDX-License-Identifier: MIT
// The float64 values of a channel that go from phase to phase: (count, mean, M2) of stats and merge, (count, sum(dz),
// sum(dz * (x - mean))) of backward_reduce and backward_merge.
#pragma once

#include <Halide.h>

#include <string>
#include <vector>

namespace normforge {

struct Triple {
    Halide::Func first, second, third;

    std::vector<Halide::Func> outputs() const { return {first, second, third}; }
};

/// Outputs `name`_0, `name`_1 and `name`_2 over the indices `channel`.
inline Triple define_triple(const std::string &name, const std::vector<Halide::Var> &channel,
                            const std::vector<Halide::Expr> &values) {
    std::vector<Halide::Func> parts;
    for (size_t i = 0; i < 3; i++) {
        parts.emplace_back(name + "_" + std::to_string(i));
        parts.back()(channel) = values[i];
    }
    return {parts[0], parts[1], parts[2]};
}

} // namespace normforge
