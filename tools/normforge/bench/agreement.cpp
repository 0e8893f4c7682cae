// SPDX-License-Identifier: MIT
// Element by element, with a tolerance for another order of summation and for roundings between fused steps.
#include "tools/normforge/bench/agreement.h"

#include "tests/support/measure.h"
#include "tools/normforge/bench/elements.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

namespace {

/// f32 sums over 400 000 elements, or a rounding to 16 bits between the affine step and the residual, where numbers are up
/// to 8 times as large as their sum.
float tolerance(nf_dtype dtype) {
    return static_cast<float>(std::max(1e-3, 8 * testing::rounding(dtype)));
}

/// A pre-activation so near 0 that two roundings of the statistics put it on different sides, and with it the whole gradient
/// of the element. The data have a deviation of 1; f32 sums over 400 000 elements move pre-activations by up to 2^-15.
constexpr float kEdge = 0x1p-14f;

std::vector<float> floats(nf_dtype dtype, const void *elements, int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    to_floats(dtype, elements, values.size(), values.data());
    return values;
}

} // namespace

Agreement::Agreement(Competitor &ours, const Problem &problem, const Operands &operands)
    : operands_(operands),
      has_edge_(operands.geometry().backward && problem.description.epilogue == NF_EPILOGUE_RELU),
      ours_(fmt::format("{} ({})", ours.name(), ours.implementation())) {
    const Geometry &geometry = operands.geometry();
    ours.run(0);
    expected_ = floats(operands.dtype(), operands.slot(0).output(), geometry.elements);
    if (!has_edge_) return;
    x_ = floats(operands.dtype(), operands.slot(0).x, geometry.elements);
    const nf_dtype channel_type = geometry.channel_bytes == 8 ? NF_F64 : NF_F32;
    const auto channel = [&](const Buffer &buffer) { return floats(channel_type, buffer.data(), geometry.channels()); };
    gamma_ = channel(operands.gamma);
    beta_ = channel(operands.beta);
    mean_ = channel(operands.mean);
    invstd_ = channel(operands.invstd);
}

bool Agreement::at_edge(int64_t element) const {
    const auto i = static_cast<size_t>(element);
    const auto c = static_cast<size_t>(operands_.geometry().channel_of(element));
    return std::abs((x_[i] - mean_[c]) * gamma_[c] * invstd_[c] + beta_[c]) <= kEdge;
}

int64_t Agreement::require(Competitor &peer) const {
    const int64_t elements = operands_.geometry().elements;
    const Slot slot = operands_.slot(0);
    std::memset(slot.output(), 0xFF,
                static_cast<size_t>(elements * operands_.geometry().element_bytes)); // NaN, if unwritten
    peer.run(0);
    const auto got = floats(operands_.dtype(), peer.result(slot), elements);
    const float tolerated = tolerance(operands_.dtype());
    int64_t different = 0, differ_at_edge = 0;
    for (int64_t i = 0; i < elements; i++) {
        const float want = expected_[static_cast<size_t>(i)];
        if (std::abs(got[static_cast<size_t>(i)] - want) <= tolerated * (1 + std::abs(want))) continue;
        (has_edge_ && at_edge(i) ? differ_at_edge : different)++;
    }
    if (different > 0) {
        throw std::runtime_error(fmt::format("{} of {} elements differ between {} and {} ({}): nothing to compare",
                                             different, elements, ours_, peer.name(), peer.implementation()));
    }
    return differ_at_edge;
}

} // namespace normforge::bench
