// SPDX-License-Identifier: MIT
// Gradients: dz, their sums, and what is made of them.
#include "tests/support/compare_parts.h"

#include "runtime/ops.h"

namespace normforge::testing {

using reference::Channels;
using reference::Real;
using reference::Triple;

namespace {

/// Whether dz is dy, 0 or slope * dy, and so as exact as dy.
bool has_straight_pieces(nf_epilogue epilogue) {
    return activation_of(epilogue) == NF_EPILOGUE_NONE || derivative_from_output(epilogue);
}

/// The z at which f' jumps.
Values kinks_of(nf_epilogue epilogue) {
    switch (activation_of(epilogue)) {
    case NF_EPILOGUE_RELU:
    case NF_EPILOGUE_LEAKY_RELU: return {0};
    case NF_EPILOGUE_RELU6: return {0, 6};
    case NF_EPILOGUE_HARD_SWISH: return {-3, 3};
    default: return {};
    }
}

/// dz with the kernel's own pre-activation, and the magnitude that its error is relative to.
struct Gradients {
    std::vector<Real> dz, size;
};

Gradients gradients_of(Tally &tally, const StrictAffine &rounded, const reference::Affine &affine) {
    const nf_description &d = tally.d;
    const Inputs &in = tally.in;
    nf_description forward = d; // what forward may differ by before y is stored
    const nf_dtype type = forward.x.dtype = arithmetic_type(d);
    forward.op = NF_FORWARD_TRAIN;
    const double bound = bound_of(forward, Output::y, in.shape.per_channel());
    const bool from_output = adds_residual(d.epilogue) && derivative_from_output(d.epilogue);
    const Values kinks = from_output ? Values() : kinks_of(d.epilogue);

    Gradients result{std::vector<Real>(in.dy.size()), std::vector<Real>(in.dy.size())};
    for_each(in.shape, [&](int64_t c, int64_t i) {
        result.dz[i] = rounded.gradient(c, i);
        result.size[i] = std::abs(has_straight_pieces(d.epilogue) ? result.dz[i] : steepest_slope(d) * in.dy[i]);
        for (const double kink : kinks) {
            const double apart = std::abs(rounded.pre_activation(c, i) - kink);
            if (apart <= bound * ulp(type, forward_scale(in, affine, c, i))) ++tally.comparison.near_kink;
        }
    });
    return result;
}

/// The value before the call if the gradient is added to it, else 0.
double before(const Tally &tally, const char *name, size_t i) {
    const OperandRow &row = operand(name);
    return tally.d.*row.gradient == NF_GRADIENT_ADD ? (tally.in.*row.values)[i] : 0;
}

/// A sum over a channel that dx takes, per channel, and its magnitude.
struct SumInDx {
    Channels value, size;
};

/// One that both sides have to the bit.
SumInDx exactly(const Channels &sum) {
    SumInDx result{sum, sum};
    for (Real &size : result.size) size = std::abs(size);
    return result;
}

/// As the call wrote it; if it did not, or rounded it to a narrower type, exact, with a magnitude that covers its error: 4
/// units of 3 magnitudes are 6 for the sum, as dgamma's and dbeta's bound, and 6 for what dx does with it.
SumInDx sum_in_dx(const Tally &tally, Output output, nf_gradient request, const Channels &exact, const Channels &magnitude) {
    const Values &written = tally.results[output];
    const bool as_used = parameter_type(tally.d) == arithmetic_type(tally.d); // else dx takes more digits than are written
    if (request == NF_GRADIENT_WRITE && !written.empty() && as_used) return exactly(widen(written));
    SumInDx result{exact, magnitude};
    for (Real &size : result.size) size *= 3;
    return result;
}

void compare_dx(Tally &tally, const Gradients &gradients, const reference::Affine &affine, const Channels &count,
                const SumInDx &dbeta, const SumInDx &dgamma) {
    const Inputs &in = tally.in;
    const bool frozen = tally.d.op == NF_BACKWARD_FROZEN;
    std::vector<Real> dx(in.dy.size()), size(in.dy.size());
    const auto dz = reference::dense<const Real>(gradients.dz.data(), in.shape);
    const auto dx_view = reference::dense(dx.data(), in.shape);
    if (frozen)
        reference::backward_frozen(in.shape, dz, affine, dx_view);
    else
        reference::backward_train(in.shape, tally.x(), dz, affine, {count, dbeta.value, dgamma.value}, dx_view);
    for_each(in.shape, [&](int64_t c, int64_t i) {
        const Real xhat = std::abs((in.x[i] - affine.mean[c]) * normal(affine.invstd[c]));
        const Real corrections = frozen ? 0 : (dbeta.size[c] + xhat * dgamma.size[c]) / count[c];
        size[i] = scale_of(affine, c) * (gradients.size[i] + corrections) + std::abs(before(tally, "dx", i));
    });
    tally.add(Output::dx, [&](size_t i) { return before(tally, "dx", i) + dx[i]; }, [&](size_t i) { return size[i]; });
}

void compare_sums(Tally &tally, const reference::Sums &exact, const reference::Sums &magnitude) {
    const auto add = [&](Output output, const char *name, const Channels &sum, const Channels &size) {
        tally.add(
            output, [&](size_t c) { return before(tally, name, c) + sum[c]; },
            [&](size_t c) { return size[c] + std::abs(before(tally, name, c)); });
    };
    add(Output::dgamma, "dgamma", exact.dgamma, magnitude.dgamma);
    add(Output::dbeta, "dbeta", exact.dbeta, magnitude.dbeta);
}

} // namespace

void compare_backward(Tally &tally) {
    const nf_description &d = tally.d;
    const Inputs &in = tally.in;
    const StrictAffine rounded = given_affine(d, in);
    const reference::Affine affine = exact_affine(d, in, rounded);
    const Gradients gradients = gradients_of(tally, rounded, affine);
    tally.add(
        Output::dresidual, [&](size_t i) { return before(tally, "dresidual", i) + gradients.dz[i]; },
        [&](size_t i) { return gradients.size[i] + std::abs(before(tally, "dresidual", i)); });
    if (d.op == NF_BACKWARD_RESIDUAL) return;

    const Triple sums = reference::backward_reduce(in.shape, tally.x(),
                                                   reference::dense<const Real>(gradients.dz.data(), in.shape), affine.mean);
    Triple magnitudes{sums.count, Channels(in.shape.c), Channels(in.shape.c)};
    for_each(in.shape, [&](int64_t c, int64_t i) {
        magnitudes.first[c] += gradients.size[i];
        magnitudes.second[c] += gradients.size[i] * std::abs(in.x[i] - affine.mean[c]);
    });
    Channels invstd_size = affine.invstd;
    for (Real &invstd : invstd_size) invstd = normal(invstd);
    tally.add_relative(Output::count, [&](size_t c) { return sums.count[c]; }, [&](size_t c) { return sums.count[c]; });
    tally.add(Output::first, [&](size_t c) { return sums.first[c]; }, [&](size_t c) { return magnitudes.first[c]; });
    tally.add(Output::second, [&](size_t c) { return sums.second[c]; }, [&](size_t c) { return magnitudes.second[c]; });
    const reference::Sums exact = reference::backward_sums(sums, affine.invstd),
                          magnitude = reference::backward_sums(magnitudes, invstd_size);
    compare_sums(tally, exact, magnitude);
    if (d.op == NF_BACKWARD_APPLY) {
        const auto given = reference::backward_sums(triples_of(in.triples, in.shape.c).at(0), affine.invstd);
        compare_dx(tally, gradients, affine, given.count, exactly(given.dbeta), exactly(given.dgamma));
    } else {
        compare_dx(tally, gradients, affine, exact.count,
                   sum_in_dx(tally, Output::dbeta, d.dbeta_gradient, exact.dbeta, magnitude.dbeta),
                   sum_in_dx(tally, Output::dgamma, d.dgamma_gradient, exact.dgamma, magnitude.dgamma));
    }
}

void compare_backward_merge(Tally &tally) {
    const std::vector<Triple> parts = triples_of(tally.in.triples, tally.shape().c);
    std::vector<Triple> sizes = parts;
    for (Triple &part : sizes)
        for (Channels *word : {&part.first, &part.second})
            for (Real &value : *word) value = std::abs(value);
    const Triple exact = reference::backward_merge(parts), magnitude = reference::backward_merge(sizes);
    const auto add = [&](Output output, const Channels &sum, const Channels &size) {
        tally.add(output, [&](size_t c) { return sum[c]; }, [&](size_t c) { return size[c]; });
    };
    add(Output::merged_count, exact.count, magnitude.count);
    add(Output::merged_first, exact.first, magnitude.first);
    add(Output::merged_second, exact.second, magnitude.second);
    const Channels invstd = widen(tally.in.saved_invstd);
    compare_sums(tally, reference::backward_sums(exact, invstd), reference::backward_sums(magnitude, invstd));
}

} // namespace normforge::testing
