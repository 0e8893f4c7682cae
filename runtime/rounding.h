// SPDX-License-Identifier: MIT
// Division that rounds up, of numbers that are not negative.
#pragma once

#include <cstdint>

namespace normforge {

/// a / b, rounded up; b > 0. The sum of both must fit.
constexpr int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

} // namespace normforge
