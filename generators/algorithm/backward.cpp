// SPDX-License-Identifier: MIT
// With dz the gradient by the pre-activation and xhat = (x - mean) * invstd (Ioffe and Szegedy 2015, section 3):
//   dbeta = sum(dz)      dgamma = sum(dz * xhat) = invstd * sum(dz * (x - mean))
//   train:  dx = gamma * invstd * (dz - dbeta / m - xhat * dgamma / m)
//              = scale * ((dz - mean_dz) - (x - mean) * slope_dz),  mean_dz = dbeta / m,  slope_dz = invstd * dgamma / m
//   frozen: dx = scale * dz
#include "generators/algorithm/backward.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/gradient_sums.h"

namespace normforge {

using namespace Halide;

namespace {

/// Defines everything but how invstd comes about: `invstd` is an input (train) or a computed per-channel value (frozen).
Pipeline define(Pipeline p, const BackwardInputs &in, const Func &invstd, bool train, BackwardOutputs &out) {
    const Canonical &k = p.canonical;
    const auto &c = k.channel;
    AtElements at(p);
    Func scale("scale");
    scale(c) = cast(k.type.element, in.gamma(c)) * cast(k.type.element, invstd(c));
    p.add_element_value(scale, p.prepared, out.scale);

    Func terms("gradient_terms");
    Expr x = in.x(k.tensor), centred = x - at(in.mean), dy = in.dy(k.tensor);
    Expr z = in.epilogue.needs_pre_activation ? pre_activation(x, at(in.mean), at(scale), at(in.beta)) : Expr();
    Expr dz = in.epilogue.gradient(z, dy);
    terms(k.tensor) = Tuple(dz, dz * centred);
    p.reduction = gradient_sums(k, terms, in.chunks);
    out.partial = p.reduction->partial;
    const Func &sums = p.reduction->channel;

    out.dgamma = Func("dgamma");
    out.dgamma(c) = cast(k.type.parameter, cast<double>(invstd(c)) * sums(c)[kSumDzX]);
    out.dbeta = Func("dbeta");
    out.dbeta(c) = cast(k.type.parameter, sums(c)[kSumDz]);
    p.saved.push_back(out.dgamma);
    p.saved.push_back(out.dbeta);

    out.dx = Func("dx");
    if (train) {
        Func mean_dz("mean_dz"), slope_dz("slope_dz");
        mean_dz(c) = cast(k.type.element, sums(c)[kSumDz] / k.count);
        Expr invstd64 = cast<double>(invstd(c));
        slope_dz(c) = cast(k.type.element, invstd64 * invstd64 * sums(c)[kSumDzX] / k.count);
        p.add_element_value(mean_dz, p.saved, out.mean_dz);
        p.add_element_value(slope_dz, p.saved, out.slope_dz);
        out.dx(k.tensor) = in.type.store(at(scale) * ((dz - at(mean_dz)) - centred * at(slope_dz)));
    } else {
        out.dx(k.tensor) = in.type.store(at(scale) * dz);
    }
    p.output = out.dx;
    return p;
}

} // namespace

Pipeline backward_train(const BackwardInputs &in, BackwardOutputs &out) {
    return define(Pipeline(in.canonical()), in, in.invstd, true, out);
}

Pipeline backward_frozen(const BackwardInputs &in, BackwardOutputs &out) {
    Pipeline p(in.canonical());
    const auto &c = p.canonical.channel;
    out.invstd = Func("invstd");
    out.invstd(c) = cast(p.canonical.type.statistic, inverse_deviation(cast<double>(in.variance(c)), in.eps));
    p.prepared = {out.invstd};
    return define(p, in, out.invstd, false, out);
}

} // namespace normforge
