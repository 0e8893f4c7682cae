// SPDX-License-Identifier: MIT
// See perfect.h: the reference, one phase after the other, each result rounded to the type in which it is stored.
#include "tests/kernels/perfect.h"

#include "runtime/ops.h"
#include "tests/support/operands.h"
#include "tests/support/strict.h"

namespace normforge::testing {

namespace {

using reference::Channels;
using reference::Real;
using reference::Triple;

class Perfect {
public:
    Perfect(const Problem &problem, const Inputs &inputs)
        : d_(problem.description), in_(inputs), x_(reference::dense<const double>(in_.x.data(), in_.shape)) {
        switch (d_.op) {
        case NF_FORWARD_TRAIN: put_statistics(reference::stats(in_.shape, x_)); break;
        case NF_STATS: put_triple("triples", reference::stats(in_.shape, x_)); break;
        case NF_MERGE: put_merged(reference::merge(triples_of(in_.triples, in_.shape.c))); break;
        case NF_BACKWARD_MERGE: put_merged_sums(reference::backward_merge(triples_of(in_.triples, in_.shape.c))); break;
        default: break;
        }
        if (writes_y(d_.op)) put_y();
        if (access_of(operand("dy"), d_) == Access::read) put_gradients();
    }

    Results results;

private:
    /// Rounded, and added to what was there; not at all if nobody asks for it.
    void put(const char *name, const std::vector<Real> &values) {
        const OperandRow &row = operand(name);
        if (!is_written(row, d_)) return;
        for (size_t i = 0; i < values.size(); ++i) {
            const bool adds = row.gradient && d_.*row.gradient == NF_GRADIENT_ADD;
            const Real value = values[i] + (adds ? (in_.*row.values)[i] : 0);
            results[row.output].push_back(round_to(type_of(row, d_), static_cast<double>(value)));
        }
    }

    void put_triple(const char *name, const Triple &triple) {
        auto output = static_cast<int>(operand(name).output);
        for (const Channels *word : {&triple.count, &triple.first, &triple.second})
            results.values[output++] = {word->begin(), word->end()};
    }

    void put_statistics(const Triple &triple) {
        const auto [means, variances] = reference::statistics(triple);
        put("saved_mean", means);
        put("saved_variance", variances);
        put("saved_invstd", reference::inverse_deviation(variances, d_.eps));
        Channels mean, variance;
        for (size_t c = 0; c < means.size(); ++c) {
            const bool unbiased = d_.running_variance == NF_VARIANCE_UNBIASED;
            mean.push_back(reference::running(in_.running_mean[c], means[c], d_.momentum));
            variance.push_back(reference::running(
                in_.running_variance[c], unbiased ? reference::unbiased(variances[c], triple.count[c]) : variances[c],
                d_.momentum));
        }
        put("running_mean", mean);
        put("running_variance", variance);
    }

    void put_merged(const Triple &triple) {
        put_triple("merged", triple);
        put_statistics(triple);
    }

    void put_merged_sums(const Triple &triple) {
        put_triple("merged", triple);
        const reference::Sums sums = reference::backward_sums(triple, {in_.saved_invstd.begin(), in_.saved_invstd.end()});
        put("dgamma", sums.dgamma);
        put("dbeta", sums.dbeta);
    }

    void put_y() {
        const StrictAffine affine = d_.op == NF_FORWARD_TRAIN
                                        ? StrictAffine(d_, in_, results[Output::mean], results[Output::invstd])
                                        : given_affine(d_, in_);
        std::vector<Real> y(in_.x.size());
        for_each(in_.shape, [&](int64_t c, int64_t i) { y[i] = affine.value(c, i); });
        put("y", y);
    }

    void put_gradients() {
        const StrictAffine strict = given_affine(d_, in_);
        const Channels mean(strict.mean.begin(), strict.mean.end()), invstd(strict.invstd.begin(), strict.invstd.end()),
            gamma(in_.gamma.begin(), in_.gamma.end());
        std::vector<Real> dz(in_.dy.size()), dx(in_.dy.size());
        for_each(in_.shape, [&](int64_t c, int64_t i) { dz[i] = strict.gradient(c, i); });
        put("dresidual", dz);
        const auto dz_view = reference::dense<const Real>(dz.data(), in_.shape);
        const auto dx_view = reference::dense(dx.data(), in_.shape);
        const Triple triple = reference::backward_reduce(in_.shape, x_, dz_view, mean);
        if (d_.op == NF_BACKWARD_REDUCE) put_triple("triples", triple);
        reference::Sums sums = reference::backward_sums(triple, invstd);
        put("dgamma", sums.dgamma);
        put("dbeta", sums.dbeta);
        if (d_.op == NF_BACKWARD_APPLY) sums = reference::backward_sums(triples_of(in_.triples, in_.shape.c).at(0), invstd);
        const reference::Affine affine{mean, invstd, gamma, {}};
        if (d_.op == NF_BACKWARD_FROZEN)
            reference::backward_frozen(in_.shape, dz_view, affine, dx_view);
        else
            reference::backward_train(in_.shape, x_, dz_view, affine, sums, dx_view);
        put("dx", dx);
    }

    const nf_description &d_;
    const Inputs &in_;
    reference::View<const double> x_;
};

} // namespace

Results perfect_results(const Problem &problem, const Inputs &inputs) {
    return Perfect(problem, inputs).results;
}

} // namespace normforge::testing
