// SPDX-License-Identifier: MIT
// One case of the GPU benchmark.
#pragma once

#include "tools/gpu_check/result.h"
#include "tools/gpu_check/stopwatch.h"
#include "tools/gpu_check/torch_peer.h"

namespace normforge::gpu_check {

/// Samples of each competitor, with a cold cache and again with a warm one.
constexpr size_t kRounds = 21;

/// Times ours, the copy and every peer that agrees with ours; `torch` may be null. A problem for which there is no kernel is
/// a case that says so; other failures throw std::runtime_error.
Case measure(const Problem &problem, const Stopwatch &watch, const TorchCalls *torch);

} // namespace normforge::gpu_check
