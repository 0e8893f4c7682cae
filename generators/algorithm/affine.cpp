// SPDX-License-Identifier: MIT
// The affine step and the reading of per-channel values.
#include "generators/algorithm/affine.h"

namespace normforge {

using namespace Halide;

Expr inverse_deviation(const Expr &variance, const Expr &eps) {
    Expr sum = variance + eps;
    return select(sum == 0, cast(sum.type(), 0), 1 / sqrt(sum));
}

Expr pre_activation(const Expr &x, const Expr &mean, const Expr &scale, const Expr &beta) {
    return (x - mean) * scale + beta;
}

Expr AtElements::operator()(const Func &array) {
    const Canonical &k = pipeline_.canonical;
    if (k.form != Form::SmallPlanes) return cast(k.type.element, array(k.channel));

    auto [entry, is_new] = copies_.try_emplace(array.name(), array.name() + "_run");
    Func &copy = entry->second;
    if (is_new) {
        RDom p(0, kSmallPlane, 0, k.channels_of_group, array.name() + "_fill");
        p.where(p.x < k.plane);
        copy(k.j, k.g) = undef(k.type.element);
        copy(k.position(p.y, p.x), k.g) = cast(k.type.element, array(p.y, k.g));
        pipeline_.expanded.push_back(copy);
    }
    return copy(k.j, k.g);
}

} // namespace normforge
