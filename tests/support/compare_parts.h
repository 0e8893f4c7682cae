// SPDX-License-Identifier: MIT
// What the parts of compare() share: the tally of errors, S's factors, what the affine step took. Names as in
// docs/numerics.md.
#pragma once

#include "tests/support/compare.h"
#include "tests/support/operands.h"
#include "tests/support/strict.h"
#include <algorithm>
#include <cmath>

namespace normforge::testing {

/// One comparison, and the largest errors found so far.
class Tally {
public:
    Tally(const nf_description &description, const Inputs &inputs, const Results &outputs)
        : d(description), in(inputs), results(outputs) {}

    const nf_description &d;
    const Inputs &in;
    const Results &results;
    Comparison comparison;

    const reference::Shape &shape() const { return in.shape; }
    reference::View<const double> x() const { return reference::dense<const double>(in.x.data(), in.shape); }

    /// `wanted(i)` gives the exact value of element i, `scale(i)` its S, measured in ulps.
    template <typename Wanted, typename Scale>
    void add(Output output, Wanted wanted, Scale scale) {
        const nf_dtype type = unit_type(d, output);
        add_in_units(output, wanted, [&](size_t i) { return ulp(type, static_cast<double>(scale(i))); });
    }

    /// The same, but relative to `scale(i)`.
    template <typename Wanted, typename Scale>
    void add_relative(Output output, Wanted wanted, Scale scale) {
        const nf_dtype type = unit_type(d, output);
        add_in_units(output, wanted, [&](size_t i) { return relative_unit(type, static_cast<double>(scale(i))); });
    }

private:
    template <typename Wanted, typename Unit>
    void add_in_units(Output output, Wanted wanted, Unit unit) {
        const Values &got = results[output];
        if (got.empty()) return;
        Measured measured{output, 0, bound_of(d, output, in.shape.per_channel()), 0};
        for (size_t i = 0; i < got.size(); ++i) {
            const double error = error_in(unit(i), got[i], wanted(i));
            if (!(error <= measured.error)) measured = {output, error, measured.bound, static_cast<int64_t>(i)};
        }
        comparison.outputs.push_back(measured);
        comparison.elements += static_cast<int64_t>(got.size());
    }
};

inline reference::Channels widen(const Values &values) {
    return {values.begin(), values.end()};
}

/// A factor of S that is rounded on the way, to f32 at worst: below the smallest normal number that rounding is not relative
/// any more.
inline double normal(reference::Real factor) {
    return std::max(static_cast<double>(factor), double{std::numeric_limits<float>::min()});
}

/// |gamma| * invstd of S
inline double scale_of(const reference::Affine &affine, int64_t c) {
    return normal(std::abs(affine.gamma[c]) * normal(affine.invstd[c]));
}

/// S of the pre-activation: |gamma| * invstd * (|x| + |mean|) + |beta| + |r|
inline double forward_scale(const Inputs &in, const reference::Affine &affine, int64_t c, int64_t i) {
    return static_cast<double>(scale_of(affine, c) * (std::abs(in.x[i]) + std::abs(affine.mean[c])) +
                               std::abs(affine.beta[c]) + std::abs(at(in.residual, i, 0)));
}

/// What the affine step took, in Real; where the kernel computes invstd itself, its rounding counts as an error.
reference::Affine exact_affine(const nf_description &description, const Inputs &in, const StrictAffine &rounded);

// The parts. Each compares those outputs that are there.
void compare_statistics(Tally &tally);     ///< forward_train, stats
void compare_merge(Tally &tally);          ///< merge
void compare_forward(Tally &tally);        ///< y
void compare_backward(Tally &tally);       ///< all that see dy
void compare_backward_merge(Tally &tally); ///< backward_merge

} // namespace normforge::testing
