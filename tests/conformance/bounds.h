// SPDX-License-Identifier: MIT
// How far a recorded f32 output and ours may be apart: the third step of the conformance test. Both are compared with each
// other, not with the exact result, so a bound is the sum of what either may be wrong by. README.md derives every line.
#pragma once

#include "tests/conformance/recorded.h"

namespace normforge::conformance {

/// For each element of one output.
struct Bound {
    std::vector<double> allowed; ///< |ours - recorded|
    std::vector<double> scale;   ///< S, the magnitude of what is added up; README.md
};

using Bounds = std::map<std::string, Bound>;

/// Roundings that one term of a sum over a channel meets in the recorded implementation.
double roundings_of_sum(const Case &recorded);

/// `old`: the running statistics before the case; `before`: the bounds of the case that this one continues, null if none.
/// Throws where relu's mask may differ, because a pre-activation is within its bound of 0: such a case needs other data.
Bounds bounds_of(const Case &recorded, const Arrays &old, const Bounds *before);

} // namespace normforge::conformance
