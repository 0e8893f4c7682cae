// SPDX-License-Identifier: MIT
// The hot loops of a kernel, for people and as JSON.
#pragma once

#include "tools/normforge/asm/tensor_loops.h"

#include <nlohmann/json_fwd.hpp>

namespace normforge::assembly {

/// "nf_..._par_for_y at 2f0: output loop, 31 instructions, 64-byte vectors, reads x 256, writes y 256 streaming": bytes read
/// and written are per iteration.
std::string heading(const TensorLoop &loop);

/// Each loop with its instructions, where the memory is a tensor or array with its name. Tails are named, not shown.
std::string listing(const std::vector<TensorLoop> &loops);

nlohmann::json to_json(const std::vector<TensorLoop> &loops);

} // namespace normforge::assembly
