// SPDX-License-Identifier: MIT
// The affine step and the reading of per-channel values.
#include "generators/algorithm/affine.h"

#include "generators/algorithm/quotient.h"

namespace normforge {

using namespace Halide;

Expr inverse_deviation(const Expr &variance, const Expr &eps) {
    Expr sum = variance + eps;
    return select(sum == 0, cast(sum.type(), 0), 1 / sqrt(sum));
}

Expr invstd_of(const GivenStatistics &given, const std::vector<Var> &channel, const Expr &eps) {
    Expr deviation = given.deviation(channel);
    Expr inverted = cast(deviation.type(), inverse_deviation(cast<double>(deviation), eps));
    return select(given.inverted != 0, deviation, inverted);
}

Func invstd_of(Pipeline &p, const GivenStatistics &given, const Expr &eps) {
    Func value("invstd_value"), invstd("invstd");
    value(p.canonical.channel) = invstd_of(given, p.canonical.channel, eps);
    invstd(p.canonical.channel) = value(p.canonical.channel);
    p.invstd = invstd;
    p.prepared.push_back(invstd);
    // A GPU computes all of `prepared` in one kernel: none may read another.
    return p.canonical.gpu ? value : invstd;
}

Func scale_of(const Pipeline &p, const Func &gamma, const Func &invstd) {
    const Canonical &k = p.canonical;
    const Func &factor = k.gpu && p.invstd.defined() ? p.invstd : invstd;
    Func scale("scale");
    scale(k.channel) = cast(k.type.element, gamma(k.channel)) * cast(k.type.element, factor(k.channel));
    return scale;
}

Expr pre_activation(const OpInputs &in, AtElements &at, const Func &mean, const Func &scale) {
    Expr z = (at(in.x) - at(mean)) * at(scale) + at(in.beta);
    return in.residual ? z + at(*in.residual) : z;
}

Expr AtElements::operator()(const Tensor &tensor) {
    const Canonical &k = pipeline_.canonical;
    if (!k.gpu || k.form != Form::Last || sums_) return tensor(k.tensor);
    const auto [entry, is_new] = copies_.try_emplace(tensor.image().name(), tensor.image().name() + "_rows");
    Func &rows = entry->second;
    if (is_new) {
        rows(k.c, k.row) = tensor.image()(k.c, min(k.row, k.rows - 1));
        pipeline_.loaded.push_back(rows);
    }
    return tensor.converted(rows(k.c, k.row));
}

Expr AtElements::operator()(const Func &array) {
    const Canonical &k = pipeline_.canonical;
    const auto element = [&](const Expr &value) {
        return k.fits_nan ? fitting_nan(cast(k.type.element, value)) : cast(k.type.element, value);
    };
    if (k.form != Form::SmallPlanes) return element(array(k.channel));

    const auto promised = [&](const Expr &channel) { return unsafe_promise_clamped(channel, 0, k.channels_of_group - 1); };
    if (k.gpu && sums_) return cast(k.type.element, array(k.b));
    if (k.gpu) { // a vector lies in two channels at most: planes are no shorter
        const Expr channel = quotient(k.j / k.gpu->output * k.gpu->output, k.plane);
        const Expr here = array(promised(channel)), next = array(promised(min(channel + 1, k.channels_of_group - 1)));
        return cast(k.type.element, k.gpu->output == 1 ? here : select(k.j < (channel + 1) * k.plane, here, next));
    }
    const Expr channel = promised(k.j / k.plane);
    auto [entry, is_new] = copies_.try_emplace(array.name(), array.name() + "_run");
    Func &copy = entry->second;
    if (is_new && !k.overfills_runs) {
        copy(k.j, k.g) = element(array(channel, k.g));
    } else if (is_new) {
        // Whole vectors: what goes past a plane is overwritten by the next channel, or lies in the array's kFill last
        // elements.
        RDom p(0, kFill, 0, kSmallPlane / kFill, 0, k.channels_of_group, array.name() + "_fill");
        p.where(p.y * kFill < max(k.plane, 1));
        copy(k.j, k.g) = undef(k.type.element);
        copy(k.position(p.z, p.y * kFill + p.x), k.g) = element(array(p.z, k.g));
        pipeline_.expanded.push_back(copy);
    }
    return copy(k.j, k.g);
}

} // namespace normforge
