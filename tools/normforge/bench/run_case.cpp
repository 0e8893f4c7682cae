// SPDX-License-Identifier: MIT
// Puts the competitors of one problem together, makes sure that they agree, and times them.
#include "tools/normforge/bench/run_case.h"
#include "runtime/names.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

namespace {

/// Two libraries may round differently, but a competitor that computes something else is not one. This is a guard for the
/// comparison, `normforge verify` is the test.
constexpr float kTolerance = 1e-3f;

/// ReLU's edge: a pre-activation so near 0 that two roundings of the statistics put it on different sides, and with it the
/// whole gradient of the element. The data have a deviation of 1; oneDNN's f32 sums over 400 000 elements move
/// pre-activations by up to 2^-15.
constexpr float kEdge = 0x1p-14f;

/// Whether element i of a dense tensor lies at ReLU's edge.
bool at_edge(const Problem &problem, const Operands &operands, const Geometry &geometry, int64_t i) {
    if (problem.description.epilogue != NF_EPILOGUE_RELU) return false;
    const int64_t c = i / geometry.channel_step % geometry.channels;
    const float scale = operands.gamma.floats()[c] * operands.invstd.floats()[c];
    const float centred = operands.slot(0).x[i] - operands.mean.floats()[c];
    return std::abs(centred * scale + operands.beta.floats()[c]) <= kEdge;
}

/// Returns how many elements at ReLU's edge differ; any other difference is an error. Peers only take dense tensors.
int64_t require_agreement(Competitor &ours, Competitor &peer, const Problem &problem, const Operands &operands) {
    const Geometry geometry(problem);
    const int64_t elements = geometry.elements;
    float *output = operands.slot(0).output();
    ours.run(0);
    const std::vector<float> expected(output, output + elements);
    std::fill_n(output, elements, std::nanf("")); // what the peer leaves unwritten shows
    peer.run(0);
    int64_t different = 0, differ_at_edge = 0;
    for (int64_t i = 0; i < elements; i++) {
        const float want = expected[static_cast<size_t>(i)];
        if (std::abs(output[i] - want) <= kTolerance * (1 + std::abs(want))) continue;
        (at_edge(problem, operands, geometry, i) ? differ_at_edge : different)++;
    }
    if (different > 0) {
        throw std::runtime_error(fmt::format("{} of {} elements differ between {} ({}) and {} ({}): nothing to compare",
                                             different, elements, ours.name(), ours.implementation(), peer.name(),
                                             peer.implementation()));
    }
    return differ_at_edge;
}

} // namespace

Case run_case(const Problem &problem, const CaseOptions &options, std::string &note) {
    const Operands operands(problem, options.cold_cache_bytes);
    const auto ours = make_ours(problem, operands, options.threads);
    const auto baseline = make_baseline(problem, operands, options.threads);
    std::unique_ptr<Competitor> peer;
    if (options.onednn) peer = make_onednn(problem, operands, options.threads, note);

    const Geometry geometry(problem);
    std::vector<Competitor *> competitors = {ours.get(), baseline.get(), ours.get()};
    if (peer) {
        if (const int64_t count = require_agreement(*ours, *peer, problem, operands); count > 0)
            note = fmt::format("{} gradients at ReLU's edge differ", count);
        competitors.push_back(peer.get());
    }
    auto series = measure(competitors, operands.slots(), options.rounds);

    Case result;
    result.problem = to_string(problem);
    result.op = name_of(problem.description.op);
    result.layout = problem.layout;
    result.epilogue = name_of(problem.description.epilogue);
    result.traffic_bytes = geometry.traffic_bytes;
    result.slots = operands.slots();
    result.cold = operands.cold();
    result.ours = std::move(series[0]);
    result.baseline = std::move(series[1]);
    result.ours_again = std::move(series[2]);
    if (peer) result.peer = std::move(series[3]);
    if (!result.complete()) throw std::runtime_error("no timed call without page faults; nothing counts");
    return result;
}

} // namespace normforge::bench
