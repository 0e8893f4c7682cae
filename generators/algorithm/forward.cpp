// SPDX-License-Identifier: MIT
// Formulas: Ioffe and Szegedy (2015), algorithm 1, with the biased variance everywhere.
#include "generators/algorithm/forward.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/statistics.h"

namespace normforge {

using namespace Halide;

namespace {

/// y from the f32 mean and scale, the values that are saved: fused and split kernels then give the same bits.
void define_output(Pipeline &p, const ForwardInputs &in, const Func &mean, const Func &scale, ForwardOutputs &out) {
    AtElements at(p);
    out.y = Func("y");
    out.y(p.canonical.tensor) =
        in.epilogue.value(pre_activation(in.x(p.canonical.tensor), at(mean), at(scale), at(in.beta)));
    p.output = out.y;
}

/// scale = gamma * invstd
Func scale_of(const Canonical &canonical, const ForwardInputs &in, const Func &invstd) {
    Func scale("scale");
    scale(canonical.channel) = in.gamma(canonical.channel) * invstd(canonical.channel);
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
    running(c) = undef<float>();
    running(c) = cast<float>(momentum * cast<double>(running(c)) + (1 - momentum) * batch);
    p.saved.push_back(running);
    return running;
}

} // namespace

Pipeline forward_train(Form form, const ForwardInputs &in, ForwardOutputs &out) {
    Pipeline p(Canonical(form, in.x, in.plane));
    const Canonical &canonical = p.canonical;
    const auto &c = canonical.channel;
    p.reduction = statistics(canonical, in.x, in.chunks);
    const Func &moments = p.reduction->channel;

    Func variance64("variance64"), mean("batch_mean"), invstd("batch_invstd");
    variance64(c) = moments(c)[kM2] / canonical.count;
    mean(c) = cast<float>(moments(c)[kMean]);
    invstd(c) = cast<float>(inverse_deviation(variance64(c), in.eps));
    p.per_channel = {variance64, mean, invstd};

    out.mean = save(p, "mean", mean(c));
    out.variance = save(p, "variance", cast<float>(variance64(c)));
    out.invstd = save(p, "invstd", invstd(c));
    out.running_mean = update_running(p, "running_mean", in.momentum, moments(c)[kMean]);
    out.running_variance = update_running(p, "running_variance", in.momentum, variance64(c));
    out.partial = p.reduction->partial;

    Func scale = scale_of(canonical, in, invstd);
    p.add_element_value(scale, p.saved, out.scale);
    define_output(p, in, form == Form::Last ? out.mean : mean, scale, out);
    return p;
}

Pipeline forward_inference(Form form, const ForwardInputs &in, ForwardOutputs &out) {
    Pipeline p(Canonical(form, in.x, in.plane));
    const auto &c = p.canonical.channel;
    out.invstd = Func("invstd");
    out.invstd(c) = cast<float>(inverse_deviation(cast<double>(in.variance(c)), in.eps));
    p.prepared = {out.invstd};
    Func scale = scale_of(p.canonical, in, out.invstd);
    p.add_element_value(scale, p.prepared, out.scale);
    define_output(p, in, in.mean, scale, out);
    return p;
}

} // namespace normforge
