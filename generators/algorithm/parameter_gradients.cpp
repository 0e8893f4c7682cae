// SPDX-License-Identifier: MIT
// Definitions of dgamma and dbeta.
#include "generators/algorithm/parameter_gradients.h"

namespace normforge {

using namespace Halide;

Func parameter_gradient(const std::string &name, const std::vector<Var> &channel, Type type, const Expr &add,
                        const Expr &value) {
    Func gradient(name);
    gradient(channel) = undef(type);
    Expr old = gradient(channel);
    gradient(channel) = cast(type, select(add != 0, cast<double>(old) + value, value));
    return gradient;
}

Expr dgamma_of(const Expr &invstd, const Expr &sum_dz_centred) {
    return cast<double>(invstd) * sum_dz_centred;
}

} // namespace normforge
