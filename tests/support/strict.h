// SPDX-License-Identifier: MIT
// The affine step as kernels compute it, in float or double, every operation rounded by itself: what decides masks, and what
// y is to the bit.
#pragma once

#include "tests/support/data.h"

namespace normforge::testing {

/// The epilogue of a problem in the reference's words.
reference::Epilogue epilogue_of(const nf_description &description);

class StrictAffine {
public:
    /// With these statistics, of the type of the arithmetic. Keeps references to both.
    StrictAffine(const nf_description &description, const Inputs &inputs, Values means, Values invstds);

    /// The pre-activation of element i of channel c, residual included.
    double pre_activation(int64_t c, int64_t i) const;

    /// y of that element, in the type of the arithmetic: to the bit for epilogues that strict_apply() knows, else about so.
    double value(int64_t c, int64_t i) const;

    /// dz = dy * f', taken at y or at the pre-activation, whichever the library takes.
    reference::Real gradient(int64_t c, int64_t i) const;

    Values mean, invstd;

private:
    const nf_description &d_;
    const Inputs &in_;
};

/// For an op that is given its statistics: the saved ones, or the running ones and eps.
StrictAffine given_affine(const nf_description &description, const Inputs &inputs);

/// Whether the op takes the running statistics, and so computes invstd itself.
bool uses_running_statistics(nf_op op);

/// A value per channel of an optional operand.
inline double at(const Values &values, int64_t c, double absent) {
    return values.empty() ? absent : values[c];
}

/// body(c, i) for each dense index i, in memory order.
template <typename Body>
void for_each(const reference::Shape &shape, Body body) {
    int64_t i = 0;
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t c = 0; c < shape.c; ++c) {
            for (int64_t s = 0; s < shape.s; ++s) body(c, i++);
        }
    }
}

} // namespace normforge::testing
