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

/// Two libraries may round differently, and with ReLU an element near zero may fall on the other side in one of them; but a
/// competitor that computes something else is not one. This is a guard for the comparison, `normforge verify` is the test.
constexpr float kTolerance = 1e-3f;
constexpr double kMostDifferent = 1e-4;

void require_agreement(Competitor &ours, Competitor &peer, const Operands &operands, int64_t elements) {
    float *output = operands.slot(0).output();
    ours.run(0);
    const std::vector<float> expected(output, output + elements);
    std::fill_n(output, elements, std::nanf("")); // what the peer leaves unwritten shows
    peer.run(0);
    int64_t different = 0;
    for (int64_t i = 0; i < elements; i++) {
        const float want = expected[static_cast<size_t>(i)];
        if (!(std::abs(output[i] - want) <= kTolerance * (1 + std::abs(want)))) different++;
    }
    if (static_cast<double>(different) > kMostDifferent * static_cast<double>(elements)) {
        throw std::runtime_error(fmt::format("{} of {} elements differ between {} ({}) and {} ({}): nothing to compare",
                                             different, elements, ours.name(), ours.implementation(), peer.name(),
                                             peer.implementation()));
    }
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
        require_agreement(*ours, *peer, operands, geometry.elements);
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
