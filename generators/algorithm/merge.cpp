// SPDX-License-Identifier: MIT
// Merging in the order of the parts.
#include "generators/algorithm/merge.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/parameter_gradients.h"
#include "generators/algorithm/statistics.h"

namespace normforge {

using namespace Halide;

namespace {

void add(std::vector<Func> &list, const std::vector<Func> &more) {
    list.insert(list.end(), more.begin(), more.end());
}

} // namespace

ChannelPipeline merge_statistics(const ImageParam &triples, Type statistic, const Expr &eps, const RunningUpdate &update,
                                 SavedStatistics &saved, Triple &merged) {
    ChannelPipeline p;
    RDom part(0, triples.dim(2).extent(), "part");
    Func moments("moments");
    constexpr int kCount = 2; // behind M2 and mean, whose update reads it
    Expr zero = cast<double>(0), count = triples(p.c, 0, part);
    moments(p.c) = {zero, zero, zero};
    Tuple before = moments(p.c);
    Tuple after =
        merge_moments({before[kM2], before[kMean]}, before[kCount], {count, triples(p.c, 1, part), triples(p.c, 2, part)});
    // An empty part changes nothing.
    Expr m2 = select(count == 0, before[kM2], after[kM2]), mean = select(count == 0, before[kMean], after[kMean]);
    moments(p.c) = {m2, mean, before[kCount] + count};

    Tuple all = moments(p.c);
    saved = saved_statistics({p.c}, all[kCount], moments, statistic, eps, update);
    merged = define_triple("merged", {p.c}, {all[kCount], all[kMean], all[kM2]});
    p.values = {moments};
    add(p.values, saved.values());
    p.outputs = merged.outputs();
    add(p.outputs, saved.outputs());
    return p;
}

ChannelPipeline merge_gradients(const ImageParam &triples, Type parameter, const GivenStatistics &given, const Expr &eps,
                                const AddedGradients &added, ParameterGradients &gradients, Triple &merged) {
    ChannelPipeline p;
    RDom part(0, triples.dim(2).extent(), "part");
    Func sums("sums");
    Expr zero = cast<double>(0);
    sums(p.c) = {zero, zero, zero};
    Tuple before = sums(p.c);
    sums(p.c) = {before[0] + triples(p.c, 0, part), before[1] + triples(p.c, 1, part), before[2] + triples(p.c, 2, part)};

    Tuple all = sums(p.c);
    Expr dgamma = dgamma_of(invstd_of(given, {p.c}, eps), all[2]);
    gradients = {parameter_gradient("dgamma", {p.c}, parameter, added.add_dgamma, dgamma),
                 parameter_gradient("dbeta", {p.c}, parameter, added.add_dbeta, all[1])};
    merged = define_triple("merged", {p.c}, {all[0], all[1], all[2]});
    p.values = {sums};
    p.outputs = merged.outputs();
    add(p.outputs, {gradients.dgamma, gradients.dbeta});
    return p;
}

} // namespace normforge
