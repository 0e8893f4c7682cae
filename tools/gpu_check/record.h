// SPDX-License-Identifier: MIT
// How the GPU benchmark's record begins.
#pragma once

#include "tools/gpu_check/stopwatch.h"
#include "tools/gpu_check/torch_peer.h"

#include <nlohmann/json.hpp>

namespace normforge::gpu_check {

/// The device, the versions of all that takes part or why it does not, and how times are taken. `torch` may be null.
nlohmann::json begin_record(const TorchCalls *torch, const Stopwatch &watch);

} // namespace normforge::gpu_check
