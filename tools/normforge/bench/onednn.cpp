// SPDX-License-Identifier: MIT
// oneDNN as a peer, in the best way it has: ReLU fused, or after the affine step where its reference code for plain formats
// is slower with the flag than with another sweep.
#include "tools/normforge/bench/onednn_competitor.h"
#include "tools/normforge/bench/peers.h"

#include <chrono>
#include <fmt/format.h>

namespace normforge::bench {

const bool kHasOneDnn = true;

namespace {

std::chrono::nanoseconds time_of_call(Competitor &competitor) {
    competitor.run(0);
    const auto start = std::chrono::steady_clock::now();
    competitor.run(0);
    return std::chrono::steady_clock::now() - start;
}

std::unique_ptr<Competitor> make_plain(const Problem &problem, const Operands &operands, int threads) {
    auto fused = std::make_unique<OneDnn>(problem, operands, threads, OneDnnRelu::fused, OneDnnFormat::plain);
    const bool compiled = fused->implementation().find("jit") != std::string::npos; // has the flag for nothing
    if (problem.description.epilogue != NF_EPILOGUE_RELU || compiled) return fused;
    auto separate = std::make_unique<OneDnn>(problem, operands, threads, OneDnnRelu::separate, OneDnnFormat::plain);
    if (time_of_call(*separate) < time_of_call(*fused)) return separate;
    return fused;
}

std::unique_ptr<Competitor> make_onednn(const Problem &problem, const Operands &operands, int threads,
                                        std::string &why_not) {
    if (!operands.geometry().dense) {
        why_not = "oneDNN's batch normalisation takes dense tensors only";
        return nullptr;
    }
    try {
        return make_plain(problem, operands, threads);
    } catch (const dnnl::error &error) {
        why_not = fmt::format("oneDNN: {}", error.what());
        return nullptr;
    }
}

/// In the blocked format that its convolutions produce.
std::unique_ptr<Competitor> make_blocked(const Problem &problem, const Operands &operands, int threads) {
    if (problem.layout != "nchw" || !operands.geometry().dense) return nullptr;
    try {
        return std::make_unique<OneDnn>(problem, operands, threads, OneDnnRelu::fused, OneDnnFormat::blocked);
    } catch (const dnnl::error &) {
        return nullptr;
    }
}

} // namespace

Peer onednn_peer() {
    const auto *version = dnnl::version();
    return {"onednn", fmt::format("{}.{}.{}", version->major, version->minor, version->patch), make_onednn, make_blocked};
}

} // namespace normforge::bench
