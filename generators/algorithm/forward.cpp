// SPDX-License-Identifier: MIT
// Formulas: Ioffe and Szegedy (2015), algorithm 1, with the biased variance everywhere.
#include "generators/algorithm/forward.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/statistics.h"

namespace normforge {

using namespace Halide;

namespace {

/// y from the mean and scale in the precision that is saved: fused and split kernels then give the same bits.
void define_output(Pipeline &p, const ForwardInputs &in, const Func &mean, const Func &scale, ForwardOutputs &out) {
    AtElements at(p);
    out.y = Func("y");
    Expr z = pre_activation(in.x(p.canonical.tensor), at(mean), at(scale), at(in.beta));
    out.y(p.canonical.tensor) = in.type.store(in.epilogue.value(z));
    p.output = out.y;
}

/// scale = gamma * invstd
Func scale_of(const Canonical &canonical, const ForwardInputs &in, const Func &invstd) {
    Func scale("scale");
    scale(canonical.channel) =
        cast(canonical.type.element, in.gamma(canonical.channel)) * cast(canonical.type.element, invstd(canonical.channel));
    return scale;
}

/// Output `name` as a copy of a per-channel value that the element loops use too.
Func save(Pipeline &p, const std::string &name, const Expr &value) {
    Func output(name);
    output(p.canonical.channel) = value;
    p.saved.push_back(output);
    return output;
}

/// running = momentum * running + (1 - momentum) * batch, in float64, on the caller's array.
Func update_running(Pipeline &p, const std::string &name, const Expr &momentum, const Expr &batch) {
    const auto &c = p.canonical.channel;
    Func running(name);
    Type type = p.canonical.type.statistic;
    running(c) = undef(type);
    running(c) = cast(type, momentum * cast<double>(running(c)) + (1 - momentum) * batch);
    p.saved.push_back(running);
    return running;
}

} // namespace

Pipeline forward_train(const ForwardInputs &in, ForwardOutputs &out) {
    Pipeline p(in.canonical());
    const Canonical &canonical = p.canonical;
    const auto &c = canonical.channel;
    Type statistic = canonical.type.statistic;
    p.reduction = statistics(canonical, in.x, in.chunks);
    const Func &moments = p.reduction->channel;

    Func variance64("variance64"), mean("batch_mean"), invstd("batch_invstd");
    variance64(c) = moments(c)[kM2] / canonical.count;
    mean(c) = cast(statistic, moments(c)[kMean]);
    invstd(c) = cast(statistic, inverse_deviation(variance64(c), in.eps));
    p.per_channel = {variance64, mean, invstd};

    out.mean = save(p, "mean", mean(c));
    out.variance = save(p, "variance", cast(statistic, variance64(c)));
    out.invstd = save(p, "invstd", invstd(c));
    out.running_mean = update_running(p, "running_mean", in.momentum, moments(c)[kMean]);
    out.running_variance = update_running(p, "running_variance", in.momentum, variance64(c));
    out.partial = p.reduction->partial;

    Func scale = scale_of(canonical, in, invstd);
    p.add_element_value(scale, p.saved, out.scale);
    define_output(p, in, in.form == Form::Last ? out.mean : mean, scale, out);
    return p;
}

Pipeline forward_inference(const ForwardInputs &in, ForwardOutputs &out) {
    Pipeline p(in.canonical());
    const auto &c = p.canonical.channel;
    out.invstd = Func("invstd");
    out.invstd(c) = cast(p.canonical.type.statistic, inverse_deviation(cast<double>(in.variance(c)), in.eps));
    p.prepared = {out.invstd};
    Func scale = scale_of(p.canonical, in, out.invstd);
    p.add_element_value(scale, p.prepared, out.scale);
    define_output(p, in, in.mean, scale, out);
    return p;
}

} // namespace normforge
