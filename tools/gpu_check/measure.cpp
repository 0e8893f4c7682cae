// SPDX-License-Identifier: MIT
// See measure.h. All competitors of a case work on the same operands, in turns: every round runs each of them once,
// beginning with another one.
#include "tools/gpu_check/measure.h"

#include "runtime/names.h"
#include "runtime/ops.h"
#include "tools/gpu_check/agreement.h"
#include "tools/gpu_check/cudnn_peer.h"

namespace normforge::gpu_check {

namespace {

/// Adds a peer that agrees with ours, or why it is absent.
template <typename Make>
void try_peer(const char *name, const Make &make, const Agreement &agreement,
              std::vector<std::unique_ptr<Competitor>> &peers, Case &result) {
    try {
        std::unique_ptr<Competitor> peer = make();
        const std::string difference = agreement.difference(*peer);
        if (difference.empty())
            peers.push_back(std::move(peer));
        else
            result.absent.push_back({name, difference, true});
    } catch (const NotOffered &reason) {
        result.absent.push_back({name, reason.what()});
    }
}

Temperature time_all(const Stopwatch &watch, bool cold, Ours &ours, const std::function<void()> &copy,
                     const std::vector<std::unique_ptr<Competitor>> &peers) {
    Temperature found;
    found.ours.name = ours.name();
    found.copy.name = "copy";
    std::vector<std::pair<Series *, std::function<void()>>> turns = {{&found.ours, [&] { ours.run(); }},
                                                                     {&found.copy, copy}};
    found.peers.resize(peers.size());
    for (size_t i = 0; i < peers.size(); ++i) {
        found.peers[i].name = peers[i]->name();
        turns.emplace_back(&found.peers[i], [&peer = *peers[i]] { peer.run(); });
    }
    for (size_t round = 0; round < kRounds; ++round)
        for (size_t turn = 0; turn < turns.size(); ++turn) {
            const auto &[series, work] = turns[(round + turn) % turns.size()];
            series->samples.push_back(watch.time(cold, work));
        }
    return found;
}

void measure_all(const Problem &problem, const Stopwatch &watch, const TorchCalls *torch, Case &result) {
    const Operands operands(problem);
    Ours ours(operands);
    const Agreement agreement(operands, ours);
    std::vector<std::unique_ptr<Competitor>> peers;
    for (const CudnnWay &way : kCudnnWays)
        if (!way.fused || problem.description.epilogue != NF_EPILOGUE_NONE)
            try_peer(way.name, [&] { return make_cudnn(operands, way); }, agreement, peers, result);
    if (torch)
        for (const TorchWay &way : kTorchWays)
            try_peer(way.name, [&] { return make_torch(operands, *torch, way); }, agreement, peers, result);

    result.variant = ours.variant();
    result.tensor_bytes = static_cast<int64_t>(operands.tensor_bytes());
    result.tensors = tensors_without_cache(result.op, adds_residual(problem.description.epilogue));
    const size_t half = operands.tensor_bytes() * static_cast<size_t>(result.tensors) / 2; // read, and as much written
    const Memory source(half), target(half);
    source.fill(1);
    const auto copy = [&] {
        require(driver().copy(target.address(), source.address(), half, nullptr), "cuMemcpyDtoDAsync");
    };
    result.cold = time_all(watch, true, ours, copy, peers);
    result.warm = time_all(watch, false, ours, copy, peers);
}

} // namespace

Case measure(const Problem &problem, const Stopwatch &watch, const TorchCalls *torch) {
    Case result;
    result.problem = to_string(problem);
    result.op = name_of(problem.description.op);
    try {
        measure_all(problem, watch, torch, result);
    } catch (const NotOffered &reason) {
        result.why_not = reason.what();
    }
    return result;
}

} // namespace normforge::gpu_check
