// SPDX-License-Identifier: MIT
// Formulas: Ioffe and Szegedy (2015), algorithm 1, with the biased variance everywhere.
#include "generators/algorithm/forward.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/statistics.h"

namespace normforge {

using namespace Halide;

namespace {

/// y from the mean and scale in the precision that is saved: fused and split kernels then give the same bits.
void define_output(Pipeline &p, const OpInputs &in, const Func &mean, const Func &scale, ForwardOutputs &out) {
    AtElements at(p);
    out.y = Func("y");
    Expr z = pre_activation(in, at, mean, scale);
    out.y(p.canonical.tensor) = in.type.store(in.epilogue.activation.value(z, in.slope));
    p.output = out.y;
}

} // namespace

Pipeline forward_train(const OpInputs &in, const RunningUpdate &update, ForwardOutputs &out) {
    Pipeline p(in.canonical());
    const Canonical &k = p.canonical;
    p.reduction = statistics(k, in.x, in.chunks);
    p.reduced = {in.x.image()};
    if (in.residual) p.read_once = {in.residual->image()};
    out.partial = p.reduction->partial;
    out.statistics = saved_statistics(k.channel, k.count, p.reduction->channel, k.type.statistic, in.eps, update);
    p.per_channel = out.statistics.values();
    p.saved = out.statistics.outputs();

    p.invstd = out.statistics.invstd;
    Func scale = scale_of(p, in.gamma, out.statistics.batch_invstd);
    p.add_scale(scale, p.saved, out.scale);
    define_output(p, in, p.canonical.stores_channel_values() ? out.statistics.mean : out.statistics.batch_mean, scale, out);
    return p;
}

Pipeline forward_inference(const OpInputs &in, const GivenStatistics &given, ForwardOutputs &out) {
    Pipeline p(in.canonical());
    p.read_once = {in.x.image()};
    if (in.residual) p.read_once.push_back(in.residual->image());
    const Func invstd = invstd_of(p, given, in.eps);
    out.invstd = p.invstd;
    Func scale = scale_of(p, in.gamma, invstd);
    p.add_scale(scale, p.prepared, out.scale);
    define_output(p, in, given.mean, scale, out);
    return p;
}

} // namespace normforge
