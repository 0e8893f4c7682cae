// SPDX-License-Identifier: MIT
// See quotient.h.
#include "generators/algorithm/quotient.h"

namespace normforge {

using namespace Halide;

Expr quotient(const Expr &value, const Expr &divisor) {
    const Expr wide = cast<uint32_t>(divisor);
    const Expr shift = cast<uint64_t>(62 - count_leading_zeros(2 * wide - 1));
    const Expr factor = cast<uint32_t>((cast<uint64_t>(1) << shift) / cast<uint64_t>(wide) + 1);
    return cast<int32_t>((cast<uint64_t>(cast<uint32_t>(value)) * cast<uint64_t>(factor)) >> shift);
}

} // namespace normforge
